//! One request from arrival to answer: whose it is, what it asks, whether it may, and what is said.

use std::sync::atomic::{AtomicU64, Ordering};

use super::dice::Dice;
use super::identity::{self, Caller, Principal};
use super::services::{self, Call, Service};
use super::wire::{self, ApiError, Incoming, Outgoing, Refusal, Routed};
use super::world::World;
use super::world::organization::OrgAccount;
use super::world::regions::OptIn;
use crate::catalog::shape::Operation;
use crate::model::Json;

static REQUESTS: AtomicU64 = AtomicU64::new(0);

/// Answers as AWS would, after the latency the knobs ask for; never, where they say that an account hangs.
pub async fn answer(world: &World, incoming: Incoming) -> Outgoing {
    let now = chrono::Utc::now().timestamp();
    let reply = decide(world, &incoming, now);
    if !world.knobs.latency.is_zero() {
        tokio::time::sleep(world.knobs.latency).await;
    }
    match reply {
        Reply::Say(outgoing) => outgoing,
        Reply::Hang => std::future::pending().await,
    }
}

enum Reply {
    Say(Outgoing),
    Hang,
}

fn decide(world: &World, incoming: &Incoming, now: i64) -> Reply {
    let request_id = Dice::new(REQUESTS.fetch_add(1, Ordering::Relaxed), &["request"]).uuid();
    let say = |service: &Service, error: ApiError| {
        let model = service.names().first().and_then(|name| world.router.operation(service.id, name));
        match model {
            Some(operation) => {
                Reply::Say(wire::failure(&operation.service, incoming.method == "HEAD", &error, &request_id))
            }
            None => Reply::Say(plain(error)),
        }
    };
    let (service, request) = match open(world, incoming, now) {
        Ok(opened) => opened,
        Err((service, refusal)) => {
            let protocol = world.router.protocol(service.id, &service.names());
            return match protocol {
                Some(protocol) => say(service, refusal.for_service(service.id, protocol)),
                None => Reply::Say(plain(ApiError::new(500, "InternalFailure", "no model"))),
            };
        }
    };
    let operation: &Operation = &request.routed.operation;
    let refused =
        |refusal: Refusal| say(service, refusal.for_service(service.id, operation.service.protocol));
    if service.id != "sts" && world.knobs.hang.as_deref() == Some(&request.account.id) {
        return Reply::Hang;
    }
    let call = Call {
        world,
        account: request.account,
        region: &request.region,
        caller: &request.caller,
        operation: &operation.name,
        input: &request.input,
        now,
    };
    let scope = (service.id, request.region.as_str());
    if world.attempts.throttled(&world.knobs, &request.account.id, scope, incoming) {
        return refused(Refusal::Throttled);
    }
    if let Err(refusal) = identity::authorize(
        world,
        request.account,
        &request.caller,
        service.id,
        &operation.name,
        &request.region,
        &request.input,
    ) {
        return refused(refusal);
    }
    let Some(handler) = service.handler(&operation.name) else {
        return refused(Refusal::UnknownOperation(operation.name.to_string()));
    };
    match handler(&call) {
        Ok(value) => match wire::success(operation, &value, &request_id) {
            Ok(outgoing) => Reply::Say(outgoing),
            Err(defect) => refused(Refusal::Internal(format!("{}: {defect}", operation.id()))),
        },
        Err(error) => say(service, error),
    }
}

/// A request whose sender is known and whose operation and input are read.
struct Opened<'w> {
    account: &'w OrgAccount,
    caller: std::sync::Arc<Caller>,
    region: String,
    routed: Routed,
    input: Json,
}

type Unopened = (&'static Service, Refusal);

fn open<'w>(
    world: &'w World,
    incoming: &Incoming,
    now: i64,
) -> Result<(&'static Service, Opened<'w>), Unopened> {
    let (service, caller, region) = match identity::scope(incoming) {
        Ok(scope) => {
            let service =
                services::signed_as(scope.service).ok_or((&services::sts::SERVICE, Refusal::BadSignature))?;
            let caller = identity::authenticate(world, incoming, &scope, now).map_err(|r| (service, r))?;
            (service, caller, scope.region.to_owned())
        }
        // The portal takes an access token instead of a signature.
        Err(Refusal::Unsigned) if services::sso::is_portal(&incoming.path) => {
            let management = world.organization.management();
            let caller = Caller {
                account: management.id.clone(),
                principal: Principal::User("portal".to_owned()),
                session_policy: None,
                with_mfa: true,
                expires: None,
                secret: String::new(),
            };
            let region = world.region_codes().next().unwrap_or("us-east-1").to_owned();
            (&services::sso::SERVICE, std::sync::Arc::new(caller), region)
        }
        Err(refusal) => return Err((guess(incoming), refusal)),
    };
    let Some(account) = world.organization.account(&caller.account) else {
        return Err((service, Refusal::UnknownKey));
    };
    // A region that is off does not know the account's keys.
    if !world.has_region(&region) || world.opt_in(account, &region) == OptIn::NotOptedIn {
        return Err((service, Refusal::UnknownKey));
    }
    let routed = world.router.route(service.id, &service.names(), incoming).map_err(|r| (service, r))?;
    let input = routed.input(incoming).map_err(|r| (service, r))?;
    Ok((service, Opened { account, caller, region, routed, input }))
}

/// The service an unsigned request was probably meant for; it decides only the form of the refusal.
fn guess(incoming: &Incoming) -> &'static Service {
    let prefix = incoming.host.split('.').next().unwrap_or_default();
    let by_target = incoming
        .header("x-amz-target")
        .and_then(|target| services::ALL.iter().find(|s| target.to_lowercase().contains(s.id)).copied());
    by_target.or_else(|| services::signed_as(prefix)).unwrap_or(if incoming.method == "POST" {
        &services::sts::SERVICE
    } else {
        &services::s3::SERVICE
    })
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
