//! The YAML form of settings, the same for the user's file and a project's.
//!
//! Every mistake is reported, each with its place and what was probably meant.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::model::closest;
use crate::settings::file_value;
use crate::settings::keys::{self, Key};
use crate::settings::kind::{Folders, Problem, Value};
use crate::settings::yaml::{Document, Node, Path as EntryPath, Place};

/// Nobody writes a megabyte of settings by hand; a project file is a stranger's.
const MOST_BYTES: u64 = 1 << 20;
/// More mistakes than this say nothing new.
const MOST_MISTAKES: usize = 20;

/// A settings file that was read and holds no mistake.
#[derive(Debug)]
pub struct SettingsFile {
    pub path: PathBuf,
    /// As on disk; trust is in these very bytes.
    pub text: String,
    document: Document,
    pub top: Entries,
    pub contexts: BTreeMap<String, Entries>,
}

/// Values by name of the setting.
pub type Entries = BTreeMap<&'static str, Entry>;

#[derive(Debug)]
pub struct Entry {
    pub key: &'static Key,
    pub value: Value,
    /// Where it stands: see [`SettingsFile::place_of`].
    pub at: EntryPath,
}

impl SettingsFile {
    /// `Ok(None)` where there is no such file.
    pub fn read(path: &Path, home: Option<&Path>) -> Result<Option<Self>> {
        match text_of(path)? {
            Some(text) => Self::parse(path, text, home).map(Some),
            None => Ok(None),
        }
    }

    pub fn parse(path: &Path, text: String, home: Option<&Path>) -> Result<Self> {
        let document = Document::parse(text.clone()).map_err(|wrong| {
            Error::usage(format!("{}: not a settings file: {}", at(path, wrong.place), wrong.message))
        })?;
        let base = path.parent().unwrap_or(Path::new("/"));
        let mut reader = Reader { folders: Folders { base, home }, mistakes: Vec::new() };
        let (top, contexts) = reader.file(document.root());
        let mistakes = reader.mistakes;
        if mistakes.is_empty() {
            return Ok(Self { path: path.to_owned(), text, document, top, contexts });
        }
        Err(report(path, &document, mistakes))
    }

    pub fn place_of(&self, entry: &[usize]) -> Option<Place> {
        self.document.place_of(entry)
    }

    /// Everything an untrusted project file may not set, as written: `contexts.prod.profile`.
    pub fn needing_trust(&self) -> Vec<(String, &Entry)> {
        let top = self.top.values().map(|entry| (entry.key.name.to_owned(), entry));
        let contexts = self.contexts.iter().flat_map(|(context, entries)| {
            entries.values().map(move |entry| (format!("contexts.{context}.{}", entry.key.name), entry))
        });
        top.chain(contexts).filter(|(_, entry)| entry.key.needs_trust).collect()
    }
}

/// The whole text, if there is a file. What is no regular file is refused: a pipe would hang.
pub fn text_of(path: &Path) -> Result<Option<String>> {
    let cannot =
        |error: &std::io::Error| Error::usage(format!("cannot read {}", path.display())).because(error);
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error)
            if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(cannot(&error)),
    };
    if !metadata.is_file() {
        return Err(Error::usage(format!("cannot read {}: it is not a file", path.display())));
    }
    if metadata.len() > MOST_BYTES {
        return Err(Error::usage(format!("cannot read {}: it is larger than a megabyte", path.display())));
    }
    fs::read_to_string(path).map(Some).map_err(|error| cannot(&error))
}

fn at(path: &Path, place: Option<Place>) -> String {
    match place {
        Some(place) => format!("{}:{}:{}", path.display(), place.line, place.column),
        None => path.display().to_string(),
    }
}

struct Mistake {
    at: EntryPath,
    problem: Problem,
}

/// A stranger's file must not write to the terminal through our complaints about it.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() })
        .collect()
}

