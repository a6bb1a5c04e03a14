//! The form of a table file as data: which keys there are, which must be there, and what they hold.
//!
//! `file.rs` reads the same form and stops at the first mistake; a test compares the two.

use super::meant::{self, did_you_mean, one_of};
use super::tree::{Part, Tree};
use super::{Finding, START};
use crate::settings::yaml::{Document, Node};

/// What stands at a key.
pub enum Form {
    Text,
    Switch,
    /// 0 to 255
    Small,
    Choice(&'static [&'static str]),
    /// Whatever it is.
    Any,
    /// A parameter: its source, or the long form of one.
    Param,
    List(&'static Form),
    /// Names of the writer's own, each with one of these.
    Named(&'static Form),
    Map(&'static Map),
}

pub struct Map {
    /// What it is called in a message.
    pub what: &'static str,
    pub keys: &'static [Key],
}

pub struct Key {
    pub name: &'static str,
    pub form: Form,
    /// What stands in where the key must be there and is not: enough to look at the rest.
    pub must: Option<&'static str>,
}

const fn may(name: &'static str, form: Form) -> Key {
    Key { name, form, must: None }
}

const fn must(name: &'static str, form: Form, stand_in: &'static str) -> Key {
    Key { name, form, must: Some(stand_in) }
}

const TYPES: &[&str] =
    &["text", "int", "double", "numeric", "bool", "timestamp", "json", "inet", "cidr", "ltree"];
const TEXTS: Form = Form::List(&Form::Text);
const CALLS: Form = Form::List(&Form::Map(&CALL));

pub static TABLE: Map = Map {
    what: "a table",
    keys: &[
        must("table", Form::Text, "nameless"),
        must("description", Form::Text, "''"),
        may("synonyms", TEXTS),
        must("service", Form::Text, "''"),
        may(
            "source",
            Form::Choice(&["api", "organizations", "metrics", "logs", "invocations", "cost", "cur"]),
        ),
        must("scope", Form::Choice(&["regional", "global", "organization", "payer"]), "regional"),
        may("row_region", Form::Choice(&["unit", "row"])),
        may("freshness", Form::Choice(&["real_time", "configuration", "cost", "compliance", "organization"])),
        may("tier", Form::Small),
        may("config_type", Form::Text),
        may("config", Form::Map(&CONFIG)),
        may("cloudformation_type", Form::Text),
        may("unavailable", Form::Text),
        may("list", CALLS),
        may("get", CALLS),
        may("details", Form::Named(&Form::Map(&DETAIL))),
        may("keys", Form::List(&Form::Map(&KEY))),
        must("columns", Form::Named(&Form::Map(&COLUMN)), "{}"),
        may("examples", Form::List(&Form::Map(&EXAMPLE))),
    ],
};

static CONFIG: Map = Map {
    what: "'config'",
    keys: &[
        may("place", Form::Text),
        may("only", Form::Named(&Form::Text)),
        must("columns", Form::Named(&Form::Any), "{}"),
    ],
};

static CALL: Map = Map {
    what: "a call",
    keys: &[
        must("call", Form::Text, "''"),
        may("params", Form::Named(&Form::Param)),
        may("rows", Form::Text),
        may("csv", Form::Switch),
        may("filters", Form::Named(&Form::Text)),
        may("filters_in", Form::Text),
        may("not_found", TEXTS),
        may("also", Form::Switch),
        may("in", Form::Text),
        may("recursive", Form::Switch),
        may("batch", Form::Map(&BATCH)),
        may("off", Form::Text),
        may("made_by", Form::Map(&MADE_BY)),
    ],
};

static MADE_BY: Map = Map {
    what: "'made_by'",
    keys: &[
        must("call", Form::Text, "''"),
        must("when", TEXTS, "[]"),
        must("until", Form::Named(&Form::Text), "{}"),
    ],
};

static BATCH: Map = Map {
    what: "'batch'",
    keys: &[
        must("in", Form::Text, "''"),
        must("most", Form::Small, "1"),
        may("rows", Form::Text),
        may("by", Form::Text),
    ],
};

static DETAIL: Map = Map {
    what: "a detail",
    keys: &[
        may("call", Form::Text),
        may("params", Form::Named(&Form::Param)),
        may("not_found", TEXTS),
        may("batch", Form::Map(&BATCH)),
        may("calls", CALLS),
        may("region", Form::Text),
        may("unless", Form::Text),
    ],
};

pub static PARAM: Map = Map {
    what: "a parameter",
    keys: &[must("from", Form::Any, "'const:'"), may("when", Form::Map(&WHEN)), may("transforms", TEXTS)],
};

static WHEN: Map =
    Map { what: "'when'", keys: &[must("column", Form::Text, "''"), may("equals", Form::Any)] };

static KEY: Map = Map {
    what: "a key",
    keys: &[
        must("column", Form::Text, "''"),
        must("in", Form::Choice(&["list", "get"]), "list"),
        may("require", Form::Choice(&["optional", "required", "any_of"])),
        may("operators", Form::List(&Form::Choice(&["=", "<>", ">", ">=", "<", "<=", "~~", "@>"]))),
        may("elsewhere", Form::Switch),
    ],
};

static COLUMN: Map = Map {
    what: "a column",
    keys: &[
        must("type", Form::Choice(TYPES), "json"),
        may("about", Form::Text),
        may("path", Form::Text),
        may("from", Form::Text),
        may("earlier", Form::Text),
        may("tags", Form::Text),
        may("tag_key", Form::Text),
        may("tag_value", Form::Text),
        may("name_tag_or", Form::Text),
        may("template", Form::Text),
        may("const", Form::Any),
        may("qual", Form::Text),
        may("computed", Form::Text),
        may("unavailable", Form::Text),
        may("transforms", TEXTS),
        may("else", Form::Text),
        may("default", Form::Any),
        may("sensitive", Form::Switch),
    ],
};

static EXAMPLE: Map =
    Map { what: "an example", keys: &[must("question", Form::Text, "''"), must("sql", Form::Text, "''")] };

/// What the document says in this form; the mistakes go to `mistakes`. `None` where it is no table at all.
pub fn read(root: &Node, document: &Document, mistakes: &mut Vec<Finding>) -> Option<Tree> {
    let mut reader = Reader { document, mistakes };
    match root {
        Node::Map(_) => Some(reader.map(root, &[], &TABLE, "")),
        Node::Null => {
            let finding = Finding::new(START, "the file is empty");
            mistakes.push(
                finding.hint("a table has at least: table, description, service, scope, list, columns"),
            );
            None
        }
        _ => {
            let finding = Finding::new(START, "a table file is a mapping of keys to values");
            mistakes.push(finding.hint("it begins like 'table: team_subnet'"));
            None
        }
    }
}

struct Reader<'a> {
    document: &'a Document,
    mistakes: &'a mut Vec<Finding>,
}

impl Reader<'_> {
    fn at_key(&mut self, at: &[usize], message: String) -> &mut Finding {
        let place = self.document.place_of(at).unwrap_or(START);
        self.push(Finding::new(place, message))
    }

    fn at_value(&mut self, at: &[usize], message: String) -> &mut Finding {
        let place = self.document.place_of_value(at).or_else(|| self.document.place_of(at));
        self.push(Finding::new(place.unwrap_or(START), message))
    }

    fn push(&mut self, finding: Finding) -> &mut Finding {
        self.mistakes.push(finding);
        let last = self.mistakes.len() - 1;
        &mut self.mistakes[last]
    }

    /// `None` where nothing can be made of it, which is said. `name` is the key it stands at.
    fn value(&mut self, node: &Node, at: &[usize], form: &Form, name: &str) -> Option<Tree> {
        match (form, node) {
            (Form::Any, _) => Some(Tree::of(node, at)),
            (_, Node::Null) => {
                self.at_key(at, format!("'{name}' has no value"))
                    .hints
                    .push("give it one, or remove the line".to_owned());
                None
            }
            (Form::Map(map), Node::Map(_)) => Some(self.map(node, at, map, name)),
            (Form::Param, Node::Map(_)) => Some(self.map(node, at, &PARAM, name)),
            (Form::Param, _) => Some(Tree::of(node, at)),
            (Form::Named(form), Node::Map(entries)) => Some(self.named(entries, at, form)),
            (Form::List(form), Node::List(items)) => {
                let items = items.iter().enumerate();
                let items = items.filter_map(|(i, item)| self.value(item, &[at, &[i]].concat(), form, name));
                Some(Tree::new(at, Part::List(items.collect())))
            }
            // One where several may be: read as a list of one.
            (Form::List(form), Node::Map(_) | Node::Text(_) | Node::Plain(_)) => {
                let written =
                    if matches!(**form, Form::Map(_)) { "begin it with '- '" } else { "write it as [..]" };
                self.at_value(at, format!("'{name}' is a list")).hints.push(written.to_owned());
                let one = self.value(node, at, form, name)?;
                Some(Tree::new(at, Part::List(vec![one])))
            }
            (Form::Text, Node::Text(_) | Node::Plain(_)) => Some(Tree::of(node, at)),
            (Form::Switch, Node::Plain(text)) if text == "true" || text == "false" => {
                Some(Tree::of(node, at))
            }
            (Form::Small, Node::Plain(text)) if text.parse::<u8>().is_ok() => Some(Tree::of(node, at)),
            (Form::Choice(choices), Node::Text(text) | Node::Plain(text)) => {
                if choices.contains(&text.as_str()) {
                    return Some(Tree::of(node, at));
                }
                let near = meant::type_of_others(text).filter(|kind| choices.contains(kind));
                let near = near.or_else(|| meant::near(text, choices.iter().copied()));
                let finding = self.at_value(at, format!("'{name}' cannot be '{text}'"));
                finding.hints.extend(near.map(did_you_mean));
                finding.hints.push(one_of(choices));
                Some(Tree::new(at, Part::Scalar { text: near?.to_owned(), plain: false }))
            }
            (form, node) => {
                let message = format!("'{name}' is {}, not {}", wanted(form), given(node));
                self.at_value(at, message);
                None
            }
        }
    }

    fn named(&mut self, entries: &[(String, Node)], at: &[usize], form: &Form) -> Tree {
        let mut kept: Vec<(String, Tree)> = Vec::new();
        for (index, (name, node)) in entries.iter().enumerate() {
            let at = [at, &[index]].concat();
            if kept.iter().any(|(known, _)| known == name) {
                self.at_key(&at, format!("'{name}' is given twice"))
                    .hints
                    .push("keep one of the two".to_owned());
            } else if let Some(tree) = self.value(node, &at, form, name) {
                kept.push((name.clone(), tree));
            }
        }
        Tree::new(at, Part::Map(kept))
    }

    fn map(&mut self, node: &Node, at: &[usize], map: &'static Map, own_name: &str) -> Tree {
        let entries: &[(String, Node)] = if let Node::Map(entries) = node { entries } else { &[] };
        let (mut kept, mut patched): (Vec<(String, Tree)>, bool) = (Vec::new(), false);
        for (index, (written, node)) in entries.iter().enumerate() {
            let at = [at, &[index]].concat();
            let free = || map.keys.iter().filter(|k| !entries.iter().any(|(name, _)| name == k.name));
            let key = match map.keys.iter().find(|key| key.name == written) {
                Some(key) => key,
                None => {
                    let near = meant::near(written, free().map(|key| key.name));
                    let finding = self.at_key(&at, format!("{} has no '{written}'", map.what));
                    match near.and_then(|near| map.keys.iter().find(|key| key.name == near)) {
                        Some(key) => {
                            finding.hints.push(did_you_mean(key.name));
                            key
                        }
                        None => {
                            let names: Vec<&str> = map.keys.iter().map(|key| key.name).collect();
                            finding.hints.push(one_of(&names));
                            patched = true;
                            continue;
                        }
                    }
                }
            };
            if kept.iter().any(|(known, _)| known == key.name) {
                self.at_key(&at, format!("'{}' is given twice", key.name))
                    .hints
                    .push("keep one of the two".to_owned());
            } else if let Some(tree) = self.value(node, &at, &key.form, key.name) {
                kept.push((key.name.to_owned(), tree));
            } else {
                patched = true;
            }
        }
        for key in map.keys {
            let Some(stand_in) = key.must else { continue };
            let written = entries.iter().any(|(name, _)| name == key.name);
            if kept.iter().any(|(name, _)| name == key.name) {
                continue;
            }
            if !written {
                let is_named = matches!(map.what, "a column" | "a detail");
                let whose = if is_named { format!("'{own_name}'") } else { map.what.to_owned() };
                let finding = self.at_key(at, format!("{whose} has no '{}'", key.name));
                if let Form::Choice(choices) = key.form {
                    finding.hints.push(one_of(choices));
                }
            }
            // Nothing stands there: what is said of it is not the writer's mistake.
            let nowhere = [at, &[usize::MAX]].concat();
            let mut made_up = Tree::new(&nowhere, Part::Scalar { text: stand_in.to_owned(), plain: true });
            made_up.patched = true;
            kept.push((key.name.to_owned(), made_up));
        }
        let mut tree = Tree::new(at, Part::Map(kept));
        tree.patched = patched;
        tree
    }
}

