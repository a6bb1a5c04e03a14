//! All tables, by the service that they ask: for a person who wants to know what there is.

use std::collections::BTreeMap;

use crate::catalog::TableSummary;
use crate::catalog::table::TableScope;
use crate::term::sanitize;

/// No name pushes the descriptions of its neighbours further than this.
const WIDEST: usize = 40;

/// Headings with counts, and a line for each table. On a terminal no line is longer than `width`.
pub fn text(tables: &[TableSummary], width: Option<usize>) -> String {
    let mut services: BTreeMap<&str, Vec<&TableSummary>> = BTreeMap::new();
    for table in tables {
        services.entry(&table.service).or_default().push(table);
    }
    let mut text = String::new();
    for (service, mut tables) in services.iter().map(|(service, tables)| (service, tables.clone())) {
        // What is asked most stands first.
        tables.sort_by_key(|table| (table.tier.min(3), &table.name));
        let all = if tables.len() == 1 { String::new() } else { format!(" · {} tables", tables.len()) };
        text.push_str(&format!("{service}{all}{}\n", common_scope(&tables)));
        let longest = tables.iter().map(|table| table.name.chars().count()).filter(|l| *l <= WIDEST).max();
        for table in &tables {
            text.push_str(&line(table, longest.unwrap_or(0), width, &tables));
        }
        text.push('\n');
    }
    let of_aws = services.keys().filter(|service| **service != OURS).count();
    let ours = services.get(OURS).map_or(0, Vec::len);
    let also = if ours > 0 { format!(", and {ours} of what canvass keeps") } else { String::new() };
    text.push_str(&format!(
        "{} tables of {of_aws} services{also}\n'canvass tables WORDS' finds some, 'canvass inspect TABLE' tells all about one\n",
        tables.len() - ours
    ));
    text
}

/// The service of the tables that nobody is asked for.
const OURS: &str = "canvass";

fn scope(table: &TableSummary) -> &'static str {
    match table.scope {
        TableScope::Regional | TableScope::Local => "",
        TableScope::Global => "global",
        TableScope::Organization => "organization",
        TableScope::Payer => "payer",
    }
}

/// Said once where all share it.
fn common_scope(tables: &[&TableSummary]) -> String {
    match tables.first().map(|table| scope(table)) {
        Some(first) if !first.is_empty() && tables.iter().all(|table| scope(table) == first) => {
            format!(" · {first}")
        }
        _ => String::new(),
    }
}

fn line(table: &TableSummary, longest: usize, width: Option<usize>, all: &[&TableSummary]) -> String {
    let own = if common_scope(all).is_empty() { scope(table) } else { "" };
    let own = if own.is_empty() { String::new() } else { format!(" ({own})") };
    let name = &table.name;
    let line =
        format!("  {name:<longest$}  {}{own}", sanitize(&table.description).replace(['\n', '\t'], " "));
    let line = line.trim_end();
    match width {
        Some(width) if line.chars().count() > width => {
            // A name is for copying: it stays whole.
            let most = width.saturating_sub(1).max(name.chars().count() + 2);
            format!("{}…\n", line.chars().take(most).collect::<String>().trim_end())
        }
        _ => format!("{line}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn every_table_stands_once_below_its_service_and_fits_the_terminal() {
        let summaries = Catalog::builtin().unwrap().summaries();
        let text = text(&summaries, Some(80));
        for table in &summaries {
            let found = text.lines().filter(|line| line.trim_start().split(' ').next() == Some(&table.name));
            assert_eq!(found.count(), 1, "{}", table.name);
        }
        assert!(text.lines().all(|line| line.chars().count() <= 80));
        assert!(text.contains("\niam · 20 tables · global\n  aws_account "), "{text}");
        assert!(text.contains(&format!("\n{} tables of ", summaries.len() - 1)));
        let rank = |name: &str| text.find(name).unwrap();
        assert!(rank("aws_ec2_instance ") < rank("aws_ec2_ami_shared"));
    }
}
