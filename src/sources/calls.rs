//! Which calls a projection needs, before any is made.

use std::collections::{BTreeMap, BTreeSet};

use crate::aws::ReadOperation;
use crate::catalog::table::{
    Call, Column, Detail, KeyColumn, KeyUse, Operator, Require, SourceKind, Table, Value,
};
use crate::error::Error;
use crate::model::Json;
use crate::sources::{Assignment, Qual};

/// More values than this are found by listing, where listing is possible: one call per value would
/// cost more than the pages of a list.
const MOST_GETS: usize = 50;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// The list calls, filtered where the service can.
    List,
    /// One get per value of the key columns.
    Get,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedCalls {
    pub access: Access,
    /// Operations that find the rows, outermost first: `ec2:DescribeInstances`.
    pub rows: Vec<String>,
    /// Made only where there is nothing to read yet.
    pub makers: Vec<String>,
    /// Made per row, each once for all its columns.
    pub details: Vec<PlannedDetail>,
    /// What the query must still say before anything can be asked.
    pub missing: Option<MissingKeys>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedDetail {
    pub id: String,
    pub operations: Vec<String>,
    /// How many rows one call asks about, where that is more than one.
    pub rows_per_call: Option<usize>,
    /// Rows may say by themselves what it tells.
    pub rarely: bool,
    /// The asked-for columns that need it, or need a detail that needs it.
    pub columns: Vec<String>,
}

/// Key columns without which the service answers nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingKeys {
    pub table: String,
    /// Each of these needs an equality.
    pub all_of: Vec<String>,
    /// One of these is enough.
    pub any_of: Vec<String>,
    /// Why no key helps.
    pub unavailable: Option<String>,
    /// A statement that says all of it, where the columns alone do not tell how.
    pub example: Option<String>,
}

impl MissingKeys {
    fn unavailable(table: &Table, reason: &str) -> MissingKeys {
        MissingKeys {
            table: table.name.clone(),
            all_of: Vec::new(),
            any_of: Vec::new(),
            unavailable: Some(reason.to_owned()),
            example: None,
        }
    }

    pub fn message(&self) -> String {
        match &self.unavailable {
            Some(reason) => format!("{} cannot be asked: {reason}", self.table),
            None => format!("{} cannot be listed without {}", self.table, self.columns()),
        }
    }

    pub fn hint(&self) -> String {
        if self.unavailable.is_some() {
            return "'canvass tables' lists those that can".to_owned();
        }
        let said = |column: &String| match column.ends_with("timestamp") || column.ends_with("_time") {
            true => format!("{column} > now() - interval '1 hour'"),
            false => format!("{column} = '...'"),
        };
        let first = self.all_of.iter().chain(self.any_of.first()).map(said);
        let first = format!("add where {}", first.collect::<Vec<_>>().join(" and "));
        match &self.example {
            Some(example) => format!("{first}, such as: {example}"),
            None => first,
        }
    }

    pub fn error(&self) -> Error {
        Error::usage(self.message()).hint(self.hint())
    }

    fn columns(&self) -> String {
        let mut parts = self.all_of.clone();
        if !self.any_of.is_empty() {
            parts.push(self.any_of.join(" or "));
        }
        parts.join(" and ")
    }
}

impl PlannedCalls {
    /// Whether the first call is made once for each of the values that are not known yet.
    pub fn is_per_key(&self, table: &Table, quals: &BTreeMap<String, Vec<Qual>>) -> bool {
        let keys = match self.access {
            Access::Get => get_keys(table, quals),
            Access::List => list_keys(table),
        };
        keys.iter().any(|key| equal_values(quals, key).is_some_and(<[Json]>::is_empty))
    }
}

