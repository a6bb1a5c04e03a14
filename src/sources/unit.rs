//! What every row of one unit shares, and texts with `${...}` filled from it.

use std::collections::BTreeMap;

use crate::catalog::path::Path;
use crate::model::{Account, Json, Partition, Region, Timestamp};
use crate::sources::row::Row;

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
    Partition,
    Region,
    AccountId,
    Row(Path),
    Qual(String),
}

impl Template {
    pub fn parse(text: &str) -> Result<Template, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((plain, after)) = rest.split_once("${") {
            let (name, after) =
                after.split_once('}').ok_or_else(|| format!("template '{text}' has an unclosed '${{'"))?;
            if !plain.is_empty() {
                pieces.push(Piece::Text(plain.to_owned()));
            }
            let path = |text: &str| Path::parse(text).map_err(|e| e.to_string());
            pieces.push(match name {
                "partition" => Piece::Partition,
                "region" => Piece::Region,
                "account_id" => Piece::AccountId,
                "row" => Piece::Row(path("@")?),
                _ => match name.split_once('.') {
                    Some(("row", member)) => Piece::Row(path(member)?),
                    Some(("qual", column)) => Piece::Qual(column.to_owned()),
                    _ => return Err(format!("template '{text}' names '${{{name}}}', which nothing fills")),
                },
            });
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
                Piece::Partition => text.push_str(unit.partition.as_str()),
                Piece::Region => text.push_str(unit.shown.as_str()),
                Piece::AccountId => text.push_str(unit.account.id.as_str()),
                Piece::Row(path) => text.push_str(&row?.find(path).first()?.to_text()?),
                Piece::Qual(column) => text.push_str(&quals.get(column)?.to_text()?),
            }
        }
        Some(text)
    }

    /// Whether the text depends on a row.
    pub fn needs_row(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Row(_)))
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
    fn a_missing_part_leaves_the_whole_text_out() {
        assert_eq!(filled("x/${row.Name}", r#"{"Id": 7}"#), None);
        assert_eq!(filled("x/${qual.name}", "1"), None);
    }

    #[test]
    fn a_broken_template_says_why() {
        for text in ["${row.X", "${rows.X}", "${}", "${row.A..B}"] {
            assert!(Template::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn connections_are_named_like_steampipes() {
        assert_eq!(with_unit(|unit| unit.connection_name()), "aws_payments_prod");
    }
}
