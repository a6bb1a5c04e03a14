//! Calls of models: who called which, what came back, what it took. What the logs say of them and what CloudWatch
//! counts comes from here.
//!
//! | what | where |
//! |---|---|
//! | an agent in a loop: long prompts, five times the latency, throttles | ml-prod, two days ago from 14 to 16 o'clock, role `batch-summarizer` |
//! | calls that no log has: streams in both directions | data-platform-prod, one in twelve |
//! | logging is off although models are called | web-prod |

use super::World;
use super::organization::OrgAccount;
use super::place::Place;
use crate::demo::dice::Dice;

/// How far back calls go.
const DAYS: i64 = 35;

/// One kind of work that an account gives to a model.
struct Work {
    account: &'static str,
    role: &'static str,
    /// As it is called; profiles and all.
    model: &'static str,
    operation: &'static str,
    /// Calls in an hour of the day.
    hourly: usize,
    /// Usual tokens of a call.
    input: usize,
    output: usize,
    /// Of tokens that are read from the prompt cache where one is used.
    cached: usize,
    guarded: bool,
    tool: Option<&'static str>,
}

const WORK: &[Work] = &[
    Work {
        account: "ml-prod",
        role: "chat-backend",
        model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        operation: "ConverseStream",
        hourly: 9,
        input: 420,
        output: 380,
        cached: 18_000,
        guarded: true,
        tool: Some("search_orders"),
    },
    Work {
        account: "ml-prod",
        role: "ticket-router",
        model: "us.anthropic.claude-haiku-4-5-20251001-v1:0",
        operation: "Converse",
        hourly: 10,
        input: 900,
        output: 60,
        cached: 0,
        guarded: false,
        tool: Some("route_ticket"),
    },
    Work {
        account: "ml-prod",
        role: "batch-summarizer",
        model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        operation: "Converse",
        hourly: 1,
        input: 6_000,
        output: 700,
        cached: 0,
        guarded: false,
        tool: None,
    },
    Work {
        account: "ml-prod",
        role: "search-index",
        model: "amazon.titan-embed-text-v2:0",
        operation: "InvokeModel",
        hourly: 6,
        input: 350,
        output: 0,
        cached: 0,
        guarded: false,
        tool: None,
    },
    Work {
        account: "ml-research",
        role: "notebooks",
        model: "anthropic.claude-3-5-sonnet-20241022-v2:0",
        operation: "InvokeModelWithResponseStream",
        hourly: 3,
        input: 1_800,
        output: 900,
        cached: 0,
        guarded: false,
        tool: None,
    },
    Work {
        account: "ml-research",
        role: "notebooks",
        model: "arn:aws:bedrock:us-east-1::foundation-model/meta.llama3-1-70b-instruct-v1:0",
        operation: "InvokeModel",
        hourly: 2,
        input: 700,
        output: 400,
        cached: 0,
        guarded: false,
        tool: None,
    },
    Work {
        account: "ml-research",
        role: "evaluation",
        model: "mistral.mistral-large-2407-v1:0",
        operation: "InvokeModel",
        hourly: 2,
        input: 500,
        output: 300,
        cached: 0,
        guarded: false,
        tool: None,
    },
    Work {
        account: "data-platform-prod",
        role: "document-extractor",
        model: "amazon.nova-pro-v1:0",
        operation: "Converse",
        hourly: 5,
        input: 9_000,
        output: 800,
        cached: 0,
        guarded: false,
        tool: None,
    },
    Work {
        account: "data-platform-prod",
        role: "document-extractor",
        model: "amazon.nova-lite-v1:0",
        operation: "Converse",
        hourly: 4,
        input: 1_200,
        output: 150,
        cached: 900,
        guarded: false,
        tool: None,
    },
    Work {
        account: "checkout-prod",
        role: "support-bot",
        model: "global.anthropic.claude-haiku-4-5-20251001-v1:0",
        operation: "ConverseStream",
        hourly: 5,
        input: 300,
        output: 180,
        cached: 6_000,
        guarded: true,
        tool: Some("lookup_order"),
    },
    Work {
        account: "web-prod",
        role: "site-search",
        model: "amazon.nova-micro-v1:0",
        operation: "Converse",
        hourly: 6,
        input: 200,
        output: 40,
        cached: 0,
        guarded: false,
        tool: None,
    },
];

/// An account whose calls nobody logs.
const LOGGING_OFF: &str = "web-prod";

