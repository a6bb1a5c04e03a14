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
