//! The judges' Python: pinned packages in a virtual environment, made once per machine.
//!
//! A judge that cannot be had is never skipped in silence: the test run says on stderr what is
//! missing and who did not judge, and fails where `CI=true`.

use std::collections::hash_map::DefaultHasher;
use std::fs::{self, File};
use std::hash::{Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// A Python that has everything in `tests/judges/requirements.txt`.
#[derive(Debug)]
pub struct Python {
    interpreter: PathBuf,
}

/// What an environment is made of and must be able to import, and the variable that names another.
struct Wanted {
    requirements: &'static str,
    imports: &'static str,
    variable: &'static str,
}

const JUDGES: Wanted = Wanted {
    requirements: "requirements.txt",
    imports: "import boto3, moto.server, awscli",
    variable: "CANVASS_TEST_PYTHON",
};

/// It wants a botocore of its own.
const MINISTACK: Wanted = Wanted {
    requirements: "ministack.txt",
    imports: "import ministack",
    variable: "CANVASS_TEST_MINISTACK_PYTHON",
};

/// The judges' Python, or `None` after saying loudly that `judge` could not judge.
pub fn python(judge: &str) -> Option<&'static Python> {
    static PYTHON: OnceLock<Result<Python, String>> = OnceLock::new();
    told(judge, PYTHON.get_or_init(|| find_or_make(&JUDGES)))
}

/// The Python that has MiniStack, a second emulator of AWS.
pub fn ministack(judge: &str) -> Option<&'static Python> {
    static PYTHON: OnceLock<Result<Python, String>> = OnceLock::new();
    told(judge, PYTHON.get_or_init(|| find_or_make(&MINISTACK)))
}

fn told(judge: &str, python: &'static Result<Python, String>) -> Option<&'static Python> {
    match python {
        Ok(python) => Some(python),
        Err(why) => {
            did_not_judge(judge, why);
            None
        }
    }
}

/// # Panics
/// Where `CI=true`: there, an absent judge is a failure.
pub fn did_not_judge(judge: &str, why: &str) {
    let message = format!("\n!!! NOT JUDGED by {judge}: {why}\n");
    assert!(!matches!(std::env::var("CI").as_deref(), Ok("true" | "1")), "{message}");
    say(&message);
}

/// Past the test harness, which swallows what a passing test prints.
fn say(message: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{message}");
}

impl Python {
    /// A judge's script (`tests/judges/NAME`) in a clean environment.
    pub fn script(&self, name: &str) -> Command {
        let mut command = clean(Command::new(&self.interpreter));
        command.arg(judges().join(name));
        command
    }

    /// A program that came with the packages (`aws`), in a clean environment.
    pub fn program(&self, name: &str) -> Command {
        // Through the interpreter: the scripts' first line may be too long for the kernel.
        let mut command = clean(Command::new(&self.interpreter));
        command.arg(self.interpreter.with_file_name(name));
        command
    }

    /// Runs a script that prints one JSON document.
    ///
    /// # Panics
    /// If it fails, with everything it said.
    pub fn json(&self, name: &str, arguments: &[&str]) -> serde_json::Value {
        let output = self.script(name).args(arguments).output().expect("the interpreter was tried before");
        let (stdout, stderr) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{name} {arguments:?}: {}\n{stdout}\n{stderr}", output.status);
        serde_json::from_str(&stdout).unwrap_or_else(|e| panic!("{name}: {e}\n{stdout}\n{stderr}"))
    }
}

fn judges() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges")
}

/// Nothing of the developer's own AWS settings reaches a judge, and none of theirs reaches AWS.
fn clean(mut command: Command) -> Command {
    let nowhere = env!("CARGO_TARGET_TMPDIR");
    command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command.envs([
        ("HOME", nowhere),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("PYTHONDONTWRITEBYTECODE", "1"),
        ("LC_ALL", "C.UTF-8"),
    ]);
    command.stdin(Stdio::null());
    command
}

fn find_or_make(wanted: &Wanted) -> Result<Python, String> {
    let imports = |python: &Python| imports(python, wanted.imports);
    if let Some(own) = std::env::var_os(wanted.variable) {
        let python = Python { interpreter: own.into() };
        return match imports(&python) {
            Ok(()) => Ok(python),
            Err(why) => Err(format!("{} ({}): {why}", wanted.variable, python.interpreter.display())),
        };
    }
    let requirements = judges().join(wanted.requirements);
    let pins = fs::read(&requirements).map_err(|e| format!("{}: {e}", requirements.display()))?;
    let root = cache_folder()?;
    fs::create_dir_all(&root).map_err(|e| format!("{}: {e}", root.display()))?;

    // Other test binaries, of this checkout or another, wait here; the lock dies with its holder.
    let lock = root.join("venv.lock");
    let lock = File::create(&lock).map_err(|e| format!("{}: {e}", lock.display()))?;
    lock.lock().map_err(|e| format!("cannot lock {}: {e}", root.display()))?;

    let folder = root.join(format!("venv-{:016x}", hash(&pins)));
    let (complete, python) = (folder.join("complete"), Python { interpreter: folder.join("bin/python") });
    // The Python it stands on may have been upgraded away since.
    if complete.exists() && imports(&python).is_ok() {
        return Ok(python);
    }
    say(&format!("making the judges' Python environment in {} (a minute, once)", folder.display()));
    make(&folder, &requirements)?;
    imports(&python)?;
    File::create(&complete).map_err(|e| format!("{}: {e}", complete.display()))?;
    Ok(python)
}

fn make(folder: &Path, requirements: &Path) -> Result<(), String> {
    let base = ["python3", "python"]
        .into_iter()
        .find(|name| {
            let new_enough = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";
            let tried = Command::new(name).args(["-c", new_enough]).stderr(Stdio::null()).status();
            tried.is_ok_and(|status| status.success())
        })
        .ok_or("there is no Python 3.11 or newer with venv and pip (on Debian: apt install python3-venv)")?;
    run(Command::new(base).args(["-m", "venv", "--clear"]).arg(folder))?;
    let pip =
        ["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--requirement"];
    run(Command::new(folder.join("bin/python")).args(pip).arg(requirements))
}

fn run(command: &mut Command) -> Result<(), String> {
    // Without the environment, which would hide the rest.
    let words: Vec<_> = std::iter::once(command.get_program()).chain(command.get_args()).collect();
    let line = words.join(std::ffi::OsStr::new(" ")).to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|e| format!("'{line}': {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(format!("'{line}': {}\n{}", output.status, String::from_utf8_lossy(&said).trim_end()))
}

fn imports(python: &Python, what: &str) -> Result<(), String> {
    run(clean(Command::new(&python.interpreter)).args(["-c", what]))
}

/// Of the user, not of the checkout: a fresh clone finds it warm.
fn cache_folder() -> Result<PathBuf, String> {
    std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| std::env::home_dir().map(|home| home.join(".cache")))
        .map(|cache| cache.join("canvass-tests"))
        .ok_or_else(|| "there is no home folder to keep a Python environment in".to_owned())
}

/// Only tells one list of pins from another; `DefaultHasher::new` is the same in every process.
fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn the_judges_are_the_pinned_ones() {
    let Some(python) = python("pip") else { return };
    assert_eq!(python.json("pins.py", &[]), serde_json::json!({}));
    let aws = python.program("aws").arg("--version").output().unwrap();
    assert!(String::from_utf8_lossy(&aws.stdout).starts_with("aws-cli/1."), "{aws:?}");
}
