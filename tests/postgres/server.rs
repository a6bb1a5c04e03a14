//! A private PostgreSQL: its own data folder and socket, gone when the test binary is gone.
//!
//! Debian keeps the server's programs out of PATH, and the server refuses to run as root: both are
//! dealt with here.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use super::wire::Connection;
use crate::support::venv::did_not_judge;

const OLDEST: u32 = 15;

/// Text is ordered by code point, as canvass orders it.
const SCRIPT: &str = r#"
set -eu
bin=$1
home=$(mktemp -d "${TMPDIR:-/tmp}/canvass-postgres.XXXXXX")
finish() { kill -INT "$server" 2>/dev/null && wait "$server" || true; rm -rf "$home"; }
trap 'rm -rf "$home"' EXIT
"$bin/initdb" -D "$home/data" -U canvass -A trust -E UTF8 --locale=C.UTF-8 --no-sync --no-instructions >"$home/log" 2>&1 ||
  { cat "$home/log"; exit 1; }
"$bin/postgres" -D "$home/data" -k "$home" -c listen_addresses= -c fsync=off -c full_page_writes=off \
  -c synchronous_commit=off -c autovacuum=off -c timezone=UTC -c shared_buffers=32MB -c max_connections=64 >"$home/server.log" 2>&1 </dev/null &
server=$!
trap finish EXIT
tries=0
until grep -q 'ready to accept connections' "$home/server.log"; do
  tries=$((tries + 1))
  kill -0 "$server" 2>/dev/null && [ "$tries" -lt 600 ] || { cat "$home/server.log"; exit 1; }
  sleep 0.05
done
echo "ready $home"
cat >/dev/null || true
"#;

#[derive(Debug)]
pub struct Server {
    /// Holds the other end of its standard input: the server ends when this does.
    _process: Child,
    socket: PathBuf,
}

impl Server {
    /// The server all tests of this binary share, or `None` after saying who did not judge.
    pub fn shared() -> Option<&'static Server> {
        static SHARED: OnceLock<Result<Server, String>> = OnceLock::new();
        match SHARED.get_or_init(start) {
            Ok(server) => Some(server),
            Err(why) => {
                did_not_judge("PostgreSQL", why);
                None
            }
        }
    }

    pub fn connect(&self, database: &str) -> Connection {
        Connection::open(&self.socket, database)
    }
}

fn start() -> Result<Server, String> {
    let bin = programs()?;
    let mut command = unprivileged()?;
    let mut process = command
        .args(["sh", "-c", SCRIPT, "sh"])
        .arg(&bin)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("LC_ALL", "C.UTF-8")
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| format!("cannot start {command:?}: {e}"))?;
    let mut stdout = BufReader::new(process.stdout.take().ok_or("no standard output")?);
    let mut line = String::new();
    stdout.read_line(&mut line).map_err(|e| e.to_string())?;
    match line.trim().strip_prefix("ready ") {
        Some(home) => Ok(Server { socket: Path::new(home).join(".s.PGSQL.5432"), _process: process }),
        None => {
            let _ = stdout.read_to_string(&mut line);
            let _ = process.wait();
            Err(format!("the server in {} did not start:\n{}", bin.display(), line.trim_end()))
        }
    }
}

/// Runs what follows as a user that PostgreSQL accepts.
fn unprivileged() -> Result<Command, String> {
    let mut command = Command::new("env");
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout == b"0\n");
    if is_root {
        let somebody = ["postgres", "nobody"].into_iter().find(|user| {
            Command::new("id")
                .args(["-u", user])
                .stderr(Stdio::null())
                .output()
                .is_ok_and(|o| o.status.success())
        });
        let user = somebody.ok_or("root may not run it, and there is neither a user postgres nor nobody")?;
        command = Command::new("setpriv");
        command.args([&format!("--reuid={user}"), "--init-groups", "--inh-caps=-all"]);
        let group = Command::new("id").args(["-g", user]).output().map_err(|e| e.to_string())?;
        command.arg(format!("--regid={}", String::from_utf8_lossy(&group.stdout).trim()));
    }
    Ok(command)
}

/// The newest installed server's folder of programs.
fn programs() -> Result<PathBuf, String> {
    if let Some(own) = std::env::var_os("CANVASS_TEST_POSTGRES") {
        let own = PathBuf::from(own);
        return match version(&own) {
            Some(version) if version >= OLDEST => Ok(own),
            _ => Err(format!(
                "CANVASS_TEST_POSTGRES ({}) holds no PostgreSQL {OLDEST} or later",
                own.display()
            )),
        };
    }
    let mut folders: Vec<PathBuf> =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    for (parent, below) in [
        ("/usr/lib/postgresql", "bin"),
        ("/usr", "bin"),
        ("/opt/homebrew/opt", "bin"),
        ("/usr/local/opt", "bin"),
    ] {
        let found = fs::read_dir(parent).into_iter().flatten().flatten();
        folders.extend(found.map(|entry| entry.path().join(below)));
    }
    let newest = folders.into_iter().filter_map(|folder| Some((version(&folder)?, folder))).max();
    match newest {
        Some((version, folder)) if version >= OLDEST => Ok(folder),
        Some((version, folder)) => {
            Err(format!("{} is PostgreSQL {version}; {OLDEST} or later is needed", folder.display()))
        }
        None => Err(format!(
            "no PostgreSQL {OLDEST} or later is installed (on Debian: apt install postgresql postgresql-contrib)"
        )),
    }
}

/// Major version of the server in this folder.
fn version(folder: &Path) -> Option<u32> {
    let server = folder.join("postgres");
    if !server.is_file() || !folder.join("initdb").is_file() {
        return None;
    }
    let said = Command::new(server).arg("--version").stderr(Stdio::null()).output().ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    let number = said.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}
