//! `canvass tables check`: every mistake of a user's table file is told, and nothing in one is a panic.

use std::fs;
use std::path::{Path, PathBuf};

use canvass::catalog::Catalog;
use canvass::catalog::check::{self, Checked};

use crate::support::canvass::{Canvass, Run};

fn from_the_page() -> String {
    let page = include_str!("../CONTRIBUTING.md");
    let (_, rest) = page.split_once("```yaml\n").unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

fn checked(text: &str) -> Checked {
    let catalog = Catalog::builtin().unwrap();
    check::check(text, &catalog, &catalog)
}

/// Place, message and hints of every mistake of the table of the page after a text in it was replaced.
fn mistakes(from: &str, to: &str) -> Vec<String> {
    let page = from_the_page();
    assert!(page.contains(from), "{from}");
    let checked = checked(&page.replacen(from, to, 1));
    let line = |m: &check::Finding| {
        format!("{}:{}: {} | {}", m.place.line, m.place.column, m.message, m.hints.join(" | "))
    };
    checked.mistakes.iter().map(line).collect()
}

#[test]
fn each_kind_of_mistake_has_its_place_and_what_was_meant() {
    let page = from_the_page();
    let column = |line: &str, part: &str| {
        let (at, text) = page.lines().enumerate().find(|(_, text)| text.contains(line)).unwrap();
        format!("{}:{}: ", at + 1, text.find(part).unwrap() + 1)
    };
    let vpc = "{type: text, path: VpcId, about: VPC the subnet is in}";
    for (from, to, place, said) in [
        (
            "synonyms:",
            "synonym:",
            column("synonyms:", "synonyms"),
            "a table has no 'synonym' | did you mean 'synonyms'?",
        ),
        ("tier: 2", "zzz: 2", column("tier: 2", "tier"), "a table has no 'zzz' | one of: table, description"),
        ("tier: 2", "tier: high", column("tier: 2", "2"), "'tier' is a small whole number, not 'high'"),
        (
            "scope: regional",
            "scope: region",
            column("scope:", "regional"),
            "'scope' cannot be 'region' | did you mean 'regional'? | one of: regional, global, organization",
        ),
        (
            "service: ec2",
            "service: rds",
            column("service:", "ec2"),
            "the service is 'rds', but the list calls 'ec2' | write service: ec2",
        ),
        ("ec2:DescribeSubnets", "ec2:DescribeSubnets:", column("- call:", "- call"), ""),
        (
            "ec2:DescribeSubnets",
            "ec2:DescribeSubnts",
            column("- call:", "ec2:"),
            "'ec2:DescribeSubnts' is not among the operations that a table may call | did you mean 'ec2:DescribeSubnets'?",
        ),
        (
            "ec2:DescribeSubnets",
            "DescribeSubnets",
            column("- call:", "ec2:"),
            "'DescribeSubnets' names no operation | did you mean 'ec2:DescribeSubnets'?",
        ),
        (
            "ec2:DescribeSubnets",
            "ec3:DescribeSubnets",
            column("- call:", "ec2:"),
            "no service 'ec3' is known | did you mean 'ec2:DescribeSubnets'?",
        ),
        (
            "ec2:DescribeSubnets",
            "ec2:DeleteSubnet",
            column("- call:", "ec2:"),
            "'ec2:DeleteSubnet' is not a read | a table can only call operations that read",
        ),
        (
            "ec2:DescribeSubnets",
            "sts:AssumeRole",
            column("- call:", "ec2:"),
            "'sts:AssumeRole' is not a read",
        ),
        (
            "rows: Subnets[]",
            "rows: Subnets",
            column("rows:", "Subnets"),
            "rows 'Subnets': the rows are a list: end the path with [] | did you mean 'Subnets[]'?",
        ),
        (
            "rows: Subnets[]",
            "rows: Subnet[]",
            column("rows:", "Subnets"),
            "rows 'Subnet[]': there is no 'Subnet' here | did you mean 'Subnets'?",
        ),
        ("{vpc_id: vpc-id}", "{vpc: vpc-id}", column("filters:", "vpc-id}"), ""),
        (
            vpc,
            "{type: text, path: VpcID}",
            column("vpc_id: {", "VpcId"),
            "'VpcID' in ec2:DescribeSubnets: there is no 'VpcID' here | did you mean 'VpcId'?",
        ),
        (
            vpc,
            "{type: text, path: Vpc}",
            column("vpc_id: {", "VpcId"),
            "'Vpc' in ec2:DescribeSubnets: there is no 'Vpc' here | did you mean 'VpcId'?",
        ),
        (
            vpc,
            "{type: string, path: VpcId}",
            column("vpc_id: {", "text"),
            "'type' cannot be 'string' | did you mean 'text'? | one of: text, int",
        ),
        (
            vpc,
            "{type: int, path: DefaultForAz}",
            column("vpc_id: {", "vpc_id"),
            "'vpc_id' is a boolean, not int | a type that holds it: bool, text or json",
        ),
        (vpc, "{path: VpcId}", column("vpc_id: {", "vpc_id"), "'vpc_id' has no 'type' | one of: text, int"),
        (
            vpc,
            "{type: text}",
            column("vpc_id: {", "vpc_id"),
            "'vpc_id': says nowhere where its value comes from | give it path",
        ),
        (
            vpc,
            "{type: text, path: VpcId, from: more}",
            column("vpc_id: {", ""),
            "there is no detail 'more' | details: {more:",
        ),
        (
            vpc,
            "{type: text, path: VpcId, transforms: [lowercase]}",
            column("vpc_id: {", ""),
            "'vpc_id': no transform 'lowercase' is known | did you mean 'lower'?",
        ),
        (
            "  vpc_id: {",
            "  subnet_id: {",
            column("vpc_id: {", "vpc_id"),
            "'subnet_id' is given twice | keep one of the two",
        ),
        (
            "  vpc_id: {",
            "  account_id: {",
            column("vpc_id: {", "vpc_id"),
            "'account_id' is a column that every table has by itself | leave it out",
        ),
        (
            "table: team_subnet",
            "table: aws_vpc",
            column("table:", "team_subnet"),
            "there is already a table 'aws_vpc'",
        ),
        (
            "table: team_subnet",
            "table: Team",
            column("table:", "team_subnet"),
            "'Team' is not a name: a-z, 0-9 and _ only | lower case",
        ),
        (
            "from team_subnet group",
            "from aws_vpcc group",
            column("sql:", "select"),
            "an example asks the unknown table 'aws_vpcc' | did you mean 'aws_vpc'?",
        ),
    ] {
        let found = mistakes(from, to);
        assert!(found.iter().any(|m| m.contains(said)), "{from} -> {to}: {said}\nnot in {found:#?}");
        if !said.is_empty() && !place.ends_with(":1: ") {
            let (line, _) = place.split_once(':').unwrap();
            assert!(
                found.iter().any(|m| m.starts_with(&format!("{line}:"))),
                "{to}: {place}\nnot in {found:#?}"
            );
        }
    }
}

#[test]
fn one_run_tells_what_lies_behind_a_mistake_too() {
    let page = from_the_page();
    let wrong = page
        .replace("ec2:DescribeSubnets", "ec2:DescribeSubnts")
        .replace("rows: Subnets[]", "rows: Subnet[]")
        .replace("path: CidrBlock", "path: CidrBlok");
    let found = checked(&wrong).mistakes;
    assert_eq!(found.len(), 3, "{found:#?}");
    let lines: Vec<usize> = found.iter().map(|m| m.place.line).collect();
    let line = |part: &str| wrong.lines().position(|line| line.contains(part)).unwrap() + 1;
    assert_eq!(lines, [line("DescribeSubnts"), line("Subnet[]"), line("CidrBlok")]);
}

#[test]
fn a_parameter_that_must_be_given_needs_a_key_that_must() {
    let table = "\
table: team_keys
description: the keys of one stack
service: cloudformation
scope: regional
list:
  - call: cloudformation:DescribeStackResources
    rows: StackResources[]
    params: {StackName: 'qual:stack'}
    not_found: [ValidationErorr]
columns:
  stack: {type: text, path: StackName}
";
    let right = checked(&format!("{table}keys: [{{column: stack, in: list, require: required}}]\n"));
    assert_eq!(right.mistakes, []);
    assert!(right.notes[0].message.contains("'ValidationErorr' of cloudformation"), "{:?}", right.notes);
    assert_eq!(right.notes[0].hints, ["did you mean 'ValidationError'?"]);
}

#[test]
fn what_is_right_is_the_table_it_would_be() {
    let canvass = Canvass::new();
    let file = written(&canvass, "team_subnet.yaml", from_the_page());
    let run = canvass.run(&["tables", "check", &file]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    for part in [
        "nothing is wrong",
        "vpc_id text",
        "ec2:DescribeSubnets, in every region",
        "IAM actions",
        "1 planned",
    ] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    let json = canvass.run(&["tables", "check", &file, "-o", "json"]).json();
    assert_eq!(json["files"][0]["table"]["iam_actions"], serde_json::json!(["ec2:DescribeSubnets"]));
}

fn written(canvass: &Canvass, name: &str, text: impl AsRef<[u8]>) -> String {
    let path = canvass.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn refused(run: &Run) -> &str {
    assert_eq!(run.code, 2, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
    &run.stdout
}

#[test]
fn what_is_wrong_is_told_with_file_line_and_column_and_is_a_usage_error() {
    let canvass = Canvass::new();
    let page = from_the_page();
    let wrong = written(&canvass, "a.yaml", page.replace("group by vpc_id", "group by vpcid"));
    let run = canvass.run(&["tables", "check", &wrong]);
    let line = page.lines().position(|line| line.contains("sql:")).unwrap() + 1;
    let said = refused(&run);
    assert!(
        said.contains(&format!("a.yaml:{line}:10: the example cannot be planned: column \"vpcid\"")),
        "{said}"
    );
    assert!(said.contains("did you mean 'vpc_id'?"), "{said}");

    for (text, part) in [
        (&b"table: \xff"[..], "1:8: not text"),
        (b"", "1:1: the file is empty"),
        (b"- a\n", "1:1: a table file is a mapping"),
        (b"table: a\n\tb: [", "not YAML"),
    ] {
        let file = written(&canvass, "b.yaml", text);
        let run = canvass.run(&["tables", "check", &file]);
        assert!(refused(&run).contains(part), "{part}: {}", run.stdout);
    }
    assert_eq!(canvass.run(&["tables", "check", "/nonexistent.yaml"]).code, 2);
}

#[test]
fn two_files_are_not_one_table_and_one_may_join_the_other() {
    let canvass = Canvass::new();
    let page = from_the_page();
    let joined = page.replace("team_subnet", "team_other").replace(
        "from team_other group by vpc_id",
        "from team_other join team_subnet using (vpc_id) group by vpc_id",
    );
    let one = written(&canvass, ".config/canvass/tables/team_subnet.yaml", &page);
    let other = written(&canvass, "team_other.yaml", &joined);
    let run = canvass.run(&["tables", "check", &other]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert_eq!(canvass.run(&["tables", "check", &one, &other]).code, 0);
    let twin = written(&canvass, "twin.yaml", &page);
    let run = canvass.run(&["tables", "check", &twin]);
    assert!(refused(&run).contains("team_subnet.yaml is the table 'team_subnet' already"), "{}", run.stdout);
}

fn catalog_files() -> Vec<PathBuf> {
    fn below(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { below(&path, into) } else { into.push(path) }
        }
    }
    let mut files = Vec::new();
    below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/catalog/tables"), &mut files);
    files.sort();
    files
}

/// A small generator of numbers, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most.max(1)
    }
}

/// One of the things that go wrong in an editor.
fn spoiled(text: &str, dice: &mut Dice) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let mut lines: Vec<&str> = text.lines().collect();
    let at = dice.below(chars.len());
    let line = dice.below(lines.len());
    let signs = [
        '\t', ':', '{', '}', '[', ']', '\'', '"', '&', '*', '!', '|', '-', '\0', '\u{202e}', '0', 'é', '\n',
        '^', '$',
    ];
    match dice.below(7) {
        0 => drop(chars.remove(at)),
        1 => chars.insert(at, signs[dice.below(signs.len())]),
        2 => chars[at] = signs[dice.below(signs.len())],
        3 => chars.truncate(at),
        4 => return without(lines, line),
        5 => lines.insert(line, lines[dice.below(lines.len())]),
        _ => {
            let other = dice.below(chars.len());
            chars.swap(at, other);
        }
    }
    if lines.len() != text.lines().count() { lines.join("\n") } else { chars.into_iter().collect() }
}

fn without(mut lines: Vec<&str>, line: usize) -> String {
    lines.remove(line);
    lines.join("\n")
}

#[test]
fn no_spoiled_file_is_a_panic_and_what_is_said_of_it_can_be_found() {
    let catalog = Catalog::builtin().unwrap();
    let files = catalog_files();
    let mut dice = Dice(20);
    let (mut wrong, mut right) = (0, 0);
    for _ in 0..400 {
        let original = fs::read_to_string(&files[dice.below(files.len())]).unwrap();
        let mut text = original.replacen("table: aws_", "table: own_", 1);
        for _ in 0..=dice.below(3) {
            if !text.is_empty() {
                text = spoiled(&text, &mut dice);
            }
        }
        let checked = check::check(&text, &catalog, &catalog);
        assert_eq!(checked.table.is_some(), checked.mistakes.is_empty(), "{text}");
        let loaded = check::load(&text, &catalog, &catalog).is_some();
        assert_eq!(loaded, checked.mistakes.is_empty(), "{:#?}\n{text}", checked.mistakes);
        for mistake in &checked.mistakes {
            assert!(!mistake.message.is_empty());
            assert!(mistake.place.line <= text.lines().count() + 1, "{mistake:?}\n{text}");
        }
        if loaded { right += 1 } else { wrong += 1 }
    }
    assert!(wrong > 100 && right > 10, "{wrong} {right}");
}
