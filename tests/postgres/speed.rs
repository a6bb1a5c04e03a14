//! `->>` filter and group over a million documents of an instance's size, beside PostgreSQL on the same core:
//!
//! ```text
//! CANVASS_TEST_SPEED=1000000 taskset -c 1 cargo test --release --test all postgres::speed -- --nocapture
//! ```
//!
//! The documents are the demo's instances, over and over; the source hands the same batch on again, so that what is
//! measured is the operators. PostgreSQL runs without parallel workers. The best of three runs counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use arrow::array::{Array as _, RecordBatch, StringArray};
use arrow::datatypes::Schema;
use async_trait::async_trait;
use canvass::catalog::table::SourceKind;
use canvass::engine::{Engine, EngineParts, SourceSet};
use canvass::sources::field::field;
use canvass::sources::{RowSink, Source, UnitOutcome, UnitTask};
use canvass::store::LastAnswer;
use canvass::store::statistics::Statistics;

use super::schema::Described;
use super::world::World;

const ROWS_OF_A_BATCH: usize = 8_192;

const DOCUMENTS: &str = "select jsonb_build_object('InstanceId', instance_id, 'InstanceType', instance_type, 'State', \
    jsonb_build_object('Name', instance_state), 'LaunchTime', launch_time, 'BlockDeviceMappings', block_device_mappings, \
    'NetworkInterfaces', network_interfaces, 'SecurityGroups', security_groups, 'Tags', tags_src, 'MetadataOptions', \
    metadata_options, 'VpcId', vpc_id, 'SubnetId', subnet_id, 'ImageId', image_id) from aws_ec2_instance order by 1";

const QUESTIONS: [&str; 2] = [
    "select doc ->> 'InstanceType' as kind, count(*) from documents where doc -> 'State' ->> 'Name' = 'running' \
     group by 1 order by 1",
    "select doc ->> 'VpcId' as vpc, count(*) from documents where doc ->> 'InstanceType' like 't3%' group by 1 order by 1",
];

#[test]
fn a_million_documents_are_filtered_and_grouped() {
    let rows = std::env::var("CANVASS_TEST_SPEED").ok().and_then(|n| n.parse::<usize>().ok());
    let (Some(rows), Some(world)) = (rows, World::shared()) else { return };
    let documents: Vec<String> = world
        .canvass(DOCUMENTS, &[])
        .unwrap()
        .rows
        .into_iter()
        .filter_map(|mut row| row.pop().flatten())
        .collect();
    let bytes: usize = documents.iter().map(String::len).sum();
    eprintln!("{rows} documents of {} bytes", bytes / documents.len());

    let mut postgres = world.connect();
    let list: Vec<String> = documents.iter().map(|d| format!("('{}')", d.replace('\'', "''"))).collect();
    for statement in [
        "create schema speed".to_owned(),
        "set search_path = speed, pg_catalog".to_owned(),
        "set max_parallel_workers_per_gather = 0".to_owned(),
        "create unlogged table few (n serial, doc jsonb)".to_owned(),
        format!("insert into few (doc) values {}", list.join(", ")),
        "create unlogged table documents (doc jsonb)".to_owned(),
        format!(
            "insert into documents select doc from generate_series(0, {rows} - 1) i join few on few.n = i % {} + 1",
            documents.len()
        ),
        "vacuum analyze documents".to_owned(),
    ] {
        postgres.query(&statement).unwrap();
    }

    for question in QUESTIONS {
        let mut theirs = (Duration::MAX, None);
        let mut ours = (Duration::MAX, None);
        for _ in 0..3 {
            let started = Instant::now();
            let answer = postgres.query(question).unwrap();
            theirs = theirs.min_by_time(started.elapsed(), answer);
            let engine = engine(world, &documents, rows);
            let started = Instant::now();
            let answer = world.ask(&engine, question, &[]).unwrap();
            ours = ours.min_by_time(started.elapsed(), answer);
        }
        let ratio = ours.0.as_secs_f64() / theirs.0.as_secs_f64();
        eprintln!("{question}\n  PostgreSQL {:?}, canvass {:?}: {ratio:.2}", theirs.0, ours.0);
        let (ours, theirs) = (ours.1.unwrap(), theirs.1.unwrap());
        assert_eq!(ours.difference(&theirs, true), None);
    }
}

trait Best<T> {
    fn min_by_time(self, time: Duration, answer: T) -> Self;
}

impl<T> Best<T> for (Duration, Option<T>) {
    fn min_by_time(self, time: Duration, answer: T) -> Self {
        if time < self.0 { (time, Some(answer)) } else { self }
    }
}

fn engine(world: &World, documents: &[String], rows: usize) -> Engine {
    let texts: StringArray = documents
        .iter()
        .cycle()
        .take(ROWS_OF_A_BATCH.div_ceil(documents.len()) * documents.len())
        .map(Some)
        .collect();
    Engine::new(EngineParts {
        settings: world.demo().settings.clone(),
        catalog: Arc::new(Described::read("create table documents (\"doc\" jsonb);")),
        directory: world.demo().directory.clone(),
        sources: SourceSet::default()
            .with(SourceKind::Api, Arc::new(Same { texts, left: AtomicUsize::new(rows) })),
        operations: Arc::new(|_| None),
        last_answer: LastAnswer::of(&world.demo().settings.paths),
        tally: world.demo().aws.tally(),
        statistics: Statistics::none(),
    })
}

/// The same rows again and again, until all have been handed out.
struct Same {
    texts: StringArray,
    left: AtomicUsize,
}

#[async_trait]
impl Source for Same {
    fn name(&self) -> &'static str {
        "same"
    }

    async fn fetch(&self, task: &UnitTask, sink: &mut dyn RowSink) -> UnitOutcome {
        let columns = &task.request.columns;
        let fields: Vec<_> = columns.iter().map(|at| field(&task.request.table.columns[*at])).collect();
        let schema = Arc::new(Schema::new(fields));
        loop {
            let take = |left: usize| left.checked_sub(left.min(self.texts.len()));
            let Ok(left) =
                self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| take(n).filter(|_| n > 0))
            else {
                return UnitOutcome::default();
            };
            let texts = Arc::new(self.texts.slice(0, left.min(self.texts.len())));
            let arrays = columns.iter().map(|_| texts.clone() as arrow::array::ArrayRef).collect();
            let batch = RecordBatch::try_new(schema.clone(), arrays).unwrap();
            if sink.send(batch).await.is_break() {
                return UnitOutcome::default();
            }
        }
    }
}