/// One call of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// Milliseconds since the epoch.
    pub at: i64,
    pub request_id: String,
    pub role: &'static str,
    pub session: String,
    pub model: &'static str,
    pub operation: &'static str,
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub cache_read: Option<u64>,
    pub cache_write: Option<u64>,
    pub latency_ms: i64,
    pub first_byte_ms: i64,
    /// In Converse's words.
    pub stop_reason: &'static str,
    pub error: Option<&'static str>,
    pub guarded: bool,
    pub tool: Option<&'static str>,
    /// Bytes of the request's body, in its usual or in an unusual size.
    pub body_bytes: usize,
    pub is_logged: bool,
}

impl Invocation {
    /// The dimension `ModelId` of its metrics: the profile's id where one was called.
    pub fn metric_model(&self) -> &'static str {
        self.model.rsplit_once("foundation-model/").map_or(self.model, |(_, id)| id)
    }
}

/// Whether calls of the account's models in the region are logged to a bucket.
pub fn is_logged(place: &Place<'_>) -> bool {
    place.is_main() && place.account.name != LOGGING_OFF && works(place.account).next().is_some()
}

fn works(account: &OrgAccount) -> impl Iterator<Item = (usize, &'static Work)> + '_ {
    WORK.iter().enumerate().filter(|(_, work)| work.account == account.name)
}

/// Where the account's own logs go.
pub fn bucket_name(account: &str, region: &str) -> String {
    format!("{account}-bedrock-logs-{region}")
}

/// The first hour of which there are calls, and the hour that is not over yet, in hours since the epoch.
pub fn hours(world: &World) -> std::ops::Range<i64> {
    let today = world.today / 3600;
    today - DAYS * 24..world.now() / 3600 + 1
}

/// The calls of an hour (since the epoch), in order; those of the future have not been made.
pub fn of_hour(place: &Place<'_>, hour: i64) -> Vec<Invocation> {
    if !place.is_main() || !hours(place.world).contains(&hour) {
        return Vec::new();
    }
    let mut calls = Vec::new();
    for (number, work) in works(place.account) {
        let mut dice = place.dice("invocations", number).fork("hour", hour.unsigned_abs() as usize);
        let incident = is_incident(place.world, work, hour);
        // Most people are awake.
        let awake = [0.4, 0.6, 1.3, 1.6, 1.3, 0.8][(hour.rem_euclid(24) / 4) as usize];
        let usual = work.hourly as f64 * awake * (0.7 + 0.6 * dice.unit());
        let count = if incident { 60 } else { usual.round() as usize };
        calls.extend((0..count).map(|_| call(work, &mut dice, hour, incident)));
    }
    let now = place.world.now() * 1000;
    calls.retain(|call| call.at <= now);
    calls.sort_by(|a, b| (a.at, &a.request_id).cmp(&(b.at, &b.request_id)));
    calls
}

fn is_incident(world: &World, work: &Work, hour: i64) -> bool {
    let start = world.today / 3600 - 48 + 14;
    work.role == "batch-summarizer" && (start..start + 2).contains(&hour)
}

fn call(work: &Work, dice: &mut Dice, hour: i64, incident: bool) -> Invocation {
    let around = |dice: &mut Dice, usual: usize| (usual as f64 * (0.5 + dice.unit())).round() as u64;
    let error = match dice.below(1000) {
        0..150 if incident => Some("ThrottlingException"),
        0..15 => Some("ThrottlingException"),
        150..154 => Some("ValidationException"),
        154..156 => Some("ModelTimeoutException"),
        _ => None,
    };
    let reads_cache = work.cached > 0 && dice.chance(0.85);
    let (input, output) = match error {
        Some(_) => (0, 0),
        None if incident => (around(dice, 80_000), around(dice, 3_000)),
        None => (around(dice, work.input), around(dice, work.output)),
    };
    let stop_reason = match dice.below(1000) {
        0..25 if work.guarded => "guardrail_intervened",
        25..60 => "max_tokens",
        60..300 if work.tool.is_some() => "tool_use",
        300..303 => "content_filtered",
        _ if incident && dice.chance(0.6) => "max_tokens",
        _ => "end_turn",
    };
    let slow = if incident { 5.0 } else { 1.0 };
    let latency = (220.0 + 9.0 * output as f64 + 0.02 * input as f64) * slow * (0.8 + 0.4 * dice.unit());
    let first_byte = latency * (0.15 + 0.1 * dice.unit());
    let streams = work.operation.contains("Stream");
    Invocation {
        at: (hour * 3600 + dice.below(3600) as i64) * 1000 + dice.below(1000) as i64,
        request_id: dice.uuid(),
        role: work.role,
        session: format!("i-0{}", dice.hex(16)),
        model: work.model,
        operation: work.operation,
        input_tokens: input,
        output_tokens: output,
        cache_read: (reads_cache && error.is_none()).then(|| around(dice, work.cached)),
        cache_write: (work.cached > 0 && !reads_cache && error.is_none()).then(|| around(dice, work.cached)),
        latency_ms: latency.round() as i64,
        first_byte_ms: if streams { first_byte.round() as i64 } else { 0 },
        stop_reason,
        error,
        guarded: work.guarded,
        tool: work.tool.filter(|_| stop_reason == "tool_use"),
        body_bytes: if work.input >= 6_000 && dice.chance(0.06) { 110_000 } else { 120 },
        is_logged: work.account != "data-platform-prod" || dice.below(12) > 0,
    }
}

/// The models that CloudWatch knows the account to call, as the dimension `ModelId` says them.
pub fn metric_models(place: &Place<'_>) -> Vec<&'static str> {
    let known = works(place.account).filter(|_| place.is_main());
    let mut models: Vec<&str> = known
        .map(|(_, work)| work.model.rsplit_once("foundation-model/").map_or(work.model, |(_, id)| id))
        .collect();
    models.sort_unstable();
    models.dedup();
    models
}

/// Metrics of the namespace AWS/Bedrock.
pub const METRICS: [&str; 9] = [
    "Invocations",
    "InvocationLatency",
    "InvocationClientErrors",
    "InvocationServerErrors",
    "InvocationThrottles",
    "InputTokenCount",
    "OutputTokenCount",
    "CacheReadInputTokenCount",
    "TimeToFirstToken",
];

/// Samples of a metric from one instant to before another (epoch seconds): CloudWatch counts what logs miss, too,
/// and as `Invocations` only what succeeded. A model is none: all of them.
pub fn samples(place: &Place<'_>, metric: &str, model: Option<&str>, from: i64, until: i64) -> Vec<f64> {
    let mut samples = Vec::new();
    let known = hours(place.world);
    let first = from.div_euclid(3600).max(known.start);
    let last = (until - 1).div_euclid(3600).min(known.end);
    for hour in first..=last {
        let calls = of_hour(place, hour).into_iter().filter(|call| {
            (from * 1000..until * 1000).contains(&call.at) && model.is_none_or(|m| m == call.metric_model())
        });
        samples.extend(calls.filter_map(|call| sample(&call, metric)));
    }
    samples
}

fn sample(call: &Invocation, metric: &str) -> Option<f64> {
    let answered = call.error.is_none();
    Some(match metric {
        "Invocations" if answered => 1.0,
        "InvocationThrottles" if call.error == Some("ThrottlingException") => 1.0,
        "InvocationClientErrors" if call.error == Some("ValidationException") => 1.0,
        "InvocationServerErrors" if call.error == Some("ModelTimeoutException") => 1.0,
        "InvocationLatency" if answered => call.latency_ms as f64,
        "TimeToFirstToken" if answered && call.first_byte_ms > 0 => call.first_byte_ms as f64,
        "InputTokenCount" if answered => call.input_tokens as f64,
        "OutputTokenCount" if answered => call.output_tokens as f64,
        "CacheReadInputTokenCount" => call.cache_read? as f64,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::rehearsal::world;

    #[test]
    fn an_hour_is_the_same_whenever_it_is_asked_for() {
        let world = world("");
        let account = world.organization.account_named("ml-prod").unwrap();
        let place = world.place(account, "us-east-1");
        let hour = world.today / 3600 - 24;
        let calls = of_hour(&place, hour);
        assert!(!calls.is_empty() && calls == of_hour(&place, hour));
        assert!(calls.iter().all(|call| call.at / 3_600_000 == hour));
        let counted: f64 = samples(&place, "Invocations", None, hour * 3600, hour * 3600 + 3600).iter().sum();
        assert_eq!(counted as usize, calls.iter().filter(|call| call.error.is_none()).count());
        assert!(of_hour(&place, world.now() / 3600 + 2).is_empty(), "nothing is known of the future");
    }

    #[test]
    fn the_incident_is_there_whatever_the_seed() {
        for seed in 1..4 {
            let world = world(&format!("seed={seed}"));
            let place = world.place(world.organization.account_named("ml-prod").unwrap(), "us-east-1");
            let hour = world.today / 3600 - 48 + 14;
            let tokens = |hour| of_hour(&place, hour).iter().map(|call| call.input_tokens).sum::<u64>();
            assert!(tokens(hour) > 20 * tokens(hour - 3), "{} {}", tokens(hour), tokens(hour - 3));
        }
    }
}
