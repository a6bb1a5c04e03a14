//! What a query answered, as rows: its fields under their names, and what canvass knows of them.

use std::sync::Arc;

use crate::catalog::path::{Path, Step};
use crate::model::{Json, Key};
use crate::sources::instant;
use crate::sources::logs::insights::running::Answer;
use crate::sources::logs::span::{self, Span};
use crate::sources::row::{Response, Row};

/// Insights cuts messages at about so many characters; one that is shorter is whole.
const CUT_FROM: usize = 950;
const CUT_UNTIL: usize = 1_100;

/// One event or group, with its place in time where it has one.
pub struct Found {
    fields: Vec<(Key, Json)>,
    ptr: Option<Json>,
    pub at: Option<i64>,
}

impl Found {
    /// From the list of fields and values that the service sends.
    pub fn of(row: Json) -> Found {
        let Json::Array(items) = row else { return Found { fields: Vec::new(), ptr: None, at: None } };
        let (mut fields, mut ptr, mut at) = (Vec::with_capacity(items.len()), None, None);
        for item in items {
            let Json::Object(members) = item else { continue };
            let (mut field, mut value) = (None, Json::Null);
            for (name, found) in members {
                match (&*name, found) {
                    ("Field", Json::String(text)) => field = Some(Key::from(text.as_str())),
                    ("Value", found) => value = found,
                    _ => {}
                }
            }
            match field {
                Some(name) if &*name == "@ptr" => ptr = Some(value),
                Some(name) => {
                    if &*name == "@timestamp" {
                        at = millis(&value);
                    }
                    fields.push((name, value));
                }
                None => {}
            }
        }
        Found { fields, ptr, at }
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| &**field == name)?.1.as_str()
    }

    /// The beginning of the bin it stands for.
    pub fn bin(&self) -> Option<i64> {
        let (_, value) = self.fields.iter().find(|(field, _)| field.starts_with("bin("))?;
        millis(value)
    }
}

pub fn millis(value: &Json) -> Option<i64> {
    Some(instant::parse(value)?.timestamp_millis())
}

/// What all rows of one query have in common.
pub struct Shown<'s> {
    pub operation: String,
    pub span: Span,
    /// The one log group that was asked, where it is one.
    pub group: Option<&'s str>,
    /// Fields that the query itself does not show.
    pub added: &'s [&'static str],
}

impl Shown<'_> {
    pub fn rows(&self, answer: &mut Answer, found: Vec<Found>) -> Vec<Row> {
        let query = Json::object([
            ("Id", Json::string(answer.id.as_str())),
            ("Matched", Json::from(answer.matched)),
            ("Scanned", Json::from(answer.scanned)),
            ("BytesScanned", Json::from(answer.bytes_scanned)),
            ("Status", Json::string("Complete")),
        ]);
        let output = Json::Array(found.into_iter().map(|found| self.row(found, &query)).collect());
        let operation = self.operation.clone();
        let response = Response { operation, output, asked: None, parent: None, held: answer.held.take() };
        let each = Arc::new(Path { absolute: false, steps: vec![Step::Each] });
        Row::all(Arc::new(response), &each)
    }

    fn row(&self, found: Found, query: &Json) -> Json {
        let at = found.at.unwrap_or_else(|| found.bin().unwrap_or(self.span.first).max(self.span.first));
        // `123456789012:/aws/lambda/checkout`
        let told = found.text("@log").map(|log| log.split_once(':').map_or(log, |(_, name)| name).to_owned());
        let group = told.or_else(|| self.group.map(str::to_owned));
        let (message, stream) = (found.text("@message"), found.text("@logStream"));
        let is_cut = message.is_some_and(|text| {
            let length = text.chars().count();
            (CUT_FROM..=CUT_UNTIL).contains(&length) && found.ptr.is_some()
        });
        let mut members = vec![
            (Key::from("Timestamp"), span::text(at)),
            (Key::from("LogGroup"), Json::from(group)),
            (Key::from("LogStream"), Json::from(stream)),
            (Key::from("Message"), Json::from(message)),
            (Key::from("Query"), query.clone()),
        ];
        if !is_cut {
            members.push((Key::from("Whole"), Json::Bool(true)));
        }
        members.extend(found.ptr.map(|ptr| (Key::from("Ptr"), ptr)));
        let own = found.fields.into_iter().filter(|(name, _)| !self.added.contains(&&**name));
        members.push((Key::from("Fields"), Json::Object(own.collect())));
        Json::Object(members)
    }
}
