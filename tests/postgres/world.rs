//! The demo world's rows on both sides: canvass over rows it read once, and PostgreSQL over a copy of
//! what canvass shows for `select *`.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock};

use arrow::array::RecordBatch;
use async_trait::async_trait;
use canvass::catalog::Catalog;
use canvass::catalog::table::Sensitivity;
use canvass::engine::{Engine, Parameters};
use canvass::sources::{RowSink, ScanRequest, Source, UnitOutcome, UnitTask};
use futures::StreamExt as _;
use parking_lot::Mutex;
use tokio::runtime::Runtime;

use super::answer::{Answer, Column};
use super::server::Server;
use super::wire::Connection;
use super::{frozen, shown};
use crate::engine_on_demo::{Demo, demo_with_sources, scope};
use crate::support::canvass::NOW;
use crate::support::demo_tables::{DEMO_TABLES, answered_tables};

/// Enough accounts for joins, denials and duplicates; few enough to be read in a moment.
const ACCOUNTS: &[&str] = &["payments-*", "data-*", "sandbox-*"];
const REGIONS: &[&str] = &["us-east-1", "eu-west-1"];

/// A few of every kind; all that the demo answers where published statements are to be answered too.
fn tables() -> Vec<String> {
    if std::env::var_os("CANVASS_TEST_ANSWERS").is_none() {
        return DEMO_TABLES.map(str::to_owned).to_vec();
    }
    let catalog = Catalog::builtin().unwrap();
    answered_tables(&catalog).into_iter().map(str::to_owned).collect()
}

pub struct World {
    runtime: Runtime,
    demo: Demo,
    server: &'static Server,
    /// Columns of every table, as both sides have them.
    pub tables: Vec<(String, Vec<Column>)>,
}

impl World {
    /// The world all tests of this binary share; `None` after saying who did not judge.
    pub fn shared() -> Option<&'static World> {
        static SHARED: OnceLock<Option<World>> = OnceLock::new();
        SHARED.get_or_init(|| Server::shared().map(World::new)).as_ref()
    }

    fn new(server: &'static Server) -> World {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let demo = demo_with_sources(
            "",
            |settings| {
                settings.scope = scope(ACCOUNTS, REGIONS);
                settings.now = Some(NOW.parse().unwrap());
            },
            |source| Arc::new(Recorded { source, units: Mutex::default() }),
        );
        let mut world = World { runtime, demo, server, tables: Vec::new() };
        let mut postgres = server.connect("postgres");
        let run = |postgres: &mut Connection, sql: &str| {
            postgres.query(sql).unwrap_or_else(|e| panic!("{}\n{sql}", e.message));
        };
        run(&mut postgres, frozen::DEFINITIONS);
        for table in tables() {
            let rows = match world.canvass(&format!("select * from {table}"), &[]) {
                Ok(rows) => rows,
                // Some of all tables take a key.
                Err(why) if !DEMO_TABLES.contains(&table.as_str()) => {
                    eprintln!("{table} is left out: {why}");
                    continue;
                }
                Err(why) => panic!("{table}: {why}"),
            };
            run(&mut postgres, &definition(&table, &rows.columns));
            postgres
                .copy_in(&format!("copy aws.{table} from stdin"), &copied(&rows))
                .unwrap_or_else(|e| panic!("{table}: {}", e.message));
            world.tables.push((table, rows.columns));
        }
        run(&mut postgres, "analyze");
        world
    }

    /// Plans without running; parameters may be open.
    pub fn plan(&self, engine: &Engine, sql: &str) -> Result<(), String> {
        let open = Parameters::Open(Vec::new());
        self.runtime.block_on(engine.prepare_with(sql, &open)).map(|_| ()).map_err(|e| e.to_string())
    }

    pub fn demo(&self) -> &Demo {
        &self.demo
    }

    /// A connection that sees the demo world at the frozen instant.
    pub fn connect(&self) -> Connection {
        self.server.connect("postgres")
    }

    /// canvass's answer, or its error as text.
    pub fn canvass(&self, sql: &str, args: &[String]) -> Result<Answer, String> {
        self.ask(&self.demo.engine, sql, args)
    }

    /// The same of another engine in the same runtime.
    pub fn ask(&self, engine: &Engine, sql: &str, args: &[String]) -> Result<Answer, String> {
        let parameters = Parameters::Given(args.to_vec());
        self.runtime.block_on(async {
            let prepared = engine.prepare_with(sql, &parameters).await.map_err(|e| e.to_string())?;
            let mut answer = prepared.run().await.map_err(|e| e.to_string())?;
            let column = |c: &canvass::engine::AnswerColumn| Column {
                name: c.name.clone(),
                pg_type: c.pg_type.clone(),
            };
            let mut whole = Answer { columns: answer.columns.iter().map(column).collect(), rows: Vec::new() };
            while let Some(batch) = answer.batches.next().await {
                let batch = batch.map_err(|e| e.to_string())?;
                let cells = |row| batch.columns().iter().map(|array| shown::value(array, row)).collect();
                whole.rows.extend((0..batch.num_rows()).map(cells));
            }
            Ok(whole)
        })
    }
}

