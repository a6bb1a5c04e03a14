//! AWS X-Ray: traces of the functions that are traced, worked out from the minute they began in.

use super::paging::page;
use super::{Answer, Call, Service};
use crate::demo::dice::Dice;
use crate::demo::wire::ApiError;
use crate::demo::world::incidents;
use crate::demo::world::serverless::{self, Function};
use crate::model::Json;

pub const SERVICE: Service =
    Service { id: "xray", signing_name: "xray", operations: &[("GetTraceSummaries", get_trace_summaries)] };

/// What a call may cover.
const LONGEST: i64 = 6 * 3_600;

/// Traces are kept for thirty days.
const KEPT: i64 = 30 * 86_400;

const PAGE: usize = 1_000;

fn invalid(why: impl Into<String>) -> ApiError {
    ApiError::bad("InvalidRequestException", why)
}

fn get_trace_summaries(call: &Call<'_>) -> Answer {
    let time = |member: &str| {
        let text = call.input.get(member).and_then(Json::to_text)?;
        text.parse::<f64>().ok()
    };
    let (Some(start), Some(end)) = (time("StartTime"), time("EndTime")) else {
        return Err(invalid("StartTime and EndTime are required"));
    };
    let (start, end) = (start.ceil() as i64, end.floor() as i64);
    if end < start {
        return Err(invalid("Start time must be before end time"));
    }
    if end - start > LONGEST {
        return Err(invalid("Time range cannot be longer than 6 hours"));
    }
    let filter = Filter::parse(call.text("FilterExpression").unwrap_or_default()).map_err(invalid)?;
    let place = call.place();
    let now = call.world.now;
    let mut found = Vec::new();
    for function in serverless::functions(&place).iter().filter(|f| is_traced(f)) {
        let seed = place.dice("traces", 0).fork(&function.name, 0);
        let last = end.min(now).div_euclid(60);
        for minute in start.max(now - KEPT).div_euclid(60)..=last {
            let mut dice = seed.fork("minute", minute as usize);
            let ago = now.div_euclid(60) - minute;
            let fails = function.name == incidents::FAILING_FUNCTION
                && incidents::FUNCTION_FAILED_MINUTES_AGO.contains(&ago);
            let number = (0.4 + dice.unit() * if fails { 3.0 } else { 1.0 }) as usize;
            for n in 0..number {
                let trace = Trace::new(
                    call,
                    function,
                    minute * 60,
                    seed.fork("trace", (minute * 31) as usize + n),
                    fails,
                );
                if (start..=end.min(now)).contains(&trace.second) && filter.holds(&trace) {
                    found.push(trace);
                }
            }
        }
    }
    found.sort_by(|a, b| a.id.cmp(&b.id));
    let count = found.len() as i64;
    let cut = page(call, found, call.text("NextToken"), PAGE).ok_or_else(|| invalid("Invalid NextToken"))?;
    let shown: Vec<Json> = cut.items.iter().map(Trace::summary).collect();
    Ok(record! {
        "TraceSummaries" => shown,
        "ApproximateTime" => now,
        "TracesProcessedCount" => count,
        "NextToken" => cut.next,
    })
}

fn is_traced(function: &Function) -> bool {
    function.traced || function.name == incidents::FAILING_FUNCTION
}

struct Trace {
    id: String,
    second: i64,
    start: f64,
    duration: f64,
    status: i64,
    method: &'static str,
    path: &'static str,
    address: String,
    function: String,
    arn: String,
    account: String,
    region: String,
    table: bool,
}

impl Trace {
    fn new(call: &Call<'_>, function: &Function, minute: i64, mut dice: Dice, failing: bool) -> Self {
        let second = minute + dice.below(60) as i64;
        let fault = dice.chance(if failing { 0.8 } else { 0.02 });
        let took = if fault { 3.0 + dice.unit() } else { 0.02 + 0.3 * dice.unit() };
        Trace {
            id: format!("1-{second:08x}-{}", dice.hex(24)),
            second,
            start: second as f64 + dice.below(1_000) as f64 / 1_000.0,
            duration: (took * 1_000.0).round() / 1_000.0,
            status: if fault { 502 } else { dice.pick(&[200, 200, 200, 200, 200, 404, 429]) },
            method: dice.pick(&["GET", "POST"]),
            path: dice.pick(&["/orders", "/orders/7", "/cart"]),
            address: format!("203.0.113.{}", dice.between(1, 254)),
            function: function.name.clone(),
            arn: call.place().arn("lambda", &format!("function:{}", function.name)),
            account: call.account.id.clone(),
            region: call.region.to_owned(),
            table: dice.chance(0.5),
        }
    }