/// Decides how the rows are found and which details the columns need.
///
/// `columns` are indices into `table.columns`; `quals` and `tuples` are those of a
/// [`crate::sources::ScanRequest`]. A column whose values are not known yet stands in `quals` with none.
pub fn planned_calls(
    table: &Table,
    columns: &[usize],
    quals: &BTreeMap<String, Vec<Qual>>,
    tuples: &[Assignment],
) -> PlannedCalls {
    let names = |calls: &[Call]| calls.iter().map(|call| call.operation.clone()).collect::<Vec<_>>();
    let (access, missing) = match &table.unavailable {
        Some(reason) => (Access::List, Some(MissingKeys::unavailable(table, reason))),
        None => access(table, quals, tuples),
    };
    let calls = if access == Access::Get { &table.get } else { &table.list };
    let rows = names(calls);
    let makers = calls.iter().filter_map(|call| Some(call.made_by.as_ref()?.operation.clone())).collect();
    let asked: Vec<&Column> = columns.iter().filter_map(|i| table.columns.get(*i)).collect();
    let mut details = Vec::new();
    for detail in &table.details {
        let direct = asked.iter().filter(|column| column.value.detail() == Some(&detail.id));
        let direct: Vec<String> = direct.map(|column| column.name.clone()).collect();
        if !direct.is_empty() {
            plan_detail(table, detail, &direct, &mut details);
        }
    }
    PlannedCalls { access, rows, makers, details, missing }
}

/// Plans the details that this one needs, then this one, each once. A detail that needs itself is
/// left out of its own needs; compiling the scan refuses it.
fn plan_detail(table: &Table, detail: &Detail, columns: &[String], planned: &mut Vec<PlannedDetail>) {
    let mut way = vec![(detail, 0)];
    let mut order: Vec<&Detail> = Vec::new();
    while let Some((detail, next)) = way.pop() {
        match detail.needs().nth(next).map(|id| table.detail(id)) {
            None => order.push(detail),
            Some(other) => {
                way.push((detail, next + 1));
                if let Some(other) =
                    other.filter(|other| !way.iter().any(|(on_way, _)| on_way.id == other.id))
                {
                    way.push((other, 0));
                }
            }
        }
    }
    for detail in order {
        match planned.iter_mut().find(|known| known.id == detail.id) {
            Some(known) => {
                let new: Vec<_> = columns.iter().filter(|c| !known.columns.contains(c)).cloned().collect();
                known.columns.extend(new);
            }
            None => planned.push(PlannedDetail {
                id: detail.id.clone(),
                rows_per_call: detail.rows_per_call(),
                rarely: detail.unless.is_some(),
                operations: detail.calls.iter().map(|call| call.operation.clone()).collect(),
                columns: columns.to_vec(),
            }),
        }
    }
}

/// IAM actions of everything planned. An operation that the allow-list does not hold adds nothing
/// here, and is a fault when its turn comes.
pub fn required_actions(
    planned: &PlannedCalls,
    operation: impl Fn(&str) -> Option<ReadOperation>,
) -> BTreeSet<String> {
    let details = planned.details.iter().flat_map(|detail| &detail.operations);
    planned
        .rows
        .iter()
        .chain(&planned.makers)
        .chain(details)
        .filter_map(|id| operation(id))
        .flat_map(|op| op.actions.clone())
        .collect()
}

fn access(
    table: &Table,
    quals: &BTreeMap<String, Vec<Qual>>,
    tuples: &[Assignment],
) -> (Access, Option<MissingKeys>) {
    let (can_list, can_get) = (!table.list.is_empty(), !table.get.is_empty());
    let missing_to_get = missing(table, KeyUse::Get, quals);
    let is_got = can_get && missing_to_get.is_none();
    if is_got
        && table.key_columns.iter().any(|key| key.used_in == KeyUse::Get)
        && (!can_list || gets(&get_keys(table, quals), quals, tuples) <= MOST_GETS)
    {
        return (Access::Get, None);
    }
    if can_list {
        return (Access::List, missing(table, KeyUse::List, quals));
    }
    (Access::Get, missing_to_get)
}

/// How many combinations of the keys' values there are.
fn gets(keys: &[&str], quals: &BTreeMap<String, Vec<Qual>>, tuples: &[Assignment]) -> usize {
    let together = together(keys, tuples);
    let alone = keys.iter().filter(|key| !together.first().is_some_and(|t| t.contains_key(**key)));
    let alone: usize = alone.map(|key| equal_values(quals, key).map_or(1, <[Json]>::len)).product();
    alone * together.len().max(1)
}