fn report(path: &Path, document: &Document, mistakes: Vec<Mistake>) -> Error {
    let count = mistakes.len();
    let mut placed: Vec<_> =
        mistakes.into_iter().take(MOST_MISTAKES).map(|m| (document.place_of(&m.at), m.problem)).collect();
    placed.sort_by_key(|(place, _)| *place);
    if let [(place, problem)] = placed.as_slice() {
        let error = Error::usage(format!("{}: {}", at(path, *place), printable(&problem.text)));
        return match &problem.hint {
            Some(hint) => error.hint(hint.as_str()),
            None => error,
        };
    }
    let mut error = Error::usage(format!("{}: {count} mistakes", path.display()));
    for (place, problem) in placed {
        let hint = problem.hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
        let text = printable(&problem.text);
        error = error.cause(match place {
            Some(place) => format!("line {}, column {}: {text}{hint}", place.line, place.column),
            None => format!("{text}{hint}"),
        });
    }
    if count > MOST_MISTAKES {
        error = error.cause(format!("and {} more", count - MOST_MISTAKES));
    }
    error
}

struct Reader<'a> {
    folders: Folders<'a>,
    mistakes: Vec<Mistake>,
}

type Map<'a> = &'a [(String, Node)];

impl Reader<'_> {
    fn wrong(&mut self, at: &[usize], problem: Problem) {
        self.mistakes.push(Mistake { at: at.to_vec(), problem });
    }

    fn file(&mut self, root: &Node) -> (Entries, BTreeMap<String, Entries>) {
        let mut contexts = BTreeMap::new();
        let map: Map<'_> = match root {
            Node::Null => &[],
            Node::Map(map) => map,
            _ => {
                self.wrong(&[], Problem::new("a settings file is a mapping of names to values"));
                &[]
            }
        };
        let mut top = Entries::new();
        for (index, (name, node)) in map.iter().enumerate() {
            if name == keys::CONTEXTS {
                self.contexts(&[index], node, &mut contexts);
            } else {
                self.entry("", "", name, node, vec![index], &mut top);
            }
        }
        (top, contexts)
    }

    fn contexts(&mut self, at: &[usize], node: &Node, into: &mut BTreeMap<String, Entries>) {
        let Node::Map(contexts) = node else {
            let problem = Problem::new("'contexts' is not a mapping of names to settings");
            return self.wrong(at, problem.hint("write it like contexts: {prod: {profile: audit}}"));
        };
        for (index, (context, node)) in contexts.iter().enumerate() {
            let at = [at, &[index]].concat();
            let prefix = format!("contexts.{context}.");
            let mut entries = Entries::new();
            match node {
                Node::Map(map) => {
                    for (index, (name, node)) in map.iter().enumerate() {
                        let at = [at.as_slice(), &[index]].concat();
                        if name == keys::CONTEXTS || name == "context" {
                            let problem =
                                Problem::new(format!("'{prefix}{name}': a context holds no other context"));
                            self.wrong(&at, problem);
                        } else {
                            self.entry(&prefix, "", name, node, at, &mut entries);
                        }
                    }
                }
                // A context that changes nothing is still one to choose.
                Node::Null => {}
                _ => {
                    self.wrong(&at, Problem::new(format!("context '{context}' is not a mapping of settings")))
                }
            }
            if context.trim().is_empty() || context.chars().any(char::is_control) {
                self.wrong(
                    &at,
                    Problem::new(format!("'{}' is no name for a context", context.escape_debug())),
                );
            } else if into.insert(context.clone(), entries).is_some() {
                self.wrong(&at, Problem::new(format!("context '{context}' is there twice")));
            }
        }
    }

    /// `prefix` is for the reader's eyes (`contexts.prod.`), `group` part of the setting's name.
    fn entry(
        &mut self,
        prefix: &str,
        group: &str,
        name: &str,
        node: &Node,
        at: EntryPath,
        into: &mut Entries,
    ) {
        let full = format!("{group}{name}");
        if group.is_empty() && keys::is_group(name) {
            let Node::Map(map) = node else {
                return self.wrong(&at, Problem::new(format!("'{prefix}{name}' is not a mapping")));
            };
            for (index, (inner, node)) in map.iter().enumerate() {
                let at = [at.as_slice(), &[index]].concat();
                self.entry(prefix, &format!("{name}."), inner, node, at, into);
            }
            return;
        }
        let Some(key) = keys::find(&full) else {
            // What was meant is looked for only where it will be told.
            let told = self.mistakes.len() < MOST_MISTAKES;
            let problem =
                if told { unknown(prefix, &full) } else { Problem::new(format!("unknown key '{full}'")) };
            return self.wrong(&at, problem);
        };
        if key.not_in_files {
            let problem = Problem::new(format!("'{prefix}{full}' cannot be set in a file"));
            return self.wrong(&at, problem.hint(format!("set the variable {}", key.variable())));
        }
        match file_value::read(key.kind, node, self.folders) {
            Ok(value) => {
                if into.insert(key.name, Entry { key, value, at: at.clone() }).is_some() {
                    self.wrong(&at, Problem::new(format!("'{prefix}{full}' is there twice")));
                }
            }
            Err(mut problem) => {
                problem.text = format!("'{prefix}{full}': {}", problem.text);
                self.wrong(&at, problem);
            }
        }
    }
}

