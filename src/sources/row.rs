//! One row, where it stands in the response it came from, and paths walked from there.
//!
//! A row remembers its way down, so that `^Reservations[].OwnerId` finds the owner of *this* row's
//! reservation, and a call of a chain finds what enclosed the row that led to it.

use std::borrow::Cow;
use std::sync::Arc;

use crate::catalog::path::{Path, Step};
use crate::model::{Json, Region};
use crate::sources::budget::Held;

/// What one call of a chain returned, and the row that led to the call.
#[derive(Debug)]
pub struct Response {
    /// `iam:ListRolePolicies`
    pub operation: String,
    pub output: Json,
    /// What was asked, where this is all of the answer.
    pub asked: Option<Asked>,
    pub parent: Option<Row>,
    /// Its bytes, until the last of its rows is gone.
    pub held: Option<Held>,
}

/// A call as it is told from others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Asked(String);

impl Asked {
    pub fn new(operation: &str, region: &Region, input: &Json) -> Asked {
        Asked(format!("{operation} {region} {}", input.to_json()))
    }
}

/// One element of a response. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Row {
    response: Arc<Response>,
    /// The rows path, with a closing `[]` where the rows were a bare list.
    path: Arc<Path>,
    /// Position of each step's choice: the nth member of an object, the nth item of a list.
    trail: Box<[usize]>,
}

/// What a path leads to.
#[derive(Debug, PartialEq)]
pub enum Found<'a> {
    Nothing,
    One(&'a Json),
    /// The path holds `[]` or `.*`.
    Many(Vec<&'a Json>),
}

impl<'a> Found<'a> {
    pub fn into_json(self) -> Cow<'a, Json> {
        match self {
            Found::Nothing => Cow::Owned(Json::Null),
            Found::One(value) => Cow::Borrowed(value),
            Found::Many(values) => Cow::Owned(Json::Array(values.into_iter().cloned().collect())),
        }
    }

    /// The value on its own; an empty list of finds is nothing.
    pub fn into_value(self) -> Option<Json> {
        match self {
            Found::Nothing => None,
            Found::One(value) => Some(value.clone()),
            Found::Many(values) if values.is_empty() => None,
            many => Some(many.into_json().into_owned()),
        }
    }

    pub fn first(self) -> Option<&'a Json> {
        match self {
            Found::Nothing => None,
            Found::One(value) => Some(value),
            Found::Many(values) => values.first().copied(),
        }
    }
}

impl Row {
    /// Every row of a response. `@` makes the response itself the one row; a list at the end of the
    /// path gives its elements, with or without a closing `[]`.
    pub fn all(response: Arc<Response>, path: &Arc<Path>) -> Vec<Row> {
        let mut trails = Vec::new();
        let expand = matches!(path.steps.last(), Some(Step::Member(_)));
        descend(&response.output, &path.steps, expand, &mut Vec::new(), &mut trails);
        let bare = Arc::new(Path {
            absolute: path.absolute,
            steps: path.steps.iter().cloned().chain([Step::Each]).collect(),
        });
        trails
            .into_iter()
            .map(|trail| {
                let path = if trail.len() > path.steps.len() { &bare } else { path };
                Row { response: response.clone(), path: path.clone(), trail: trail.into() }
            })
            .collect()
    }

    /// A row that came from no list: the whole output.
    pub fn whole(operation: &str, output: Json, parent: Option<Row>) -> Row {
        let response =
            Arc::new(Response { operation: operation.to_owned(), output, asked: None, parent, held: None });
        let path = Arc::new(Path { absolute: false, steps: Vec::new() });
        Row { response, path, trail: Box::default() }
    }

    pub fn value(&self) -> &Json {
        self.at_depth(self.trail.len())
    }

