//! Contexts as the YAML that a person would write.

use std::fmt::Write as _;

use super::{NewAccount, NewContext, Setting};

/// The entries of a `contexts:` mapping, indented by so many blanks.
pub fn contexts(contexts: &[NewContext], indent: usize) -> String {
    let mut out = String::new();
    let pad = " ".repeat(indent);
    for context in contexts {
        let _ = writeln!(out, "{pad}# {}\n{pad}{}:", one_line(&context.about), scalar(&context.name));
        let mut group = None;
        for (key, setting) in &context.settings {
            let (own_group, name) = match key.split_once('.') {
                Some((group, name)) => (Some(group), name),
                None => (None, *key),
            };
            if own_group != group {
                group = own_group;
                if let Some(group) = group {
                    let _ = writeln!(out, "{pad}{pad}{group}:");
                }
            }
            let deeper = if group.is_some() { 3 } else { 2 };
            line(&mut out, &pad.repeat(deeper), name, setting);
        }
    }
    out
}

fn line(out: &mut String, pad: &str, name: &str, setting: &Setting) {
    let _ = match setting {
        Setting::Text(text) => writeln!(out, "{pad}{name}: {}", scalar(text)),
        Setting::Count(count) => writeln!(out, "{pad}{name}: {count}"),
        Setting::List(items) => {
            let items: Vec<String> = items.iter().map(|item| quoted(item)).collect();
            writeln!(out, "{pad}{name}: [{}]", items.join(", "))
        }
        Setting::Accounts(accounts) => {
            let lines: String = accounts.iter().map(|one| format!("{pad}  - {}\n", account(one))).collect();
            write!(out, "{pad}{name}:\n{lines}")
        }
    };
}

fn account(account: &NewAccount) -> String {
    let mut parts = vec![format!("id: {}", quoted(account.id.as_str()))];
    parts.extend(account.name.as_deref().map(|name| format!("name: {}", scalar(name))));
    if !account.tags.is_empty() {
        let tags: Vec<String> =
            account.tags.iter().map(|(key, value)| format!("{}: {}", scalar(key), scalar(value))).collect();
        parts.push(format!("tags: {{{}}}", tags.join(", ")));
    }
    parts.extend(account.profile.as_deref().map(|profile| format!("profile: {}", scalar(profile))));
    format!("{{{}}}", parts.join(", "))
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Words that are nothing else in YAML stand as they are.
fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/');
    let word = text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(plain);
    let other = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    if word && !other.contains(&text.to_lowercase().as_str()) { text.to_owned() } else { quoted(text) }
}

/// JSON's quotes are YAML's too; what YAML does not print is escaped.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' => {
                out.push(c)
            }
            c => {
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            }
        }
    }
    out.push('"');
    out
}
