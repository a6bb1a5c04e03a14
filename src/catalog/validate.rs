//! What is wrong with a table: every mistake of a file, not only the first.
//!
//! The build script refuses ours, [`super::Catalog::with_folder`] refuses the user's.
//! This file is also compiled into the build script.

use std::sync::Arc;

use super::convert::{self, Wrong, call_quals};
use super::file::{self, Mistake};
use super::fit::{self, Kind, Place};
use super::path::Path;
use super::shape::{Operation, Shape};
use super::table::{
    COMPUTED, Call, Column, ColumnType, Detail, Filters, KeyUse, Origin, Param, ParamSource, RowRegion,
    SourceKind, Table, Value, placeholders,
};

/// What a table may refer to outside its file.
pub trait Known {
    fn operation(&self, id: &str) -> Option<Arc<Operation>>;
    fn is_table(&self, name: &str) -> bool;
}

/// Reads, converts and checks one file.
pub fn load(text: &str, known: &dyn Known) -> Result<Table, Vec<Mistake>> {
    let (table, mut wrong) = convert::table(file::parse(text).map_err(|mistake| vec![mistake])?);
    wrong.extend(check(&table, known));
    if wrong.is_empty() {
        return Ok(table);
    }
    let mistake = |wrong: Wrong| Mistake {
        line: file::line_of(text, wrong.section, &wrong.key),
        message: wrong.message,
    };
    Err(wrong.into_iter().map(mistake).collect())
}

/// Every mistake of a converted table.
pub fn check(table: &Table, known: &dyn Known) -> Vec<Wrong> {
    let mut check = Check { table, known, wrong: Vec::new() };
    check.names();
    let list = check.calls("list", &table.list);
    let get = check.calls("get", &table.get);
    let mut rows = Vec::new();
    for (section, calls, operations) in [("list", &table.list, &list), ("get", &table.get, &get)] {
        rows.extend(check.chain(section, calls, operations));
    }
    for detail in &table.details {
        check.detail(detail, &rows, &list);
    }
    check.keys();
    for column in &table.columns {
        check.column(column, &rows, &list);
    }
    check.unused_details();
    check.examples();
    check.wrong
}

type Operations = Vec<Option<Arc<Operation>>>;

/// Where the table's own rows lie: in which response, at which path.
type RowPlace = (Arc<Operation>, Path);

struct Check<'t> {
    table: &'t Table,
    known: &'t dyn Known,
    wrong: Vec<Wrong>,
}

