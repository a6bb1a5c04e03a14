//! A folder of published statements: the JSON keys that they use exist in the shapes behind our columns.
//!
//! ```text
//! CANVASS_TEST_CORPUS=/folder cargo test --test all published_keys -- --nocapture
//! ```
//!
//! Paths are found by their looks (`column -> 'Key' ->> 'Other'`, also on the elements that
//! `jsonb_array_elements(...) as x` makes), and one is absent only if it leads nowhere in every table that
//! the name may stand for. `CANVASS_TEST_REPORT` names a file that gets what is absent.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use canvass::catalog::path::Step;
use canvass::catalog::{Catalog, meaning};
use regex::Regex;

const NAME: &str = r#""?[a-z_][a-z0-9_]*"?"#;
const STEPS: &str = r"(?:\s*(?:->>|->|#>>|#>)\s*(?:'[^']*'|\d+))*";

/// A name, perhaps behind another, and the steps from it: `i.state -> 'Name'`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Sought {
    of: Option<String>,
    name: String,
    steps: Vec<String>,
}

struct Patterns {
    table: Regex,
    elements: Regex,
    path: Regex,
    step: Regex,
}

impl Patterns {
    fn new() -> Self {
        let path = format!(r"(?:({NAME})\.)?({NAME})({STEPS})");
        Self {
            table: Regex::new(&format!(r"(?i)(?:from|join|,)\s+(?:[a-z_]+\.)?(aws_[a-z0-9_]+)(?:\s+(?:as\s+)?({NAME}))?")).unwrap(),
            elements: Regex::new(&format!(
                r"(?i)jsonb_array_elements(?:_text)?\s*\(\s*{path}\s*\)(?:\s+with\s+ordinality)?(?:\s+as)?\s+({NAME})"
            ))
            .unwrap(),
            path: Regex::new(&format!(r"(?i){path}")).unwrap(),
            step: Regex::new(r"(->>|->|#>>|#>)\s*(?:'([^']*)'|(\d+))").unwrap(),
        }
    }

    fn sought(&self, captures: &regex::Captures<'_>, first: usize) -> Sought {
        let plain = |at: usize| captures.get(at).map(|m| m.as_str().trim_matches('"').to_lowercase());
        let text = captures.get(first + 2).map_or("", |m| m.as_str());
        let mut steps = Vec::new();
        for step in self.step.captures_iter(text) {
            match (&step[1], step.get(2), step.get(3)) {
                (operator, Some(keys), _) if operator.starts_with('#') => {
                    let keys = keys.as_str().trim_matches(['{', '}']).split(',');
                    steps.extend(keys.map(|key| key.trim().trim_matches('"').to_owned()));
                }
                (_, Some(key), _) => steps.push(key.as_str().to_owned()),
                (_, None, Some(index)) => steps.push(format!("[{}]", index.as_str())),
                _ => {}
            }
        }
        Sought { of: plain(first), name: plain(first + 1).unwrap_or_default(), steps }
    }
}

/// Where a name of a statement may lead: tables with a column and the steps in it.
type Places = BTreeSet<(String, String, Vec<String>)>;

struct Statement<'c> {
    catalog: &'c Catalog,
    /// Alias to the tables it stands for, itself included.
    tables: BTreeMap<String, BTreeSet<String>>,
    elements: BTreeMap<String, Vec<Sought>>,
}

impl Statement<'_> {
    fn places(&self, sought: &Sought, depth: usize) -> Places {
        let mut places = Places::new();
        if depth == 0 {
            return places;
        }
        // Elements of a list: `x ->> 'Key'`, or `x.value ->> 'Key'`.
        let alias = match &sought.of {
            Some(of) if sought.name == "value" || *of == sought.name => of,
            Some(_) => "",
            None => sought.name.as_str(),
        };
        for list in self.elements.get(alias).into_iter().flatten() {
            for (table, column, mut steps) in self.places(list, depth - 1) {
                steps.push("[]".to_owned());
                steps.extend(sought.steps.iter().cloned());
                places.insert((table, column, steps));
            }
        }
        let tables: Vec<&String> = match &sought.of {
            Some(of) => self.tables.get(of).into_iter().flatten().collect(),
            None => self.tables.values().flatten().collect(),
        };
        for table in tables {
            if self.catalog.table(table).is_some_and(|t| t.column(&sought.name).is_some()) {
                places.insert((table.clone(), sought.name.clone(), sought.steps.clone()));
            }
        }
        places
    }

    /// `None` where nobody can tell.
    fn judge(&self, place: &(String, String, Vec<String>)) -> Option<Result<(), String>> {
        let (table, column, steps) = place;
        let table = self.catalog.table(table)?;
        let steps: Vec<Step> = steps
            .iter()
            .map(|step| match step.strip_prefix('[') {
                Some("]") => Step::Each,
                Some(index) => Step::Index(index.trim_end_matches(']').parse().unwrap_or(0)),
                None if step.parse::<usize>().is_ok() => Step::Index(0),
                None => Step::Member(step.clone()),
            })
            .collect();
        meaning::leads(self.catalog, &table, table.column(column)?, &steps)
    }
}

