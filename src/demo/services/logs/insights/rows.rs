//! A row on its way through a query: an event with its fields, or what was counted.

use std::cell::OnceCell;

use super::super::events::{Event, Group, Kind};
use super::super::lines;
use super::values::{Value, time};
use crate::model::{Json, Key};

pub struct Row<'g> {
    event: Option<(&'g Group, Event)>,
    message: OnceCell<String>,
    json: OnceCell<Option<Json>>,
    /// What commands made; later ones go before earlier ones and before what was found.
    made: Vec<(String, Value)>,
}

impl<'g> Row<'g> {
    pub fn of(group: &'g Group, event: Event) -> Self {
        Self {
            event: Some((group, event)),
            message: OnceCell::new(),
            json: OnceCell::new(),
            made: Vec::new(),
        }
    }

    pub fn counted(made: Vec<(String, Value)>) -> Self {
        Self { event: None, message: OnceCell::new(), json: OnceCell::new(), made }
    }

    pub fn at(&self) -> i64 {
        self.event.map(|(_, event)| event.at).unwrap_or_default()
    }

    pub fn make(&mut self, name: &str, value: Value) {
        self.made.push((name.to_owned(), value));
    }

    pub fn pointer(&self) -> Option<String> {
        self.event.map(|(group, event)| group.pointer(event))
    }

    fn message(&self) -> &str {
        self.message.get_or_init(|| self.event.map(|(g, e)| lines::message(g, e)).unwrap_or_default())
    }

    fn json(&self) -> Option<&Json> {
        let read = || {
            let text = self.message();
            text.trim_start().starts_with('{').then(|| Json::parse(text).ok()).flatten()
        };
        self.json.get_or_init(read).as_ref()
    }

    pub fn field(&self, name: &str) -> Value {
        if let Some((_, value)) = self.made.iter().rev().find(|(made, _)| made == name) {
            return value.clone();
        }
        let Some((group, event)) = self.event else { return Value::Null };
        match name {
            "@timestamp" => Value::Time(event.at),
            "@ingestionTime" => Value::Time(event.at + 900),
            "@message" => Value::Text(self.message().to_owned()),
            "@log" => Value::Text(format!("{}:{}", group.account, group.name)),
            "@logStream" => Value::Text(group.stream(event)),
            "@ptr" => Value::Text(group.pointer(event)),
            name => self.discovered(group, name),
        }
    }

    /// Fields of JSON lines by their way, of Lambda's and flow logs' lines by their names.
    fn discovered(&self, group: &Group, name: &str) -> Value {
        if let Some(json) = self.json() {
            let found = name.split('.').try_fold(json, |json, step| match json {
                Json::Array(items) => items.get(step.parse::<usize>().ok()?),
                json => json.get(step),
            });
            return match found {
                Some(found @ (Json::Object(_) | Json::Array(_))) => Value::Text(found.to_json()),
                Some(found) => found.to_text().map_or(Value::Null, Value::Text),
                None => Value::Null,
            };
        }
        let found = match group.kind {
            Kind::Function(_) => of_function(self.message(), name),
            Kind::Flow => of_flow(self.message(), name),
            _ => None,
        };
        found.map_or(Value::Null, Value::Text)
    }

    /// Every field of an event, as its record tells them.
    pub fn every(&self) -> Vec<(Key, String)> {
        let mut all = Vec::new();
        for name in ["@timestamp", "@ingestionTime", "@message", "@log", "@logStream", "@ptr"] {
            all.extend(self.field(name).text().map(|text| (Key::from(name), text)));
        }
        if let Some(Json::Object(members)) = self.json() {
            for (name, _) in members {
                all.extend(self.field(name).text().map(|text| (name.clone(), text)));
            }
        }
        if let Some((_, event)) = self.event
            && let Some((_, at)) = all.iter_mut().find(|(name, _)| &**name == "@timestamp")
        {
            // A record tells its time in milliseconds, a result as text.
            debug_assert_eq!(*at, time(event.at));
            *at = event.at.to_string();
        }
        all
    }
}

fn of_function(message: &str, name: &str) -> Option<String> {
    let after = |mark: &str| {
        let (_, rest) = message.split_once(mark)?;
        Some(rest.split_whitespace().next()?.to_owned())
    };
    let kind =
        message.split_whitespace().next().filter(|word| matches!(*word, "START" | "END" | "REPORT"))?;
    match name {
        "@type" => Some(kind.to_owned()),
        "@requestId" => after("RequestId: "),
        "@duration" if kind == "REPORT" => after("\tDuration: "),
        "@billedDuration" => after("Billed Duration: "),
        "@initDuration" => after("Init Duration: "),
        "@memorySize" => after("Memory Size: ").map(megabytes),
        "@maxMemoryUsed" => after("Max Memory Used: ").map(megabytes),
        _ => None,
    }
}

/// Insights tells memory in bytes.
fn megabytes(text: String) -> String {
    text.parse::<u64>().map_or(text, |number| (number * 1_000_000).to_string())
}

fn of_flow(message: &str, name: &str) -> Option<String> {
    const NAMES: [&str; 14] = [
        "version",
        "accountId",
        "interfaceId",
        "srcAddr",
        "dstAddr",
        "srcPort",
        "dstPort",
        "protocol",
        "packets",
        "bytes",
        "start",
        "end",
        "action",
        "logStatus",
    ];
    let at = NAMES.iter().position(|known| *known == name)?;
    message.split(' ').nth(at).filter(|word| *word != "-").map(str::to_owned)
}
