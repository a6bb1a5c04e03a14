//! One record of a log: what its columns are made of.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::body;
use super::model::Model;
use super::prices::{Prices, Tokens};
use crate::catalog::table::{Origin, Table, Value};
use crate::model::{Fault, FaultKind, Json, Key, Timestamp};
use crate::sources::instant;

/// The parts of a row; each is a detail of its own, for each may be unknown by itself.
pub const PARTS: [&str; 3] = ["Output", "Input", "Price"];

/// Members of a record that the asked-for columns show, and of its parts.
#[derive(Clone, Debug, Default)]
pub struct Wants {
    record: Vec<Key>,
    output: Vec<Key>,
    input: Vec<Key>,
    price: bool,
}

impl Wants {
    /// The table whose columns look into the parts, and what they look for.
    pub fn of(table: &Table, columns: &[usize]) -> (Table, Wants) {
        let mut table = table.clone();
        let mut members: [BTreeSet<String>; 4] = Default::default();
        for (at, column) in table.columns.iter_mut().enumerate() {
            let Value::Path { origin, path } = &mut column.value else { continue };
            let Some((part, member)) =
                path.split_once('.').map(|(part, rest)| (part.to_owned(), rest.to_owned()))
            else {
                continue;
            };
            let number = PARTS.iter().position(|known| *known == part);
            if number.is_some() {
                *origin = Origin::Detail(part);
            } else if part != "Record" {
                continue;
            }
            if columns.contains(&at) {
                let first = member.split(['.', '[']).next().unwrap_or_default().to_owned();
                members[number.map_or(0, |number| number + 1)].insert(first);
            }
            *path = member;
        }
        let keys = |members: &BTreeSet<String>| members.iter().map(|name| Key::from(name.as_str())).collect();
        let [record, output, input, price] = &members;
        let wants = Wants {
            record: keys(record),
            output: keys(output),
            input: keys(input),
            price: !price.is_empty(),
        };
        (table, wants)
    }

    pub fn output(&self) -> bool {
        !self.output.is_empty()
    }

    pub fn input(&self) -> bool {
        !self.input.is_empty()
    }
}

/// A record that was read, and what it was read from.
pub struct Record {
    json: Json,
    pub timestamp: Timestamp,
}

/// Where a record stands.
pub struct Place<'a> {
    pub region: &'a str,
    pub file: &'a str,
    /// As it was asked for.
    pub path: &'a str,
    pub prices: &'a Prices,
}

/// A part that is known, or why it is not.
pub type Part = Result<Json, Fault>;

impl Record {
    /// The reason where it is none.
    pub fn read(line: &[u8]) -> Result<Record, String> {
        let json = Json::parse_bytes(line).map_err(|why| format!("it is not JSON: {why}"))?;
        if json.as_object().is_none() {
            return Err("it is no object".to_owned());
        }
        match json.get("schemaType").and_then(Json::as_str) {
            Some("ModelInvocationLog") => {}
            Some(other) => return Err(format!("it is a {}", other.chars().take(60).collect::<String>())),
            None => return Err("it has no schemaType".to_owned()),
        }
        let timestamp = json.get("timestamp").and_then(instant::parse).ok_or("it has no timestamp")?;
        Ok(Record { json, timestamp })
    }

    fn text(&self, member: &str) -> Option<&str> {
        self.json.get(member)?.as_str()
    }

    pub fn account(&self) -> Option<&str> {
        self.text("accountId")
    }

    pub fn region(&self) -> Option<&str> {
        self.text("region")
    }

    fn within(&self, part: &str, member: &str) -> Option<&Json> {
        self.json.get(part)?.get(member).filter(|value| !value.is_null())
    }

    /// Where the body of a `part` (`input`, `output`) was moved to.
    pub fn moved(&self, part: &str) -> Option<&str> {
        self.within(part, &format!("{part}BodyS3Path"))?.as_str()
    }

    /// The body that is in the log itself.
    fn body(&self, part: &str) -> Option<&Json> {
        self.within(part, &format!("{part}BodyJson"))
    }