impl Check<'_> {
    fn says(&mut self, section: &'static str, key: &str, message: impl Into<String>) {
        self.wrong.push(Wrong::new(section, key, message));
    }

    fn names(&mut self) {
        let table = self.table;
        if !is_name(&table.name) || table.name.starts_with('_') {
            self.says("table", "table", format!("'{}' is not a name: a-z, 0-9 and _ only", table.name));
        }
        for (at, column) in table.columns.iter().enumerate() {
            if !is_name(&column.name) {
                self.says("columns", &column.name, format!("'{}' is not a column name", column.name));
            }
            if table.columns.iter().take(at).any(|other| other.name == column.name) {
                self.says("columns", &column.name, format!("'{}' is there twice", column.name));
            }
        }
        let service = table.list.first().and_then(|call| call.operation.split(':').next());
        match service {
            None => self.says("list", "list", "there is no call that lists rows"),
            Some(service) if service != table.service => {
                let message = format!("the service is '{}', but the list calls '{service}'", table.service);
                self.says("service", "service", message);
            }
            Some(_) => {}
        }
        if !(1..=9).contains(&table.tier) {
            self.says("tier", "tier", "the tier is 1 (asked most) to 9");
        }
    }

    /// The operations of calls, complaining of those that nobody knows.
    fn calls(&mut self, section: &'static str, calls: &[Call]) -> Operations {
        let mut operations = Vec::new();
        for call in calls {
            let operation = self.known.operation(&call.operation);
            if operation.is_none() {
                self.says(section, "call", format!("no operation '{}' is known", call.operation));
            }
            operations.push(operation);
        }
        operations
    }

    /// Checks a list or get chain; answers where its last call's rows lie.
    fn chain(&mut self, section: &'static str, calls: &[Call], operations: &Operations) -> Option<RowPlace> {
        let mut previous: Option<RowPlace> = None;
        for (call, operation) in calls.iter().zip(operations) {
            let operation = operation.clone()?;
            self.params(section, call, &operation, previous.as_slice(), operations);
            let rows = self.path(section, "rows", &call.rows)?;
            if let Err(message) = Place::row(&operation, &rows) {
                self.says(section, "rows", format!("rows '{}': {message}", call.rows));
                return None;
            }
            previous = Some((operation, rows));
        }
        previous
    }

    fn path(&mut self, section: &'static str, key: &str, text: &str) -> Option<Path> {
        match Path::parse(text) {
            Ok(path) => Some(path),
            Err(error) => {
                self.says(section, key, error.to_string());
                None
            }
        }
    }

    fn params(
        &mut self,
        section: &'static str,
        call: &Call,
        operation: &Operation,
        rows: &[RowPlace],
        earlier: &Operations,
    ) {
        for param in &call.params {
            match input_member(operation, &param.member) {
                Err(message) => self.says(section, &param.member, message),
                Ok(shape) => self.constants(section, param, operation, shape),
            }
            for source in &param.sources {
                self.source(section, &param.member, source, rows, earlier);
            }
        }
        for column in call_quals(call) {
            if self.table.column(column).is_none() {
                self.says(section, column, format!("there is no column '{column}'"));
            }
        }
        if let Some(filters) = &call.filters
            && !takes_filters(operation, filters)
        {
            let message = format!("{} takes no filters in '{}'", operation.id(), filters.member);
            self.says(section, "filters", message);
        }
        for member in operation.input_members().iter().filter(|m| m.required) {
            let name = &*member.name;
            if !call.params.iter().any(|p| p.member.split('.').next() == Some(name)) {
                self.says(section, "call", format!("{} needs the parameter '{name}'", operation.id()));
            }
        }
    }

    /// A constant of an enumeration must be one of its values.
    fn constants(&mut self, section: &'static str, param: &Param, operation: &Operation, shape: &Shape) {
        let values = match shape {
            Shape::List { element, .. } => operation.shape(*element),
            shape => shape,
        };
        let Shape::String { values, .. } = values else { return };
        for source in &param.sources {
            let ParamSource::Const(json) = source else { continue };
            for word in json.trim_matches(['[', ']']).split(',').map(|w| w.trim_matches(['"', ' '])) {
                if !values.is_empty() && !values.iter().any(|v| **v == *word) {
                    self.says(section, &param.member, format!("'{}' cannot be '{word}'", param.member));
                }
            }
        }
    }

    fn source(
        &mut self,
        section: &'static str,
        key: &str,
        source: &ParamSource,
        rows: &[RowPlace],
        earlier: &Operations,
    ) {
        match source {
            ParamSource::Const(_) | ParamSource::Qual(_) | ParamSource::Bound { .. } => {}
            ParamSource::Row(path) if rows.is_empty() => {
                self.says(section, key, format!("'row:{path}': there is no row before this call"));
            }
            ParamSource::Row(path) => self.row_path(section, key, path, rows),
            ParamSource::Template(template) => self.template(section, key, template, rows),
            ParamSource::Earlier { operation, path } => {
                self.earlier_path(section, key, operation, path, earlier);
            }
            ParamSource::Detail { id, path } => self.detail_path(section, key, id, path),
        }
    }

    /// A path in the table's row must lead somewhere in every response that rows come from.
    fn row_path(&mut self, section: &'static str, key: &str, path: &str, rows: &[RowPlace]) {
        for row in rows {
            self.kind_in_row(section, key, path, row);
        }
    }

    fn kind_in_row(&mut self, section: &'static str, key: &str, text: &str, row: &RowPlace) -> Option<Kind> {
        let path = self.path(section, key, text)?;
        let (operation, rows) = row;
        if self.is_given_by_source(&path) {
            return Some(Kind::Any);
        }
        let start = if path.absolute { Place::response(operation) } else { Place::row(operation, rows).ok() };
        let kind = match start?.walk(&path) {
            Ok(place) => place.kind(),
            Err(message) => {
                self.says(section, key, format!("'{text}' in {}: {message}", operation.id()));
                return None;
            }
        };
        // `^Reservations[].OwnerId` is the owner of this row's reservation, not of all.
        Some(if path.absolute && kind == Kind::List { Kind::Any } else { kind })
    }

    /// The hand-made source adds to the rows of its calls.
    fn is_given_by_source(&self, path: &Path) -> bool {
        let added: &[&str] = match self.table.source {
            SourceKind::Api => &[],
            SourceKind::Organizations => &["ParentId", "Tags"],
        };
        matches!(path.steps.first(), Some(super::path::Step::Member(name)) if added.contains(&name.as_str()))
    }

    fn earlier_path(
        &mut self,
        section: &'static str,
        key: &str,
        id: &str,
        text: &str,
        earlier: &Operations,
    ) -> bool {
        let Some(path) = self.path(section, key, text) else { return false };
        let Some(operation) = earlier.iter().flatten().find(|o| o.id() == id) else {
            self.says(section, key, format!("'{id}' is no earlier call of this chain"));
            return false;
        };
        match Place::response(operation).map(|place| place.walk(&path)) {
            Some(Ok(_)) => true,
            Some(Err(message)) => {
                self.says(section, key, format!("'{text}' in {id}: {message}"));
                false
            }
            None => false,
        }
    }

    /// Where a path in a detail's value leads.
    fn detail_path(&mut self, section: &'static str, key: &str, id: &str, text: &str) {
        self.kind_in_detail(section, key, id, text);
    }

    fn kind_in_detail(&mut self, section: &'static str, key: &str, id: &str, text: &str) -> Option<Kind> {
        let path = self.path(section, key, text)?;
        let Some(detail) = self.table.detail(id) else {
            self.says(section, key, format!("there is no detail '{id}'"));
            return None;
        };
        let operation = self.known.operation(&detail.calls.last()?.operation)?;
        let start = if detail.calls.len() > 1 { Place::responses } else { Place::response };
        match start(&operation)?.walk(&path) {
            Ok(place) => Some(place.kind()),
            Err(message) => {
                self.says(section, key, format!("'{text}' in {}: {message}", operation.id()));
                None
            }
        }
    }

    fn template(&mut self, section: &'static str, key: &str, template: &str, rows: &[RowPlace]) {
        for name in placeholders(template) {
            match name.split_once('.') {
                Some(("row", path)) => self.row_path(section, key, path, rows),
                Some(("qual", column)) if self.table.column(column).is_some() => {}
                None if matches!(name, "partition" | "region" | "account_id" | "row") => {}
                _ => self.says(section, key, format!("'${{{name}}}' stands for nothing")),
            }
        }
    }

    fn detail(&mut self, detail: &Detail, rows: &[RowPlace], list: &Operations) {
        let operations = self.calls("details", &detail.calls);
        for path in detail.region.iter().chain(&detail.unless) {
            self.row_path("details", &detail.id, path, rows);
        }
        let before: Operations = list.iter().chain(&operations).cloned().collect();
        for (call, operation) in detail.calls.iter().zip(&operations) {
            let Some(operation) = operation else { continue };
            self.params("details", call, operation, rows, &before);
            if let Some(path) = self.path("details", "rows", &call.rows)
                && let Err(message) = Place::row(operation, &path)
                && detail.calls.len() > 1
            {
                self.says("details", "rows", format!("rows '{}': {message}", call.rows));
            }
            // A detail may build on those written before it only, so that none waits for itself.
            let later = self.table.details.iter().skip_while(|d| d.id != detail.id).map(|d| d.id.as_str());
            let later: Vec<&str> = later.collect();
            for id in details_named(call).filter(|id| later.contains(id)) {
                let message = format!("'{}' builds on '{id}', which does not come before it", detail.id);
                self.wrong.push(Wrong::new("details", &detail.id, message));
            }
        }
    }

    fn keys(&mut self) {
        for key in &self.table.key_columns {
            if key.operators.is_empty() {
                self.says("keys", &key.column, format!("'{}' has no operator", key.column));
            }
            if key.used_in == KeyUse::Get && self.table.get.is_empty() {
                self.says("keys", &key.column, "there is no get call");
            }
        }
    }

    fn column(&mut self, column: &Column, rows: &[RowPlace], list: &Operations) {
        let name = column.name.as_str();
        let kinds: Vec<Kind> = match &column.value {
            Value::Path { origin, path } => self.kinds(name, origin, path, rows, list),
            Value::Computed { function, origin, path } => {
                if !COMPUTED.iter().any(|(known, _)| known == function) {
                    self.says("columns", name, format!("'{name}': no function '{function}' is known"));
                }
                self.kinds(name, origin, path, rows, list);
                Vec::new()
            }
            Value::TagsMap { origin, path, key, value } => {
                self.tags(column, origin, path, [key, value], rows, list);
                Vec::new()
            }
            Value::NameTagOr { path } => {
                self.row_path("columns", name, "Tags", rows);
                self.kinds(name, &Origin::Row, path, rows, list)
            }
            Value::Template(template) => {
                self.template("columns", name, template, rows);
                vec![Kind::Text]
            }
            Value::Qual(of) if self.table.column(of).is_none() => {
                self.says("columns", name, format!("'{name}': there is no column '{of}'"));
                Vec::new()
            }
            Value::Const(_) | Value::Qual(_) | Value::Common(_) | Value::Unavailable { .. } => Vec::new(),
        };
        for kind in kinds {
            match column.transforms.iter().try_fold(kind, |kind, t| fit::transformed(kind, *t)) {
                Err(message) => self.says("columns", name, format!("'{name}': {message}")),
                Ok(made) if !fit::fits(made, column.kind) => {
                    let message = format!("'{name}' is {}, not {:?}", fit::name(made), column.kind);
                    self.says("columns", name, message);
                }
                Ok(_) => {}
            }
        }
        let region_of_row = name == "region" && !matches!(column.value, Value::Common(_));
        if name == "region" && region_of_row != (self.table.row_region == RowRegion::Row) {
            self.says("columns", "region", "a region column of its own goes with 'row_region: row'");
        }
        if let Some(default) = &column.default
            && !default_fits(default, column.kind)
        {
            self.says("columns", name, format!("'{name}': the default {default} is not {:?}", column.kind));
        }
    }

    /// The kind of what a path leads to, once for each response that it may lead into.
    fn kinds(
        &mut self,
        key: &str,
        origin: &Origin,
        path: &str,
        rows: &[RowPlace],
        list: &Operations,
    ) -> Vec<Kind> {
        match origin {
            Origin::Row => {
                rows.iter().filter_map(|row| self.kind_in_row("columns", key, path, row)).collect()
            }
            Origin::Detail(id) => self.kind_in_detail("columns", key, id, path).into_iter().collect(),
            Origin::Earlier(id) => {
                self.earlier_path("columns", key, id, path, list);
                Vec::new()
            }
        }
    }

    fn tags(
        &mut self,
        column: &Column,
        origin: &Origin,
        text: &str,
        names: [&String; 2],
        rows: &[RowPlace],
        list: &Operations,
    ) {
        let name = column.name.as_str();
        if column.kind != ColumnType::Json {
            self.says("columns", name, format!("'{name}' is a map of tags, which takes json"));
        }
        let kinds = self.kinds(name, origin, text, rows, list);
        if kinds.iter().any(|kind| !matches!(kind, Kind::List | Kind::Any)) {
            self.says("columns", name, format!("'{name}': '{text}' is not a list of tags"));
        }
        let Ok(path) = Path::parse(text) else { return };
        let place_has = |operation: &Operation, start: Option<Place<'_>>| {
            let place = start.and_then(|place| place.walk(&path).ok());
            place.is_none_or(|place| place.has_members(&names.map(String::as_str)))
                || operation.output.is_none()
        };
        let good = match origin {
            Origin::Row => rows.iter().all(|(o, rows)| place_has(o, Place::row(o, rows).ok())),
            Origin::Detail(id) => self
                .table
                .detail(id)
                .and_then(|detail| self.known.operation(&detail.calls.last()?.operation))
                .is_none_or(|o| place_has(&o, Place::response(&o))),
            Origin::Earlier(_) => true,
        };
        if !good {
            let message = format!("'{name}': the tags have no {} and {}", names[0], names[1]);
            self.says("columns", name, message);
        }
    }

    fn unused_details(&mut self) {
        for detail in &self.table.details {
            let by_column = self.table.columns.iter().any(|c| c.value.detail() == Some(&detail.id));
            let mut calls = self.table.details.iter().flat_map(|d| &d.calls);
            if !by_column && !calls.any(|call| details_named(call).any(|id| id == detail.id)) {
                self.says("details", &detail.id, format!("no column needs the detail '{}'", detail.id));
            }
        }
    }

    fn examples(&mut self) {
        for example in &self.table.examples {
            for name in tables_named(&example.sql) {
                if name != self.table.name && !self.known.is_table(&name) {
                    self.says("examples", "examples", format!("an example asks the unknown table '{name}'"));
                }
            }
        }
    }
}

