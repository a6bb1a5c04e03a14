//! One request from arrival to answer: whose it is, what it asks, whether it may, and what is said.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::HeaderValue;
use http::header::{CONTENT_TYPE, DATE};

use super::dice::Dice;
use super::identity::{self, Caller, Principal};
use super::mishaps::{self, Mishap};
use super::services::{self, Call, Service};
use super::wire::{self, ApiError, Delivery, Incoming, Outgoing, Refusal, Routed, Tear};
use super::world::World;
use super::world::organization::OrgAccount;
use super::world::regions::OptIn;
use crate::catalog::shape::Operation;
use crate::model::Json;

static REQUESTS: AtomicU64 = AtomicU64::new(0);

/// What stands in the place of an answer where a proxy or a hotel's network is between.
const NOT_AWS: &str = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>\n\
                       <body><h1>Welcome</h1><p>Please sign in to use this network.</p></body></html>\n";

/// Answers as AWS would, after the latency the knobs ask for; never, where they say that a unit hangs.
pub async fn answer(world: &World, incoming: Incoming) -> Delivery {
    let _under_way = world.statistics.begin();
    let now = chrono::Utc::now().timestamp();
    let Decided { reply, clock, mut luck } = decide(world, &incoming, now);
    let pause = pause(world, luck.as_mut());
    if !pause.is_zero() {
        tokio::time::sleep(pause).await;
    }
    let stamped = |mut outgoing: Outgoing| {
        let time = chrono::DateTime::from_timestamp(clock, 0).unwrap_or_default();
        let date = time.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        if let Ok(date) = HeaderValue::try_from(date) {
            outgoing.headers_mut().insert(DATE, date);
        }
        world.statistics.answered(outgoing.status().as_u16(), outgoing.body().len());
        outgoing
    };
    match reply {
        Reply::Say(outgoing) => Delivery::Whole(stamped(outgoing)),
        Reply::Tear(outgoing, tear) => Delivery::torn(stamped(outgoing), tear),
        Reply::Reset => Delivery::Reset,
        Reply::Hang => std::future::pending().await,
    }
}

fn pause(world: &World, luck: Option<&mut Dice>) -> Duration {
    let (latency, jitter) = (world.knobs.latency, world.knobs.jitter);
    match luck {
        Some(dice) if !jitter.is_zero() => {
            (latency + jitter.mul_f64(2.0 * dice.unit())).saturating_sub(jitter)
        }
        _ => latency,
    }
}

/// What becomes of a request, the server's time (epoch seconds), and the attempt's further luck.
struct Decided {
    reply: Reply,
    clock: i64,
    luck: Option<Dice>,
}

enum Reply {
    Say(Outgoing),
    Tear(Outgoing, Tear),
    Reset,
    Hang,
}

/// Says things in the form of one service.
struct Voice<'w> {
    world: &'w World,
    request_id: String,
    head: bool,
}

impl Voice<'_> {
    fn error(&self, service: &Service, error: ApiError) -> Outgoing {
        match self.world.router.known(service).service() {
            Some(model) => wire::failure(&model, self.head, &error, &self.request_id),
            None => plain(error),
        }
    }

    fn refusal(&self, service: &Service, refusal: Refusal) -> Outgoing {
        match self.world.router.known(service).service() {
            Some(model) => self.error(service, refusal.for_service(service.id, model.protocol)),
            None => plain(ApiError::new(500, "InternalFailure", "no model")),
        }
    }
}

