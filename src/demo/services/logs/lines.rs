//! What events say, in the formats of whoever writes them.

use super::events::{Event, Group, Kind};
use crate::demo::dice::Dice;

const FRAMES: [&str; 8] = [
    "com.example.orders.PaymentClient.charge(PaymentClient.java:118)",
    "com.example.orders.OrderService.settle(OrderService.java:203)",
    "com.example.orders.OrderService.accept(OrderService.java:87)",
    "com.example.orders.IntakeHandler.process(IntakeHandler.java:64)",
    "com.example.orders.IntakeHandler.handleRequest(IntakeHandler.java:41)",
    "com.amazonaws.services.lambda.runtime.api.client.EventHandlerLoader.call(EventHandlerLoader.java:96)",
    "com.amazonaws.services.lambda.runtime.api.client.AWSLambda.startRuntime(AWSLambda.java:207)",
    "java.base/java.lang.Thread.run(Thread.java:1583)",
];

fn dice(group: &Group, event: Event) -> Dice {
    group.seed.fork("event", (event.minute as usize).wrapping_mul(100_003) ^ event.number as usize)
}

/// Milliseconds that an invocation takes.
pub fn duration(group: &Group, event: Event) -> f64 {
    let mut dice = dice(group, event).fork("took", 0);
    let slow = group.fails(event.minute * super::events::MINUTE);
    let base = if slow { 3_000.0 } else { 20.0 + 180.0 * dice.unit() };
    let tail = if dice.chance(0.03) { 1_500.0 * dice.unit() } else { 0.0 };
    ((base + tail) * 100.0).round() / 100.0
}