fn is_name(text: &str) -> bool {
    let lower = |c: char| c.is_ascii_lowercase() || c == '_';
    text.starts_with(lower) && text.chars().all(|c| lower(c) || c.is_ascii_digit())
}

fn details_named(call: &Call) -> impl Iterator<Item = &str> {
    call.params.iter().flat_map(|p| &p.sources).filter_map(|source| match source {
        ParamSource::Detail { id, .. } => Some(id.as_str()),
        _ => None,
    })
}

/// The shape of an input member, nested with dots.
fn input_member<'o>(operation: &'o Operation, member: &str) -> Result<&'o Shape, String> {
    let mut shape = operation.input.map(|id| operation.shape(id));
    for name in member.split('.') {
        shape = shape.and_then(|s| s.member(name)).map(|m| operation.shape(m.shape));
    }
    shape.ok_or_else(|| format!("{} has no parameter '{member}'", operation.id()))
}

/// A list of objects with a name and values, in whatever case.
fn takes_filters(operation: &Operation, filters: &Filters) -> bool {
    let Ok(Shape::List { element, .. }) = input_member(operation, &filters.member) else { return false };
    let members = operation.shape(*element).members();
    ["name", "values"].iter().all(|want| members.iter().any(|m| m.name.eq_ignore_ascii_case(want)))
}