    fn has_fault(&self) -> bool {
        self.status >= 500
    }

    fn has_error(&self) -> bool {
        (400..500).contains(&self.status)
    }

    fn service(&self, name: &str, kind: &str) -> Json {
        record! { "Name" => name, "Names" => vec![name.to_owned()], "AccountId" => self.account.as_str(), "Type" => kind }
    }

    fn services(&self) -> Vec<Json> {
        let mut all = vec![
            self.service(&self.function, "AWS::Lambda"),
            self.service(&self.function, "AWS::Lambda::Function"),
        ];
        if self.table {
            all.push(self.service("DynamoDB", "AWS::DynamoDB"));
        }
        all
    }

    fn summary(&self) -> Json {
        let causes = |is: bool, kind: &str, text: &str| match is {
            false => Vec::new(),
            true => vec![record! {
                "Services" => vec![record! {
                    "Name" => self.function.as_str(),
                    "Names" => vec![self.function.clone()],
                    "Type" => "AWS::Lambda::Function",
                    "AccountId" => self.account.as_str(),
                    "EntityPath" => vec![record! {
                        "Name" => self.function.as_str(),
                        "Exceptions" => vec![record! { "Name" => kind, "Message" => text }],
                        "Remote" => false,
                    }],
                    "Inferred" => false,
                }],
                "ClientImpacting" => true,
            }],
        };
        record! {
            "Id" => self.id.as_str(),
            "StartTime" => self.start,
            "Duration" => self.duration,
            "ResponseTime" => self.duration,
            "HasFault" => self.has_fault(),
            "HasError" => self.has_error(),
            "HasThrottle" => self.status == 429,
            "IsPartial" => false,
            "Http" => record! {
                "HttpURL" => format!("https://api.{}.example.com{}", self.region, self.path),
                "HttpStatus" => self.status,
                "HttpMethod" => self.method,
                "UserAgent" => "Mozilla/5.0",
                "ClientIp" => self.address.as_str(),
            },
            "Annotations" => Json::object([(
                "cold_start",
                Json::Array(vec![record! {
                    "AnnotationValue" => record! { "BooleanValue" => false },
                    "ServiceIds" => vec![self.service(&self.function, "AWS::Lambda::Function")],
                }]),
            )]),
            "Users" => Vec::<Json>::new(),
            "ServiceIds" => self.services(),
            "ResourceARNs" => vec![record! { "ARN" => self.arn.as_str() }],
            "EntryPoint" => self.service(&self.function, "AWS::Lambda"),
            "FaultRootCauses" => causes(self.has_fault(), "PaymentGatewayTimeout", "payments did not answer within 3000 ms"),
            "ErrorRootCauses" => causes(self.has_error(), "ClientError", "the request was refused"),
            "Revision" => 1_i64,
        }
    }
}

/// `responsetime > 2 AND !fault`, `service("checkout")`, `http.status = 502`: what of X-Ray's filter
/// expressions people write most.
enum Filter {
    All,
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    Flag(String),
    Number(String, String, f64),
    Text(String, String),
}

impl Filter {
    fn parse(text: &str) -> Result<Filter, String> {
        let wrong = || format!("Invalid filter expression: {text}");
        let words = words(text);
        if words.is_empty() {
            return Ok(Filter::All);
        }
        let mut at = 0;
        let found = either(&words, &mut at).ok_or_else(wrong)?;
        if at == words.len() { Ok(found) } else { Err(wrong()) }
    }

