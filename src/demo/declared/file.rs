//! The files that declare a service's things and operations.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_yaml::{Mapping, Value as Yaml};

use super::template::Template;
use super::value::{Selector, Source, Value, key_text};

/// One service, read and checked for its form.
#[derive(Debug)]
pub struct File {
    pub things: BTreeMap<String, Thing>,
    pub operations: BTreeMap<String, Operation>,
}

/// A kind of thing, and how many of it there are.
#[derive(Debug)]
pub struct Thing {
    /// The catalog's tables whose rows are these things.
    pub tables: Vec<String>,
    /// Tables whose rows are in a list of each of these, and the list.
    pub rows: Vec<(String, String)>,
    /// Known alike in every region: made where the account is at home.
    pub of_account: bool,
    pub place: Where,
    pub number: Number,
    /// Fewest, where there are any.
    pub least: usize,
    /// What must be true of account and region.
    pub only: Option<Value>,
    /// Share of these that exist.
    pub chance: f64,
    /// Things that this one belongs to, by the name they have in the fields.
    pub each: Vec<(String, Source)>,
    /// Things that this one refers to.
    pub with: Vec<(String, Selector)>,
    pub names: Vec<Template>,
    pub fields: Vec<(String, Value)>,
    /// Rust's handler that makes these: operation, what to ask with, and where they are in its answer.
    pub answered: Option<(String, Value, String)>,
    pub incidents: Vec<Incident>,
}

/// Regions of an account in which a thing is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Where {
    /// Where the account runs things.
    #[default]
    Home,
    /// The first of those.
    Main,
    /// Every region that is on.
    Always,
}

#[derive(Clone, Copy, Debug)]
pub enum Number {
    One,
    /// More in production than elsewhere, scaled by the `resources` knob.
    Between(usize, usize),
    /// Exactly so many.
    Exactly(usize),
}

/// One more thing, in the main region of one account, with something of its own.
#[derive(Debug)]
pub struct Incident {
    pub account: String,
    pub name: Option<String>,
    pub fields: Vec<(String, Value)>,
}

/// How an operation is answered.
#[derive(Debug)]
pub struct Operation {
    /// Kinds that it tells about; none where `answer` is everything.
    pub of: Vec<Selector>,
    /// Output member that holds them; empty where they are the output.
    pub at: String,
    /// Input members, and the fields that must equal them.
    pub by: Vec<(String, Vec<String>)>,
    /// Input members, and the field that must start with them.
    pub starts: Vec<(String, String)>,
    /// Input members, and the field that must hold them somewhere.
    pub holds: Vec<(String, String)>,
    /// Input members with the earliest (`true`) or latest value of a field.
    pub bounds: Vec<(String, bool, String)>,
    /// Input member with filters by name, and the fields of those whose name does not tell.
    pub filters: Option<(String, BTreeMap<String, Vec<String>>)>,
    /// The refusal where nothing is found.
    pub missing: Option<Refused>,
    /// Output member for what of a list was not found.
    pub unfound: Option<(String, Value)>,
    /// Without it there is nothing.
    pub needs: Option<Value>,
    /// A thing without which it refuses: a service that is not switched on.
    pub under: Option<Under>,
    /// What is shown of each, where it is not its fields.
    pub item: Option<Value>,
    /// More members of the output.
    pub answer: Vec<(String, Value)>,
    pub page: usize,
    /// Smallest and largest page that may be asked for.
    pub limits: Option<(usize, usize)>,
    /// Things of every region, for services that answer at one place.
    pub everywhere: bool,
}

#[derive(Debug)]
pub struct Under {
    pub thing: Selector,
    pub refusal: Refused,
    /// `{account}` is the account's id.
    pub says: String,
}

