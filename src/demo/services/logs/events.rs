//! What a log group holds at any time, worked out from the group's name and the minute: no event is kept.
//!
//! A minute's number of events follows the hour of the day, with a crowded minute now and then; where the
//! `logs` knob makes groups busy, part of a crowd falls on one millisecond.

use crate::demo::declared;
use crate::demo::dice::Dice;
use crate::demo::services::Call;
use crate::demo::world::incidents;

pub const MINUTE: i64 = 60_000;

/// No more events of a crowd are of one millisecond.
const MOST_AT_ONCE: usize = 8_000;

/// Lambda starts a new stream with every new place to run in.
const STREAM_HOURS: i64 = 6;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Function(String),
    Container(String),
    Flow,
    Trail,
    Postgres(String),
    Database,
    Gateway,
    Application,
}

/// A log group as far as its events go.
#[derive(Clone, Debug)]
pub struct Group {
    pub name: String,
    pub kind: Kind,
    pub account: String,
    pub account_name: String,
    pub region: String,
    /// Events before are past their retention.
    pub since: i64,
    pub seed: Dice,
    /// Events, or invocations, a minute.
    rate: f64,
    /// Epoch milliseconds; incidents count from it.
    pub now: i64,
    pub interfaces: Vec<String>,
}

/// One event; what it says is written only where somebody reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// Epoch milliseconds.
    pub at: i64,
    pub minute: i64,
    pub number: u32,
    pub part: u8,
}

/// The region's log groups.
pub fn groups(call: &Call<'_>, wanted: impl Fn(&str) -> bool) -> Vec<Group> {
    let told = declared::told(call, "logs", "DescribeLogGroups");
    let text = |group: &crate::model::Json, member: &str| group.get(member).and_then(|v| v.to_text());
    let mut all: Vec<Group> = told
        .iter()
        .filter_map(|told| {
            let name = text(told, "LogGroupName").filter(|name| wanted(name))?;
            let days = told.get("RetentionInDays").and_then(crate::model::Json::as_i64).unwrap_or(3_650);
            Some(group(call, name, days))
        })
        .collect();
    if all.iter().any(|group| group.kind == Kind::Flow) {
        let interfaces: Vec<String> = declared::told(call, "ec2", "DescribeNetworkInterfaces")
            .iter()
            .filter_map(|interface| text(interface, "NetworkInterfaceId"))
            .take(6)
            .collect();
        all.iter_mut().for_each(|group| group.interfaces.clone_from(&interfaces));
    }
    all
}

fn group(call: &Call<'_>, name: String, retention_days: i64) -> Group {
    let last = name.rsplit('/').next().unwrap_or_default().to_owned();
    let kind = match name.as_str() {
        name if name.starts_with("/aws/lambda/") => Kind::Function(last),
        name if name.starts_with("/ecs/") => Kind::Container(last),
        name if name.contains("flow-logs") => Kind::Flow,
        name if name.contains("cloudtrail") => Kind::Trail,
        name if name.ends_with("/postgresql") => {
            Kind::Postgres(name.rsplit('/').nth(1).unwrap_or_default().to_owned())
        }
        name if name.starts_with("/aws/rds/") => Kind::Database,
        name if name.starts_with("/aws/apigateway/") => Kind::Gateway,
        _ => Kind::Application,
    };
    let rate = match &kind {
        Kind::Function(function) if function == incidents::FAILING_FUNCTION => 3.0,
        Kind::Function(_) => 0.5,
        Kind::Container(_) => 10.0,
        Kind::Flow => 8.0,
        Kind::Trail | Kind::Gateway => 4.0,
        Kind::Postgres(_) | Kind::Database | Kind::Application => 2.0,
    };
    let now = call.world.now * 1_000;
    Group {
        seed: Dice::new(call.world.knobs.seed, &["log events", &call.account.id, call.region, &name]),
        name,
        kind,
        account: call.account.id.clone(),
        account_name: call.account.name.clone(),
        region: call.region.to_owned(),
        since: now - retention_days * 86_400_000,
        rate: rate * call.world.knobs.logs,
        now,
        interfaces: Vec::new(),
    }
}

