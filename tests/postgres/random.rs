//! Statements nobody thought of: expressions, joins, functions that return sets and aggregates over the
//! catalog's columns, made from a seed and asked of both sides.
//!
//! `cargo test` asks a few hundred. `CANVASS_TEST_RANDOM=1800` goes on for so many seconds,
//! `CANVASS_TEST_SEED=7` begins elsewhere; a disagreement names the seed of its statement.
//!
//! Errors that depend on the rows (a division by zero, text that is no number) may come on one side alone:
//! the order in which conditions are tried is nobody's promise. Errors of planning may not.

use std::time::{Duration, Instant};

use super::maker::Maker;
use super::wire::Connection;
use super::world::World;
use super::{ask_postgres, is_ordered};

/// Statements of an ordinary run.
const FEW: u64 = 250;

#[test]
fn random_statements_have_postgresqls_answers() {
    let Some(world) = World::shared() else { return };
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("CANVASS_TEST_SEED").unwrap_or(1);
    let seconds = number("CANVASS_TEST_RANDOM");
    let started = Instant::now();
    let mut postgres = world.connect();
    let (mut asked, mut rows, mut failed_alone) = (0_u64, 0, 0);
    let mut wrong = Vec::new();
    for seed in first.. {
        let over = match seconds {
            Some(seconds) => started.elapsed() >= Duration::from_secs(seconds),
            None => asked >= FEW,
        };
        if over || wrong.len() >= 20 {
            break;
        }
        let sql = Maker::new(seed, world).statement();
        asked += 1;
        let _named = Named { seed, sql: &sql };
        match judge(world, &mut postgres, &sql) {
            Verdict::Same(count) => rows += count,
            Verdict::FailedAlone => failed_alone += 1,
            Verdict::Different(why) => wrong.push(format!("seed {seed}\n{sql}\n  {why}")),
        }
    }
    eprintln!(
        "{asked} random statements, {rows} rows compared, {failed_alone} failed on one side over their rows"
    );
    assert!(wrong.is_empty(), "{} of {asked} differ:\n\n{}", wrong.len(), wrong.join("\n\n"));
    // A generator whose statements all fail compares nothing.
    assert!(rows as u64 > asked, "{rows} rows of {asked} statements");
}

/// A statement that ends in a panic is named as one that disagrees is.
struct Named<'a> {
    seed: u64,
    sql: &'a str,
}

impl Drop for Named<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("a panic at seed {}\n{}", self.seed, self.sql);
        }
    }
}

enum Verdict {
    Same(usize),
    FailedAlone,
    Different(String),
}

/// Beginnings of SQLSTATEs that depend on the rows: data exceptions, and too deep or large.
fn of_the_rows(code: &str) -> bool {
    code.starts_with("22") || code.starts_with("54") || code == "21000"
}

/// Whether equal values become one row, or only some of them are kept.
fn chooses(sql: &str) -> bool {
    ["distinct", " group by ", " union ", " except ", " intersect ", " limit "]
        .iter()
        .any(|word| sql.contains(word))
}

fn judge(world: &World, postgres: &mut Connection, sql: &str) -> Verdict {
    let theirs = ask_postgres(postgres, sql, &[]);
    match (world.canvass(sql, &[]), theirs) {
        (Ok(ours), Ok(theirs)) => match ours.difference(&theirs, is_ordered(sql)) {
            None => Verdict::Same(ours.rows.len()),
            // Values that are equal and look different (`1 mon` and `30 days`) come in any order.
            Some(_) if ours.has_ties() && ours.difference(&theirs, false).is_none() => {
                Verdict::Same(ours.rows.len())
            }
            Some(_)
                if chooses(sql)
                    && ours.without_scale().difference(&theirs.without_scale(), false).is_none() =>
            {
                Verdict::Same(ours.rows.len())
            }
            Some(why) => Verdict::Different(why),
        },
        (Err(_), Err(_)) => Verdict::Same(0),
        (Ok(_), Err(theirs)) if of_the_rows(&theirs.code) => Verdict::FailedAlone,
        (Ok(_), Err(theirs)) => {
            Verdict::Different(format!("PostgreSQL: {} ({})", theirs.message, theirs.code))
        }
        (Err(ours), Ok(_)) if ours.starts_with("the query failed: ") => {
            const OF_THE_ROWS: &[&str] = &[
                "division by zero",
                "invalid input syntax",
                "out of range",
                "cannot ",
                "must not",
                "negative",
                "overflow",
                "field value",
                "malformed",
                "not recognized",
                "too large",
            ];
            match OF_THE_ROWS.iter().any(|words| ours.contains(words)) {
                true => Verdict::FailedAlone,
                false => Verdict::Different(format!("canvass: {ours}")),
            }
        }
        (Err(ours), Ok(_)) => Verdict::Different(format!("canvass: {ours}")),
    }
}
