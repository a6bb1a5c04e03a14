//! The program as an operator meets it: what every command prints, where, and how it ends.
//!
//! `cargo insta review` shows what changed; read it as the operator would.

mod accounts;
mod coverage;
mod demo;
mod doctor;
mod faults;
mod formats;
mod help;
mod history;
mod observing;
mod pace;
mod price;
mod query;
mod refusals;
mod schema;
mod settings;
#[cfg(unix)]
mod signals;
mod tables;
mod terminal;
mod watch;

use crate::support::canvass::{Canvass, assert_text, transcript};

/// Each list of words typed after `canvass`, in one snapshot.
fn assert_transcript(name: &str, canvass: &Canvass, typed: &[&[&str]]) {
    assert_text(name, &transcript(typed.iter().map(|words| (*words, canvass.run(words)))));
}

/// Each statement given to `canvass --demo query`, in one snapshot.
fn assert_statements(name: &str, statements: &[&str]) {
    let typed: Vec<[&str; 3]> = statements.iter().map(|sql| ["--demo", "query", *sql]).collect();
    let typed: Vec<&[&str]> = typed.iter().map(<[&str; 3]>::as_slice).collect();
    assert_transcript(name, &Canvass::new(), &typed);
}