/// `2026-02-27T08:31:05.123Z`
pub fn iso(millis: i64) -> String {
    let at = chrono::DateTime::from_timestamp_millis(millis).unwrap_or_default();
    at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

pub fn message(group: &Group, event: Event) -> String {
    let mut dice = dice(group, event);
    let failing = group.fails(event.minute * super::events::MINUTE);
    match &group.kind {
        Kind::Function(name) => invocation(group, name, event, &mut dice, failing),
        Kind::Container(service) => container(service, event, &mut dice, failing),
        Kind::Flow => flow(group, event, &mut dice),
        Kind::Trail => trail(group, event, &mut dice),
        Kind::Postgres(_) => postgres(event, &mut dice, failing),
        Kind::Database => format!(
            "{} {} [Note] Aborted connection {} to db: 'app' user: 'app' host: '10.0.{}.{}' (Got timeout reading communication packets)",
            iso(event.at),
            dice.between(10, 900),
            dice.between(1_000, 90_000),
            dice.between(0, 40),
            dice.between(4, 250)
        ),
        Kind::Gateway => gateway(group, event, &mut dice),
        Kind::Application => {
            let level = dice.pick(&["INFO", "INFO", "INFO", "WARN", "ERROR"]);
            let what = dice.pick(&["took", "waited", "retried after"]);
            format!("[{level}] request {} {what} {} ms", dice.uuid(), dice.between(3, 900))
        }
    }
}

fn stack(dice: &mut Dice, frame: &str) -> String {
    let depth = dice.between(2, 4);
    let mut text = String::new();
    for _ in 0..depth {
        for line in FRAMES {
            text.push_str(frame);
            text.push_str(line);
        }
    }
    text
}

fn invocation(group: &Group, name: &str, event: Event, dice: &mut Dice, failing: bool) -> String {
    let request = dice.uuid();
    let fails = dice.chance(if failing { 0.8 } else { 0.02 });
    let cold = dice.chance(0.04);
    let memory = 512;
    let used = dice.between(90, 300);
    let as_json = group.seed.fork("json", 0).chance(0.5) || name == "order-intake";
    let took = duration(group, event);
    match event.part {
        0 => format!("START RequestId: {request} Version: $LATEST\n"),
        3 => format!("END RequestId: {request}\n"),
        4 => {
            let billed = took.ceil() as i64;
            let init = if cold {
                format!("\tInit Duration: {}.27 ms", dice.between(180, 900))
            } else {
                String::new()
            };
            format!(
                "REPORT RequestId: {request}\tDuration: {took:.2} ms\tBilled Duration: {billed} ms\tMemory Size: {memory} MB\tMax Memory Used: {used} MB{init}\t\n"
            )
        }
        2 if fails => {
            let (kind, said) = dice.pick(&[
                ("PaymentGatewayTimeout", "payments did not answer within 3000 ms"),
                ("PaymentGatewayTimeout", "payments did not answer within 3000 ms"),
                ("ConditionalCheckFailedException", "The conditional request failed"),
            ]);
            if as_json {
                let frames: Vec<String> =
                    stack(dice, "\n").lines().skip(1).map(|f| format!("\"{f}\"")).collect();
                format!(
                    r#"{{"timestamp":"{}","level":"ERROR","requestId":"{request}","message":"ERROR order could not be settled","errorType":"{kind}","errorMessage":"{said}","orderId":{},"stackTrace":[{}]}}"#,
                    iso(event.at),
                    dice.between(100_000, 999_999),
                    frames.join(",")
                )
            } else {
                format!("{}\t{request}\tERROR\t{kind}: {said}{}", iso(event.at), stack(dice, "\n    at "))
            }
        }
        part => {
            let said = if part == 1 { "received" } else { "done" };
            let order = dice.between(100_000, 999_999);
            if as_json {
                format!(
                    r#"{{"timestamp":"{}","level":"INFO","requestId":"{request}","message":"order {said}","orderId":{order},"items":{},"durationMs":{took}}}"#,
                    iso(event.at),
                    dice.between(1, 9)
                )
            } else {
                format!("{}\t{request}\tINFO\t{said} {order} items={}", iso(event.at), dice.between(1, 9))
            }
        }
    }
}

fn container(service: &str, event: Event, dice: &mut Dice, failing: bool) -> String {
    let path = dice.pick(&["/cart", "/cart/items", "/checkout", "/healthz", "/orders", "/login"]);
    let fails = dice.chance(if failing { 0.35 } else { 0.01 });
    let status = if fails { dice.pick(&[500, 503]) } else { dice.pick(&[200, 200, 200, 200, 201, 304, 404]) };
    let level = match status {
        500.. => "error",
        404 => "warn",
        _ => "info",
    };
    let trace = format!("1-{:x}-{}", event.at / 1_000, dice.hex(24));
    let took = dice.between(2, 240) as i64 * if fails { 12 } else { 1 };
    let method = dice.pick(&["GET", "GET", "GET", "POST"]);
    let error = if fails {
        let (kind, said) = match failing {
            true => {
                ("PSQLException", "FATAL: remaining connection slots are reserved for superuser connections")
            }
            false => ("SocketTimeoutException", "Read timed out"),
        };
        let stack = stack(dice, "\\n\\tat ");
        format!(r#","error":{{"kind":"{kind}","message":"{said}","stack":"{kind}: {said}{stack}"}}"#)
    } else {
        String::new()
    };
    format!(
        r#"{{"time":"{}","level":"{level}","service":"{service}","msg":"{method} {path} {status}","http":{{"method":"{method}","path":"{path}","status":{status}}},"duration_ms":{took},"user":"u-{}","trace_id":"{trace}"{error}}}"#,
        iso(event.at),
        dice.between(1, 4_000)
    )
}

fn flow(group: &Group, event: Event, dice: &mut Dice) -> String {
    let stream = group.stream(event);
    let interface = stream.strip_suffix("-all").unwrap_or(&stream);
    let end = event.at / 1_000;
    let start = end - 60;
    if dice.chance(0.02) {
        return format!("2 {} {interface} - - - - - - - {start} {end} - NODATA", group.account);
    }
    let rejected = dice.chance(0.15);
    let port = if rejected { dice.pick(&[22, 3389, 23, 445]) } else { dice.pick(&[443, 443, 80, 5432]) };
    let packets = dice.between(1, 40);
    format!(
        "2 {} {interface} 203.0.113.{} 10.0.{}.{} {} {port} 6 {packets} {} {start} {end} {} OK",
        group.account,
        dice.between(1, 254),
        dice.between(0, 40),
        dice.between(4, 250),
        dice.between(1_024, 65_000),
        packets * dice.between(40, 1_400),
        if rejected { "REJECT" } else { "ACCEPT" }
    )
}

fn trail(group: &Group, event: Event, dice: &mut Dice) -> String {
    let account = &group.account;
    let denied = dice.chance(0.12);
    let (source, name, read_only) = dice.pick(&[
        ("ec2.amazonaws.com", "DescribeInstances", true),
        ("ec2.amazonaws.com", "CreateTags", false),
        ("ec2.amazonaws.com", "StopInstances", false),
        ("s3.amazonaws.com", "GetBucketPolicy", true),
        ("iam.amazonaws.com", "AttachRolePolicy", false),
        ("sts.amazonaws.com", "AssumeRole", true),
    ]);
    let error = match denied {
        true => format!(
            r#","errorCode":"AccessDenied","errorMessage":"User: arn:aws:sts::{account}:assumed-role/Developer/session is not authorized to perform: {name}""#
        ),
        false => String::new(),
    };
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"AssumedRole","principalId":"AROA{0}:session","arn":"arn:aws:sts::{account}:assumed-role/Developer/session","accountId":"{account}","accessKeyId":"ASIA{1}"}},"eventTime":"{2}","eventSource":"{source}","eventName":"{name}","awsRegion":"{3}","sourceIPAddress":"203.0.113.{4}","userAgent":"aws-cli/2.31.0"{error},"requestParameters":null,"responseElements":null,"requestID":"{5}","eventID":"{6}","readOnly":{read_only},"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"{account}","eventCategory":"Management"}}"#,
        dice.text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 17),
        dice.text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16),
        iso(event.at / 1_000 * 1_000).replace(".000Z", "Z"),
        group.region,
        dice.between(1, 254),
        dice.uuid(),
        dice.uuid(),
    )
}