/// The tuples with the keys among their columns only, each once.
fn together(keys: &[&str], tuples: &[Assignment]) -> Vec<Assignment> {
    let of_keys = |tuple: &Assignment| -> Assignment {
        let members = tuple.iter().filter(|(column, _)| keys.contains(&column.as_str()));
        members.map(|(column, value)| (column.clone(), value.clone())).collect()
    };
    let mut seen = BTreeSet::new();
    let shown = |tuple: &Assignment| tuple.values().map(Json::to_json).collect::<Vec<_>>();
    let found = tuples.iter().map(of_keys).filter(|tuple| !tuple.is_empty());
    found.filter(|tuple| seen.insert(shown(tuple))).collect()
}

/// Every combination of the keys' values that is asked for.
pub fn assignments(
    keys: &[&str],
    quals: &BTreeMap<String, Vec<Qual>>,
    tuples: &[Assignment],
) -> Vec<Assignment> {
    let mut all = together(keys, tuples);
    if all.is_empty() {
        all.push(Assignment::new());
    }
    for key in keys {
        if all.first().is_some_and(|known| known.contains_key(*key)) {
            continue;
        }
        let Some(values) = equal_values(quals, key) else { continue };
        let mut seen = BTreeSet::new();
        let distinct: Vec<&Json> =
            values.iter().filter(|v| v.to_text().is_some_and(|text| seen.insert(text))).collect();
        all = all
            .into_iter()
            .flat_map(|before| {
                distinct.iter().map(move |value| {
                    let mut with = before.clone();
                    with.insert((*key).to_owned(), (*value).clone());
                    with
                })
            })
            .collect();
    }
    all
}

/// How often the first call is made in a unit: once for each combination of its keys' values.
pub fn rounds(table: &Table, columns: &[usize], quals: &BTreeMap<String, Vec<Qual>>) -> usize {
    let keys = match planned_calls(table, columns, quals, &[]).access {
        Access::Get => get_keys(table, quals),
        Access::List => list_keys(table),
    };
    assignments(&keys, quals, &[]).len()
}

/// Whether what the column names lies where it is asked for: an ARN then says in which account and
/// region that is. What a filter names may lie anywhere.
pub fn names_own(table: &Table, column: &str) -> bool {
    let leads = table.column(column).is_some_and(Column::leads);
    let mut keys = table.key_columns.iter().filter(|key| key.column == column).peekable();
    let own = |key: &KeyColumn| key.used_in == KeyUse::Get || key.require != Require::Optional || leads;
    keys.peek().is_some() && !keys.clone().any(|key| key.elsewhere) && keys.any(own)
}

/// Key columns of the get call that have values, required ones first.
pub fn get_keys<'a>(table: &'a Table, quals: &BTreeMap<String, Vec<Qual>>) -> Vec<&'a str> {
    let mut keys: Vec<_> = table
        .key_columns
        .iter()
        .filter(|key| key.used_in == KeyUse::Get && equal_values(quals, &key.column).is_some())
        .collect();
    keys.sort_by_key(|key| key.require == Require::Optional);
    keys.iter().map(|key| key.column.as_str()).collect()
}

/// Key columns that every list call is made for one value of at a time: the required ones, and those
/// that a column shows again.
pub fn list_keys(table: &Table) -> Vec<&str> {
    // Metrics are asked about many at a time.
    if table.source == SourceKind::Metrics {
        return Vec::new();
    }
    let required = |require| matches!(require, Require::Required | Require::AnyOf);
    let shown = |key: &str| table.columns.iter().any(|c| matches!(&c.value, Value::Qual(of) if of == key));
    // Of what its rows show by themselves, such a source takes all values at once.
    let at_once = |key: &str| table.source == SourceKind::Logs && !shown(key);
    let keys = table.key_columns.iter().filter(|key| key.used_in == KeyUse::List && !at_once(&key.column));
    keys.filter(|key| required(key.require) || shown(&key.column)).map(|key| key.column.as_str()).collect()
}

