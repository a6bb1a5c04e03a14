//! What tests that call the library need to set it up.

use canvass::aws::Prompt;
use canvass::demo;
use canvass::error::{Error, Result};
use canvass::settings::{Flags, LoadInputs, Settings};

/// Nobody to type a code.
pub struct Nobody;

impl Prompt for Nobody {
    fn mfa_code(&self, serial: &str) -> Result<String> {
        Err(Error::failed(format!("nobody can read the code of {serial}")))
    }
}

/// As they are where nobody has set anything.
pub fn default_settings() -> Settings {
    let inputs = LoadInputs {
        flags: Flags::default(),
        env: Default::default(),
        cwd: "/nonexistent".into(),
        home: Some("/nonexistent".into()),
    };
    inputs.load().unwrap().settings
}

/// The keys that the demo's organization knows.
pub fn demo_keys() -> aws_credential_types::Credentials {
    let keys = demo::base_credentials();
    aws_credential_types::Credentials::new(keys.access_key_id, keys.secret_access_key, None, None, "demo")
}