fn postgres(event: Event, dice: &mut Dice, failing: bool) -> String {
    let at = chrono::DateTime::from_timestamp_millis(event.at).unwrap_or_default();
    let prefix = format!(
        "{} UTC:10.0.{}.{}({}):app@orders:[{}]:",
        at.format("%Y-%m-%d %H:%M:%S"),
        dice.between(0, 40),
        dice.between(4, 250),
        dice.between(30_000, 60_000),
        dice.between(400, 32_000)
    );
    if dice.chance(if failing { 0.7 } else { 0.0 }) {
        return format!(
            "{prefix}FATAL:  remaining connection slots are reserved for non-replication superuser connections"
        );
    }
    match dice.below(4) {
        0 => format!(
            "{prefix}LOG:  connection authorized: user=app database=orders SSL enabled (protocol=TLSv1.3)"
        ),
        1 => format!("{prefix}ERROR:  duplicate key value violates unique constraint \"orders_pkey\""),
        _ => format!(
            "{prefix}LOG:  duration: {}.{:03} ms  statement: SELECT id, state, total FROM orders WHERE customer_id = {} ORDER BY created_at DESC",
            dice.between(2, 2_900),
            dice.below(1_000),
            dice.between(1, 90_000)
        ),
    }
}

fn gateway(group: &Group, event: Event, dice: &mut Dice) -> String {
    let status = dice.pick(&[200, 200, 200, 200, 204, 403, 404, 502]);
    let at = chrono::DateTime::from_timestamp_millis(event.at).unwrap_or_default();
    format!(
        r#"{{"requestId":"{}","ip":"203.0.113.{}","requestTime":"{}","httpMethod":"{}","routeKey":"ANY /{{proxy+}}","path":"{}","status":"{status}","protocol":"HTTP/1.1","responseLength":"{}","integrationLatency":"{}","domainName":"api.{}.example.com"}}"#,
        dice.uuid(),
        dice.between(1, 254),
        at.format("%d/%b/%Y:%H:%M:%S +0000"),
        dice.pick(&["GET", "POST"]),
        dice.pick(&["/orders", "/orders/7", "/health", "/login"]),
        dice.between(20, 9_000),
        dice.between(4, 700),
        group.account_name
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Json;

    fn of(kind: Kind) -> Vec<String> {
        let group = super::super::events::sample(kind);
        let mut all = Vec::new();
        for minute in 0..300 {
            let mut events = Vec::new();
            group.minute(group.now / 60_000 - minute, &mut events);
            all.extend(events.into_iter().map(|event| message(&group, event)));
        }
        all
    }

    #[test]
    fn json_lines_are_json_and_some_are_long() {
        for kind in [Kind::Container("checkout".into()), Kind::Trail, Kind::Gateway] {
            let lines = of(kind.clone());
            assert!(lines.len() > 100, "{kind:?}");
            lines.iter().for_each(|line| assert!(Json::parse(line).is_ok(), "{line}"));
        }
        let lines = of(Kind::Function("order-intake".into()));
        let json = lines.iter().filter(|line| line.starts_with('{'));
        assert!(json.clone().count() > 50);
        json.for_each(|line| assert!(Json::parse(line).is_ok(), "{line}"));
        assert!(lines.iter().any(|line| line.len() > 1_200), "a stack trace is long");
    }

    #[test]
    fn reports_and_flows_have_their_fields() {
        let lines = of(Kind::Function("webhook".into()));
        let reports: Vec<_> = lines.iter().filter(|line| line.starts_with("REPORT RequestId: ")).collect();
        assert!(!reports.is_empty() && reports.iter().all(|line| line.contains("\tBilled Duration: ")));
        let flows = of(Kind::Flow);
        assert!(flows.iter().all(|line| line.split(' ').count() == 14), "{flows:?}");
        assert!(
            of(Kind::Postgres("checkout-prod-main".into()))
                .iter()
                .any(|line| line.contains("FATAL:  remaining"))
        );
    }
}