    fn holds(&self, trace: &Trace) -> bool {
        match self {
            Filter::All => true,
            Filter::And(left, right) => left.holds(trace) && right.holds(trace),
            Filter::Or(left, right) => left.holds(trace) || right.holds(trace),
            Filter::Not(inner) => !inner.holds(trace),
            Filter::Flag(name) => match name.as_str() {
                "fault" => trace.has_fault(),
                "error" => trace.has_error(),
                "throttle" => trace.status == 429,
                "ok" => !trace.has_fault() && !trace.has_error(),
                _ => false,
            },
            Filter::Number(name, sign, wanted) => {
                let value = if name == "http.status" { trace.status as f64 } else { trace.duration };
                match sign.as_str() {
                    "=" => value == *wanted,
                    "!=" => value != *wanted,
                    ">" => value > *wanted,
                    ">=" => value >= *wanted,
                    "<" => value < *wanted,
                    _ => value <= *wanted,
                }
            }
            Filter::Text(name, wanted) => match name.as_str() {
                "service" => trace.function == *wanted || wanted == "DynamoDB" && trace.table,
                "http.method" => trace.method == wanted,
                _ => false,
            },
        }
    }
}

fn words(text: &str) -> Vec<String> {
    let (mut all, mut rest) = (Vec::new(), text.trim_start());
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => rest[1..].find('"').map_or(rest.len(), |end| end + 2),
            '(' | ')' => 1,
            '!' | '=' | '<' | '>' => 1 + usize::from(rest[1..].starts_with('=')),
            _ => rest.find(|c: char| c.is_whitespace() || "()!=<>\"".contains(c)).unwrap_or(rest.len()),
        };
        all.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    all
}

fn either(words: &[String], at: &mut usize) -> Option<Filter> {
    let mut left = both(words, at)?;
    while words.get(*at).is_some_and(|word| word.eq_ignore_ascii_case("or")) {
        *at += 1;
        left = Filter::Or(Box::new(left), Box::new(both(words, at)?));
    }
    Some(left)
}

fn both(words: &[String], at: &mut usize) -> Option<Filter> {
    let mut left = one(words, at)?;
    while words.get(*at).is_some_and(|word| word.eq_ignore_ascii_case("and")) {
        *at += 1;
        left = Filter::And(Box::new(left), Box::new(one(words, at)?));
    }
    Some(left)
}

fn one(words: &[String], at: &mut usize) -> Option<Filter> {
    let word = words.get(*at)?.as_str();
    *at += 1;
    let quoted = |word: &String| word.strip_prefix('"')?.strip_suffix('"').map(str::to_owned);
    match word {
        "!" => Some(Filter::Not(Box::new(one(words, at)?))),
        "(" => {
            let inside = either(words, at)?;
            let closes = words.get(*at).is_some_and(|word| word == ")");
            *at += 1;
            closes.then_some(inside)
        }
        "ok" | "error" | "fault" | "throttle" => Some(Filter::Flag(word.to_owned())),
        "service" => {
            let name = words.get(*at + 1).and_then(quoted)?;
            let is = words.get(*at)? == "(" && words.get(*at + 2)? == ")";
            *at += 3;
            is.then(|| Filter::Text("service".to_owned(), name))
        }
        "responsetime" | "duration" | "http.status" => {
            let (sign, number) = (words.get(*at)?.clone(), words.get(*at + 1)?.parse().ok()?);
            *at += 2;
            ["=", "!=", ">", ">=", "<", "<="]
                .contains(&sign.as_str())
                .then(|| Filter::Number(word.to_owned(), sign, number))
        }
        "http.method" => {
            let is = words.get(*at)? == "=";
            let text = words.get(*at + 1).and_then(quoted)?;
            *at += 2;
            is.then(|| Filter::Text("http.method".to_owned(), text))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filter_expressions_are_read_or_refused() {
        for text in [
            "",
            "fault",
            "responsetime > 2 AND !fault",
            "(error OR throttle) AND service(\"order-intake\")",
            "http.status = 502",
        ] {
            assert!(Filter::parse(text).is_ok(), "{text}");
        }
        for text in ["nonsense", "responsetime >", "(fault", "service(x)", "fault error"] {
            assert!(Filter::parse(text).is_err(), "{text}");
        }
    }
}