/// How busy an hour of the day is, beside the average.
fn busy(minute: i64) -> f64 {
    let hour = minute.rem_euclid(1_440) as f64 / 60.0;
    1.0 + 0.75 * (std::f64::consts::TAU * (hour - 8.0) / 24.0).sin()
}

impl Group {
    /// The events of a minute, the oldest first.
    pub fn minute(&self, minute: i64, into: &mut Vec<Event>) {
        let mut dice = self.seed.fork("minute", minute as usize);
        let crowd = dice.chance(0.01);
        let failing = self.fails(minute * MINUTE);
        let expected =
            self.rate * busy(minute) * if crowd { 4.0 } else { 1.0 } * if failing { 2.0 } else { 1.0 };
        let number = (expected + dice.unit()) as usize;
        let begin = into.len();
        let together = if crowd { (number * 2 / 5).min(MOST_AT_ONCE) } else { 0 };
        let first = number * 3 / 10;
        for n in 0..number {
            let place =
                if (first..first + together).contains(&n) { first as f64 } else { n as f64 + dice.unit() };
            let at = minute * MINUTE + (place * MINUTE as f64 / number as f64) as i64;
            let event = Event { at, minute, number: n as u32, part: 0 };
            match &self.kind {
                Kind::Function(_) => self.invocation(event, into),
                _ => into.push(event),
            }
        }
        if let Some(minute) = into.get_mut(begin..) {
            minute.sort_unstable();
        }
    }

    /// Start, two lines, end and report of one invocation, all within its minute.
    fn invocation(&self, start: Event, into: &mut Vec<Event>) {
        let took = super::lines::duration(self, start) as i64;
        let end = (start.at + took).min((start.minute + 1) * MINUTE - 1);
        let at = |at: i64, part| Event { at: at.min(end), part, ..start };
        into.extend([start, at(start.at + 2, 1), at(end - 1, 2), at(end, 3), at(end, 4)]);
    }

    /// Whether an incident is going on: errors of the function, connections of the database.
    pub fn fails(&self, at: i64) -> bool {
        let ago = (self.now - at) / MINUTE;
        match &self.kind {
            Kind::Function(name) => {
                name == incidents::FAILING_FUNCTION && incidents::FUNCTION_FAILED_MINUTES_AGO.contains(&ago)
            }
            Kind::Container(name) => {
                name == "checkout" && incidents::DATABASE_FULL_MINUTES_AGO.contains(&ago)
            }
            Kind::Postgres(name) => {
                name.as_str() == incidents::FULL_DATABASE
                    && incidents::DATABASE_FULL_MINUTES_AGO.contains(&ago)
            }
            _ => false,
        }
    }

    /// The stream that an event is in.
    pub fn stream(&self, event: Event) -> String {
        let nth = |count: usize| {
            let number = self.seed.fork("place", event.number as usize ^ event.minute as usize).below(count);
            (number, self.seed.fork("stream", number))
        };
        match &self.kind {
            Kind::Function(_) => {
                let block = event.minute.div_euclid(60 * STREAM_HOURS);
                self.function_stream(block)
            }
            Kind::Container(name) => {
                let (_, mut dice) = nth(3);
                format!("{name}/{name}/{}", dice.hex(32))
            }
            Kind::Flow => {
                let (number, mut dice) = nth(self.interfaces.len().max(1));
                let own = self.interfaces.get(number).cloned();
                format!("{}-all", own.unwrap_or_else(|| format!("eni-0{}", dice.hex(16))))
            }
            Kind::Trail => format!("{}_CloudTrail_{}", self.account, self.region),
            Kind::Postgres(name) => format!("{name}.0"),
            Kind::Database => "error".to_owned(),
            Kind::Gateway => nth(2).1.hex(32),
            Kind::Application => ["instance-a", "instance-b", "instance-c"][nth(3).0].to_owned(),
        }
    }