fn decide(world: &World, incoming: &Incoming, now: i64) -> Decided {
    let voice = Voice {
        world,
        request_id: Dice::new(REQUESTS.fetch_add(1, Ordering::Relaxed), &["request"]).uuid(),
        head: incoming.method == "HEAD",
    };
    let (service, request) = match open(world, incoming, now) {
        Ok(opened) => opened,
        Err(Unopened { service, refusal, clock }) => {
            let reply = Reply::Say(voice.refusal(service, refusal));
            return Decided { reply, clock, luck: None };
        }
    };
    let unit = (request.account.id.as_str(), request.region.as_str(), service.id);
    let mut luck =
        mishaps::is_fickle(&world.knobs).then(|| world.attempts.dice(world.knobs.seed, unit, incoming));
    let met = match &mut luck {
        Some(dice) => mishaps::met(&world.knobs, unit, dice),
        None => mishaps::fate(&world.knobs, unit.0, unit.1, unit.2),
    };
    world.statistics.asked(service.id, request.routed.name, met);
    let later = luck.as_mut().map_or(0.0, Dice::unit);
    let reply = match met {
        _ if service.id != "sts" && world.knobs.hang.as_deref() == Some(unit.0) => Reply::Hang,
        Some(Mishap::Hang) => Reply::Hang,
        Some(Mishap::Reset) if later < 0.5 => Reply::Reset,
        Some(Mishap::Reset) => Reply::Tear(say(&voice, service, &request), Tear::Reset),
        Some(Mishap::Truncate) => Reply::Tear(say(&voice, service, &request), Tear::Closed),
        Some(Mishap::Garble) => Reply::Say(not_aws()),
        Some(Mishap::Error) => Reply::Say(voice.refusal(
            service,
            if later < 0.5 {
                Refusal::Unavailable
            } else {
                Refusal::Internal("An internal error has occurred".to_owned())
            },
        )),
        Some(Mishap::Throttle) => throttled(&voice, service),
        Some(Mishap::Deny | Mishap::Skew) | None => {
            let has_token = |rate| world.quotas.take(rate, unit, Instant::now());
            if world.knobs.quota.is_none_or(has_token) {
                Reply::Say(say(&voice, service, &request))
            } else {
                throttled(&voice, service)
            }
        }
    };
    Decided { reply, clock: request.clock, luck }
}

fn throttled(voice: &Voice<'_>, service: &Service) -> Reply {
    voice.world.statistics.throttled();
    Reply::Say(voice.refusal(service, Refusal::Throttled))
}

fn not_aws() -> Outgoing {
    let mut outgoing = Outgoing::new(Bytes::from_static(NOT_AWS.as_bytes()));
    outgoing.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    outgoing
}

/// What a service says to a request that got as far as to it.
fn say(voice: &Voice<'_>, service: &'static Service, request: &Opened<'_>) -> Outgoing {
    let world = voice.world;
    let operation: &Operation = &request.routed.operation;
    if let Err(refusal) = identity::authorize(
        world,
        request.account,
        &request.caller,
        service.id,
        &operation.name,
        &request.region,
        &request.input,
    ) {
        return voice.refusal(service, refusal);
    }
    let call = Call {
        world,
        account: request.account,
        region: &request.region,
        caller: &request.caller,
        operation: &operation.name,
        input: &request.input,
        now: request.clock,
        shapes: Some(operation),
        whole: false,
    };
    let Some(answer) = service.answer(&call) else {
        return voice.refusal(service, Refusal::UnknownOperation(operation.name.to_string()));
    };
    match answer {
        Ok(value) => match wire::success(operation, &value, &voice.request_id) {
            Ok(outgoing) => outgoing,
            Err(defect) => voice.refusal(service, Refusal::Internal(format!("{}: {defect}", operation.id()))),
        },
        Err(error) => voice.error(service, error),
    }
}

/// A request whose sender is known and whose operation and input are read.
struct Opened<'w> {
    account: &'w OrgAccount,
    caller: std::sync::Arc<Caller>,
    region: String,
    routed: Routed,
    input: Json,
    /// The server's time, in epoch seconds.
    clock: i64,
}

struct Unopened {
    service: &'static Service,
    refusal: Refusal,
    clock: i64,
}