#[derive(Clone, Debug)]
pub struct Refused {
    pub status: u16,
    pub code: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    things: BTreeMap<String, RawThing>,
    #[serde(default)]
    operations: BTreeMap<String, RawOperation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawThing {
    #[serde(default)]
    table: OneOrMany,
    #[serde(default)]
    rows: BTreeMap<String, String>,
    #[serde(default)]
    scope: Scope,
    #[serde(default, rename = "in")]
    place: Where,
    #[serde(default)]
    count: Option<Yaml>,
    #[serde(default)]
    least: usize,
    only: Option<Yaml>,
    #[serde(default = "always")]
    chance: f64,
    #[serde(default)]
    each: Mapping,
    #[serde(default)]
    with: Mapping,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    fields: Mapping,
    answered: Option<RawAnswered>,
    #[serde(default)]
    incidents: Vec<RawIncident>,
}

fn always() -> f64 {
    1.0
}

#[derive(Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Scope {
    #[default]
    Regional,
    Account,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAnswered {
    by: String,
    #[serde(default)]
    asking: Yaml,
    at: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawIncident {
    account: String,
    name: Option<String>,
    #[serde(default)]
    fields: Mapping,
}

#[derive(Default, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    #[default]
    None,
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn list(self) -> Vec<String> {
        match self {
            OneOrMany::None => Vec::new(),
            OneOrMany::One(one) => vec![one],
            OneOrMany::Many(many) => many,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOperation {
    #[serde(default)]
    of: OneOrMany,
    #[serde(default)]
    at: String,
    #[serde(default)]
    by: BTreeMap<String, OneOrMany>,
    #[serde(default)]
    starts: BTreeMap<String, String>,
    #[serde(default)]
    holds: BTreeMap<String, String>,
    #[serde(default)]
    since: BTreeMap<String, String>,
    #[serde(default)]
    until: BTreeMap<String, String>,
    filters: Option<RawFilters>,
    missing: Option<String>,
    unfound: Option<Mapping>,
    needs: Option<Yaml>,
    under: Option<RawUnder>,
    item: Option<Yaml>,
    #[serde(default)]
    answer: Mapping,
    #[serde(default = "usual_page")]
    page: usize,
    limits: Option<(usize, usize)>,
    #[serde(default)]
    everywhere: bool,
}

fn usual_page() -> usize {
    100
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawUnder {
    thing: String,
    refusal: String,
    says: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawFilters {
    Member(String),
    Named { member: String, fields: BTreeMap<String, OneOrMany> },
}

impl File {
    pub fn parse(service: &str, text: &str) -> Result<Self, String> {
        let wrong = |e: serde_yaml::Error| format!("{service}.yaml: {e}");
        let mut yaml: Yaml = serde_yaml::from_str(text).map_err(wrong)?;
        yaml.apply_merge().map_err(wrong)?;
        let raw: RawFile = serde_yaml::from_value(yaml).map_err(wrong)?;
        let things = raw.things.into_iter().map(|(name, thing)| {
            let read = thing.read(service).map_err(|e| format!("{service}.yaml: {name}: {e}"))?;
            Ok((name, read))
        });
        let things = things.collect::<Result<_, String>>()?;
        let operations = raw.operations.into_iter().map(|(name, operation)| {
            let read = operation.read(service).map_err(|e| format!("{service}.yaml: {name}: {e}"))?;
            Ok((name, read))
        });
        Ok(Self { things, operations: operations.collect::<Result<_, String>>()? })
    }
}

impl RawThing {
    fn read(self, service: &str) -> Result<Thing, String> {
        let number = match &self.count {
            None => Number::One,
            Some(Yaml::Sequence(ends)) => match ends.as_slice() {
                [low, high] => Number::Between(whole(low)?, whole(high)?),
                _ => return Err("a count is one number, or two".to_owned()),
            },
            Some(one) => Number::Exactly(whole(one)?),
        };
        Ok(Thing {
            tables: self.table.list(),
            rows: self.rows.into_iter().collect(),
            of_account: self.scope == Scope::Account,
            place: self.place,
            number,
            least: self.least,
            only: self.only.map(|only| Value::parse(&only, service)).transpose()?,
            chance: self.chance,
            each: sources(&self.each, service)?,
            with: selectors(&self.with, service)?,
            names: self.names.iter().map(|name| Template::parse(name)).collect::<Result<_, _>>()?,
            fields: values(&self.fields, service)?,
            answered: self
                .answered
                .map(|a| Ok::<_, String>((a.by, Value::parse(&a.asking, service)?, a.at)))
                .transpose()?,
            incidents: self
                .incidents
                .into_iter()
                .map(|i| {
                    let fields = values(&i.fields, service)?;
                    Ok(Incident { account: i.account, name: i.name, fields })
                })
                .collect::<Result<_, String>>()?,
        })
    }
}

impl RawOperation {
    fn read(self, service: &str) -> Result<Operation, String> {
        let since = self.since.into_iter().map(|(member, field)| (member, true, field));
        let until = self.until.into_iter().map(|(member, field)| (member, false, field));
        Ok(Operation {
            of: self.of.list().iter().map(|s| Selector::parse(s, service)).collect::<Result<_, _>>()?,
            at: self.at,
            by: self.by.into_iter().map(|(member, fields)| (member, fields.list())).collect(),
            starts: self.starts.into_iter().collect(),
            holds: self.holds.into_iter().collect(),
            bounds: since.chain(until).collect(),
            filters: self.filters.map(|filters| match filters {
                RawFilters::Member(member) => (member, BTreeMap::new()),
                RawFilters::Named { member, fields } => {
                    (member, fields.into_iter().map(|(name, fields)| (name, fields.list())).collect())
                }
            }),
            missing: self.missing.map(|text| Refused::parse(&text)),
            under: self
                .under
                .map(|under| {
                    let thing = Selector::parse(&under.thing, service)?;
                    Ok::<_, String>(Under {
                        thing,
                        refusal: Refused::parse(&under.refusal),
                        says: under.says,
                    })
                })
                .transpose()?,
            unfound: self
                .unfound
                .map(|m| values(&m, service))
                .transpose()?
                .and_then(|v| v.into_iter().next()),
            needs: self.needs.map(|needs| Value::parse(&needs, service)).transpose()?,
            item: self.item.map(|item| Value::parse(&item, service)).transpose()?,
            answer: values(&self.answer, service)?,
            page: self.page,
            limits: self.limits,
            everywhere: self.everywhere,
        })
    }
}

impl Refused {
    /// `404 ResourceNotFoundException`
    fn parse(text: &str) -> Refused {
        match text.split_once(' ') {
            Some((status, code)) => Refused { status: status.parse().unwrap_or(400), code: code.to_owned() },
            None => Refused { status: 400, code: text.to_owned() },
        }
    }
}

fn whole(yaml: &Yaml) -> Result<usize, String> {
    yaml.as_u64().map(|n| n as usize).ok_or_else(|| format!("{yaml:?} is no count"))
}

fn values(members: &Mapping, service: &str) -> Result<Vec<(String, Value)>, String> {
    let read = members.iter().map(|(key, value)| {
        let key = key_text(key)?;
        let value = Value::parse(value, service).map_err(|e| format!("{key}: {e}"))?;
        Ok((key, value))
    });
    read.collect()
}

fn selectors(members: &Mapping, service: &str) -> Result<Vec<(String, Selector)>, String> {
    let read = members.iter().map(|(key, value)| {
        let text = value.as_str().ok_or("a kind of thing is a text")?;
        Ok((key_text(key)?, Selector::parse(text, service)?))
    });
    read.collect()
}

fn sources(members: &Mapping, service: &str) -> Result<Vec<(String, Source)>, String> {
    members.iter().map(|(key, value)| Ok((key_text(key)?, Source::parse(value, service)?))).collect()
}