    fn count(&self, part: &str, member: &str, names: [&'static str; 3]) -> Option<u64> {
        let logged = self.within(part, member).and_then(Json::as_i64).and_then(|n| u64::try_from(n).ok());
        let [converse, vendor, metric] = names;
        logged.or_else(|| body::tokens(self.body("output")?, converse, vendor, metric))
    }

    fn tokens(&self) -> Tokens {
        Tokens {
            input: self.count("input", "inputTokenCount", ["inputTokens", "input_tokens", "inputTokenCount"]),
            output: self.count(
                "output",
                "outputTokenCount",
                ["outputTokens", "output_tokens", "outputTokenCount"],
            ),
            cache_read: self.count(
                "input",
                "cacheReadInputTokenCount",
                ["cacheReadInputTokens", "cache_read_input_tokens", "cacheReadInputTokenCount"],
            ),
            cache_write: self.count(
                "input",
                "cacheWriteInputTokenCount",
                ["cacheWriteInputTokens", "cache_creation_input_tokens", "cacheWriteInputTokenCount"],
            ),
        }
    }

    fn model(&self, prices: &Prices) -> Option<Model> {
        Some(Model::read(self.text("modelId")?, |name| prices.model_of_profile(name)))
    }

    /// Bytes that it takes while it waits for its columns.
    pub fn weight(line: usize, wants: &Wants) -> usize {
        let shows_bodies = |wants: &[Key]| {
            wants.iter().any(|w| matches!(&**w, "Body" | "Messages" | "Text" | "Prompt" | "System"))
        };
        512 + if shows_bodies(&wants.output) || shows_bodies(&wants.input) { 2 * line } else { 0 }
    }

    pub fn row(&self, wants: &Wants, place: &Place<'_>) -> Json {
        let model = wants.record.iter().any(|w| matches!(&**w, "ModelId" | "InferenceProfile" | "Provider"));
        let model = model.then(|| self.model(place.prices)).flatten();
        let members =
            wants.record.iter().map(|name| (name.clone(), self.member(name, model.as_ref(), place)));
        Json::Object(members.collect())
    }

    fn member(&self, name: &str, model: Option<&Model>, place: &Place<'_>) -> Json {
        let plain = |member: &str| self.json.get(member).cloned().unwrap_or_default();
        let within = |part: &str, member: &str| self.within(part, member).cloned().unwrap_or_default();
        let text = |text: Option<&str>| text.map_or(Json::Null, Json::string);
        let count = |count: Option<u64>| count.map_or(Json::Null, |n| Json::Number(n.to_string().into()));
        match name {
            "Timestamp" => plain("timestamp"),
            "RequestId" => plain("requestId"),
            "Operation" => plain("operation"),
            "ModelId" => text(model.map(|model| model.id.as_str())),
            "RawModelId" => plain("modelId"),
            "InferenceProfile" => text(model.and_then(|model| model.profile.as_deref())),
            "Provider" => text(model.and_then(Model::provider)),
            "InferenceRegion" => plain("inferenceRegion"),
            "IdentityArn" => within("identity", "arn"),
            "IdentityName" => text(self.identity().map(|(name, _)| name)),
            "IdentitySession" => text(self.identity().and_then(|(_, session)| session)),
            "InputTokens" => count(self.tokens().input),
            "OutputTokens" => count(self.tokens().output),
            "CacheReadInputTokens" => count(self.tokens().cache_read),
            "CacheWriteInputTokens" => count(self.tokens().cache_write),
            "TotalTokens" => count(self.tokens().total()),
            "ErrorCode" => plain("errorCode"),
            "Status" => plain("status"),
            "RequestMetadata" => plain("requestMetadata"),
            "PerformanceConfig" => plain("performanceConfig"),
            "ServiceTier" => text(self.tier()),
            "InputContentType" => within("input", "inputContentType"),
            "OutputContentType" => within("output", "outputContentType"),
            "InputBodyS3Path" => within("input", "inputBodyS3Path"),
            "OutputBodyS3Path" => within("output", "outputBodyS3Path"),
            "SchemaVersion" => plain("schemaVersion"),
            "LogFile" => Json::string(place.file),
            "Path" => Json::string(place.path),
            _ => Json::Null,
        }
    }

    /// Name and session of who called.
    fn identity(&self) -> Option<(&str, Option<&str>)> {
        let arn = self.within("identity", "arn")?.as_str()?;
        let resource = arn.splitn(6, ':').nth(5)?;
        let mut parts = resource.split('/');
        Some(match parts.next()? {
            // No path: STS leaves it out.
            "assumed-role" => (parts.next()?, parts.next()),
            "root" => ("root", None),
            _ => (resource.rsplit('/').next()?, None),
        })
    }

    fn tier(&self) -> Option<&str> {
        let tier = self.json.get("serviceTier")?;
        tier.as_str().or_else(|| tier.get("type")?.as_str())
    }

    pub fn output(&self, wants: &Wants, moved: Option<&Part>) -> Part {
        self.part(&wants.output, "output", moved, |name, body| match name {
            "StopReason" => body::stop_reason(body).map_or(Json::Null, Json::string),
            "LatencyMs" => body::latency_ms(body).map_or(Json::Null, Json::int),
            "FirstByteLatencyMs" => body::first_byte_latency_ms(body).map_or(Json::Null, Json::int),
            "GuardrailAction" => body::guardrail_action(body).map_or(Json::Null, Json::string),
            "ToolNames" => body::tool_names(body),
            "Text" => body::output_text(body).map_or(Json::Null, Json::String),
            "Body" => body.clone(),
            _ => Json::Null,
        })
    }

    pub fn input(&self, wants: &Wants, moved: Option<&Part>) -> Part {
        self.part(&wants.input, "input", moved, |name, body| match name {
            "System" => body::system_text(body).map_or(Json::Null, Json::String),
            "Prompt" => body::prompt_text(body).map_or(Json::Null, Json::String),
            "Messages" => body::messages(body),
            "Body" => body.clone(),
            _ => Json::Null,
        })
    }

    fn part(
        &self,
        wants: &[Key],
        part: &str,
        moved: Option<&Part>,
        member: impl Fn(&str, &Json) -> Json,
    ) -> Part {
        if wants.is_empty() {
            return Ok(Json::Null);
        }
        let body = match moved {
            Some(Ok(body)) => Some(body),
            Some(Err(fault)) => return Err(fault.clone()),
            None => self.body(part),
        };
        let Some(body) = body else { return Ok(Json::Null) };
        Ok(Json::Object(wants.iter().map(|name| (name.clone(), member(name, body))).collect()))
    }

    /// What it cost. A call that failed before a token was read costs nothing.
    pub fn price(&self, wants: &Wants, place: &Place<'_>) -> Part {
        if !wants.price {
            return Ok(Json::Null);
        }
        let usd = |text: String| Ok(Json::object([("Usd", Json::Number(text.into()))]));
        let tokens = self.tokens();
        let failed = self.text("errorCode").is_some();
        if tokens.total().unwrap_or(0) == 0 && failed {
            return usd("0".to_owned());
        }
        let model = self.model(place.prices).unwrap_or_default();
        let unknown = |why: String| {
            Err(Fault::new(FaultKind::Rejected, why).with_code(format!("NoPrice {}", model.id)))
        };
        if tokens.total().is_none() {
            return unknown(format!("the log counts no tokens of '{}'", model.id));
        }
        let speed = self.json.get("performanceConfig").and_then(|config| config.get("latency")?.as_str());
        if let Some(speed) = speed.filter(|speed| *speed != "standard") {
            return unknown(format!("no price of '{}' with latency '{speed}' is known", model.id));
        }
        if let Some(tier) = self.tier().filter(|tier| !matches!(*tier, "default" | "standard" | "on-demand"))
        {
            return unknown(format!("no price of '{}' in the tier '{tier}' is known", model.id));
        }
        match place.prices.cost(&model, place.region, &tokens) {
            Ok(text) => usd(text),
            Err(why) => unknown(why),
        }
    }
}

/// The detail that a part is.
pub fn detail(part: Part) -> crate::sources::project::DetailValue {
    use crate::sources::project::DetailValue;
    match part {
        Ok(value) => DetailValue::Known(Arc::new(value)),
        Err(fault) => DetailValue::Unknown(Arc::new(fault)),
    }
}
