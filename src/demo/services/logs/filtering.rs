//! Log events by time and pattern, and the streams of a group.

use super::events::{Event, Group, MINUTE, Minutes};
use super::pattern::Pattern;
use super::{absent, find, lines};
use crate::demo::dice::Dice;
use crate::demo::services::paging::page;
use crate::demo::services::{Answer, Call};
use crate::demo::wire::ApiError;
use crate::model::Json;

/// Events that one call looks at; where more are to be searched, its page may be empty.
const MOST_SEARCHED: usize = 200_000;

/// Bytes of the events in a page.
const MOST_BYTES: usize = 1 << 20;

fn invalid(why: impl Into<String>) -> ApiError {
    ApiError::bad("InvalidParameterException", why)
}

pub fn filter_log_events(call: &Call<'_>) -> Answer {
    let asked = call.text("LogGroupName").or_else(|| call.text("LogGroupIdentifier"));
    let name = asked.ok_or_else(|| invalid("One of logGroupName or logGroupIdentifier must be provided."))?;
    let group = find(call, name).ok_or_else(|| absent("log group"))?;
    let streams = call.texts("LogStreamNames");
    let prefix = call.text("LogStreamNamePrefix");
    if prefix.is_some() && !streams.is_empty() {
        return Err(invalid("Cannot specify both logStreamNames and logStreamNamePrefix."));
    }
    if streams.len() > 100 {
        return Err(invalid("Cannot specify more than 100 log stream names."));
    }
    let pattern = Pattern::parse(call.text("FilterPattern").unwrap_or_default()).map_err(invalid)?;
    let first = call.int("StartTime").unwrap_or(group.since.max(group.now - 86_400_000));
    let last = call.int("EndTime").unwrap_or(group.now);
    if last < first {
        return Err(invalid("startTime must be less than or equal to endTime."));
    }
    let most = call.int("Limit").unwrap_or(10_000);
    if !(1..=10_000).contains(&most) {
        return Err(invalid(format!(
            "Value '{most}' at 'limit' failed to satisfy constraint: between 1 and 10000"
        )));
    }
    let most = (most as usize).min(call.world.knobs.page_size.unwrap_or(usize::MAX));
    let after = match call.text("NextToken") {
        None => None,
        Some(token) => {
            Some(opened(&group, token).ok_or_else(|| invalid("The specified nextToken is invalid."))?)
        }
    };
    let from = after.map_or(first, |after| first.max(after.minute * MINUTE));
    let groups = [group];
    let group = &groups[0];
    let (mut minutes, mut some) = (Minutes::new(&groups, from, last, false), Vec::new());
    let (mut found, mut bytes, mut searched) = (Vec::new(), 0, 0);
    let (mut seen, mut more) = (None, false);
    'search: while minutes.next(&mut some) {
        for (event, _) in &some {
            if after.is_some_and(|after| key(*event) <= key(after)) {
                continue;
            }
            if found.len() == most || bytes > MOST_BYTES || searched == MOST_SEARCHED {
                more = true;
                break 'search;
            }
            searched += 1;
            let stream = group.stream(*event);
            let of_stream = streams.is_empty() || streams.contains(&stream.as_str());
            if of_stream && prefix.is_none_or(|prefix| stream.starts_with(prefix)) {
                let message = lines::message(group, *event);
                if pattern.matches(&message) {
                    bytes += message.len() + 26;
                    found.push(record! {
                        "LogStreamName" => stream,
                        "Timestamp" => event.at,
                        "Message" => message,
                        "IngestionTime" => event.at + 900,
                        "EventId" => group.event_id(*event),
                    });
                }
            }
            seen = Some(*event);
        }
    }
    let token = seen.filter(|_| more).map(|seen| sealed(group, seen));
    Ok(record! { "Events" => found, "SearchedLogStreams" => Vec::<Json>::new(), "NextToken" => token })
}

/// Events in the order in which they are told.
fn key(event: Event) -> (i64, i64, u32, u8) {
    (event.minute, event.at, event.number, event.part)
}

fn seal(group: &Group, text: &str) -> u64 {
    let words = [group.name.as_str(), &group.account, &group.region, text];
    Dice::new(7, &words).next()
}

/// Where to go on: the last event that was looked at.
fn sealed(group: &Group, event: Event) -> String {
    let text = format!("{}.{}.{}.{}", event.minute, event.at, event.number, event.part);
    let seal = seal(group, &text);
    format!("{text}.{seal:x}")
}

fn opened(group: &Group, token: &str) -> Option<Event> {
    let (text, seal) = token.rsplit_once('.')?;
    if u64::from_str_radix(seal, 16).ok()? != self::seal(group, text) {
        return None;
    }
    let mut parts = text.split('.');
    let (minute, at) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some(Event { minute, at, number: parts.next()?.parse().ok()?, part: parts.next()?.parse().ok()? })
}

pub fn describe_log_streams(call: &Call<'_>) -> Answer {
    let asked = call.text("LogGroupName").or_else(|| call.text("LogGroupIdentifier"));
    let name = asked.ok_or_else(|| invalid("One of logGroupName or logGroupIdentifier must be provided."))?;
    let group = find(call, name).ok_or_else(|| absent("log group"))?;
    let by_time = call.text("OrderBy") == Some("LastEventTime");
    let prefix = call.text("LogStreamNamePrefix");
    if by_time && prefix.is_some() {
        return Err(invalid("Cannot order by LastEventTime with a logStreamNamePrefix."));
    }
    let limit = call.int("Limit").unwrap_or(50);
    if !(1..=50).contains(&limit) {
        return Err(invalid(format!(
            "Value '{limit}' at 'limit' failed to satisfy constraint: between 1 and 50"
        )));
    }
    let mut streams = group.streams();
    streams.retain(|(name, ..)| prefix.is_none_or(|prefix| name.starts_with(prefix)));
    streams.sort_by(|a, b| if by_time { a.2.cmp(&b.2) } else { a.0.cmp(&b.0) });
    if call.is("Descending") {
        streams.reverse();
    }
    let cut = page(call, streams, call.text("NextToken"), limit as usize)
        .ok_or_else(|| invalid("The specified nextToken is invalid."))?;
    let place = call.place();
    let shown = cut.items.into_iter().map(|(name, first, last)| {
        record! {
            "Arn" => place.arn("logs", &format!("log-group:{}:log-stream:{name}", group.name)),
            "LogStreamName" => name,
            "CreationTime" => first - 800,
            "FirstEventTimestamp" => first,
            "LastEventTimestamp" => last,
            "LastIngestionTime" => last + 900,
            "UploadSequenceToken" => format!("{:056}", first),
            "StoredBytes" => 0_i64,
        }
    });
    Ok(record! { "LogStreams" => shown.collect::<Vec<_>>(), "NextToken" => cut.next })
}