/// Names that other tools use for the same thing, and that no spelling distance would find.
const OTHER_WORDS: &[(&str, &str)] = &[
    ("role", "member_role"),
    ("role_arn", "hub_role"),
    ("region", "home_region' or 'regions"),
    ("ou", "ous"),
    ("account", "accounts"),
    ("format", "output"),
    ("sso_session", "identity_center.sso_session"),
    ("sso_start_url", "identity_center.start_url"),
    ("parallelism", "concurrency"),
    ("timeout", "call_timeout"),
];

fn unknown(prefix: &str, name: &str) -> Problem {
    let problem = Problem::new(format!("unknown key '{prefix}{}'", name.escape_debug()));
    let inner = name.rsplit('.').next().unwrap_or(name);
    let meant = OTHER_WORDS
        .iter()
        .find(|(word, _)| *word == inner)
        .map(|(_, meant)| *meant)
        // A nested key without its mapping: `role_name` for `identity_center.role_name`.
        .or_else(|| {
            keys::all().map(|k| k.name).find(|k| k.split_once('.').is_some_and(|(_, last)| last == inner))
        })
        // A key of a thousand letters resembles nothing, and comparing it takes long.
        .or_else(|| {
            let near = (name.len() <= 64).then_some(name)?;
            closest(near, keys::all().map(|k| k.name).chain([keys::CONTEXTS, "identity_center"]))
        });
    match meant {
        Some(meant) => problem.hint(format!("did you mean '{meant}'?")),
        None => problem.hint("'canvass config init --path -' shows every key"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<SettingsFile> {
        SettingsFile::parse(
            Path::new("/etc/canvass/config.yaml"),
            text.to_owned(),
            Some(Path::new("/home/ana")),
        )
    }

    fn value(text: &str, key: &str) -> String {
        read(text).unwrap().top[key].value.to_string()
    }

    fn refused(text: &str) -> Error {
        read(text).unwrap_err()
    }

    #[test]
    fn an_unknown_key_is_named_with_its_place_and_what_was_meant() {
        let error = refused("context: prod\ncontexts:\n  prod:\n    profle: audit\n");
        assert_eq!(error.message(), "/etc/canvass/config.yaml:4:5: unknown key 'contexts.prod.profle'");
        assert_eq!(error.hints(), ["did you mean 'profile'?"]);
        assert_eq!(refused("role_name: x").hints(), ["did you mean 'identity_center.role_name'?"]);
        assert_eq!(refused("role: x").hints(), ["did you mean 'member_role'?"]);
    }

    #[test]
    fn several_mistakes_are_told_at_once_in_their_order() {
        let error = refused(
            "concurrency: many\nregoins: [eu-*]\ncall_timeout: 30\nidentity_center:\n  regio: x\nnow: 2026-01-01T00:00:00Z\n",
        );
        assert_eq!(error.message(), "/etc/canvass/config.yaml: 5 mistakes");
        insta::assert_snapshot!(error.causes().join("\n"), @r"
        line 1, column 1: 'concurrency': 'many' is not a number from 1 to 4096
        line 2, column 1: unknown key 'regoins' (did you mean 'regions'?)
        line 3, column 1: 'call_timeout': '30' is not a duration (write it like 30s, 5m or 1h)
        line 5, column 3: unknown key 'identity_center.regio' (did you mean 'identity_center.region'?)
        line 6, column 1: 'now' cannot be set in a file (set the variable CANVASS_NOW)
        ");
    }

    #[test]
    fn numbers_mean_what_is_written() {
        assert_eq!(value("external_id: 0x10\n", "external_id"), "0x10");
        assert_eq!(
            value("accounts: [000000000006, 123456789012]\n", "accounts"),
            "000000000006,123456789012"
        );
        assert_eq!(value("account_profiles: {000000000006: a}\n", "account_profiles"), "000000000006=a");
    }

    #[test]
    fn tags_are_a_list_or_a_mapping_and_one_region_needs_no_list() {
        assert_eq!(value("tags: [env=prod, team]\n", "tags"), "env=prod,team");
        assert_eq!(value("tags: {env: prod, team: a*}\n", "tags"), "env=prod,team=a*");
        assert_eq!(value("regions: eu-west-1\n", "regions"), "eu-west-1");
    }

    #[test]
    fn what_is_there_twice_or_empty_is_a_mistake() {
        assert!(refused("profile: a\nprofile: b\n").message().ends_with("2:1: 'profile' is there twice"));
        assert!(refused("contexts:\n  a: {}\n  a: {}\n").message().contains("context 'a' is there twice"));
        assert!(refused("profile:\n").message().contains("no value"));
        assert!(refused("regions: []\n").message().contains("empty"));
        assert!(refused("contexts: {a: {context: b}}\n").message().contains("no other context"));
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        for wrong in [
            "- a\n",
            "just text\n",
            "contexts: [a]\n",
            "contexts: {a: 1}\n",
            "identity_center: x\n",
            "profile: [a]\n",
            "regions: {a: b}\n",
            "static_accounts: {a: b}\n",
            "profile: !env X\n",
            "profile: [\n",
        ] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_file_of_comments_sets_nothing() {
        assert!(read("# nothing\n").unwrap().top.is_empty());
        assert!(read("").unwrap().top.is_empty());
    }

    #[test]
    fn what_needs_trust_is_found_in_contexts_too() {
        let file = read("regions: [eu-*]\nprofile: a\ncontexts: {x: {output: json, identity_center: {region: eu-west-1}}}\n").unwrap();
        let names: Vec<_> = file.needing_trust().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["profile", "contexts.x.identity_center.region"]);
    }

    #[test]
    fn a_strangers_file_can_neither_keep_us_busy_nor_write_to_the_terminal() {
        let begun = std::time::Instant::now();
        let numbers = format!("accounts: [{}]\n", "1,".repeat(20_000));
        assert!(refused(&numbers).message().contains("longer than"));
        let keys: String = (0..5_000).map(|n| format!("regoin{n}: 1\n")).collect();
        assert!(refused(&keys).causes().last().unwrap().starts_with("and "));
        assert!(read(&format!("{}: 1\n", "r".repeat(1000))).is_err());
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
        let error = refused("\"\\e[2J\": 1\ncontexts: {\"\\e[31m\": {profle: x}}\n");
        assert!(!error.to_string().contains('\u{1b}'), "{error:?}");
    }

    #[test]
    fn a_folder_or_a_giant_is_not_read() {
        let temp = tempfile::tempdir().unwrap();
        assert!(SettingsFile::read(temp.path(), None).is_err());
        assert!(SettingsFile::read(&temp.path().join("none.yaml"), None).unwrap().is_none());
        let giant = temp.path().join("giant.yaml");
        fs::write(&giant, "#".repeat(2 << 20)).unwrap();
        assert!(SettingsFile::read(&giant, None).unwrap_err().message().contains("megabyte"));
        fs::write(&giant, [0xff, 0xfe]).unwrap();
        assert!(SettingsFile::read(&giant, None).is_err());
    }
}
