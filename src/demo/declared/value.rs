//! What a field may be: plain YAML, text with `{...}` in it, and choices (`!pick`, `!match` ...).

use serde_yaml::Value as Yaml;

use super::template::{Expression, Template};
use crate::model::{Json, Key};

/// One value of a declaration, before a thing gives it its place and luck.
#[derive(Debug)]
pub enum Value {
    Plain(Json),
    Text(Template),
    List(Vec<Value>),
    Object(Vec<(Key, Value)>),
    /// `!pick [a, a, b]`: one of them.
    Pick(Vec<Value>),
    /// `!chance 0.3`: true that often.
    Chance(f64),
    /// `!maybe [0.3, value]`: the value that often, else nothing.
    Maybe(f64, Box<Value>),
    /// `!if [condition, value, other]`
    If(Box<Value>, Box<Value>, Box<Value>),
    /// `!match [subject, {a: value, b|c: value, _: other}]`
    Match(Box<Value>, Vec<(String, Value)>),
    /// `!is [subject, a, b]`: whether the subject is one of the others.
    Is(Box<Value>, Vec<Value>),
    Not(Box<Value>),
    All(Vec<Value>),
    Any(Vec<Value>),
    /// `!per ['ec2:subnet[VpcId={VpcId}]', value, 3]`: the value for each `item`, three at most.
    Per(Source, Box<Value>, usize),
    /// `!repeat [1, 3, value]`: one to three times, told apart by `i`.
    Repeat(usize, usize, Box<Value>),
    /// `!concat [list, list]`: one list.
    Concat(Vec<Value>),
    /// `!json value`: its JSON as text.
    Document(Box<Value>),
    /// `!encoded value`: the JSON percent-encoded, as IAM sends policies.
    Encoded(Box<Value>),
    /// `!lines [..]`: texts, one a line.
    Lines(Vec<Value>),
    /// `!base64 text`
    Base64(Box<Value>),
    /// `!time '{days_ago 1 9}'`: RFC 3339 text, where a shape wants a string.
    Time(Box<Value>),
    /// `!number 'ec2:volume[Encrypted=true]'`: how many there are.
    Number(Selector),
    /// `!tags name`: tags as people leave them, `Name` among them unless the value is null.
    Tags(Box<Value>),
}

/// What `!per` walks over.
#[derive(Debug)]
pub enum Source {
    Things(Selector),
    Items(Expression),
}

/// `service:kind[Field=text,Other!=text]?`; the question mark allows none.
#[derive(Debug)]
pub struct Selector {
    pub kind: String,
    /// Field, whether it must be equal, and to what.
    pub conditions: Vec<(String, bool, Template)>,
    pub optional: bool,
}

impl Selector {
    /// `service` is whose file it stands in.
    pub fn parse(text: &str, service: &str) -> Result<Self, String> {
        let (text, optional) = match text.strip_suffix('?') {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let (kind, inside) = match text.strip_suffix(']').and_then(|t| t.split_once('[')) {
            Some((kind, inside)) => (kind, inside),
            None => (text, ""),
        };
        let kind = if kind.contains(':') { kind.to_owned() } else { format!("{service}:{kind}") };
        let mut conditions = Vec::new();
        for condition in inside.split(',').filter(|c| !c.is_empty()) {
            let (field, value) =
                condition.split_once('=').ok_or_else(|| format!("'{condition}' is no condition"))?;
            let (field, equal) = match field.strip_suffix('!') {
                Some(field) => (field, false),
                None => (field, true),
            };
            conditions.push((field.to_owned(), equal, Template::parse(value)?));
        }
        Ok(Self { kind, conditions, optional })
    }
}

impl Value {
    /// `service` is whose file it stands in.
    pub fn parse(yaml: &Yaml, service: &str) -> Result<Self, String> {
        let parse = |yaml: &Yaml| Self::parse(yaml, service);
        let all = |items: &[Yaml]| items.iter().map(parse).collect::<Result<Vec<_>, _>>();
        Ok(match yaml {
            Yaml::Null => Value::Plain(Json::Null),
            Yaml::Bool(value) => Value::Plain(Json::Bool(*value)),
            Yaml::Number(number) => Value::Plain(Json::Number(number.to_string().into())),
            Yaml::String(text) if !text.contains('{') => Value::Plain(Json::string(text.as_str())),
            Yaml::String(text) => Value::Text(Template::parse(text)?),
            Yaml::Sequence(items) => Value::List(all(items)?),
            Yaml::Mapping(members) => Value::Object(
                members
                    .iter()
                    .map(|(key, value)| Ok((key_text(key)?.into(), parse(value)?)))
                    .collect::<Result<_, String>>()?,
            ),
            Yaml::Tagged(tagged) => {
                let tag = tagged.tag.to_string();
                Self::tagged(tag.trim_start_matches('!'), &tagged.value, service)?
            }
        })
    }

