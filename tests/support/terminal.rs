//! The program on a terminal: a person's screen and keys, made by Python's `pty`.

use serde_json::{Value, json};

use crate::support::canvass::{Canvass, NOW};
use crate::support::venv;

/// What a person saw.
pub struct Screen {
    /// Everything that was written, but for lines that were drawn over (progress).
    pub text: String,
    pub code: i64,
}

impl Canvass {
    /// Runs `canvass` on a terminal of `columns` x `lines`. `keys`: once the screen has shown the first
    /// text, the second is typed. `None` where there is no Python to make a terminal.
    pub fn on_terminal(
        &self,
        (columns, lines): (u16, u16),
        env: &[(&str, &str)],
        keys: &[(&str, &str)],
        arguments: &[&str],
    ) -> Option<Screen> {
        let python = venv::python("a terminal")?;
        let keys = Value::from(keys.iter().map(|(text, key)| json!([text, key])).collect::<Vec<_>>());
        let output = python
            .script("terminal.py")
            .args([columns.to_string(), lines.to_string(), keys.to_string()])
            .arg(env!("CARGO_BIN_EXE_canvass"))
            .args(arguments)
            .current_dir(self.path())
            .env("HOME", self.path())
            .env("CANVASS_NOW", NOW)
            .env("TERM", "xterm-256color")
            .env_remove("AWS_ACCESS_KEY_ID")
            .envs(env.iter().copied())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let seen: Value = serde_json::from_slice(&output.stdout).unwrap();
        let lines =
            seen["screen"].as_str()?.lines().map(|line| line.rsplit("\u{1b}[2K").next().unwrap_or(""));
        let text = lines.collect::<Vec<_>>().join("\n");
        Some(Screen { text, code: seen["code"].as_i64()? })
    }
}
