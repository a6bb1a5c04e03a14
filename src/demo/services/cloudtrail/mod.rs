//! AWS CloudTrail: what was done of late, looked up by one attribute. Trails are declared.

pub mod record;

use super::{Answer, Call, Service, paging};
use crate::demo::wire::ApiError;
use crate::model::Json;
use record::Record;

pub const SERVICE: Service =
    Service { id: "cloudtrail", signing_name: "cloudtrail", operations: &[("LookupEvents", lookup_events)] };

/// How long events can be looked up.
const KEPT: i64 = 90 * 86_400;

fn lookup_events(call: &Call<'_>) -> Answer {
    let attributes = call.input.get("LookupAttributes").and_then(Json::as_array).unwrap_or_default();
    if attributes.len() > 1 {
        let message = "You can specify only one attribute in a lookup.";
        return Err(ApiError::bad("InvalidLookupAttributesException", message));
    }
    let size = call.int("MaxResults").unwrap_or(50);
    if !(1..=50).contains(&size) {
        let message = format!("{size} is not a valid number of results: it must be between 1 and 50.");
        return Err(ApiError::bad("InvalidMaxResultsException", message));
    }
    let time = |member: &str| call.input.get(member).and_then(Json::to_text)?.parse::<f64>().ok();
    let (start, end) = (time("StartTime"), time("EndTime"));
    if let (Some(start), Some(end)) = (start, end)
        && start > end
    {
        let message = "The start time must be before the end time.";
        return Err(ApiError::bad("InvalidTimeRangeException", message));
    }
    let mut wanted = None;
    if let Some(attribute) = attributes.first() {
        let text = |member| attribute.get(member).and_then(Json::as_str).unwrap_or_default();
        wanted = Some((text("AttributeKey"), text("AttributeValue")));
    }
    let now = call.world.now;
    let is_meant = |record: &Record| {
        let at = record.at as f64;
        record.at > now - KEPT
            && start.is_none_or(|start| at >= start)
            && end.is_none_or(|end| at <= end)
            && wanted.is_none_or(|(key, value)| record.has(key, value))
    };
    let all: Vec<Record> = record::of(call).into_iter().filter(is_meant).collect();
    let page = paging::page(call, all, call.text("NextToken"), size as usize)
        .ok_or_else(|| ApiError::bad("InvalidNextTokenException", "The token is not valid."))?;
    let events: Vec<Json> = page.items.iter().map(|record| record.looked_up(call)).collect();
    Ok(record! { "Events" => events, "NextToken" => page.next })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::identity::{Caller, Principal};
    use crate::demo::rehearsal::world;

    fn looked_up(account: &str, input: &str) -> Result<(Vec<Json>, bool), String> {
        let world = world("");
        let account = world.organization.account_named(account).unwrap();
        let input = Json::parse(input).unwrap();
        let caller = Caller::new(&account.id, Principal::User("operator".to_owned()));
        let call = Call {
            world: &world,
            account,
            region: "us-east-1",
            caller: &caller,
            operation: "LookupEvents",
            input: &input,
            now: 0,
            shapes: None,
            whole: false,
        };
        let answer = lookup_events(&call).map_err(|error| error.code.to_string())?;
        let events = answer.get("Events").and_then(Json::as_array).unwrap().to_vec();
        Ok((events, answer.get("NextToken").is_some_and(|token| !token.is_null())))
    }

    fn texts(events: &[Json], member: &str) -> Vec<String> {
        events.iter().map(|event| event.get(member).unwrap().to_text().unwrap()).collect()
    }

    #[test]
    fn the_address_of_the_world_calls_as_its_two_users() {
        for user in ["jsmith", "terraform-ci"] {
            let by = format!(
                r#"{{"LookupAttributes": [{{"AttributeKey": "Username", "AttributeValue": "{user}"}}]}}"#
            );
            let (events, _) = looked_up("payments-prod", &by).unwrap();
            let records = texts(&events, "CloudTrailEvent");
            assert!(records.iter().any(|r| r.contains("203.0.113.7")), "{user}");
            assert!(texts(&events, "Username").iter().all(|name| name == user));
        }
    }

    #[test]
    fn events_come_newest_first_fifty_a_page() {
        let (events, more) = looked_up("payments-prod", "{}").unwrap();
        assert_eq!((events.len(), more), (50, true));
        let times: Vec<f64> = texts(&events, "EventTime").iter().map(|t| t.parse().unwrap()).collect();
        assert!(times.windows(2).all(|pair| pair[0] >= pair[1]));
        let (stops, _) = looked_up(
            "payments-prod",
            r#"{"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "StopInstances"}]}"#,
        )
        .unwrap();
        assert!(!stops.is_empty() && texts(&stops, "Resources").iter().all(|r| r.contains("i-0")));
        let (root, _) = looked_up(
            "org-management",
            r#"{"LookupAttributes": [{"AttributeKey": "Username", "AttributeValue": "root"}]}"#,
        )
        .unwrap();
        assert!(!root.is_empty());
    }

    #[test]
    fn what_cannot_be_looked_up_is_refused() {
        let one = r#"{"AttributeKey": "EventName", "AttributeValue": "a"}"#;
        let refused = |input: &str| looked_up("payments-prod", input).unwrap_err();
        assert_eq!(
            refused(&format!(r#"{{"LookupAttributes": [{one}, {one}]}}"#)),
            "InvalidLookupAttributesException"
        );
        assert_eq!(refused(r#"{"MaxResults": 51}"#), "InvalidMaxResultsException");
        assert_eq!(refused(r#"{"StartTime": 5, "EndTime": 4}"#), "InvalidTimeRangeException");
        assert_eq!(refused(r#"{"NextToken": "x"}"#), "InvalidNextTokenException");
    }
}
