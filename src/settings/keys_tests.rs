//! What holds of every setting.

use std::path::Path;

use super::*;
use crate::settings::kind::Folders;

fn here() -> Folders<'static> {
    Folders { base: Path::new("/"), home: None }
}

#[test]
fn every_default_and_example_is_a_value_of_its_kind() {
    for key in all() {
        if let Some(default) = key.default {
            let read = key.kind.read(default, here());
            assert!(read.is_ok(), "{}: {read:?}", key.name);
            assert_ne!(default, key.example, "{}", key.name);
        }
        let read = key.kind.read(key.example, here());
        assert!(read.is_ok(), "{}: {read:?}", key.name);
    }
}

#[test]
fn names_variables_and_flags_are_each_used_once() {
    let mut seen = std::collections::BTreeSet::new();
    for key in all() {
        assert!(seen.insert(key.name.to_owned()), "{}", key.name);
        assert!(seen.insert(key.variable()), "{}", key.name);
        if let Some(flag) = key.flag {
            assert!(seen.insert(format!("--{flag}")), "{}", key.name);
        }
        for foreign in key.foreign {
            assert!(seen.insert(foreign.name.to_owned()), "{}", foreign.name);
        }
        assert!(!key.secret || key.flag.is_none(), "{}: a secret has no flag", key.name);
    }
}

#[test]
fn every_form_of_an_answer_can_be_chosen() {
    assert_eq!(OUTPUT, crate::settings::OutputFormat::ALL.map(|format| format.as_str()));
}

/// Named one by one, so that a new setting is thought about.
#[test]
fn an_untrusted_project_may_set_only_what_cannot_redirect_anything() {
    let free: Vec<_> =
        all().filter(|key| !key.needs_trust && !key.not_in_files).map(|key| key.name).collect();
    assert_eq!(
        free,
        [
            "context",
            "accounts",
            "ous",
            "tags",
            "regions",
            "connect_timeout",
            "call_timeout",
            "max_attempts",
            "concurrency",
            "unit_timeout",
            "deadline",
            "pace",
            "byte_budget",
            "source",
            "cache",
            "cache_size",
            "max_age",
            "output",
            "color"
        ]
    );
}
