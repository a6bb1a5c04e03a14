//! What every row of one unit shares, and texts with `${...}` filled from it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::catalog::path::Path;
use crate::catalog::table::Transform;
use crate::model::{Account, Json, Partition, Region, Timestamp};
use crate::sources::place::Place;
use crate::sources::row::Row;
use crate::sources::transform;

/// Values of key columns that one round of calls is made for.
pub type Assignment = BTreeMap<String, Json>;

#[derive(Clone, Copy, Debug)]
pub struct Unit<'a> {
    pub account: &'a Account,
    /// Where calls are made; a real region even where the rows belong to none.
    pub asked: &'a Region,
    /// What the `region` column says: the unit's region, or `global`.
    pub shown: &'a Region,
    pub partition: Partition,
    /// `api`, `organizations`
    pub source: &'static str,
    pub as_of: Timestamp,
}

impl Unit<'_> {
    pub fn place(&self) -> Place<'_> {
        let regional = *self.shown != Region::global();
        Place { account: &self.account.id, region: regional.then_some(self.asked) }
    }

    /// Steampipe names a connection per account; its users group by that name.
    pub fn connection_name(&self) -> String {
        let name: String = self
            .account
            .name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
            .collect();
        format!("aws_{name}")
    }
}

/// `arn:${partition}:dynamodb:${region}:${account_id}:table/${row}`
#[derive(Clone, Debug)]
pub struct Template(Vec<Piece>);

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    /// The first of the names that there is, transformed.
    Value(Vec<Name>, Vec<Transform>),
}

#[derive(Clone, Debug)]
enum Name {
    Partition,
    Region,
    AccountId,
    Row(Path),
    /// Of the row that led to the row's call.
    Parent(Path),
    Qual(String),
}

impl Name {
    fn parse(name: &str) -> Result<Option<Name>, String> {
        let path = |text: &str| Path::parse(text).map_err(|e| e.to_string());
        Ok(match name {
            "partition" => Some(Name::Partition),
            "region" => Some(Name::Region),
            "account_id" => Some(Name::AccountId),
            "row" => Some(Name::Row(path("@")?)),
            _ => match name.split_once('.') {
                Some(("row", member)) => Some(Name::Row(path(member)?)),
                Some(("parent", member)) => Some(Name::Parent(path(member)?)),
                Some(("qual", column)) => Some(Name::Qual(column.to_owned())),
                _ => None,
            },
        })
    }

    fn value(&self, unit: &Unit<'_>, quals: &Assignment, row: Option<&Row>) -> Option<Json> {
        Some(match self {
            Name::Partition => Json::string(unit.partition.as_str()),
            Name::Region => Json::string(unit.shown.as_str()),
            Name::AccountId => Json::string(unit.account.id.as_str()),
            Name::Row(path) => row?.find(path).first()?.clone(),
            Name::Parent(path) => row?.outwards().nth(1)?.find(path).first()?.clone(),
            Name::Qual(column) => quals.get(column)?.clone(),
        })
    }
}

impl Template {
    pub fn parse(text: &str) -> Result<Template, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((plain, after)) = rest.split_once("${") {
            let (inside, after) =
                after.split_once('}').ok_or_else(|| format!("template '{text}' has an unclosed '${{'"))?;
            if !plain.is_empty() {
                pieces.push(Piece::Text(plain.to_owned()));
            }
            let mut parts = inside.split(" > ");
            let names = parts.next().unwrap_or_default().split(',').map(str::trim).map(|name| {
                let named = Name::parse(name)?;
                named.ok_or_else(|| format!("template '{text}' names '${{{name}}}', which nothing fills"))
            });
            let names = names.collect::<Result<_, _>>()?;
            let transforms = parts.map(|part| {
                Transform::parse(part).ok_or_else(|| format!("template '{text}': no transform '{part}'"))
            });
            pieces.push(Piece::Value(names, transforms.collect::<Result<_, _>>()?));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Template(pieces))
    }

    /// The text, or nothing if any of its parts is unknown: half an ARN would be a wrong one.
    pub fn fill(&self, unit: &Unit<'_>, quals: &Assignment, row: Option<&Row>) -> Option<String> {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Value(names, transforms) => {
                    let value = names.iter().find_map(|name| name.value(unit, quals, row))?;
                    let value = transforms.iter().try_fold(Cow::Owned(value), |value, transform| {
                        transform::apply(transform, value).ok()
                    })?;
                    text.push_str(&value.to_text()?);
                }
            }
        }
        Some(text)
    }

    /// Whether the text depends on a row.
    pub fn needs_row(&self) -> bool {
        self.0.iter().any(|piece| match piece {
            Piece::Text(_) => false,
            Piece::Value(names, _) => names.iter().any(|name| matches!(name, Name::Row(_) | Name::Parent(_))),
        })
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn account() -> Account {
        let mut account = Account::bare("100000000006".parse().unwrap());
        account.name = "payments-prod".into();
        account
    }

    pub fn with_unit<T>(test: impl FnOnce(&Unit<'_>) -> T) -> T {
        let (account, region) = (account(), Region::new("eu-west-1"));
        test(&Unit {
            account: &account,
            asked: &region,
            shown: &region,
            partition: Partition::Aws,
            source: "api",
            as_of: "2026-01-02T03:04:05Z".parse().unwrap(),
        })
    }

    fn filled(template: &str, row: &str) -> Option<String> {
        let row = Row::whole("a:B", Json::parse(row).unwrap(), None);
        let quals = Assignment::from([("queue_url".to_owned(), Json::string("https://q"))]);
        with_unit(|unit| Template::parse(template).unwrap().fill(unit, &quals, Some(&row)))
    }

    #[test]
    fn every_name_is_filled() {
        assert_eq!(
            filled(
                "arn:${partition}:x:${region}:${account_id}:t/${row.Id}/${qual.queue_url}",
                r#"{"Id": 7}"#
            )
            .as_deref(),
            Some("arn:aws:x:eu-west-1:100000000006:t/7/https://q")
        );
        assert_eq!(filled("table/${row}", "\"orders\"").as_deref(), Some("table/orders"));
    }

    #[test]
    fn alternatives_and_transforms_stand_inside_the_braces() {
        let zone = r#"{"Id": "/hostedzone/Z1", "B": "b"}"#;
        assert_eq!(filled("zone/${row.Id > after:hostedzone/}", zone).as_deref(), Some("zone/Z1"));
        assert_eq!(filled("${row.A, row.B > replace:b:c}", zone).as_deref(), Some("c"));
        assert_eq!(filled("${row.A, row.C}", zone), None);
    }

    #[test]
    fn a_missing_part_leaves_the_whole_text_out() {
        assert_eq!(filled("x/${row.Name}", r#"{"Id": 7}"#), None);
        assert_eq!(filled("x/${qual.name}", "1"), None);
    }

    #[test]
    fn a_broken_template_says_why() {
        for text in ["${row.X", "${rows.X}", "${}", "${row.A..B}", "${row.A > loud}"] {
            assert!(Template::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn connections_are_named_like_steampipes() {
        assert_eq!(with_unit(|unit| unit.connection_name()), "aws_payments_prod");
    }
}
