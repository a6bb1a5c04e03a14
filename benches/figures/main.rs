//! `cargo bench` measures the figures canvass promises, against `canvass demo serve` in a process of its own,
//! and says which are met. `cargo bench -- warm` picks those whose name holds the word.
//!
//! What has an ideal is measured beside it, in the same run: a machine that is slow or busy slows both.

mod cpu;
mod details;
mod fan_out;
mod figure;
mod insights;
mod program;
mod rows;
mod server;
mod start;

use std::process::ExitCode;

use figure::{Figure, Verdict};

pub type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

type Measure = fn() -> Result<Vec<Figure>>;

const ALL: [(&str, Measure); 10] = [
    ("warm", fan_out::warm),
    ("cold", fan_out::cold),
    ("throttled", fan_out::throttled),
    ("units", fan_out::units),
    ("details", details::buckets_at_the_pace),
    ("rows", rows::million),
    ("insights", insights::day),
    ("help", start::help),
    ("cached", start::cached),
    ("cpu", cpu::beside_boto3),
];

#[expect(clippy::print_stdout, reason = "the table is what a benchmark is for")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --all-targets` runs this file too, and wants no benchmark.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let words: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let is_picked = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    println!("{}", Figure::head());
    let mut failed = false;
    for (name, measure) in ALL.into_iter().filter(|(name, _)| is_picked(name)) {
        let figures = measure().unwrap_or_else(|why| {
            failed = true;
            vec![Figure::not_measured(name, why.to_string())]
        });
        for figure in figures {
            println!("{figure}");
        }
    }
    println!("\n{}", Verdict::LEGEND);
    // A figure that is missed is news, not a failure; one that cannot be measured is.
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