fn open<'w>(
    world: &'w World,
    incoming: &Incoming,
    now: i64,
) -> Result<(&'static Service, Opened<'w>), Unopened> {
    // Until it is known whose request it is, the clock is that of all servers.
    let unopened = |service, refusal, clock| Unopened { service, refusal, clock };
    let clock = clock(world, now, None);
    let (services, caller, region, clock) = match identity::scope(incoming) {
        Ok(scope) => {
            let services = services::signed_as(scope.service, Some(incoming));
            let Some(&service) = services.first() else {
                return Err(unopened(&services::sts::SERVICE, Refusal::BadSignature, clock));
            };
            let caller = identity::sender(world, incoming, &scope)
                .map_err(|refusal| unopened(service, refusal, clock))?;
            if !knows(world, &caller.account, scope.region) {
                return Err(unopened(service, Refusal::UnknownKey, clock));
            }
            let clock = self::clock(world, now, Some((&caller.account, scope.region, service.id)));
            identity::authenticate(&caller, incoming, &scope, clock)
                .map_err(|refusal| unopened(service, refusal, clock))?;
            (services, caller, scope.region.to_owned(), clock)
        }
        // The portal takes an access token instead of a signature.
        Err(Refusal::Unsigned) if services::sso::is_portal(&incoming.path) => {
            let management = world.organization.management();
            let principal = Principal::User("portal".to_owned());
            let caller = Caller { with_mfa: true, ..Caller::new(&management.id, principal) };
            let region = world.region_codes().next().unwrap_or("us-east-1").to_owned();
            (vec![&services::sso::SERVICE], std::sync::Arc::new(caller), region, clock)
        }
        Err(refusal) => return Err(unopened(guess(incoming), refusal, clock)),
    };
    // Of services that share a signature, the first that has such an operation is meant.
    let mut routes = services.iter().map(|s| (*s, world.router.known(s).route(s.id, incoming)));
    let meant = routes.find(|(_, routed)| routed.is_ok());
    let first = || services.first().map(|s| (*s, world.router.known(s).route(s.id, incoming)));
    let (service, routed) = meant
        .or_else(first)
        .unwrap_or((&services::sts::SERVICE, Err(Refusal::UnknownOperation(String::new()))));
    let refuse = |refusal| unopened(service, refusal, clock);
    let account = world.organization.account(&caller.account).ok_or_else(|| refuse(Refusal::UnknownKey))?;
    let routed = routed.map_err(refuse)?;
    let input = routed.input(incoming).map_err(refuse)?;
    Ok((service, Opened { account, caller, region, routed, input, clock }))
}

/// A region that is off does not know the account's keys.
fn knows(world: &World, account: &str, region: &str) -> bool {
    let account = world.organization.account(account);
    world.has_region(region) && account.is_some_and(|a| world.opt_in(a, region) != OptIn::NotOptedIn)
}

/// A server's time: the real one, unless the `skew` knob is about all servers or this unit's.
fn clock(world: &World, now: i64, unit: Option<(&str, &str, &str)>) -> i64 {
    let (ahead, share) = world.knobs.skew;
    let unlucky = || {
        unit.is_some_and(|(account, region, service)| {
            mishaps::fate(&world.knobs, account, region, service) == Some(Mishap::Skew)
        })
    };
    if ahead != 0 && (share >= 1.0 || unlucky()) { now + ahead } else { now }
}

/// The service an unsigned request was probably meant for; it decides only the form of the refusal.
fn guess(incoming: &Incoming) -> &'static Service {
    let prefix = incoming.host.split('.').next().unwrap_or_default();
    let by_target = incoming
        .header("x-amz-target")
        .and_then(|target| services::all().find(|s| target.to_lowercase().contains(s.id)));
    by_target
        .or_else(|| services::signed_as(prefix, None).first().copied())
        .unwrap_or(if incoming.method == "POST" { &services::sts::SERVICE } else { &services::s3::SERVICE })
}

fn plain(error: ApiError) -> Outgoing {
    let mut outgoing = Outgoing::new(error.message.into());
    *outgoing.status_mut() = http::StatusCode::from_u16(error.status).unwrap_or_default();
    outgoing
}

#[cfg(test)]
mod tests {
    use crate::demo::rehearsal::{Asker, text, world};
    use crate::model::Json;

    const INSTANCES: &str = "Action=DescribeInstances&Version=2016-11-15";

    fn without_request_id(body: &str) -> String {
        let (head, rest) = body.split_once("<requestId>").unwrap();
        format!("{head}{}", rest.split_once("</requestId>").unwrap().1)
    }

    #[tokio::test]
    async fn the_same_seed_answers_the_same_in_any_order() {
        let ask = async |seed: u32, accounts: &[&str]| {
            let world = world(&format!("seed={seed}"));
            let mut answers = std::collections::BTreeMap::new();
            for account in accounts {
                let operator = Asker::operator("ec2", "us-east-1");
                let member = operator.becoming(&world, account, "").await;
                answers.insert(
                    (*account).to_owned(),
                    without_request_id(&text(&member.form(&world, INSTANCES).await)),
                );
            }
            answers
        };
        let forwards = ask(7, &["100000000006", "100000000008", "100000000016"]).await;
        let backwards = ask(7, &["100000000016", "100000000008", "100000000006"]).await;
        assert_eq!(forwards, backwards);
        assert!(forwards["100000000006"].contains("<instanceId>i-0"));
        assert_ne!(forwards, ask(8, &["100000000006", "100000000008", "100000000016"]).await);
    }