    /// Walks a path from the row, or from the response around it where the path is absolute.
    pub fn find(&self, path: &Path) -> Found<'_> {
        if path.absolute { self.find_around(path) } else { walk(self.value(), &path.steps) }
    }

    /// Walks a path from the top of the row's response, staying on the row's own way while the path
    /// and that way agree.
    pub fn find_around(&self, path: &Path) -> Found<'_> {
        let shared = path.steps.iter().zip(&self.path.steps).take_while(|(a, b)| a == b).count();
        let rest = path.steps.get(shared..).unwrap_or_default();
        if rest.contains(&Step::Same) {
            let own = self.trail.last().copied().unwrap_or_default();
            let placed = |step: &Step| if *step == Step::Same { Step::Index(own) } else { step.clone() };
            return walk(self.at_depth(shared), &rest.iter().map(placed).collect::<Vec<_>>());
        }
        walk(self.at_depth(shared), rest)
    }

    /// The row, the row that led to the call it came from, and so on.
    pub fn outwards(&self) -> impl Iterator<Item = &Row> {
        std::iter::successors(Some(self), |row| row.response.parent.as_ref())
    }

    /// The whole answer of a call, if the row or one that led to it came from that.
    pub fn answer_of(&self, asked: &Asked) -> Option<&Json> {
        let response = self.outwards().map(|row| &row.response).find(|r| r.asked.as_ref() == Some(asked))?;
        Some(&response.output)
    }

    pub fn operation(&self) -> &str {
        &self.response.operation
    }

    fn at_depth(&self, depth: usize) -> &Json {
        self.trail.iter().take(depth).fold(&self.response.output, |node, position| {
            // The trail was made on this very value.
            child(node, *position).unwrap_or(&Json::Null)
        })
    }
}

fn child(node: &Json, position: usize) -> Option<&Json> {
    match node {
        Json::Object(members) => members.get(position).map(|(_, value)| value),
        Json::Array(items) => items.get(position),
        _ => None,
    }
}

/// `expand`: a list at the end of the path gives its elements.
fn descend(node: &Json, steps: &[Step], expand: bool, trail: &mut Vec<usize>, into: &mut Vec<Vec<usize>>) {
    let mut go = |position: usize, value: &Json, rest: &[Step]| {
        trail.push(position);
        descend(value, rest, expand, trail, into);
        trail.pop();
    };
    match (steps.split_first(), node) {
        (_, Json::Null) => {}
        (None, Json::Array(items)) if expand => {
            let rows = items.iter().enumerate().filter(|(_, item)| !item.is_null());
            into.extend(rows.map(|(i, _)| trail.iter().copied().chain([i]).collect()));
        }
        (None, _) => into.push(trail.clone()),
        (Some((Step::Member(name), rest)), Json::Object(members)) => {
            if let Some((i, (_, value))) = members.iter().enumerate().rfind(|(_, (key, _))| **key == **name) {
                go(i, value, rest);
            }
        }
        (Some((Step::Each, rest)), Json::Array(items)) => {
            items.iter().enumerate().for_each(|(i, item)| go(i, item, rest));
        }
        (Some((Step::Index(i), rest)), Json::Array(items)) => {
            if let Some(item) = items.get(*i) {
                go(*i, item, rest);
            }
        }
        (Some((Step::Where { member, value }, rest)), Json::Array(items)) => {
            let chosen = items.iter().enumerate().filter(|(_, item)| has(item, member, value));
            chosen.for_each(|(i, item)| go(i, item, rest));
        }
        (Some((Step::Values, rest)), Json::Object(members)) => {
            members.iter().enumerate().for_each(|(i, (_, value))| go(i, value, rest));
        }
        _ => {}
    }
}

/// Walks steps from a value. `[]` and `.*` flatten, and drop what is missing or null, as JMESPath does.
pub fn walk<'a>(node: &'a Json, steps: &[Step]) -> Found<'a> {
    let Some((step, rest)) = steps.split_first() else {
        return if node.is_null() { Found::Nothing } else { Found::One(node) };
    };
    match (step, node) {
        (Step::Member(name), Json::Object(_)) => {
            node.get(name).map_or(Found::Nothing, |value| walk(value, rest))
        }
        (Step::Index(i), Json::Array(items)) => {
            items.get(*i).map_or(Found::Nothing, |value| walk(value, rest))
        }
        (Step::Each, Json::Array(items)) => gather(items.iter(), rest),
        (Step::Where { member, value }, Json::Array(items)) => {
            gather(items.iter().filter(|item| has(item, member, value)), rest)
        }
        (Step::Values, Json::Object(members)) => gather(members.iter().map(|(_, value)| value), rest),
        _ => Found::Nothing,
    }
}

fn has(item: &Json, member: &str, value: &str) -> bool {
    item.get(member).and_then(Json::to_text).is_some_and(|text| text == value)
}

