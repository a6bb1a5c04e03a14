//! `canvass demo serve`, over TCP on a port of its own; ends when the test does.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use super::canvass::Canvass;

pub struct DemoServer {
    child: Child,
    env: Vec<(String, String)>,
    _home: Canvass,
}

impl DemoServer {
    /// `true` is the demo without knobs.
    pub fn start(knobs: &str) -> Self {
        let canvass = Canvass::new();
        let mut child = canvass
            .command(&["demo", "serve", "--port", "0", &format!("--demo={knobs}")])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let env = lines.take(4).map(|line| {
            let line = line.unwrap();
            let (name, value) = line.split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        });
        Self { env: env.collect(), child, _home: canvass }
    }

    /// The program, with what the server says is to be set.
    pub fn client(&self) -> Canvass {
        self.env.iter().fold(Canvass::new(), |canvass, (name, value)| canvass.env(name, value))
    }
}

impl Drop for DemoServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
