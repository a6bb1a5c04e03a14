//! Runs the program as an operator would, in a world of its own: no environment, no home, a frozen clock.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

pub struct Canvass {
    pub home: tempfile::TempDir,
    env: Vec<(String, String)>,
    keeps_rows: bool,
}

/// The instant every snapshot is taken at.
pub const NOW: &str = "2026-11-20T12:00:00Z";

impl Canvass {
    pub fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap(), env: Vec::new(), keeps_rows: false }
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    pub fn variable(&self, name: &str) -> Option<&str> {
        self.env.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Every account is asked itself, nobody is spared by what AWS Config recorded.
    pub fn live(self) -> Self {
        self.env("CANVASS_SOURCE", "api")
    }

    /// Rows of one run are there for the next one. Otherwise no run sees what another fetched.
    pub fn keeping_rows(mut self) -> Self {
        self.keeps_rows = true;
        self
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        if !self.keeps_rows {
            let _ = std::fs::remove_dir_all(self.rows());
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_canvass"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("CANVASS_NOW", NOW)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(self.env.iter().map(|(k, v)| (k.as_str(), v.as_str())))
            .current_dir(self.home.path())
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        self.finished(self.command(arguments).output().unwrap())
    }

    /// With `text` on standard input.
    pub fn told(&self, arguments: &[&str], text: &[u8]) -> Run {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(text).unwrap();
        self.finished(child.wait_with_output().unwrap())
    }

    /// The temporary home reads `~`.
    pub fn finished(&self, output: Output) -> Run {
        let mut run = Run::from(output);
        let home = self.home.path().canonicalize().unwrap();
        for text in [&mut run.stdout, &mut run.stderr] {
            *text =
                text.replace(home.to_str().unwrap(), "~").replace(self.home.path().to_str().unwrap(), "~");
        }
        run
    }

    /// `canvass --demo …`
    pub fn demo(&self, arguments: &[&str]) -> Run {
        self.run(&[&["--demo"], arguments].concat())
    }

    /// Where kept rows lie.
    pub fn rows(&self) -> std::path::PathBuf {
        self.home.path().join(".cache/canvass/rows")
    }

    /// What it is told in its environment.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.env.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub fn path(&self) -> &Path {
        self.home.path()
    }
}

/// What a command printed and how it ended.
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Run {
            // A process killed by a signal has no code.
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    /// Everything a script could see, with what differs from run to run replaced.
    pub fn snapshot(&self) -> String {
        let mut text = format!("exit code: {}\n----- stdout -----\n{}", self.code, self.stdout);
        if !self.stderr.is_empty() {
            text.push_str(&format!("----- stderr -----\n{}", self.stderr));
        }
        text
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|e| panic!("{e} in {}\n{}", self.stdout, self.stderr))
    }
}

/// Several runs in one snapshot, each under what was typed.
pub fn transcript<'a>(runs: impl IntoIterator<Item = (&'a [&'a str], Run)>) -> String {
    let quoted = |word: &&str| {
        if word.is_empty() || word.contains([' ', '*', '!', ';', '(']) {
            format!("{word:?}")
        } else {
            (*word).to_owned()
        }
    };
    let one = |(typed, run): (&[&str], Run)| {
        let typed: Vec<String> = typed.iter().map(quoted).collect();
        let text =
            format!("$ canvass {}\n{}{}[exit {}]\n", typed.join(" "), run.stdout, run.stderr, run.code);
        text.replace("$ canvass \n", "$ canvass\n")
    };
    runs.into_iter().map(one).collect::<Vec<_>>().join("\n")
}

/// Seconds and milliseconds of a run differ from run to run; nothing else may.
pub fn assert_snapshot(name: &str, run: &Run) {
    assert_text(name, &run.snapshot());
}

/// A text made of runs; what differs from run to run is replaced here as well.
pub fn assert_text(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.add_filter(r"· \d+\.\d+s", "· [seconds]");
    settings.add_filter(r#""duration_ms":\d+"#, r#""duration_ms":"[ms]""#);
    settings.add_filter(r#""seconds":[0-9.e-]+"#, r#""seconds":"[s]""#);
    // The number is the operating system's, the words are enough.
    settings.add_filter(r"\(os error \d+\)", "(os error [n])");
    settings.bind(|| insta::assert_snapshot!(name, text));
}
