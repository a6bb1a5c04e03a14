//! Settings for this room's tests: the defaults, out of an empty world.

use std::collections::BTreeMap;

use crate::settings::{Flags, LoadInputs, Settings};

pub fn settings() -> Settings {
    let inputs = LoadInputs {
        flags: Flags::default(),
        env: BTreeMap::new(),
        cwd: "/nonexistent".into(),
        home: Some("/nonexistent".into()),
    };
    inputs.load().unwrap().settings
}
