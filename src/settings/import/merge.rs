//! Contexts put into a settings file: what stands there stays as it is, to the last comment.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Imported, NewContext, yaml_text};
use crate::error::{Error, Result};
use crate::settings::atomic_file::{self, Existing};
use crate::settings::file::{SettingsFile, text_of};
use crate::settings::keys;
use crate::settings::resolve::user_file_path;
use crate::settings::{LoadInputs, Paths};

/// The settings file with the contexts in it; nothing is written yet.
#[derive(Debug)]
pub struct Merged {
    pub path: PathBuf,
    pub text: String,
    /// Those that are new.
    pub added: Vec<NewContext>,
    /// Names of those that were there, just so.
    pub same: Vec<String>,
    existed: bool,
}

/// Where a context of the file has another's name, the new one gets `-imported` behind its own.
///
/// # Errors
/// The file has mistakes, or its contexts are written so that no line can be added.
pub fn merge(inputs: &LoadInputs, imported: &mut [Imported]) -> Result<Merged> {
    let path = user_file_path(inputs, &Paths::resolve(&inputs.env, inputs.home.as_deref())?);
    let before = text_of(&path)?;
    let home = inputs.home.as_deref();
    let text = before.clone().unwrap_or_default();
    let file = SettingsFile::parse(&path, text.clone(), home)?;
    let (mut added, mut same): (Vec<NewContext>, Vec<String>) = (Vec::new(), Vec::new());
    for context in imported.iter_mut().flat_map(|one| &mut one.contexts) {
        let name = context.name.clone();
        for suffix in ["", "-imported", "-imported-2", "-imported-3", "-imported-4"] {
            context.name = format!("{name}{suffix}");
            if added.iter().any(|other| other.name == context.name) {
                continue;
            }
            match file.contexts.contains_key(&context.name) {
                true if is_same(&file, context, home)? => same.push(context.name.clone()),
                true => continue,
                false => added.push(context.clone()),
            }
            break;
        }
    }
    let merged = insert(&path, &text, &added)?;
    let read = SettingsFile::parse(&path, merged.clone(), home)?;
    let kept = file
        .contexts
        .iter()
        .all(|(name, entries)| read.contexts.get(name).is_some_and(|now| values(now) == values(entries)));
    let whole = added.iter().all(|context| read.contexts.contains_key(&context.name));
    if !kept || !whole || values(&read.top) != values(&file.top) {
        let error = Error::failed(format!("cannot add contexts to {}: its form is unusual", path.display()));
        return Err(error.hint("print them with 'canvass config import', and paste what you need"));
    }
    Ok(Merged { path, text: merged, added, same, existed: before.is_some() })
}

/// Writes the file; answers where the one before it was kept, if there was one.
///
/// # Errors
/// A file cannot be written. The one that was there is whole then.
pub fn write(merged: &Merged) -> Result<Option<PathBuf>> {
    let backup = if merged.existed { Some(keep(&merged.path)?) } else { None };
    atomic_file::write(&merged.path, &merged.text, Existing::Replace)?;
    Ok(backup)
}

fn keep(path: &Path) -> Result<PathBuf> {
    let text = fs::read_to_string(path)
        .map_err(|error| Error::failed(format!("cannot read {}", path.display())).because(&error))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for number in 1..1000 {
        let backup = path.with_file_name(format!("{name}.before-import-{number}"));
        if atomic_file::write(&backup, &text, Existing::Keep)? {
            return Ok(backup);
        }
    }
    Err(Error::failed(format!("there are a thousand copies of {} already", path.display()))
        .hint("remove some of those that end in .before-import-N"))
}

fn values(entries: &crate::settings::file::Entries) -> Vec<(&'static str, String)> {
    entries.iter().map(|(name, entry)| (*name, format!("{:?}", entry.value))).collect()
}

fn is_same(file: &SettingsFile, context: &NewContext, home: Option<&Path>) -> Result<bool> {
    let text = format!("{}:\n{}", keys::CONTEXTS, yaml_text::contexts(std::slice::from_ref(context), 2));
    let alone = SettingsFile::parse(&file.path, text, home)?;
    let there = file.contexts.get(&context.name).map(values);
    Ok(there == alone.contexts.get(&context.name).map(values))
}

/// The new contexts below the last of those that are there.
fn insert(path: &Path, text: &str, added: &[NewContext]) -> Result<String> {
    if added.is_empty() {
        return Ok(text.to_owned());
    }
    let lines: Vec<&str> = text.lines().collect();
    let is_section = |line: &&str| {
        let rest = line.strip_prefix(keys::CONTEXTS).map(str::trim_start);
        rest.is_some_and(|rest| rest.starts_with(':'))
    };
    let Some(start) = lines.iter().position(is_section) else {
        let gap = if text.is_empty() || text.ends_with("\n\n") { "" } else { "\n" };
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        return Ok(format!("{text}{end}{gap}{}:\n{}", keys::CONTEXTS, yaml_text::contexts(added, 2)));
    };
    let after = lines[start].split_once(':').map_or("", |(_, rest)| rest).trim();
    if !after.is_empty() && !after.starts_with('#') {
        let error = Error::failed(format!(
            "cannot add contexts to {}:{}: they are written in one line",
            path.display(),
            start + 1
        ));
        return Err(error
            .hint("write each context on lines of its own, or paste what 'canvass config import' prints"));
    }
    let inside = |line: &&&str| line.starts_with([' ', '\t']);
    let below = &lines[start + 1..];
    let content =
        below.iter().take_while(|line| line.trim().is_empty() || line.starts_with([' ', '\t', '#']));
    let last = content.enumerate().filter(|(_, line)| inside(line)).map(|(at, _)| at + 1).last().unwrap_or(0);
    let indent = below[..last]
        .iter()
        .find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
        .map_or(2, |line| line.len() - line.trim_start().len());
    let at = start + 1 + last;
    let mut merged: String = lines[..at].iter().map(|line| format!("{line}\n")).collect();
    merged.push_str(&yaml_text::contexts(added, indent));
    merged.extend(lines[at..].iter().map(|line| format!("{line}\n")));
    Ok(merged)
}
