//! canvass beside a real PostgreSQL: the same rows, the same statements, equal answers.
//!
//! | file | holds |
//! |---|---|
//! | `server`, `wire` | a private server and a client of its protocol |
//! | `world`, `frozen` | the demo world's rows on both sides, at one instant |
//! | `queries`, `queries/*.sql` | the statements |
//! | `answer`, `shown` | what an answer is, and when two are equal |
//! | `random`, `maker` | statements made from a seed |
//! | `speed` | a million documents, timed beside PostgreSQL |
//! | `published`, `schema` | a folder of statements over tables described by a file of DDL |
//!
//! `CANVASS_TEST_QUERIES=numbers.sql cargo test --test all postgres::` runs the statements whose name
//! (`numbers.sql:12 ...`) contains that. `CANVASS_TEST_POSTGRES` names a folder of server programs.

mod answer;
mod frozen;
mod maker;
mod published;
mod queries;
mod random;
mod schema;
mod server;
mod shown;
mod speed;
mod wire;
mod world;

use queries::{Expected, Statement};
use wire::{Connection, ServerError};
use world::World;

#[test]
fn every_statement_has_postgresqls_answer() {
    let Some(world) = World::shared() else { return };
    let statements = queries::all();
    assert!(!statements.is_empty());
    let share = statements.len().div_ceil(2);
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let judge = |part: &[Statement]| -> Vec<String> {
            let mut postgres = world.connect();
            let judged = part.iter().map(|statement| (statement, compare(world, &mut postgres, statement)));
            judged.filter_map(|(s, wrong)| Some(format!("{}\n{}\n  {}", s.name, s.sql, wrong?))).collect()
        };
        let threads: Vec<_> = statements.chunks(share).map(|part| scope.spawn(move || judge(part))).collect();
        threads.into_iter().flat_map(|t| t.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{} of {} differ:\n\n{}", wrong.len(), statements.len(), wrong.join("\n\n"));
}

/// What is not as expected, in words.
fn compare(world: &World, postgres: &mut Connection, statement: &Statement) -> Option<String> {
    let theirs = ask_postgres(postgres, &statement.sql, &statement.args);
    let ours = world.canvass(&statement.sql, &statement.args);
    match (statement.expected, ours, theirs) {
        (Expected::Equal, Ok(ours), Ok(theirs)) => ours.difference(&theirs, is_ordered(&statement.sql)),
        (Expected::EqualValues, Ok(mut ours), Ok(theirs)) => {
            ours.columns.clone_from(&theirs.columns);
            ours.difference(&theirs, is_ordered(&statement.sql))
        }
        (Expected::SameError, Err(ours), Err(theirs)) => other_error(&ours, &theirs, &statement.sql),
        (Expected::AnyError, Err(_), Err(_)) | (Expected::Refused, Err(_), Ok(_)) => None,
        (_, Err(ours), Ok(_)) => Some(format!("canvass: {ours}")),
        (_, Ok(_), Err(theirs)) => Some(format!("PostgreSQL: {} ({})", theirs.message, theirs.code)),
        (_, Err(ours), Err(theirs)) => Some(format!("canvass: {ours}\n  PostgreSQL: {}", theirs.message)),
        (expected, Ok(ours), Ok(_)) => Some(format!("{expected:?} was expected, canvass answers\n{ours}")),
    }
}

fn ask_postgres(
    postgres: &mut Connection,
    sql: &str,
    args: &[String],
) -> Result<answer::Answer, ServerError> {
    let sql = frozen::statement(sql);
    if args.is_empty() {
        return postgres.query(&sql);
    }
    postgres.query(&format!("prepare asked as {sql}"))?;
    let quoted: Vec<String> = args.iter().map(|a| format!("'{}'", a.replace('\'', "''"))).collect();
    let answer = postgres.query(&format!("execute asked({})", quoted.join(", ")));
    postgres.query("deallocate asked")?;
    answer
}

fn is_ordered(sql: &str) -> bool {
    // The last ORDER BY counts if no parenthesis closes after it.
    sql.to_lowercase().rfind("order by").is_some_and(|at| {
        let depth = sql[at..].chars().try_fold(0i32, |depth, c| match c {
            '(' => Some(depth + 1),
            ')' if depth == 0 => None,
            ')' => Some(depth - 1),
            _ => Some(depth),
        });
        depth.is_some()
    })
}

fn other_error(ours: &str, theirs: &ServerError, sql: &str) -> Option<String> {
    let place = theirs.position.map(|at| {
        let before: Vec<&str> = sql.split('\n').collect();
        let (mut line, mut column) = (1, at);
        for text in before {
            let width = text.chars().count() + 1;
            if column <= width {
                break;
            }
            column -= width;
            line += 1;
        }
        format!("(line {line}, column {column})")
    });
    let expected = [Some(theirs.message.clone()), place].into_iter().flatten().collect::<Vec<_>>().join(" ");
    (!ours.contains(&expected)).then(|| format!("canvass: {ours}\n  expected: {expected}"))
}