fn definition(table: &str, columns: &[Column]) -> String {
    let columns: Vec<String> = columns
        .iter()
        .map(|c| format!("\"{}\" {}", c.name, if c.pg_type == "ltree" { "public.ltree" } else { &c.pg_type }))
        .collect();
    format!("create table aws.{table} ({})", columns.join(", "))
}

/// PostgreSQL's text format of COPY.
fn copied(rows: &Answer) -> String {
    let mut text = String::new();
    for row in &rows.rows {
        for (at, value) in row.iter().enumerate() {
            if at > 0 {
                text.push('\t');
            }
            match value {
                None => text.push_str("\\N"),
                Some(value) => {
                    let escaped = value.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n");
                    let _ = write!(text, "{}", escaped.replace('\r', "\\r"));
                }
            }
        }
        text.push('\n');
    }
    text
}

/// Asks a source once per unit, for everything but sensitive columns, and answers from that ever after.
struct Recorded {
    source: Arc<dyn Source>,
    units: Mutex<HashMap<(String, String, String), Arc<Recording>>>,
}

struct Recording {
    columns: Vec<usize>,
    batches: Vec<RecordBatch>,
    outcome: UnitOutcome,
}

#[derive(Default)]
struct Kept(Vec<RecordBatch>);

#[async_trait]
impl RowSink for Kept {
    async fn send(&mut self, batch: RecordBatch) -> ControlFlow<()> {
        self.0.push(batch);
        ControlFlow::Continue(())
    }
}

#[async_trait]
impl Source for Recorded {
    fn name(&self) -> &'static str {
        self.source.name()
    }

    async fn fetch(&self, task: &UnitTask, sink: &mut dyn RowSink) -> UnitOutcome {
        let table = &task.request.table;
        let key = (table.name.clone(), task.account.id.to_string(), task.region.to_string());
        let known = self.units.lock().get(&key).cloned();
        let recording = match known {
            Some(recording) => recording,
            None => {
                let recording = Arc::new(self.record(task).await);
                self.units.lock().insert(key, Arc::clone(&recording));
                recording
            }
        };
        for batch in &recording.batches {
            let place = |wanted: &usize| recording.columns.iter().position(|c| c == wanted);
            let places: Option<Vec<usize>> = task.request.columns.iter().map(place).collect();
            let projected = batch.project(&places.expect("a column that is not sensitive")).unwrap();
            if sink.send(projected).await.is_break() {
                break;
            }
        }
        recording.outcome.clone()
    }
}

impl Recorded {
    async fn record(&self, task: &UnitTask) -> Recording {
        let table = Arc::clone(&task.request.table);
        let plain = |at: &usize| table.columns[*at].sensitivity == Sensitivity::Plain;
        let columns: Vec<usize> = (0..table.columns.len()).filter(plain).collect();
        let request = ScanRequest {
            columns: columns.clone(),
            quals: HashMap::new().into_iter().collect(),
            recorded_quals: Default::default(),
            source: Default::default(),
            tuples: Vec::new(),
            left_out: Default::default(),
            limit: None,
            first_rows: false,
            actions: Arc::clone(&task.request.actions),
            table,
        };
        let whole = UnitTask { request: Arc::new(request), ..task.clone() };
        let mut kept = Kept::default();
        let outcome = self.source.fetch(&whole, &mut kept).await;
        Recording { columns, batches: kept.0, outcome }
    }
}