fn default_fits(json: &str, kind: ColumnType) -> bool {
    let Ok(value) = serde_json::from_str::<serde_json::Value>(json) else { return false };
    match kind {
        ColumnType::Bool => value.is_boolean(),
        ColumnType::Int => value.is_i64(),
        ColumnType::Double => value.is_number(),
        ColumnType::Json => true,
        _ => value.is_string(),
    }
}

/// Names like a table's after `from` and `join`, without quotes and schema.
fn tables_named(sql: &str) -> Vec<String> {
    let words: Vec<&str> =
        sql.split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | ';')).collect();
    let after = |pair: &[&str]| {
        let [keyword, name] = pair else { return None };
        let table = name.rsplit('.').next().unwrap_or(name).trim_matches('"').to_lowercase();
        let names = keyword.eq_ignore_ascii_case("from") || keyword.eq_ignore_ascii_case("join");
        (names && table.starts_with("aws_")).then_some(table)
    };
    words.windows(2).filter_map(after).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    const SUBNETS: &str = "\
table: aws_vpc_subnet
description: subnets
service: ec2
scope: regional
list:
  - call: ec2:DescribeSubnets
    rows: Subnets[]
    filters: {vpc_id: vpc-id}
columns:
  subnet_id: {type: text, path: SubnetId}
  vpc_id: {type: text, path: VpcId}
  tags: {type: json, tags: Tags}
