//! What becomes of a value between the response and the column, as table files write it.

use serde::{Deserialize, Serialize};

use super::path::Path;

/// What becomes of a value between the response and the column. Null stays null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transform {
    /// A value becomes a list of one; a list stays.
    ToArray,
    /// `Enabled`, `true`, `yes`, 1 are true; `Disabled`, `Suspended`, `false`, `no`, 0 are not.
    ToBool,
    /// A number or boolean as text.
    ToText,
    /// Text that holds JSON, percent-encoded (IAM) or plain, as JSON; empty text is null.
    ParseJson,
    /// A policy document, as text (encoded or plain) or JSON, in Steampipe's canonical form.
    PolicyCanonical,
    UrlDecode,
    /// Text where the bytes are text, else the encoded value as it is.
    Base64Decode,
    /// Milliseconds since 1970 as an instant.
    EpochMs,
    /// Seconds since 1970 as an instant.
    EpochS,
    NullIfZero,
    /// Empty text, list or object.
    NullIfEmpty,
    /// After the last `/`, else after the last `:`; of a URL too.
    ArnLastPart,
    Lower,
    /// The first element of a list.
    First,
    Trim,
    /// `after:TEXT`: what follows the last such text; all of it where there is none.
    After(String),
    /// `before:TEXT`: what stands before the first such text; all of it where there is none.
    Before(String),
    /// `word:N`: the nth word, counted from 0; `-` and a word that is not there are null.
    Word(usize),
    /// `part:SEPARATOR:N`: the nth part between separators, counted from 0.
    Part(String, usize),
    /// `replace:THIS:THAT`: the first such text by another.
    Replace(String, String),
    /// `at:PATH`: what a path in the value leads to, when the value was a text that is parsed only here.
    At(String),
    /// Text that may hold JSON, as JSON; other text is null.
    TryJson,
    /// `{"instanceType": "m5.large"}` as the list of filters that prices are asked for with.
    PriceFilters,
    /// Texts as the filters that Security Hub takes: `[{Value, Comparison: EQUALS}]`.
    EqualsFilters,
    /// The whole number at or below a number.
    Floor,
    /// `null_if:TEXT`: null where the value is this text.
    NullIf(String),
    /// `if:TEXT`: null where the value does not hold this text.
    If(String),
    /// `contains:TEXT`: whether the value holds this text.
    Contains(String),
    /// `either:TRUE:FALSE`: a word for each of the two.
    Either(String, String),
    /// An instant as milliseconds since 1970: what a parameter may want.
    ToEpochMs,
    /// An instant as seconds since 1970.
    ToEpochS,
    /// The day of an instant in UTC: `2026-01-31`.
    ToDay,
    /// The first day of an instant's month in UTC: `2026-01-01`.
    ToMonth,
    /// The hour of an instant in UTC: `2026-01-31T04:00:00Z`.
    ToHour,
    /// A text in single quotes, as SQL writes it; null where it holds a quote or a backslash.
    SqlLiteral,
    /// `pairs:KEY:VALUE`: a list of objects as one object, by these two members of each.
    Pairs(String, String),
    /// What everything that is LIKE a pattern begins with; null where that is anything.
    LikePrefix,
    /// What everything that is LIKE `%TEXT%` holds; null of any other pattern.
    LikePart,
}

impl Transform {
    /// As they are written; what takes something ends in a colon.
    pub const NAMES: &[&str] = &[
        "to_array",
        "to_bool",
        "to_text",
        "parse_json",
        "policy_canonical",
        "url_decode",
        "base64_decode",
        "epoch_ms",
        "epoch_s",
        "null_if_zero",
        "null_if_empty",
        "arn_last_part",
        "lower",
        "first",
        "trim",
        "after:",
        "before:",
        "word:",
        "part:",
        "replace:",
        "at:",
        "try_json",
        "price_filters",
        "equals_filters",
        "floor",
        "null_if:",
        "if:",
        "contains:",
        "either:",
        "to_epoch_ms",
        "to_epoch_s",
        "to_day",
        "to_month",
        "to_hour",
        "sql_literal",
        "pairs:",
        "like_prefix",
        "like_part",
    ];

    /// What it is called, without what it takes.
    pub fn name(&self) -> String {
        let json = serde_json::to_value(self).unwrap_or_default();
        match &json {
            serde_json::Value::Object(one) => one.keys().next().cloned().unwrap_or_default(),
            plain => plain.as_str().unwrap_or_default().to_owned(),
        }
    }

    /// `lower`, `after:hostedzone/`, `either:egress:ingress`
    pub fn parse(text: &str) -> Option<Transform> {
        let given = |rest: &str| (!rest.is_empty()).then(|| rest.to_owned());
        match text.split_once(':') {
            None => serde_json::from_value(text.into()).ok(),
            Some(("after", rest)) => given(rest).map(Transform::After),
            Some(("before", rest)) => given(rest).map(Transform::Before),
            Some(("word", rest)) => rest.parse().ok().map(Transform::Word),
            Some(("part", rest)) => {
                let (separator, nth) = rest.rsplit_once(':')?;
                given(separator).zip(nth.parse().ok()).map(|(separator, nth)| Transform::Part(separator, nth))
            }
            Some(("replace", rest)) => {
                let (this, that) = rest.split_once(':')?;
                given(this).map(|this| Transform::Replace(this, that.to_owned()))
            }
            Some(("at", rest)) => Path::parse(rest).ok().and_then(|_| given(rest)).map(Transform::At),
            Some(("null_if", rest)) => given(rest).map(Transform::NullIf),
            Some(("if", rest)) => given(rest).map(Transform::If),
            Some(("contains", rest)) => given(rest).map(Transform::Contains),
            Some(("pairs", rest)) => {
                rest.split_once(':').map(|(key, value)| Transform::Pairs(key.to_owned(), value.to_owned()))
            }
            Some(("either", rest)) => {
                rest.split_once(':').map(|(yes, no)| Transform::Either(yes.to_owned(), no.to_owned()))
            }
            Some(_) => None,
        }
    }
}