/// How many paths were judged, and those that lead nowhere.
fn absent(catalog: &Catalog, patterns: &Patterns, sql: &str) -> (usize, Vec<String>) {
    let comments = Regex::new(r"--[^\n]*").unwrap();
    let sql = comments.replace_all(sql, " ");
    let mut statement = Statement { catalog, tables: BTreeMap::new(), elements: BTreeMap::new() };
    for found in patterns.table.captures_iter(&sql) {
        let table = found[1].to_lowercase();
        let alias = found.get(2).map(|alias| alias.as_str().trim_matches('"').to_lowercase());
        for name in [Some(table.clone()), alias].into_iter().flatten() {
            statement.tables.entry(name).or_default().insert(table.clone());
        }
    }
    for found in patterns.elements.captures_iter(&sql) {
        let alias = found[4].trim_matches('"').to_lowercase();
        statement.elements.entry(alias).or_default().push(patterns.sought(&found, 1));
    }
    let sought: BTreeSet<Sought> = patterns
        .path
        .captures_iter(&sql)
        .map(|found| patterns.sought(&found, 1))
        .filter(|s| !s.steps.is_empty())
        .collect();
    let (mut judged, mut wrong) = (0, Vec::new());
    for sought in sought {
        let places = statement.places(&sought, 6);
        let verdicts: Vec<_> =
            places.iter().filter_map(|place| Some((place, statement.judge(place)?))).collect();
        if verdicts.is_empty() || verdicts.len() < places.len() {
            continue;
        }
        judged += 1;
        if verdicts.iter().all(|(_, verdict)| verdict.is_err()) {
            let (place, verdict) = &verdicts[0];
            wrong.push(format!(
                "{}.{} {}: {}",
                place.0,
                place.1,
                place.2.join(" "),
                verdict.as_ref().unwrap_err()
            ));
        }
    }
    (judged, wrong)
}

#[test]
fn keys_of_published_statements_exist_in_the_shapes() {
    let Some(corpus) = std::env::var_os("CANVASS_TEST_CORPUS") else { return };
    let (catalog, patterns) = (Catalog::builtin().unwrap(), Patterns::new());
    let mut files = Vec::new();
    crate::support::corpus::gather(Path::new(&corpus), &mut files);
    let (mut judged, mut wrong) = (0, BTreeMap::<String, Vec<String>>::new());
    for file in &files {
        let (count, absent) = absent(&catalog, &patterns, &fs::read_to_string(file).unwrap());
        judged += count;
        for path in absent {
            wrong.entry(path).or_default().push(file.display().to_string());
        }
    }
    let report: String =
        wrong.iter().map(|(path, files)| format!("{path}\n    {}\n", files.join(" "))).collect();
    eprintln!("{judged} paths of {} files judged, {} lead nowhere", files.len(), wrong.len());
    if let Some(path) = std::env::var_os("CANVASS_TEST_REPORT") {
        fs::write(path, report).unwrap();
    }
    // Published statements have mistakes of their own; a shape that lost its members would lose many.
    assert!(judged > 500 && wrong.len() * 20 < judged, "{judged} {}", wrong.len());
}

/// The judge itself, without a corpus.
#[test]
fn keys_that_are_not_there_are_found() {
    let (catalog, patterns) = (Catalog::builtin().unwrap(), Patterns::new());
    let wrong = |sql: &str| absent(&catalog, &patterns, sql);
    let right = "select p ->> 'FromPort', r.value -> 'CidrIp', g -> 'State' ->> 'Name' from aws_vpc_security_group as g, \
                 jsonb_array_elements(g.ip_permissions) as p, jsonb_array_elements(p -> 'IpRanges') as r";
    assert_eq!(wrong(right).1, Vec::<String>::new());
    assert_eq!(wrong(right).0, 3);
    let (judged, found) = wrong(&right.replace("'CidrIp'", "'Cidr'").replace("'FromPort'", "'fromPort'"));
    assert_eq!(judged, 3);
    assert!(
        found[0].starts_with("aws_vpc_security_group.ip_permissions [] fromPort: there is no 'fromPort'"),
        "{found:?}"
    );
    assert!(found[1].contains("[] IpRanges [] Cidr: there is no 'Cidr'"), "{found:?}");
    let (_, found) =
        wrong("select placement_tenancy, metadata_options ->> 'HttpToken' from aws_ec2_instance");
    assert_eq!(found.len(), 1);
}
