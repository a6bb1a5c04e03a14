//! By what a statement breaks costs down: chosen from the columns it names and the values it fixes.
//!
//! Cost Explorer groups by two keys at most. A column that must equal one value needs none of them: the
//! request is filtered by it, and its value is known.

use std::collections::BTreeMap;

use aws_sdk_costexplorer::types::{GroupDefinition, GroupDefinitionType};

use crate::catalog::table::{Operator, Table};
use crate::error::Error;
use crate::model::Json;
use crate::sources::{Qual, equal_values};

/// Cost Explorer's own limit.
pub const MOST: usize = 2;

/// Columns by the dimension that they show.
const DIMENSIONS: [(&str, &str); 16] = [
    ("account_id", "LINKED_ACCOUNT"),
    ("account_name", "LINKED_ACCOUNT"),
    ("account_tags", "LINKED_ACCOUNT"),
    ("availability_zone", "AZ"),
    ("database_engine", "DATABASE_ENGINE"),
    ("instance_type", "INSTANCE_TYPE"),
    ("legal_entity", "LEGAL_ENTITY_NAME"),
    ("operation", "OPERATION"),
    ("ou_path", "LINKED_ACCOUNT"),
    ("platform", "PLATFORM"),
    ("purchase_type", "PURCHASE_TYPE"),
    ("record_type", "RECORD_TYPE"),
    ("region", "REGION"),
    ("service", "SERVICE"),
    ("tenancy", "TENANCY"),
    ("usage_type", "USAGE_TYPE"),
];

pub const ACCOUNT: &str = "LINKED_ACCOUNT";

/// The column that says which tag or category, and the one that shows its value.
const CHOSEN: [(&str, &str, Chosen); 2] =
    [("tag_key", "tag_value", Chosen::Tag), ("cost_category", "cost_category_value", Chosen::CostCategory)];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Chosen {
    Tag,
    CostCategory,
}

/// What a request can be grouped or filtered by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    Dimension(&'static str),
    Tag(String),
    CostCategory(String),
}

impl Key {
    pub fn group(&self) -> GroupDefinition {
        let (kind, key) = match self {
            Key::Dimension(name) => (GroupDefinitionType::Dimension, (*name).to_owned()),
            Key::Tag(name) => (GroupDefinitionType::Tag, name.clone()),
            Key::CostCategory(name) => (GroupDefinitionType::CostCategory, name.clone()),
        };
        GroupDefinition::builder().r#type(kind).key(key).build()
    }

    /// The value as people know it. Of tags and categories a response says `team$payments`, and `team$`
    /// where there is none.
    pub fn shown(&self, said: &str) -> Json {
        let (Key::Tag(name) | Key::CostCategory(name)) = self else { return Json::string(said) };
        let value = said.strip_prefix(name.as_str()).and_then(|rest| rest.strip_prefix('$')).unwrap_or(said);
        if value.is_empty() { Json::Null } else { Json::string(value) }
    }
}

pub fn dimension(column: &str) -> Option<&'static str> {
    DIMENSIONS.iter().find(|(name, _)| *name == column).map(|(_, dimension)| *dimension)
}

/// The key that a column shows; an error where it shows a tag and nobody said which.
pub fn key_of(column: &str, quals: &BTreeMap<String, Vec<Qual>>) -> Result<Option<Key>, Error> {
    if let Some(dimension) = dimension(column) {
        return Ok(Some(Key::Dimension(dimension)));
    }
    let Some((chooser, shown, chosen)) = CHOSEN.iter().find(|(_, shown, _)| *shown == column) else {
        return Ok(None);
    };
    let name = match equal_values(quals, chooser) {
        Some([only]) => only.to_text().unwrap_or_default(),
        // Its values come from a join, and are not known before it runs.
        Some([]) => String::new(),
        other => {
            let which = if other.is_some() { "one at a time" } else { "which one" };
            return Err(Error::usage(format!("{shown} is of one {chooser}: say {which}"))
                .hint(format!("add where {chooser} = '...'")));
        }
    };
    Ok(Some(match chosen {
        Chosen::Tag => Key::Tag(name),
        Chosen::CostCategory => Key::CostCategory(name),
    }))
}

/// The only value that a column can have, where predicates say so.
pub fn fixed<'q>(column: &str, quals: &'q BTreeMap<String, Vec<Qual>>) -> Option<&'q Json> {
    let quals = quals.get(column)?;
    quals.iter().find_map(|qual| match (qual.operator, qual.values.as_slice()) {
        (Operator::Eq, [only]) => Some(only),
        _ => None,
    })
}

/// The keys to group by, each with the columns that show it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Breakdown {
    pub by: Vec<(Key, Vec<String>)>,
}

