//! What can be seen without asking anybody: versions, settings files, the cache folder, the pace.

use std::path::Path;

use super::finding::Finding;
use crate::app;
use crate::aws::Aws;
use crate::catalog::{self, Catalog};
use crate::error::Result;
use crate::settings::trust::Trust;
use crate::settings::{LoadInputs, Settings};
use crate::store::Store;

/// Less than this is soon gone.
const LITTLE_SPACE: u64 = 200 << 20;

pub fn versions() -> Finding {
    let seen = format!(
        "canvass {}, service models of {}, catalog {}",
        env!("CARGO_PKG_VERSION"),
        catalog::MODELS,
        Catalog::fingerprint()
    );
    Finding::ok("versions", seen)
}

/// The user's own tables are part of the catalog, and may be wrong.
pub fn tables(settings: &Settings) -> Finding {
    match app::catalog(settings) {
        Ok(catalog) => {
            let own = catalog.added_tables();
            let all = catalog.table_names().len();
            Finding::ok("tables", format!("{all}, {own} of them your own"))
        }
        Err(error) => Finding::error("tables", &error),
    }
}

pub fn settings_files(inputs: &LoadInputs) -> Finding {
    const CHECK: &str = "settings";
    let resolved = match inputs.load() {
        Ok(resolved) => resolved,
        Err(error) => return Finding::error(CHECK, &error),
    };
    let mut seen = match resolved.user_file_exists {
        true => resolved.user_file.display().to_string(),
        false => format!("no user file ({})", resolved.user_file.display()),
    };
    let mut todo: Vec<String> = Vec::new();
    if let Some(project) = &resolved.project_file {
        let trust = match project.trust {
            Trust::Trusted => "trusted",
            Trust::Changed => "changed since it was trusted",
            Trust::Unknown | Trust::Missing => "not trusted",
        };
        seen.push_str(&format!("; {}, {trust}", project.path.display()));
        if project.trust != Trust::Trusted {
            todo.push("read the project file, then run 'canvass trust'".to_owned());
        }
    }
    if let Some(context) = &resolved.settings.context {
        seen.push_str(&format!("; context {context}"));
    }
    for note in &resolved.notes {
        seen.push_str(&format!("; {note}"));
        todo.push("see 'canvass config show --origin'".to_owned());
    }
    todo.dedup();
    match todo.is_empty() {
        true => Finding::ok(CHECK, seen),
        false => Finding::warning(CHECK, seen, todo.join("; ")),
    }
}

pub fn cache(settings: &Settings) -> Finding {
    const CHECK: &str = "cache";
    let folder = &settings.paths.cache;
    if let Err(error) = try_to_write(settings) {
        let seen = format!("{} cannot be written: {error}", folder.display());
        return Finding::warning(
            CHECK,
            seen,
            "make it yours and writable, or set XDG_CACHE_HOME; until then every run asks everything anew",
        );
    }
    let mut seen = vec![folder.display().to_string()];
    let mut todo = Vec::new();
    let sessions = Store::open(&settings.paths).records("sessions").census();
    seen.push(format!("{} kept sessions", sessions.living));
    if sessions.spoilt > 0 {
        seen.push(format!("{} of their lines are damaged and ignored", sessions.spoilt));
    }
    if settings.cache.rows {
        let rows = app::row_cache(settings);
        match rows.stats() {
            Ok(stats) => {
                let bytes = stats.segment_bytes + stats.index_bytes;
                let (bytes, limit) = (about(bytes), about(stats.limit));
                seen.push(format!("rows of {} units in {bytes} of {limit}", stats.units));
                if stats.orphaned > 0 {
                    let left = "files left by runs that were killed, swept by the next";
                    seen.push(format!("{} {left}", stats.orphaned));
                }
            }
            Err(busy) => seen.push(busy.to_string()),
        }
        let notes = rows.notes();
        if !notes.is_empty() {
            seen.extend(notes);
            todo.push("run 'canvass cache clear'");
        }
    } else {
        seen.push("rows are not kept (cache: false)".to_owned());
    }
    match free_space(folder) {
        Some(free) if free < LITTLE_SPACE => {
            seen.push(format!("only {} left on the disk", about(free)));
            todo.push("make room, or set a smaller cache_size");
        }
        Some(free) => seen.push(format!("{} left on the disk", about(free))),
        None => {}
    }
    match todo.is_empty() {
        true => Finding::ok(CHECK, seen.join("; ")),
        false => Finding::warning(CHECK, seen.join("; "), todo.join("; ")),
    }
}

fn try_to_write(settings: &Settings) -> Result<(), std::io::Error> {
    let folder = &settings.paths.cache;
    std::fs::create_dir_all(folder)?;
    tempfile_in(folder)
}

fn tempfile_in(folder: &Path) -> std::io::Result<()> {
    let path = folder.join(format!(".doctor-{}", std::process::id()));
    std::fs::write(&path, "can this be written?\n")?;
    std::fs::remove_file(&path)
}

/// `1.2 GiB`
fn about(bytes: u64) -> String {
    let units = [("GiB", 1u64 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match units.into_iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => format!("{:.1} {name}", bytes as f64 / unit as f64),
        None => format!("{bytes} bytes"),
    }
}

/// As `df` says; the standard library does not tell.
fn free_space(folder: &Path) -> Option<u64> {
    let output = std::process::Command::new("df").arg("-Pk").arg(folder).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let kibibytes: u64 = text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// What shapes most runs: the rest stands in the notes of a run that waited.
const SHOWN: [(&str, &str); 4] = [
    ("sts", "AssumeRole"),
    ("organizations", "ListAccounts"),
    ("ec2", "DescribeInstances"),
    ("iam", "ListRoles"),
];

pub fn pace(aws: &Aws, settings: &Settings) -> Finding {
    let share = settings.fan_out.pace;
    let mut seen = vec![match share {
        Some(share) => format!("{share} of AWS's published quotas, in calls a second"),
        None => "no pace: as fast as AWS lets us".to_owned(),
    }];
    for (service, operation) in SHOWN {
        let quota = aws.quota_in_force(service, operation);
        let used = quota.published * share.unwrap_or(1.0);
        seen.push(format!("{} {used} of {} {}", quota.name, quota.published, quota.shared));
    }
    match share {
        Some(_) => Finding::ok("pace", seen.join("; ")),
        None => Finding::warning(
            "pace",
            seen.join("; "),
            "production shares these quotas: leave pace at 0.25 unless nothing else runs",
        ),
    }
}