    #[tokio::test]
    async fn buckets_are_found_in_the_host_as_in_the_path() {
        let world = world("");
        let asker = Asker::operator("s3", "us-east-1");
        let listed = text(&asker.get(&world, "s3.us-east-1.amazonaws.com", "/?max-buckets=1").await);
        let (_, rest) = listed.split_once("<Name>").unwrap();
        let bucket = rest.split('<').next().unwrap();
        let virtual_host = format!("{bucket}.s3.us-east-1.amazonaws.com");
        let by_host = text(&asker.get(&world, &virtual_host, "/?acl").await);
        let by_path = text(&asker.get(&world, "s3.us-east-1.amazonaws.com", &format!("/{bucket}?acl")).await);
        assert!(by_host.contains("<AccessControlPolicy"), "{by_host}");
        assert_eq!(by_host, by_path);
    }

    #[tokio::test]
    async fn a_bucket_elsewhere_says_where() {
        let world = world("");
        let asker = Asker::operator("s3", "us-east-1").becoming(&world, "100000000010", "").await;
        let path = "/data-platform-prod-partner-exports?policyStatus";
        let answer = asker.get(&world, "s3.us-east-1.amazonaws.com", path).await;
        assert_eq!(answer.status(), 301);
        assert_eq!(answer.headers()["x-amz-bucket-region"], "eu-west-1");
        assert!(text(&answer).contains("<Code>PermanentRedirect</Code>"));
    }

    #[tokio::test]
    async fn unsigned_and_senseless_requests_get_an_answer() {
        let world = world("");
        for (method, path, body) in [
            ("GET", "/", ""),
            ("POST", "/", "Action=DescribeInstances"),
            ("PUT", "/x?y=%zz", "\0"),
            ("HEAD", "/b", ""),
        ] {
            let request = http::Request::builder().method(method).uri(format!("http://h{path}"));
            let request = request.body(bytes::Bytes::copy_from_slice(body.as_bytes())).unwrap();
            let answer = super::answer(&world, crate::demo::wire::Incoming::new(request)).await;
            let super::Delivery::Whole(answer) = answer else { panic!("{method} {path}") };
            assert!(answer.status().is_client_error(), "{method} {path}: {}", answer.status());
        }
        let dynamodb = Asker::operator("dynamodb", "us-east-1");
        for body in ["", "[", "[]", "{\"Limit\":\"x\"}", "{\"Limit\":0}"] {
            let answer = dynamodb.target(&world, "DynamoDB_20120810.ListTables", body).await;
            let known = answer.get("TableNames").is_some() || answer.get("__type").is_some();
            assert!(known, "{body}: {answer:?}");
        }
        let unknown = dynamodb.target(&world, "DynamoDB_20120810.DeleteTable", "{}").await;
        assert_eq!(
            unknown.get("__type").and_then(Json::as_str),
            Some("com.amazon.coral.service#UnknownOperationException")
        );
    }

    #[tokio::test]
    async fn some_services_are_denied_where_asked_for() {
        let world = world("deny=0.5,seed=3");
        let (mut denied, mut answered) = (0, 0);
        for region in ["us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1", "eu-north-1"] {
            let asker = Asker::operator("ec2", region);
            let answer = asker.form(&world, INSTANCES).await;
            let again = asker.form(&world, INSTANCES).await;
            assert_eq!(answer.status(), again.status());
            match answer.status().as_u16() {
                200 => answered += 1,
                403 => {
                    denied += 1;
                    assert!(text(&answer).contains("because no identity-based policy allows"));
                }
                other => panic!("{other}"),
            }
        }
        assert!(denied > 0 && answered > 0, "{denied} {answered}");
    }