fn missing(table: &Table, used_in: KeyUse, quals: &BTreeMap<String, Vec<Qual>>) -> Option<MissingKeys> {
    let keys = || table.key_columns.iter().filter(|key| key.used_in == used_in);
    let given =
        |key: &KeyColumn| equal_values(quals, &key.column).is_some() || begins(table, quals, &key.column);
    let all_of: Vec<String> = keys()
        .filter(|key| key.require == Require::Required && !given(key))
        .map(|key| key.column.clone())
        .collect();
    let alternatives = || keys().filter(|key| key.require == Require::AnyOf);
    let any_of: Vec<String> = if alternatives().any(given) {
        Vec::new()
    } else {
        alternatives().map(|key| key.column.clone()).collect()
    };
    (!all_of.is_empty() || !any_of.is_empty()).then(|| MissingKeys {
        table: table.name.clone(),
        all_of,
        any_of,
        unavailable: None,
        example: table.examples.first().filter(|_| table.source == SourceKind::Logs).map(|e| e.sql.clone()),
    })
}

/// Where a source looks for names itself and knows what time it is: whether the names are narrowed, or the
/// time has a beginning.
fn begins(table: &Table, quals: &BTreeMap<String, Vec<Qual>>, column: &str) -> bool {
    let narrows = |qual: &Qual| matches!(qual.operator, Operator::Like | Operator::Gt | Operator::GtEq);
    table.source == SourceKind::Logs && quals.get(column).is_some_and(|quals| quals.iter().any(narrows))
}

/// The values a column must equal one of. The first such predicate is enough; the engine applies
/// the others.
pub fn equal_values<'a>(quals: &'a BTreeMap<String, Vec<Qual>>, column: &str) -> Option<&'a [Json]> {
    quals.get(column)?.iter().find(|qual| qual.operator == Operator::Eq).map(|qual| qual.values.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::api::tests::table;
    use crate::sources::reader::Reader as _;

    fn quals(given: &[(&str, &[&str])]) -> BTreeMap<String, Vec<Qual>> {
        given
            .iter()
            .map(|(column, values)| {
                let values = values.iter().map(|v| Json::string(*v)).collect();
                (column.to_string(), vec![Qual { operator: Operator::Eq, values }])
            })
            .collect()
    }

    #[test]
    fn only_the_details_of_the_columns_asked_for_are_planned() {
        let table = table();
        let all: Vec<usize> = (0..table.columns.len()).collect();
        let none = planned_calls(&table, &[0], &BTreeMap::new(), &[]);
        assert_eq!((none.access, none.rows), (Access::List, vec!["iam:ListRoles".to_owned()]));
        assert!(none.details.is_empty() && none.missing.is_none());
        let every = planned_calls(&table, &all, &BTreeMap::new(), &[]);
        assert_eq!(
            every.details.iter().map(|d| d.operations.join(" ")).collect::<Vec<_>>(),
            ["iam:GetRole", "iam:ListRolePolicies iam:GetRolePolicy"]
        );
        assert_eq!(every.details[0].columns, ["tags", "boundary"]);
    }

    #[test]
    fn a_key_that_is_given_is_got_until_there_are_too_many() {
        let table = table();
        let planned = |values: &[&str]| planned_calls(&table, &[0], &quals(&[("name", values)]), &[]);
        assert_eq!(planned(&["a"]).access, Access::Get);
        assert_eq!(planned(&["a", "b"]).rows, ["iam:GetRole"]);
        assert_eq!(planned(&["a"; 51]).access, Access::List);
    }

    #[test]
    fn what_is_missing_is_taught() {
        let mut table = table();
        table.list.clear();
        let missing = planned_calls(&table, &[0], &BTreeMap::new(), &[]).missing.unwrap();
        assert_eq!(missing.message(), "aws_test_role cannot be listed without name");
        assert_eq!(missing.hint(), "add where name = '...'");
        table.unavailable = Some("AWS ended it".to_owned());
        let missing = planned_calls(&table, &[0], &quals(&[("name", &["a"])]), &[]).missing.unwrap();
        assert_eq!(missing.message(), "aws_test_role cannot be asked: AWS ended it");
    }

    #[test]
    fn actions_are_those_of_rows_and_details() {
        let table = table();
        let planned = planned_calls(&table, &[0, 3], &BTreeMap::new(), &[]);
        let reader = crate::sources::reader::fake::FakeReader::fixed(&[]);
        let actions = required_actions(&planned, |id| reader.read_operation(id));
        assert_eq!(actions.into_iter().collect::<Vec<_>>(), ["iam:GetRole", "iam:ListRoles"]);
    }
}