impl Breakdown {
    /// `is_fixed` says of which columns the value is known without grouping.
    pub fn of(
        table: &Table,
        columns: &[usize],
        quals: &BTreeMap<String, Vec<Qual>>,
        is_fixed: impl Fn(&str) -> bool,
    ) -> Result<Breakdown, Error> {
        let mut by: Vec<(Key, Vec<String>)> = Vec::new();
        let names = columns.iter().filter_map(|at| table.columns.get(*at)).map(|column| &column.name);
        let mut unsaid = None;
        for name in names.filter(|name| !is_fixed(name)) {
            let key = match key_of(name, quals) {
                Ok(Some(key)) => key,
                Ok(None) => continue,
                // It takes its place all the same.
                Err(error) => {
                    unsaid.get_or_insert(error);
                    Key::Tag(name.clone())
                }
            };
            match by.iter_mut().find(|(known, _)| *known == key) {
                Some((_, columns)) => columns.push(name.clone()),
                None => by.push((key, vec![name.clone()])),
            }
        }
        match unsaid {
            _ if by.len() > MOST => Err(too_many(&table.name, &by)),
            Some(error) => Err(error),
            None => Ok(Breakdown { by }),
        }
    }

    /// The keys whose columns a statement names, by position in a response's `Keys`.
    pub fn groups(&self) -> Vec<GroupDefinition> {
        self.by.iter().map(|(key, _)| key.group()).collect()
    }
}

fn too_many(table: &str, by: &[(Key, Vec<String>)]) -> Error {
    let names: Vec<String> = by.iter().map(|(_, columns)| columns.join("/")).collect();
    let (chosen, rest) = names.split_at(MOST);
    Error::usage(format!(
        "{table} can be broken down by {MOST} columns at once, and this statement takes {}: {}",
        names.len(),
        names.join(", ")
    ))
    .cause("Cost Explorer groups by two keys at most")
    .hint(format!("name two of them, such as {} and {}, and not {}", chosen[0], chosen[1], rest.join(", ")))
    .hint(format!("or fix one to a single value, which takes no place: where {} = '...'", first_of(rest)))
    .hint("or ask twice, or ask aws_cur, where a cost and usage export has every column at once")
}

fn first_of(names: &[String]) -> &str {
    let first = names.first().map_or("service", String::as_str);
    first.split('/').next().unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    fn quals(of: &[(&str, Operator, &[&str])]) -> BTreeMap<String, Vec<Qual>> {
        let mut quals: BTreeMap<String, Vec<Qual>> = BTreeMap::new();
        for (column, operator, values) in of {
            let values = values.iter().map(|value| Json::string(*value)).collect();
            quals.entry((*column).to_owned()).or_default().push(Qual { operator: *operator, values });
        }
        quals
    }

    fn breakdown(columns: &[&str], given: &[(&str, Operator, &[&str])]) -> Result<Vec<String>, Error> {
        let table = Catalog::builtin().unwrap().table("aws_cost_and_usage").unwrap();
        let quals = quals(given);
        let columns: Vec<usize> = columns.iter().map(|c| table.column_index(c).unwrap()).collect();
        let found = Breakdown::of(&table, &columns, &quals, |column| fixed(column, &quals).is_some())?;
        Ok(found.by.iter().map(|(key, columns)| format!("{key:?} {}", columns.join(","))).collect())
    }

    #[test]
    fn columns_of_one_dimension_take_one_place() {
        let by =
            breakdown(&["account_name", "period_start", "account_id", "service", "amount"], &[]).unwrap();
        assert_eq!(
            by,
            [r#"Dimension("LINKED_ACCOUNT") account_name,account_id"#, r#"Dimension("SERVICE") service"#]
        );
    }

    #[test]
    fn what_must_equal_one_value_takes_no_place() {
        let eu: (&str, Operator, &[&str]) = ("region", Operator::Eq, &["eu-west-1"]);
        let by = breakdown(&["usage_type", "service", "region"], &[eu]).unwrap();
        assert_eq!(by.len(), 2);
        let two: (&str, Operator, &[&str]) = ("region", Operator::Eq, &["eu-west-1", "us-east-1"]);
        assert!(breakdown(&["usage_type", "service", "region"], &[two]).is_err());
    }

    #[test]
    fn three_are_too_many_and_the_error_says_which() {
        let error = breakdown(&["service", "region", "usage_type", "account_id"], &[]).unwrap_err();
        assert!(error.message().contains("takes 4: service, region, usage_type, account_id"), "{error}");
        assert!(error.hints().iter().any(|hint| hint.contains("aws_cur")));
    }

    #[test]
    fn a_tags_value_needs_its_key() {
        let team: (&str, Operator, &[&str]) = ("tag_key", Operator::Eq, &["team"]);
        assert_eq!(breakdown(&["tag_value"], &[team]).unwrap(), [r#"Tag("team") tag_value"#]);
        let error = breakdown(&["tag_value"], &[]).unwrap_err();
        assert_eq!(error.hints(), ["add where tag_key = '...'"]);
    }

    #[test]
    fn a_tag_that_is_not_there_is_null() {
        let key = Key::Tag("team".into());
        assert_eq!(key.shown("team$payments"), Json::string("payments"));
        assert_eq!(key.shown("team$"), Json::Null);
        assert_eq!(Key::Dimension("SERVICE").shown("team$"), Json::string("team$"));
    }
}