    #[tokio::test]
    async fn an_attempt_out_of_luck_can_be_repeated_and_a_sticky_unit_cannot() {
        let regions = ["us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1", "eu-north-1"];
        let statuses = async |knobs: &str| {
            let world = world(knobs);
            let mut statuses = Vec::new();
            for region in regions {
                let asker = Asker::operator("ec2", region);
                for _ in 0..8 {
                    statuses.push(asker.form(&world, INSTANCES).await.status().as_u16());
                }
            }
            statuses
        };
        let fickle = statuses("error=0.4,seed=5").await;
        assert!(fickle.chunks(8).all(|unit| unit.contains(&200)), "{fickle:?}");
        assert!(fickle.contains(&500) && fickle.contains(&503), "{fickle:?}");
        assert_eq!(fickle, statuses("error=0.4,seed=5").await);
        let sticky = statuses("error=0.4,seed=5,sticky=1").await;
        assert!(sticky.chunks(8).all(|unit| unit.contains(&200) != (unit[0] >= 500)), "{sticky:?}");
        assert!(sticky.contains(&500) && sticky.contains(&200), "{sticky:?}");
    }

    #[tokio::test]
    async fn a_quota_is_answered_in_the_words_of_the_service_until_it_refills() {
        let world = world("quota=1/3");
        let asker = Asker::operator("ec2", "us-east-1");
        for status in [200, 200, 200, 503] {
            let answer = asker.form(&world, INSTANCES).await;
            assert_eq!(answer.status(), status, "{}", text(&answer));
        }
        assert!(text(&asker.form(&world, INSTANCES).await).contains("<Code>RequestLimitExceeded</Code>"));
        let elsewhere = Asker::operator("ec2", "us-east-2").form(&world, INSTANCES).await;
        assert_eq!(elsewhere.status(), 200);
    }

    #[tokio::test]
    async fn a_server_whose_clock_is_off_refuses_and_says_what_time_it_has() {
        let world = world("skew=10m");
        let early = Asker::operator("sts", "us-east-1");
        let refused = early.form(&world, "Action=GetCallerIdentity&Version=2011-06-15").await;
        assert_eq!(refused.status(), 403);
        assert!(text(&refused).contains("Signature expired"), "{}", text(&refused));
        let date = refused.headers()["date"].to_str().unwrap();
        let server = chrono::DateTime::parse_from_rfc2822(date).unwrap();
        assert!((server.to_utc() - chrono::Utc::now()).num_seconds() > 590, "{date}");
        let right = Asker { time: early.time + std::time::Duration::from_secs(600), ..early };
        let answer = right.form(&world, "Action=GetCallerIdentity&Version=2011-06-15").await;
        assert_eq!(answer.status(), 200);
        for (service, code) in [("s3", "RequestTimeTooSkewed"), ("ec2", "RequestExpired")] {
            let refused = Asker::operator(service, "us-east-1").form(&world, INSTANCES).await;
            assert!(text(&refused).contains(&format!("<Code>{code}</Code>")), "{}", text(&refused));
        }
    }

    #[test]
    fn calls_take_the_latency_give_or_take_the_jitter() {
        let world = world("latency=50ms,jitter=20ms");
        let mut taken = Vec::new();
        for number in 0..20 {
            let mut luck = super::Dice::new(number, &["luck"]);
            taken.push(super::pause(&world, Some(&mut luck)).as_millis());
        }
        assert!(taken.iter().all(|ms| (30..=70).contains(ms)), "{taken:?}");
        assert!(taken.iter().any(|ms| *ms < 45) && taken.iter().any(|ms| *ms > 55), "{taken:?}");
    }

    #[tokio::test]
    async fn a_hanging_account_never_answers_but_can_be_entered() {
        let world = world("hang=web-prod");
        let member = Asker::operator("ec2", "us-east-1").becoming(&world, "100000000016", "").await;
        let waited =
            tokio::time::timeout(std::time::Duration::from_millis(50), member.form(&world, INSTANCES));
        assert!(waited.await.is_err());
    }

    #[tokio::test]
    async fn two_thousand_accounts_in_seventeen_regions_cost_nothing_until_asked() {
        let world = world("accounts=2000,regions=17");
        let last = Asker::operator("ec2", "ap-southeast-1").becoming(&world, "100000002000", "").await;
        let answer = text(&last.form(&world, "Action=DescribeVpcs&Version=2016-11-15").await);
        assert!(answer.contains("<ownerId>100000002000</ownerId>"), "{answer}");
    }
}