fn wanted(form: &Form) -> &'static str {
    match form {
        Form::Text | Form::Choice(_) => "a text",
        Form::Switch => "true or false",
        Form::Small => "a small whole number",
        Form::List(_) => "a list",
        Form::Named(_) => "a mapping of names",
        Form::Map(_) => "a mapping",
        Form::Any | Form::Param => "a value",
    }
}

fn given(node: &Node) -> String {
    match node {
        Node::Null => "nothing".to_owned(),
        Node::Text(text) | Node::Plain(text) => format!("'{text}'"),
        Node::List(_) => "a list".to_owned(),
        Node::Map(_) => "a mapping".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::file::{
        BatchFile, CallFile, ColumnFile, DetailFile, ExampleFile, KeyFile, ParamFile, TableFile, WhenFile,
    };

    /// The names in backquotes after 'expected' of what the reader says of a strange one.
    fn expected<T: serde::de::DeserializeOwned>(yaml: &str) -> Vec<String> {
        let error = serde_yaml::from_str::<T>(yaml).err().unwrap().to_string();
        let (_, names) = error.split_once("expected").unwrap();
        names.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn the_form_has_the_keys_that_the_reader_reads() {
        let same = |map: &Map, read: Vec<String>| {
            let mut names: Vec<&str> = map.keys.iter().map(|key| key.name).collect();
            let mut read: Vec<&str> = read.iter().map(String::as_str).collect();
            names.sort_unstable();
            read.sort_unstable();
            assert_eq!(names, read, "{}", map.what);
        };
        same(&TABLE, expected::<TableFile>("strange: 1"));
        same(&CALL, expected::<CallFile>("strange: 1"));
        same(&DETAIL, expected::<DetailFile>("strange: 1"));
        same(&BATCH, expected::<BatchFile>("strange: 1"));
        same(&PARAM, expected::<ParamFile>("strange: 1"));
        same(&WHEN, expected::<WhenFile>("strange: 1"));
        same(&KEY, expected::<KeyFile>("strange: 1"));
        same(&COLUMN, expected::<ColumnFile>("strange: 1"));
        same(&EXAMPLE, expected::<ExampleFile>("strange: 1"));
    }

    #[test]
    fn the_form_has_the_choices_that_the_reader_reads() {
        let choices = |map: &Map, name: &str| -> Vec<String> {
            let form = &map.keys.iter().find(|key| key.name == name).unwrap().form;
            let (Form::Choice(choices) | Form::List(Form::Choice(choices))) = form else { panic!("{name}") };
            choices.iter().map(|choice| (*choice).to_owned()).collect()
        };
        for name in ["source", "scope", "row_region", "freshness"] {
            assert_eq!(choices(&TABLE, name), expected::<TableFile>(&format!("{name}: strange")), "{name}");
        }
        assert_eq!(choices(&COLUMN, "type"), expected::<ColumnFile>("type: strange"));
        assert_eq!(choices(&KEY, "in"), expected::<KeyFile>("in: strange"));
        assert_eq!(choices(&KEY, "require"), expected::<KeyFile>("require: strange"));
        assert_eq!(choices(&KEY, "operators"), expected::<KeyFile>("operators: [strange]"));
    }
}
