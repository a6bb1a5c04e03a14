//! Statements over the demo organization: engine, sources, sessions and signatures for real, no socket.

mod answers;
mod catalog_examples;
mod details;
mod joins;
mod predictions;
mod world_counts;

use std::sync::Arc;
use std::time::Duration;

use arrow::util::display::{ArrayFormatter, FormatOptions};
use aws_credential_types::provider::SharedCredentialsProvider;
use canvass::aws::{Aws, Transport};
use canvass::catalog::Catalog;
use canvass::catalog::table::SourceKind;
use canvass::demo::{self, Knobs, World};
use canvass::engine::{Answer, Engine, EngineParts, SourceSet};
use canvass::model::{AccountId, Coverage, Scope, Timestamp};
use canvass::org::Directory;
use canvass::settings::Settings;
use canvass::sources::Source;
use canvass::sources::api::ApiSource;
use canvass::sources::config::{ConfigSource, Hub};
use canvass::sources::cost::CostSource;
use canvass::sources::cur::CurSource;
use canvass::sources::invocations::InvocationsSource;
use canvass::sources::logs::LogsSource;
use canvass::sources::metrics::MetricsSource;
use canvass::sources::organizations::OrganizationsSource;
use canvass::sources::router::Router;
use canvass::store::statistics::Statistics;
use canvass::store::{LastAnswer, Store};
use futures::StreamExt;

use crate::support::product::{Nobody, default_settings, demo_keys};

/// An engine over a demo organization of its own, and the folder of its store.
pub struct Demo {
    pub engine: Engine,
    pub aws: Arc<Aws>,
    pub settings: Arc<Settings>,
    pub directory: Arc<Directory>,
    pub world: Arc<World>,
    _folder: tempfile::TempDir,
}

pub fn demo(knobs: &str, change: impl FnOnce(&mut Settings)) -> Demo {
    demo_with_sources(knobs, change, |source| source)
}

/// The same with AWS Config asked where it knows enough.
pub fn demo_routed(knobs: &str, change: impl FnOnce(&mut Settings)) -> Demo {
    build(knobs, change, |source| source, true)
}

/// Keeps what is known of recorders as the program does.
struct KeptHub(Arc<Directory>, Arc<Store>);

#[async_trait::async_trait]
impl Hub for KeptHub {
    async fn account(&self) -> Option<AccountId> {
        self.0.hub_account().await.ok()
    }

    fn kept(&self, key: &str, max_age: Duration) -> Option<String> {
        self.1.get("recorders", key, max_age).map(|(text, _)| text)
    }

    fn keep(&self, key: &str, text: &str) {
        self.1.put("recorders", key, text);
    }
}

/// The same with something in front of every source.
pub fn demo_with_sources(
    knobs: &str,
    change: impl FnOnce(&mut Settings),
    in_front: impl Fn(Arc<dyn Source>) -> Arc<dyn Source>,
) -> Demo {
    build(knobs, change, in_front, false)
}

fn build(
    knobs: &str,
    change: impl FnOnce(&mut Settings),
    in_front: impl Fn(Arc<dyn Source>) -> Arc<dyn Source>,
    routed: bool,
) -> Demo {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = default_settings();
    settings.paths.cache = folder.path().to_owned();
    settings.cur_path = Some(demo::CUR_PATH.to_owned());
    change(&mut settings);
    let settings = Arc::new(settings);

    let catalog = Arc::new(Catalog::builtin().unwrap());
    let knobs: Knobs = knobs.parse().unwrap();
    let now: Timestamp = settings.now.unwrap_or_else(chrono::Utc::now);
    let world = Arc::new(World::new(&knobs, now, catalog.clone()).unwrap());
    let transport = Transport {
        http_client: Some(demo::http_client(world.clone())),
        credentials: Some(SharedCredentialsProvider::new(demo_keys())),
    };
    let aws = Arc::new(Aws::new(settings.clone(), catalog.clone(), transport, Arc::new(Nobody)).unwrap());
    let store = Arc::new(Store::open(&settings.paths));
    let directory =
        Directory::new(settings.clone(), catalog.clone(), aws.clone(), store.clone(), "demo".to_owned());
    let api = Arc::new(ApiSource::new(aws.clone(), settings.clone()));
    let directory = Arc::new(directory);
    let api: Arc<dyn Source> = match routed {
        false => api,
        true => {
            let hub = Arc::new(KeptHub(Arc::clone(&directory), Arc::clone(&store)));
            let config = Arc::new(ConfigSource::new(aws.clone(), settings.clone(), hub));
            Arc::new(Router::new(api, Arc::clone(&config) as Arc<dyn Source>, config, settings.clone()))
        }
    };
    let organizations = Arc::new(OrganizationsSource::new(aws.clone(), settings.clone()));
    let metrics = Arc::new(MetricsSource::new(aws.clone(), settings.clone()));
    let logs = Arc::new(LogsSource::new(aws.clone(), settings.clone()));
    let invocations = Arc::new(InvocationsSource::new(aws.clone(), settings.clone()));
    let cost = Arc::new(CostSource::new(aws.clone(), directory.clone(), settings.clone()));
    let cur = Arc::new(CurSource::new(aws.clone(), settings.clone()));
    let sources = SourceSet::default()
        .with(SourceKind::Cost, in_front(cost))
        .with(SourceKind::Cur, in_front(cur))
        .with(SourceKind::Metrics, in_front(metrics))
        .with(SourceKind::Api, in_front(api))
        .with(SourceKind::Logs, in_front(logs))
        .with(SourceKind::Invocations, in_front(invocations))
        .with(SourceKind::Organizations, in_front(organizations));
    let operations = {
        let aws = aws.clone();
        Arc::new(move |id: &str| aws.read_operation(id))
    };
    let last_answer = LastAnswer::of(&settings.paths);
    let engine = Engine::new(EngineParts {
        settings: settings.clone(),
        catalog,
        directory: directory.clone(),
        sources,
        operations,
        last_answer,
        tally: aws.tally(),
        statistics: Statistics::new(Arc::clone(&store), "demo".to_owned()),
    });
    Demo { engine, aws, settings, directory, world, _folder: folder }
}

pub fn scope(accounts: &[&str], regions: &[&str]) -> Scope {
    let own = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
    Scope::parse(&own(accounts), &[], &[], &own(regions)).unwrap()
}

/// Rows as text, `|` between columns, NULL as `∅`, in the order they came.
pub async fn rows(answer: &mut Answer) -> Vec<String> {
    let options = FormatOptions::default().with_null("∅");
    let mut shown = Vec::new();
    while let Some(batch) = answer.batches.next().await {
        let batch = batch.unwrap();
        let columns: Vec<ArrayFormatter> =
            batch.columns().iter().map(|c| ArrayFormatter::try_new(c, &options).unwrap()).collect();
        for row in 0..batch.num_rows() {
            shown.push(columns.iter().map(|c| c.value(row).to_string()).collect::<Vec<_>>().join("|"));
        }
    }
    shown
}

pub async fn ask(demo: &Demo, sql: &str) -> (Vec<String>, Coverage) {
    let prepared = demo.engine.prepare(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    let mut answer = prepared.run().await.unwrap();
    let rows = rows(&mut answer).await;
    (rows, answer.coverage().await)
}
