//! moto: AWS's APIs in memory, on a free port of 127.0.0.1.
//!
//! Accounts are really apart: credentials from `AssumeRole` into an account see that account only.
//! What it cannot judge: `AssumeRole` never denies, and calls it does not know answer HTML.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use crate::support::venv;

/// A running server; it ends when this is dropped or the test binary is gone, however it goes.
#[derive(Debug)]
pub struct Moto {
    child: Child,
    port: u16,
}

impl Moto {
    /// The server that all tests of this binary share, or `None` after saying who did not judge.
    /// Use accounts of your own in it, or other tests see what you make.
    pub fn shared(judge: &str) -> Option<&'static Moto> {
        static SHARED: OnceLock<Option<Moto>> = OnceLock::new();
        venv::python(judge)?;
        SHARED.get_or_init(|| Moto::own(judge)).as_ref()
    }

    /// A server of one's own, for what is one per server (an organization); 50 MB, a second.
    ///
    /// # Panics
    /// If it does not start, with what it said.
    pub fn own(judge: &str) -> Option<Moto> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let python = venv::python(judge)?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("moto-{number}.log"));
        let mut child = python
            .script("moto_until_stdin_closes.py")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let (told, port) = mpsc::channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            let _ = stdout.read_line(&mut line);
            let _ = told.send(line.trim().parse::<u16>());
        });
        match port.recv_timeout(Duration::from_secs(120)) {
            Ok(Ok(port)) => {
                let moto = Moto { child, port };
                assert!(moto.answers(), "moto does not answer: see {}", log.display());
                Some(moto)
            }
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                panic!("moto did not start: {}", std::fs::read_to_string(&log).unwrap_or_default());
            }
        }
    }

    /// `http://127.0.0.1:PORT`
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn answers(&self) -> bool {
        let ask = || -> std::io::Result<String> {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
            stream.set_read_timeout(Some(Duration::from_secs(60)))?;
            stream.write_all(b"GET /moto-api/ HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        };
        ask().is_ok_and(|answer| answer.lines().next().is_some_and(|status| status.contains(" 200 ")))
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn accounts_of_moto_are_apart() {
    let Some(moto) = Moto::shared("moto") else { return };
    let Some(python) = venv::python("boto3") else { return };
    for account in ["555000000001", "555000000002"] {
        let seen = python.json("who_am_i.py", &[&moto.endpoint(), account]);
        assert_eq!(seen["before"], "123456789012");
        assert_eq!(seen["after"], account);
        assert_eq!(seen["buckets"], serde_json::json!([format!("judged-{account}")]));
    }
}

#[test]
fn moto_ends_by_itself_when_the_tests_are_gone() {
    let Some(mut moto) = Moto::own("moto") else { return };
    assert!(moto.answers());
    // What the kernel does when this process dies.
    drop(moto.child.stdin.take());
    let begun = std::time::Instant::now();
    while moto.child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it is still there");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(!moto.answers());
}
