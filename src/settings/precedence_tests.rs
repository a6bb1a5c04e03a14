//! For every setting and every layer: the stronger one wins, and says so.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use crate::settings::duration;
use crate::settings::keys::{self, Key, Meaning};
use crate::settings::kind::{Kind, Value};
use crate::settings::{Flags, Layer, LoadInputs, Origin, Resolved, trust};

/// A desk with a user file and a trusted project file.
struct Desk {
    temp: tempfile::TempDir,
    inputs: LoadInputs,
}

impl Desk {
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let home = fs::canonicalize(temp.path()).unwrap();
        let project = home.join("project");
        fs::create_dir_all(&project).unwrap();
        let inputs =
            LoadInputs { flags: Flags::default(), env: BTreeMap::new(), cwd: project, home: Some(home) };
        Self { temp, inputs }
    }

    fn user_file(&self) -> PathBuf {
        self.inputs.home.as_ref().unwrap().join(".config/canvass/config.yaml")
    }

    fn user(&self, text: &str) {
        fs::create_dir_all(self.user_file().parent().unwrap()).unwrap();
        fs::write(self.user_file(), text).unwrap();
    }

    fn project(&self, text: &str) {
        fs::write(self.inputs.cwd.join(".canvass.yaml"), text).unwrap();
        trust::grant(&self.inputs, None).unwrap();
    }

    fn env(&mut self, name: &str, value: &str) {
        self.inputs.env.insert(name.to_owned(), value.to_owned());
    }

    fn load(&self) -> Resolved {
        match self.inputs.load() {
            Ok(resolved) => resolved,
            Err(error) => panic!("{error} {:?}", error.hints()),
        }
    }
}

/// Four different values of a kind, in the form of a variable, one for each layer.
fn four(key: &Key) -> [String; 4] {
    let own = |texts: [&str; 4]| texts.map(str::to_owned);
    match key.kind {
        Kind::Choice(words) if words.len() >= 4 => [0, 1, 3, 4].map(|i| words[i].to_owned()),
        Kind::Choice(words) => [0, 1, 0, 1].map(|i| words[i].to_owned()),
        Kind::Switch => own(["true", "false", "true", "false"]),
        Kind::Demo => own(["seed=1", "seed=2", "seed=3", "seed=4"]),
        Kind::Duration { least, .. } => [2, 3, 4, 5].map(|n| duration::text(least * n)),
        Kind::Count { .. } => own(["2", "3", "5", "7"]),
        Kind::Size { .. } => own(["2MiB", "3MiB", "5MiB", "7MiB"]),
        Kind::Usd => own(["0.50", "1.00", "2.50", "7.00"]),
        Kind::Ratio => own(["0.25", "0.5", "0.75", "0"]),
        Kind::KnownGaps => {
            [1, 2, 3, 4].map(|n| format!("[{{account: \"a-*\", reason: \"why\", expires: 2026-03-0{n}}}]"))
        }
        Kind::Share { .. } => own(["0.5", "0.75", "off", "1"]),
        Kind::Partition => own(["aws-cn", "aws-us-gov", "aws-eusc", "aws"]),
        Kind::Region => own(["eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1"]),
        Kind::Url => own(["http://a", "http://b", "http://c", "http://d"]),
        Kind::Path => own(["/a", "/b", "/c", "/d"]),
        Kind::Account => [1, 2, 3, 4].map(|n| format!("{n}23456789012")),
        Kind::Profiles | Kind::Accounts => [1, 2, 3, 4].map(|n| format!("{n}23456789012=a")),
        Kind::Characters { .. } => [1, 2, 3, 4].map(|n| format!("a-long-enough-{n}")),
        Kind::Instant => [1, 2, 3, 4].map(|n| format!("2026-03-0{n}T00:00:00Z")),
        Kind::Places => own(["s3://one", "s3://two", "s3://three", "s3://four"]),
        Kind::Name | Kind::HubRole | Kind::RoleName | Kind::Patterns | Kind::Tags => {
            own(["one", "two", "three", "four"])
        }
    }
}

/// `a.b` with its value as YAML.
fn yaml(key: &Key, value: &str) -> String {
    let value = match key.kind {
        Kind::Profiles => format!("{{{}}}", value.replace('=', ": ")),
        Kind::Accounts => {
            let (id, name) = value.split_once('=').unwrap();
            format!("[{{id: {id}, name: {name}}}]")
        }
        Kind::KnownGaps => value.to_owned(),
        _ => format!("\"{value}\""),
    };
    match key.name.split_once('.') {
        Some((group, last)) => format!("{group}: {{{last}: {value}}}\n"),
        None => format!("{}: {value}\n", key.name),
    }
}

/// Contexts of every name that is tried, so that `context` itself can be tried.
const CONTEXTS: &str = "contexts: {one: {}, two: {}, three: {}, four: {}}\n";

fn said(resolved: &Resolved, key: &Key) -> (Option<String>, Layer) {
    let chosen = resolved.origins.get(key.name).unwrap();
    (chosen.value.as_ref().map(Value::to_string), chosen.origin.layer())
}