    fn tagged(tag: &str, yaml: &Yaml, service: &str) -> Result<Self, String> {
        let one = |yaml: &Yaml| Self::parse(yaml, service).map(Box::new);
        let items = yaml.as_sequence().map(Vec::as_slice).unwrap_or_default();
        let all =
            |items: &[Yaml]| items.iter().map(|y| Self::parse(y, service)).collect::<Result<Vec<_>, _>>();
        let number = |yaml: &Yaml| yaml.as_f64().ok_or_else(|| format!("!{tag} wants a number"));
        let whole =
            |yaml: &Yaml| yaml.as_u64().map(|n| n as usize).ok_or_else(|| format!("!{tag} wants a number"));
        Ok(match (tag, items) {
            ("pick", [_, ..]) => Value::Pick(all(items)?),
            ("chance", []) => Value::Chance(number(yaml)?),
            ("maybe", [often, value]) => Value::Maybe(number(often)?, one(value)?),
            ("if", [condition, value]) => {
                Value::If(one(condition)?, one(value)?, Box::new(Value::Plain(Json::Null)))
            }
            ("if", [condition, value, other]) => Value::If(one(condition)?, one(value)?, one(other)?),
            ("match", [subject, Yaml::Mapping(cases)]) => Value::Match(
                one(subject)?,
                cases
                    .iter()
                    .map(|(key, value)| Ok((key_text(key)?, Self::parse(value, service)?)))
                    .collect::<Result<_, String>>()?,
            ),
            ("is", [subject, others @ ..]) => Value::Is(one(subject)?, all(others)?),
            ("all", [_, ..]) => Value::All(all(items)?),
            ("any", [_, ..]) => Value::Any(all(items)?),
            ("not", [value]) => Value::Not(one(value)?),
            ("not", []) => Value::Not(one(yaml)?),
            ("per", [source, value]) => Value::Per(Source::parse(source, service)?, one(value)?, usize::MAX),
            ("per", [source, value, most]) => {
                Value::Per(Source::parse(source, service)?, one(value)?, whole(most)?)
            }
            ("repeat", [low, high, value]) => Value::Repeat(whole(low)?, whole(high)?, one(value)?),
            ("concat", [_, ..]) => Value::Concat(all(items)?),
            ("lines", [_, ..]) => Value::Lines(all(items)?),
            ("json", _) => Value::Document(untagged(yaml, service)?),
            ("encoded", _) => Value::Encoded(untagged(yaml, service)?),
            ("base64", [value]) => Value::Base64(one(value)?),
            ("time", []) => Value::Time(one(yaml)?),
            ("number", []) => {
                let text = yaml.as_str().ok_or("!number wants a kind of thing")?;
                Value::Number(Selector::parse(text, service)?)
            }
            ("tags", []) => Value::Tags(one(yaml)?),
            _ => return Err(format!("!{tag} is not known, or not with this")),
        })
    }
}

fn untagged(yaml: &Yaml, service: &str) -> Result<Box<Value>, String> {
    Value::parse(yaml, service).map(Box::new)
}

impl Source {
    pub fn parse(yaml: &Yaml, service: &str) -> Result<Self, String> {
        let text = yaml.as_str().ok_or("!per wants a kind of thing or a {list}")?;
        match text.strip_prefix('{').and_then(|t| t.strip_suffix('}')) {
            Some(inside) => Ok(Source::Items(Expression::parse(inside)?)),
            None => Ok(Source::Things(Selector::parse(text, service)?)),
        }
    }
}

pub fn key_text(key: &Yaml) -> Result<String, String> {
    match key {
        Yaml::String(text) => Ok(text.clone()),
        Yaml::Number(number) => Ok(number.to_string()),
        Yaml::Bool(value) => Ok(value.to_string()),
        other => Err(format!("{other:?} is no name")),
    }
}