    fn function_stream(&self, block: i64) -> String {
        let mut dice = self.seed.fork("stream", block as usize);
        let day = chrono::DateTime::from_timestamp(block * STREAM_HOURS * 3_600, 0).unwrap_or_default();
        format!("{}/[$LATEST]{}", day.format("%Y/%m/%d"), dice.hex(32))
    }

    /// Its streams of the last days, each with a first and a last event.
    pub fn streams(&self) -> Vec<(String, i64, i64)> {
        let last = self.now - 20_000;
        let whole = |names: Vec<String>| {
            names.into_iter().map(|name| (name, self.since.max(self.now - 30 * 86_400_000), last)).collect()
        };
        let numbered = |count: usize, name: &dyn Fn(usize, Dice) -> String| {
            whole((0..count).map(|n| name(n, self.seed.fork("stream", n))).collect())
        };
        match &self.kind {
            Kind::Function(_) => {
                let hours = STREAM_HOURS * 3_600_000;
                let block = self.now.div_euclid(hours);
                let of = |block: i64| {
                    (
                        self.function_stream(block),
                        block * hours + 1_000,
                        ((block + 1) * hours - 1_000).min(last),
                    )
                };
                (block - 11..=block).map(of).collect()
            }
            Kind::Container(name) => numbered(3, &|_, mut dice| format!("{name}/{name}/{}", dice.hex(32))),
            Kind::Flow => numbered(self.interfaces.len().max(1), &|n, mut dice| {
                let own = self.interfaces.get(n).cloned();
                format!("{}-all", own.unwrap_or_else(|| format!("eni-0{}", dice.hex(16))))
            }),
            Kind::Gateway => numbered(2, &|_, mut dice| dice.hex(32)),
            Kind::Application => {
                whole(["instance-a", "instance-b", "instance-c"].map(str::to_owned).to_vec())
            }
            Kind::Trail | Kind::Postgres(_) | Kind::Database => {
                let only = Event { at: 0, minute: 0, number: 0, part: 0 };
                whole(vec![self.stream(only)])
            }
        }
    }

    /// Bytes of an event, about.
    pub fn usual_length(&self) -> u64 {
        match self.kind {
            Kind::Function(_) => 130,
            Kind::Flow => 115,
            Kind::Trail => 700,
            _ => 240,
        }
    }

    /// Names an event to whoever asks for it again.
    pub fn pointer(&self, event: Event) -> String {
        use base64::Engine as _;
        let text = format!("{}\n{}\n{}\n{}", self.name, event.minute, event.number, event.part);
        base64::engine::general_purpose::STANDARD_NO_PAD.encode(text)
    }

    /// Digits that tell an event from all others of the group; later events have larger ones.
    pub fn event_id(&self, event: Event) -> String {
        let mut dice = self.seed.fork("id", 0);
        let tail = dice.next() % 1_000_000_000;
        format!("{:018}{:012}{:08}{:02}{:016}", event.at, event.minute, event.number, event.part, tail)
    }
}

/// The group's name and the event that a pointer names.
pub fn pointed(pointer: &str) -> Option<(String, Event)> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD_NO_PAD.decode(pointer).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let mut parts = text.rsplitn(4, '\n');
    let (part, number, minute) = (parts.next()?, parts.next()?, parts.next()?);
    let name = parts.next()?.to_owned();
    let event =
        Event { at: 0, minute: minute.parse().ok()?, number: number.parse().ok()?, part: part.parse().ok()? };
    Some((name, event))
}

/// Events of several groups between two instants (both included), minute after minute.
pub struct Minutes<'g> {
    groups: &'g [Group],
    first: i64,
    last: i64,
    next: i64,
    newest_first: bool,
}

impl<'g> Minutes<'g> {
    pub fn new(groups: &'g [Group], first: i64, last: i64, newest_first: bool) -> Self {
        let oldest = groups.iter().map(|group| group.since).min().unwrap_or(first);
        let first = first.max(oldest);
        // What has not happened has left no trace, save that a world's clock may stand still.
        let next = if newest_first { last } else { first }.div_euclid(MINUTE);
        Self { groups, first, last, next, newest_first }
    }