/// What a key says nothing without.
fn beside(desk: &mut Desk, key: &Key) {
    if matches!(key.name, "config_aggregator.account" | "config_aggregator.region") {
        desk.env("CANVASS_CONFIG_AGGREGATOR_NAME", "organization");
    }
}

#[test]
fn for_every_key_the_stronger_layer_wins() {
    for key in keys::all() {
        let [user, project, env, flag] = four(key);
        let mut desk = Desk::new();
        desk.user(CONTEXTS);
        beside(&mut desk, key);
        let before = said(&desk.load(), key);
        assert_eq!(before.1, Layer::Default, "{}", key.name);

        // `organization: static` and the like need others beside them; not what is tried here.
        if !key.not_in_files {
            desk.user(&format!("{CONTEXTS}{}", yaml(key, &user)));
            assert_eq!(said(&desk.load(), key), (Some(user), Layer::User), "{}", key.name);
            desk.project(&yaml(key, &project));
            assert_eq!(said(&desk.load(), key), (Some(project), Layer::Project), "{}", key.name);
        }
        desk.env(&key.variable(), &env);
        assert_eq!(said(&desk.load(), key), (Some(env), Layer::Environment), "{}", key.name);
        desk.inputs.flags = Flags::default().with(key.name, [flag.clone()]);
        assert_eq!(said(&desk.load(), key), (Some(flag), Layer::Flag), "{}", key.name);
        drop(desk.temp);
    }
}

#[test]
fn every_key_changes_the_settings() {
    for key in keys::all() {
        let mut desk = Desk::new();
        desk.user("contexts: {prod: {}}\n");
        beside(&mut desk, key);
        let before = format!("{:?}", desk.load().settings);
        desk.env(&key.variable(), key.example);
        let after = format!("{:?}", desk.load().settings);
        assert_ne!(before, after, "{} is read but changes nothing", key.name);
    }
}

#[test]
fn every_variable_of_another_tool_is_understood() {
    for key in keys::all() {
        for foreign in key.foreign {
            let mut desk = Desk::new();
            desk.env(foreign.name, key.example);
            let resolved = desk.load();
            let chosen = resolved.origins.get(key.name).unwrap();
            assert_eq!(chosen.origin.to_string(), foreign.name);
            match foreign.meaning {
                Meaning::Value => assert_eq!(chosen.value.as_ref().unwrap().to_string(), key.example),
                Meaning::Present(means) => assert_eq!(chosen.value.as_ref().unwrap().to_string(), means),
                // Taking it would lose NO_PROXY.
                Meaning::ReadBelow => assert_eq!(resolved.settings.network.proxy, None),
            }
        }
    }
}

#[test]
fn a_bad_value_names_its_variable_or_flag() {
    let mut desk = Desk::new();
    desk.env("CANVASS_CONCURRENCY", "many");
    let error = desk.inputs.load().unwrap_err();
    assert_eq!(error.message(), "CANVASS_CONCURRENCY: 'many' is not a number from 1 to 4096");
    desk.inputs.env.clear();
    desk.inputs.flags = Flags::default().with("regions", ["[".to_owned()]);
    assert!(desk.inputs.load().unwrap_err().message().starts_with("--region: "), "the flag's own name");
}

#[test]
fn a_context_comes_before_what_stands_beside_it_in_the_same_file_only() {
    let desk = Desk::new();
    desk.user("context: prod\nprofile: top\nmember_role: Top\nregions: [us-*]\ncontexts:\n  prod: {profile: inner, regions: [eu-*]}\n");
    desk.project("regions: [ap-*]\n");
    let resolved = desk.load();
    assert_eq!(resolved.settings.context.as_deref(), Some("prod"));
    assert_eq!(resolved.settings.credentials.profile.as_deref(), Some("inner"));
    assert_eq!(resolved.settings.credentials.member_role, "Top");
    assert_eq!(resolved.settings.scope.regions[0].as_str(), "ap-*", "the project file is the stronger one");
    assert_eq!(resolved.origins.get("profile").unwrap().origin.context(), Some("prod"));
}

#[test]
fn an_unknown_context_is_named_with_its_origin_and_what_was_meant() {
    let mut desk = Desk::new();
    desk.user("contexts: {production: {}, staging: {}}\n");
    desk.env("CANVASS_CONTEXT", "prodcution");
    let error = desk.inputs.load().unwrap_err();
    assert_eq!(error.message(), "CANVASS_CONTEXT: there is no context 'prodcution'");
    assert_eq!(error.hints(), ["did you mean 'production'?"]);
    desk.env("CANVASS_CONTEXT", "x");
    assert_eq!(desk.inputs.load().unwrap_err().hints(), ["one of: production, staging"]);
}

#[test]
fn an_untrusted_project_may_choose_a_context_of_the_user() {
    let desk = Desk::new();
    desk.user("contexts: {prod: {profile: audit}}\n");
    fs::write(desk.inputs.cwd.join(".canvass.yaml"), "context: prod\n").unwrap();
    assert_eq!(desk.load().settings.credentials.profile.as_deref(), Some("audit"));
}