fn gather<'a>(values: impl Iterator<Item = &'a Json>, rest: &[Step]) -> Found<'a> {
    let mut all = Vec::new();
    for value in values {
        match walk(value, rest) {
            Found::Nothing => {}
            Found::One(value) => all.push(value),
            Found::Many(values) => all.extend(values),
        }
    }
    Found::Many(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INSTANCES: &str = r#"{"Reservations": [
        {"OwnerId": "111", "Groups": [{"Id": "g1"}, {"Id": "g2"}], "Instances": [{"InstanceId": "i-1"}, {"InstanceId": "i-2"}]},
        {"OwnerId": "222", "Instances": [{"InstanceId": "i-3", "State": {"Name": "running"}, "Tags": null}]},
        {"OwnerId": "333"}]}"#;

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    fn rows(output: &str, rows: &str) -> Vec<Row> {
        let output = Json::parse(output).unwrap();
        let response =
            Arc::new(Response { operation: "a:B".into(), output, asked: None, parent: None, held: None });
        Row::all(response, &Arc::new(path(rows)))
    }

    fn shown(row: &Row, text: &str) -> String {
        row.find(&path(text)).into_json().to_json()
    }

    #[test]
    fn nested_lists_become_rows_in_order() {
        let rows = rows(INSTANCES, "Reservations[].Instances[]");
        let ids: Vec<_> = rows.iter().map(|r| shown(r, "InstanceId")).collect();
        assert_eq!(ids, ["\"i-1\"", "\"i-2\"", "\"i-3\""]);
    }

    #[test]
    fn an_absolute_path_stays_with_the_elements_around_the_row() {
        let rows = rows(INSTANCES, "Reservations[].Instances[]");
        let owners: Vec<_> = rows.iter().map(|r| shown(r, "^Reservations[].OwnerId")).collect();
        assert_eq!(owners, ["\"111\"", "\"111\"", "\"222\""]);
        assert_eq!(shown(&rows[1], "^Reservations[].Groups[].Id"), r#"["g1","g2"]"#);
        assert_eq!(shown(&rows[2], "^Reservations[].Groups[].Id"), "null");
    }

    #[test]
    fn a_list_beside_the_rows_is_read_in_step() {
        let rows = rows(r#"{"R": [{"T": ["a", "b"], "V": [1, 2]}, {"T": ["c"], "V": [3]}]}"#, "R[].T[]");
        assert_eq!(rows.iter().map(|r| shown(r, "^R[].V[@]")).collect::<Vec<_>>(), ["1", "2", "3"]);
    }

    #[test]
    fn the_row_itself_its_members_and_what_is_missing() {
        let rows = rows(INSTANCES, "Reservations[].Instances[]");
        assert_eq!(shown(&rows[0], "@"), r#"{"InstanceId":"i-1"}"#);
        assert_eq!(shown(&rows[2], "State.Name"), "\"running\"");
        assert_eq!(shown(&rows[0], "State.Name"), "null");
        assert_eq!(shown(&rows[2], "Tags[].Key"), "null");
    }

    #[test]
    fn a_list_of_names_gives_rows_that_are_text_with_or_without_brackets() {
        for path in ["TableNames", "TableNames[]"] {
            let rows = rows(r#"{"TableNames": ["a", "b", null]}"#, path);
            assert_eq!(rows.iter().map(|r| shown(r, "@")).collect::<Vec<_>>()[..2], ["\"a\"", "\"b\""]);
            assert_eq!(shown(&rows[1], "^TableNames[]"), "\"b\"");
        }
    }

    #[test]
    fn the_response_can_be_the_row() {
        let rows = rows(r#"{"AccountAliases": []}"#, "@");
        assert_eq!(rows.len(), 1);
        assert_eq!(shown(&rows[0], "AccountAliases"), "[]");
    }

    #[test]
    fn an_empty_response_has_no_rows() {
        assert!(rows("{}", "Volumes[]").is_empty());
        assert!(rows(r#"{"Volumes": null}"#, "Volumes[]").is_empty());
        assert!(rows("null", "@").is_empty());
        assert!(rows(r#"{"Volumes": "text"}"#, "Volumes[].X[]").is_empty());
    }

    #[test]
    fn indexes_and_map_values() {
        let value = Json::parse(r#"{"A": [{"B": 1}, {"B": 2}], "M": {"x": [1], "y": [2]}}"#).unwrap();
        let at = |text: &str| walk(&value, &path(text).steps).into_json().to_json();
        assert_eq!(at("A[1].B"), "2");
        assert_eq!(at("A[7].B"), "null");
        assert_eq!(at("M.*[0]"), "[1,2]");
        assert_eq!(at("M.*[]"), "[1,2]");
        assert_eq!(at("A[B=2]"), r#"[{"B":2}]"#);
        assert_eq!(at("A[B=2].B"), "[2]");
        assert_eq!(at("A[C=2].B"), "[]");
    }
}