    /// The events of the next minute that has any, with the position of their group.
    pub fn next(&mut self, into: &mut Vec<(Event, usize)>) -> bool {
        into.clear();
        let mut events = Vec::new();
        while self.next >= self.first.div_euclid(MINUTE) && self.next <= self.last.div_euclid(MINUTE) {
            for (at, group) in self.groups.iter().enumerate() {
                events.clear();
                group.minute(self.next, &mut events);
                let within =
                    |event: &&Event| (self.first..=self.last).contains(&event.at) && event.at >= group.since;
                into.extend(events.iter().filter(within).map(|event| (*event, at)));
            }
            self.next += if self.newest_first { -1 } else { 1 };
            if !into.is_empty() {
                into.sort_unstable();
                if self.newest_first {
                    into.reverse();
                }
                return true;
            }
        }
        false
    }
}

/// A group for tests.
#[cfg(test)]
pub fn sample(kind: Kind) -> Group {
    Group {
        name: "/ecs/web".to_owned(),
        kind,
        account: "100000000016".to_owned(),
        account_name: "web-prod".to_owned(),
        region: "us-east-1".to_owned(),
        since: 0,
        seed: Dice::new(1, &["g"]),
        rate: 5.0,
        now: 1_772_366_400_000,
        interfaces: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(kind: Kind, rate: f64) -> Group {
        Group { rate, ..sample(kind) }
    }

    fn all(groups: &[Group], first: i64, last: i64, newest_first: bool) -> Vec<(Event, usize)> {
        let (mut minutes, mut all, mut some) =
            (Minutes::new(groups, first, last, newest_first), Vec::new(), Vec::new());
        while minutes.next(&mut some) {
            all.extend_from_slice(&some);
        }
        all
    }

    #[test]
    fn any_window_holds_what_the_whole_holds_there() {
        let groups =
            [group(Kind::Container("web".to_owned()), 10.0), group(Kind::Function("f".to_owned()), 2.0)];
        let (first, last) = (1_772_360_000_000, 1_772_363_600_000);
        let whole = all(&groups, first, last, false);
        assert!(whole.len() > 500, "{}", whole.len());
        assert!(whole.windows(2).all(|two| two[0].0.at <= two[1].0.at));
        let (from, until) = (first + 1_234_567, last - 777_777);
        let part: Vec<_> = whole.iter().filter(|(e, _)| (from..=until).contains(&e.at)).copied().collect();
        assert_eq!(all(&groups, from, until, false), part);
        let mut back = all(&groups, from, until, true);
        back.reverse();
        assert_eq!(back, part);
    }

    #[test]
    fn a_busy_day_has_a_lull_and_crowds_of_one_millisecond() {
        let group = group(Kind::Container("checkout".to_owned()), 3_472.0);
        let day = 1_772_323_200_000;
        let counts: Vec<usize> = (0..1_440)
            .map(|minute| {
                let mut events = Vec::new();
                group.minute(day / MINUTE + minute, &mut events);
                events.len()
            })
            .collect();
        let total: usize = counts.iter().sum();
        assert!((4_900_000..5_400_000).contains(&total), "{total}");
        assert!(counts.iter().max().unwrap() > &(counts.iter().min().unwrap() * 10));
        let crowd = counts.iter().position(|n| *n > 9_000).unwrap() as i64;
        let mut events = Vec::new();
        group.minute(day / MINUTE + crowd, &mut events);
        let at = events[events.len() / 2].at;
        let at_once = events.iter().filter(|event| event.at == at).count();
        assert!((1_000..10_000).contains(&at_once), "{at_once}");
    }

    #[test]
    fn a_pointer_leads_back_to_its_event() {
        let group = group(Kind::Gateway, 5.0);
        let event = Event { at: 0, minute: 29_539_400, number: 3, part: 0 };
        assert_eq!(pointed(&group.pointer(event)), Some(("/ecs/web".to_owned(), event)));
        assert_eq!(pointed("!"), None);
    }
}
