//! What is wrong with a table: every mistake of a file, not only the first.
//!
//! The build script refuses ours, [`super::Catalog::with_folder`] refuses the user's.
//! This file is also compiled into the build script.

mod calls;
mod columns;
mod paths;

use std::sync::Arc;

use super::convert::{self, Wrong};
use super::file::{self, Mistake};
use super::fit::Astray;
use super::path::Path;
use super::shape::Operation;
use super::table::{KeyUse, Table};
use calls::details_named;

/// What a table may refer to outside its file.
pub trait Known {
    fn operation(&self, id: &str) -> Option<Arc<Operation>>;
    fn is_table(&self, name: &str) -> bool;
}

/// Reads, converts and checks one file.
pub fn load(text: &str, known: &dyn Known) -> Result<Table, Vec<Mistake>> {
    let wrong = match convert(file::parse(text).map_err(|mistake| vec![mistake])?, known) {
        Ok(table) => return Ok(table),
        Err(wrong) => wrong,
    };
    let mistake = |wrong: Wrong| Mistake {
        line: file::line_of(text, wrong.section, &wrong.key),
        message: wrong.message,
    };
    Err(wrong.into_iter().map(mistake).collect())
}

/// Converts and checks what was read.
pub fn convert(file: file::TableFile, known: &dyn Known) -> Result<Table, Vec<Wrong>> {
    let (table, mut wrong) = convert::table(file);
    wrong.extend(check(&table, known));
    if wrong.is_empty() { Ok(table) } else { Err(wrong) }
}

/// Every mistake of a converted table.
pub fn check(table: &Table, known: &dyn Known) -> Vec<Wrong> {
    let mut check = Check { table, known, item: None, wrong: Vec::new() };
    check.names();
    let list = check.calls("list", &table.list);
    let get = check.calls("get", &table.get);
    let mut rows = Vec::new();
    for (section, calls, operations) in [("list", &table.list, &list), ("get", &table.get, &get)] {
        rows.extend(check.chains(section, calls, operations));
    }
    for (at, detail) in table.details.iter().enumerate() {
        check.item = Some(at);
        check.detail(detail, &rows, &list);
    }
    check.item = None;
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
    /// The call or detail that is looked at.
    item: Option<usize>,
    wrong: Vec<Wrong>,
}

impl Check<'_> {
    fn says(&mut self, section: &'static str, key: &str, message: impl Into<String>) {
        self.wrong.push(Wrong::new(section, key, message).of_item(self.item));
    }

    /// A name that nothing has.
    fn misses<T: ToString>(
        &mut self,
        section: &'static str,
        key: &str,
        message: impl Into<String>,
        name: &str,
        among: impl IntoIterator<Item = T>,
    ) {
        let wrong = Wrong::new(section, key, message).of_item(self.item);
        self.wrong.push(wrong.seeking(name, among));
    }

    /// A path that leads nowhere: `says` is put before the reason.
    fn strays(&mut self, section: &'static str, key: &str, says: &str, why: Astray) {
        let mut wrong = Wrong::new(section, key, format!("{says}: {}", why.message)).of_item(self.item);
        if let Some((name, among)) = &why.sought {
            wrong = wrong.seeking(name, among);
        }
        self.wrong.push(wrong);
    }

    fn no_column(&mut self, section: &'static str, key: &str, says: &str, name: &str) {
        let columns: Vec<&str> = self.table.columns.iter().map(|c| c.name.as_str()).collect();
        self.misses(section, key, format!("{says}there is no column '{name}'"), name, columns);
    }

    fn no_detail(&mut self, section: &'static str, key: &str, id: &str) {
        let details: Vec<&str> = self.table.details.iter().map(|d| d.id.as_str()).collect();
        self.misses(section, key, format!("there is no detail '{id}'"), id, details);
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
            None if table.unavailable.is_some() => {}
            None => self.says("list", "list", "there is no call that lists rows"),
            Some(service) if service != table.service && !table.source.is_on_its_own() => {
                let message = format!("the service is '{}', but the list calls '{service}'", table.service);
                self.says("service", "service", message);
            }
            Some(_) => {}
        }
        if !(1..=9).contains(&table.tier) {
            self.says("tier", "tier", "the tier is 1 (asked most) to 9");
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
        for (at, example) in self.table.examples.iter().enumerate() {
            self.item = Some(at);
            for name in tables_named(&example.sql) {
                if name != self.table.name && !self.known.is_table(&name) {
                    let message = format!("an example asks the unknown table '{name}'");
                    self.misses("examples", "sql", message, &name, [&self.table.name]);
                }
            }
        }
        self.item = None;
    }
}

fn is_name(text: &str) -> bool {
    let lower = |c: char| c.is_ascii_lowercase() || c == '_';
    text.starts_with(lower) && text.chars().all(|c| lower(c) || c.is_ascii_digit())
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
                "line 11: 'vpc_id' is a boolean, not int",
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
                "line 11: 'vpc_id': the default \"no way\" is not bool",
            ),
            (
                "{type: text, path: VpcId}",
                "{type: text, path: VpcId, transforms: [first]}",
                "line 11: 'vpc_id': first cannot take a text",
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
                "line 8: 'DryRun': 'what' starts with none of row:, qual:, const:, tpl:, bound:, op:, detail:, ago:",
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