";

    /// The mistakes of the table after a text in it was replaced.
    fn mistakes(from: &str, to: &str) -> Vec<String> {
        assert!(SUBNETS.contains(from), "{from}");
        let catalog = Catalog::builtin().unwrap();
        match load(&SUBNETS.replacen(from, to, 1), &catalog) {
            Ok(_) => Vec::new(),
            Err(mistakes) => mistakes.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn a_right_table_has_no_mistake() {
        assert_eq!(mistakes("subnets", "subnets"), Vec::<String>::new());
    }

    #[test]
    fn each_mistake_is_named_with_its_line() {
        for (from, to, message) in [
            (
                "ec2:DescribeSubnets",
                "ec2:DescribeSubnet",
                "line 6: no operation 'ec2:DescribeSubnet' is known",
            ),
            (
                "rows: Subnets[]",
                "rows: Subnets",
                "line 7: rows 'Subnets': the rows are a list: end the path with []",
            ),
            ("path: SubnetId", "path: 'SubnetId['", "line 10: 'SubnetId[' has an unclosed bracket"),
            ("{vpc_id: vpc-id}", "{vpc: vpc-id}", "line 8: there is no column 'vpc'"),
            (
                "{type: text, path: VpcId}",
                "{type: int, path: MapPublicIpOnLaunch}",
                "line 11: 'vpc_id' is a boolean, not Int",
            ),
            (
                "{type: text, path: VpcId}",
                "{type: text}",
                "line 11: 'vpc_id': says nowhere where its value comes from",
            ),
            (
                "{type: text, path: VpcId}",
                "{type: text, path: VpcId, const: 1}",
                "line 11: 'vpc_id': says more than once where its value comes from",
            ),
            (
                "{type: text, path: VpcId}",
                "{type: text, path: State, from: more}",
                "line 11: there is no detail 'more'",
            ),
            (
                "{type: text, path: VpcId}",
                "{type: text, computed: magic, path: VpcId}",
                "line 11: 'vpc_id': no function 'magic' is known",
            ),
            (
                "{type: text, path: VpcId}",
                "{type: text, template: '${row.VpcId}:${zone}'}",
                "line 11: '${zone}' stands for nothing",
            ),
            (
                "{type: text, path: VpcId}",
                "{type: bool, path: DefaultForAz, default: no way}",
                "line 11: 'vpc_id': the default \"no way\" is not Bool",
            ),
            (
                "{type: text, path: VpcId}",
                "{type: text, path: VpcId, transforms: [first]}",
                "line 11: 'vpc_id': First cannot take a text",
            ),
            ("tags: Tags", "tags: Tags, tag_key: Name", "line 12: 'tags': the tags have no Name and Value"),
            (
                "filters: {vpc_id: vpc-id}",
                "params: {Subnets: 'row:X'}",
                "line 8: ec2:DescribeSubnets has no parameter 'Subnets'",
            ),
            (
                "filters: {vpc_id: vpc-id}",
                "params: {DryRun: 'what'}",
                "line 8: 'DryRun': 'what' starts with none of row:, qual:, const:, tpl:, bound:, op:, detail:",
            ),
            ("service: ec2", "service: rds", "line 3: the service is 'rds', but the list calls 'ec2'"),
        ] {
            let found = mistakes(from, to);
            assert!(found.iter().any(|m| m == message), "{message}\nnot in {found:#?}");
        }
    }

    #[test]
    fn a_member_that_is_not_there_is_named_with_those_that_are() {
        let found = mistakes("path: VpcId", "path: Vpc");
        assert!(found[0].starts_with("line 11: 'Vpc' in ec2:DescribeSubnets: there is no 'Vpc' here, only "));
        assert!(found[0].contains("VpcId"));
    }

    #[test]
    fn what_is_no_table_at_all_is_named_with_its_line() {
        assert!(mistakes("scope: regional", "scope: everywhere")[0].starts_with("line 4: "));
        assert!(mistakes("scope:", "scopes:")[0].contains("unknown field"));
        assert!(mistakes("  vpc_id: {", "  subnet_id: {")[0].contains("'subnet_id' is given twice"));
        assert!(!mistakes("columns:", "columns: [").is_empty());
    }

    #[test]
    fn several_mistakes_are_all_named() {
        let both = mistakes("{type: text, path: VpcId}", "{type: int, path: DefaultForAz, default: x}");
        assert_eq!(both.len(), 2, "{both:?}");
    }

    #[test]
    fn tables_in_examples_are_found() {
        let sql =
            "select 1 from aws_x.aws_a as a, b JOIN \"aws_c\" using (d) where e in (select f from aws_g)";
        assert_eq!(tables_named(sql), ["aws_a", "aws_c", "aws_g"]);
    }
}