#[test]
fn a_variable_that_overrules_the_chosen_context_is_noted() {
    let mut desk = Desk::new();
    desk.user("context: prod\ncontexts:\n  prod:\n    profile: audit\n");
    desk.env("AWS_PROFILE", "dev");
    let resolved = desk.load();
    assert_eq!(resolved.settings.credentials.profile.as_deref(), Some("dev"));
    let file = desk.user_file();
    assert_eq!(
        resolved.notes,
        [format!("AWS_PROFILE overrules 'profile' of context 'prod' ({}:4)", file.display())]
    );
}

#[test]
fn partition_and_home_region_decide_each_other() {
    let place = |env: &[(&str, &str)]| {
        let mut desk = Desk::new();
        for (name, value) in env {
            desk.env(name, value);
        }
        desk.inputs
            .load()
            .map(|r| (r.settings.partition.to_string(), r.settings.home_region.to_string(), r.notes.len()))
    };
    let own = |p: &str, r: &str, n| (p.to_owned(), r.to_owned(), n);
    assert_eq!(place(&[]).unwrap(), own("aws", "us-east-1", 0));
    assert_eq!(place(&[("AWS_REGION", "cn-north-1")]).unwrap(), own("aws-cn", "cn-north-1", 0));
    assert_eq!(place(&[("CANVASS_PARTITION", "aws-us-gov")]).unwrap(), own("aws-us-gov", "us-gov-west-1", 0));
    assert_eq!(
        place(&[("CANVASS_PARTITION", "aws-us-gov"), ("AWS_REGION", "eu-west-1")]).unwrap(),
        own("aws-us-gov", "us-gov-west-1", 1)
    );
    let error = place(&[("CANVASS_PARTITION", "aws-cn"), ("CANVASS_HOME_REGION", "eu-west-1")]).unwrap_err();
    assert!(error.message().contains("CANVASS_HOME_REGION"), "{error}");
}

#[test]
fn accounts_written_down_are_the_organization_unless_told_otherwise() {
    use crate::settings::OrganizationSource;
    let desk = Desk::new();
    desk.user("static_accounts: [{id: 123456789012, name: pay, profile: p}]\n");
    let settings = desk.load().settings;
    assert!(matches!(&settings.organization, OrganizationSource::Static(a) if a[0].name == "pay"));
    assert_eq!(settings.credentials.account_profiles[&"123456789012".parse().unwrap()], "p");
    desk.user("organization: auto\nstatic_accounts: [123456789012]\n");
    assert!(matches!(desk.load().settings.organization, OrganizationSource::Auto));
    desk.user("organization: static\n");
    let error = desk.inputs.load().unwrap_err();
    assert!(error.message().contains("config.yaml:1"), "{error}");
}

#[test]
fn a_configured_hub_role_must_work_and_none_means_none() {
    use crate::settings::RoleSetting;
    let mut desk = Desk::new();
    let role = |desk: &Desk| desk.load().settings.credentials.hub_role;
    assert_eq!(role(&desk), RoleSetting::Default("OrganizationQueryRole".to_owned()));
    desk.env("CANVASS_HUB_ROLE", "OrganizationQueryRole");
    assert_eq!(role(&desk), RoleSetting::Required("OrganizationQueryRole".to_owned()));
    desk.env("CANVASS_HUB_ROLE", "none");
    assert_eq!(role(&desk), RoleSetting::None);
}

#[test]
fn the_user_file_can_be_another_one_which_must_exist() {
    let mut desk = Desk::new();
    fs::write(desk.inputs.cwd.join("other.yaml"), "concurrency: 3\nca_bundle: ca.pem\n").unwrap();
    desk.env("CANVASS_CONFIG", "other.yaml");
    let settings = desk.load().settings;
    assert_eq!(settings.fan_out.concurrency, 3);
    assert_eq!(settings.network.ca_bundle, Some(desk.inputs.cwd.join("ca.pem")));
    desk.inputs.flags.config = Some("none.yaml".into());
    let error = desk.inputs.load().unwrap_err();
    assert!(error.message().starts_with("--config: there is no"), "{error}");
}

#[test]
fn the_demo_is_off_on_or_described() {
    let mut desk = Desk::new();
    assert_eq!(desk.load().settings.demo, None);
    for (text, demo) in
        [("1", Some("")), ("true", Some("")), ("0", None), ("", None), ("seed=7", Some("seed=7"))]
    {
        desk.env("CANVASS_DEMO", text);
        assert_eq!(desk.load().settings.demo.as_deref(), demo, "{text}");
    }
}

#[test]
fn a_file_that_is_both_is_read_as_the_users() {
    let mut desk = Desk::new();
    fs::write(desk.inputs.cwd.join(".canvass.yaml"), "profile: mine\n").unwrap();
    desk.env("CANVASS_CONFIG", ".canvass.yaml");
    let resolved = desk.load();
    assert!(matches!(
        &resolved.origins.get("profile").unwrap().origin,
        Origin::File { layer: Layer::User, .. }
    ));
    assert!(resolved.project_file.is_none());
}
