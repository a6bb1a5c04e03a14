//! canvass as an operator runs it: a process with a home of its own, and what it cost from start to end.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use wait4::Wait4 as _;

use crate::Result;

pub const EXECUTABLE: &str = env!("CARGO_BIN_EXE_canvass");

/// Text kept of what a run prints; the lines of all of it are counted.
const KEPT: usize = 4 << 20;

/// An incomplete answer: the demo has an account whose role is missing.
const INCOMPLETE: i32 = 3;

/// What one run remembers is there for the next one with the same home.
pub struct Program {
    home: TempDir,
    env: Vec<(String, String)>,
}

pub struct Run {
    pub wall: Duration,
    pub cpu: Duration,
    peak: u64,
    pub lines: usize,
    pub stdout: String,
}

impl Run {
    pub fn peak_mb(&self) -> f64 {
        self.peak as f64 / 1e6
    }
}

impl Program {
    pub fn new(env: &[(String, String)]) -> Result<Self> {
        Ok(Self { home: TempDir::new()?, env: env.to_vec() })
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub fn run(&self, arguments: &[&str]) -> Result<Run> {
        let said = self.home().join("stderr");
        let mut command = Command::new(EXECUTABLE);
        command.args(arguments).current_dir(self.home()).stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(File::create(&said)?).env_clear().env("HOME", self.home());
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        let began = Instant::now();
        let mut child = command.spawn()?;
        let (lines, stdout) = child.stdout.take().map_or(Ok((0, String::new())), read)?;
        let ended = child.wait4()?;
        let wall = began.elapsed();
        if !matches!(ended.status.code(), Some(0 | INCOMPLETE)) {
            let said = fs::read_to_string(said)?;
            return Err(format!("canvass {}: {}: {said}", arguments.join(" "), ended.status).into());
        }
        let usage = ended.rusage;
        Ok(Run { wall, cpu: usage.utime + usage.stime, peak: usage.maxrss, lines, stdout })
    }

    /// The run whose wall is the median of so many.
    pub fn median(&self, times: usize, arguments: &[&str]) -> Result<Run> {
        let mut runs = (0..times).map(|_| self.run(arguments)).collect::<Result<Vec<_>>>()?;
        runs.sort_by_key(|run| run.wall);
        Ok(runs.swap_remove(times / 2))
    }
}

fn read(mut from: std::process::ChildStdout) -> Result<(usize, String)> {
    let (mut lines, mut kept) = (0, Vec::new());
    let mut piece = vec![0; 1 << 16];
    loop {
        let read = from.read(&mut piece)?;
        let Some(read) = piece.get(..read).filter(|read| !read.is_empty()) else { break };
        lines += read.iter().filter(|byte| **byte == b'\n').count();
        if kept.len() < KEPT {
            kept.extend_from_slice(read);
        }
    }
    Ok((lines, String::from_utf8_lossy(&kept).into_owned()))
}
