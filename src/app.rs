//! Composition root: wires real or demo AWS, organization, catalog and engine.
//!
//! The only place that knows whether AWS is the demo: from here on the difference lies below the SDK.

mod kept;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;

use crate::aws::{Aws, KeepSessions, KeptSessions, Prompt, SessionPolicy, Transport};
use crate::catalog::Catalog;
use crate::catalog::table::{SourceKind, Value};
use crate::demo::{self, Knobs, World};
use crate::engine::{Accounts, Answer, Engine, EngineParts, SourceSet, Tables};
use crate::error::{Error, Result};
use crate::model::{AccountId, Coverage, Scope};
use crate::org::Directory;
use crate::plan::Plan;
use crate::settings::{
    CacheSettings, CredentialCache, CredentialSettings, LoadInputs, NetworkSettings, RoutingSettings,
    Settings, SourceChoice,
};
use crate::sources::api::ApiSource;
use crate::sources::cached::{CachedSource, KeptRows, Reuse};
use crate::sources::config::{ConfigSource, Hub};
use crate::sources::cost::CostSource;
use crate::sources::cur::CurSource;
use crate::sources::invocations::InvocationsSource;
use crate::sources::logs::LogsSource;
use crate::sources::metrics::MetricsSource;
use crate::sources::organizations::OrganizationsSource;
use crate::sources::router::Router;
use crate::sources::{Reader, Source};
use crate::store::statistics::Statistics;
use crate::store::{AnswerHead, LastAnswer, Records, Store};

pub use kept::{Ran, last_statement, row_cache};

/// Everything a command needs that asks AWS.
pub struct App {
    pub settings: Arc<Settings>,
    pub catalog: Arc<Catalog>,
    pub aws: Arc<Aws>,
    pub directory: Arc<Directory>,
    pub engine: Engine,
    pub last_answer: LastAnswer,
    store: Arc<Store>,
    place: String,
    rows: Option<Arc<KeptRows>>,
}

impl App {
    /// `reuse` says what of earlier runs may be used: rows, accounts and regions.
    pub fn new(settings: Settings, prompt: Arc<dyn Prompt>, reuse: Reuse) -> Result<Self> {
        if matches!(reuse, Reuse::Only) && !settings.cache.rows {
            return Err(Error::usage("no rows are kept: the cache is off").hint("set cache: true"));
        }
        let catalog = catalog(&settings)?;
        Self::over(settings, catalog, prompt, reuse)
    }

    /// The same over tables of the caller's choice.
    pub fn over(settings: Settings, catalog: Catalog, prompt: Arc<dyn Prompt>, reuse: Reuse) -> Result<Self> {
        let settings = Arc::new(routed(settings, &reuse));
        let catalog = Arc::new(catalog);
        let transport = transport(&settings)?;
        let store = Arc::new(Store::open(&settings.paths));
        let kept = kept_sessions(&settings, &store);
        let aws = Aws::keeping(Arc::clone(&settings), Arc::clone(&catalog), transport, prompt, kept)?;
        let aws = Arc::new(aws);
        let place = kept::place(&settings)?;
        let choice = format!("{place}\n{}", crate::aws::choice(&settings.credentials));
        let directory = Directory::new(
            Arc::clone(&settings),
            Arc::clone(&catalog),
            Arc::clone(&aws),
            Arc::clone(&store),
            choice.clone(),
        );
        let directory = Arc::new(match reuse {
            Reuse::Never => directory.fresh(),
            Reuse::Only => directory.remembered_only(),
            Reuse::WithinLifetime | Reuse::Retry(_) => directory,
        });
        let reader: Arc<dyn Reader> = Arc::clone(&aws) as Arc<dyn Reader>;
        let operations = Arc::clone(&aws);
        let last_answer = LastAnswer::of(&settings.paths);
        let rows = settings.cache.rows.then(|| {
            let whose = Arc::new(kept::Identity {
                aws: Arc::clone(&aws),
                store: Arc::clone(&store),
                choice,
                only_memory: matches!(reuse, Reuse::Only),
            });
            kept::rows(&settings, reuse, whose, &aws, &place)
        });
        let source = |source: Arc<dyn Source>| match &rows {
            Some(rows) => Arc::new(CachedSource::new(source, Arc::clone(rows))) as Arc<dyn Source>,
            None => source,
        };
        let hub = Arc::new(HubOf {
            directory: Arc::clone(&directory),
            store: Arc::clone(&store),
            place: place.clone(),
        });
        let config = Arc::new(ConfigSource::new(Arc::clone(&reader), Arc::clone(&settings), hub));
        let router = Router::new(
            source(Arc::new(ApiSource::new(Arc::clone(&reader), Arc::clone(&settings)))),
            source(Arc::clone(&config) as Arc<dyn Source>),
            config,
            Arc::clone(&settings),
        );
        let engine = Engine::new(EngineParts {
            settings: Arc::clone(&settings),
            catalog: Arc::clone(&catalog) as Arc<dyn Tables>,
            directory: Arc::clone(&directory) as Arc<dyn Accounts>,
            sources: SourceSet::default()
                .with(SourceKind::Api, Arc::new(router))
                .with(
                    SourceKind::Metrics,
                    source(Arc::new(MetricsSource::new(Arc::clone(&reader), Arc::clone(&settings)))),
                )
                .with(
                    SourceKind::Logs,
                    source(Arc::new(LogsSource::new(Arc::clone(&reader), Arc::clone(&settings)))),
                )
                .with(
                    SourceKind::Invocations,
                    source(Arc::new(InvocationsSource::new(Arc::clone(&reader), Arc::clone(&settings)))),
                )
                .with(
                    SourceKind::Organizations,
                    source(Arc::new(OrganizationsSource::new(reader.clone(), Arc::clone(&settings)))),
                )
                // Files are read anew each time: nobody knows when the next version is there.
                .with(SourceKind::Cur, Arc::new(CurSource::new(reader.clone(), Arc::clone(&settings))))
                .with(
                    SourceKind::Cost,
                    source(Arc::new(CostSource::new(
                        Arc::clone(&aws),
                        Arc::clone(&directory),
                        Arc::clone(&settings),
                    ))),
                ),
            operations: Arc::new(move |id: &str| operations.read_operation(id)),
            last_answer: last_answer.clone(),
            tally: aws.tally(),
            statistics: Statistics::new(Arc::clone(&store), place.clone()),
        });
        Ok(Self { settings, catalog, aws, directory, engine, last_answer, store, place, rows })
    }

    /// `attached`, or where not and why.
    pub fn session_policy(&self) -> String {
        match self.aws.session_policy() {
            SessionPolicy::Attached => "attached".to_owned(),
            SessionPolicy::Partly { why } => format!("attached, but for some accounts: {why}"),
            SessionPolicy::None { why } => format!("none: {why}"),
        }
    }

    /// What the operator should know about how the accounts were found and entered.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = self.aws.notes();
        if let Some(organization) = self.directory.known_organization() {
            notes.extend(organization.notes.iter().cloned());
        }
        notes
    }

    /// What the ledger of an answer is kept under.
    pub fn head(&self, plan: &Plan) -> AnswerHead {
        AnswerHead {
            plan_id: plan.id(),
            statement: plan.sql.clone(),
            started_at: self.settings.now.unwrap_or_else(chrono::Utc::now),
        }
    }

    /// Keeps the ledger for `_coverage`, unless nobody was asked anything. A note where that fails.
    pub fn keep(&self, head: &AnswerHead, answer: &Answer, coverage: &Coverage) -> Option<String> {
        if !answer.asks() {
            return None;
        }
        let kept = self.last_answer.keep(head.clone(), coverage);
        kept.err().map(|why| format!("the ledger of this answer was not kept for _coverage: {why}"))
    }

    /// A line for each reason why columns of the plan are null in every row.
    pub fn always_null(&self, plan: &Plan) -> Vec<String> {
        let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for scan in &plan.scans {
            let Some(table) = self.catalog.table(&scan.table) else { continue };
            for name in &scan.columns {
                if let Some(Value::Unavailable { reason }) = table.column(name).map(|column| &column.value) {
                    reasons.entry(reason.clone()).or_default().push(format!("{}.{name}", scan.table));
                }
            }
        }
        let is = |columns: &[String]| if columns.len() == 1 { "is" } else { "are" };
        let line = |(reason, columns): (String, Vec<String>)| {
            format!("{} {} always null: {reason}", columns.join(", "), is(&columns))
        };
        reasons.into_iter().map(line).collect()
    }
}

/// Whoever wants nothing that is kept wants nothing that was recorded either, but for saying so.
fn routed(mut settings: Settings, reuse: &Reuse) -> Settings {
    if matches!(reuse, Reuse::Never) && settings.routing.source == SourceChoice::Auto {
        settings.routing.source = SourceChoice::Api;
    }
    settings
}

/// The account that the organization is asked from, as the directory knows it.
struct HubOf {
    directory: Arc<Directory>,
    store: Arc<Store>,
    place: String,
}

#[async_trait]
impl Hub for HubOf {
    async fn account(&self) -> Option<AccountId> {
        self.directory.hub_account().await.ok()
    }

    fn kept(&self, key: &str, max_age: Duration) -> Option<String> {
        self.store.get("recorders", &format!("{key}|{}", self.place), max_age).map(|(text, _)| text)
    }

    fn keep(&self, key: &str, text: &str) {
        self.store.put("recorders", &format!("{key}|{}", self.place), text);
    }
}

/// The settings in force. Roles, credentials, endpoints and the list of accounts in files and variables
/// are those of the operator's own organization: the demo has others, and only a typed flag changes them.
pub fn settings(inputs: &LoadInputs, resolved: Settings) -> Result<Settings> {
    if resolved.demo.is_none() {
        return Ok(resolved);
    }
    let typed = inputs.load_flags_alone()?;
    Ok(Settings {
        partition: typed.partition,
        home_region: typed.home_region,
        organization: typed.organization,
        credentials: CredentialSettings {
            // A knob of the demo makes it ask for one; whoever asks for none ignores it.
            external_id: resolved.credentials.external_id,
            // Where this machine keeps things is the operator's business in any organization.
            cache: resolved.credentials.cache,
            ..typed.credentials
        },
        routing: RoutingSettings { aggregator: typed.routing.aggregator, ..resolved.routing },
        network: NetworkSettings {
            endpoint_url: typed.network.endpoint_url,
            ca_bundle: typed.network.ca_bundle,
            proxy: typed.network.proxy,
            use_fips: typed.network.use_fips,
            use_dual_stack: typed.network.use_dual_stack,
            ..resolved.network
        },
        cur_path: typed.cur_path.or_else(|| Some(demo::CUR_PATH.to_owned())),
        ..resolved
    })
}

/// The tables: ours, and the user's from `<config>/tables`.
pub fn catalog(settings: &Settings) -> Result<Catalog> {
    let catalog = Catalog::builtin()?;
    let own = settings.paths.config.join("tables");
    if own.is_dir() { catalog.with_folder(&own) } else { Ok(catalog) }
}

/// An app over the demo, whatever the settings say: for statements that are planned and never run.
pub fn rehearsal(inputs: &LoadInputs, resolved: Settings, catalog: Catalog) -> Result<App> {
    let demo = Settings {
        demo: Some("accounts=3".to_owned()),
        scope: Scope::default(),
        cache: CacheSettings { rows: false, ..resolved.cache },
        ..resolved
    };
    App::over(settings(inputs, demo)?, catalog, Arc::new(NoPrompt), Reuse::Never)
}

/// The demo has no device to be asked about.
struct NoPrompt;

impl Prompt for NoPrompt {
    fn mfa_code(&self, serial: &str) -> Result<String> {
        Err(Error::failed(format!("nobody is here to be asked about {serial}")))
    }
}

/// The demo organization that the settings ask for; the default one where they ask for none.
pub fn demo_world(settings: &Settings) -> Result<Arc<World>> {
    let knobs: Knobs = settings.demo.as_deref().unwrap_or_default().parse()?;
    let now = settings.now.unwrap_or_else(chrono::Utc::now);
    Ok(Arc::new(World::new(&knobs, now, Arc::new(Catalog::builtin()?))?))
}

impl KeepSessions for Records {
    fn get(&self, key: &str, name: &str) -> Option<(String, SystemTime)> {
        Records::get(self, key, name)
    }

    fn put(&self, key: &str, name: &str, body: &str, until: SystemTime) {
        Records::put(self, key, name, body, until);
    }

    fn remove(&self, key: &str, name: &str, body: &str) {
        Records::remove(self, key, name, body);
    }
}

fn kept_sessions(settings: &Settings, store: &Store) -> Option<KeptSessions> {
    if settings.credentials.cache == CredentialCache::Memory {
        return None;
    }
    // Sessions of one world are unknown in every other, and in the same one at another time.
    let place = match &settings.demo {
        None => "aws".to_owned(),
        Some(knobs) => format!("demo {knobs} {:?}", settings.now),
    };
    Some(KeptSessions { keeper: Arc::new(store.records("sessions")), place })
}

fn transport(settings: &Settings) -> Result<Transport> {
    if settings.demo.is_none() {
        return Ok(Transport::default());
    }
    let world = demo_world(settings)?;
    let keys = demo::base_credentials();
    Ok(Transport {
        http_client: Some(demo::http_client(Arc::clone(&world))),
        credentials: Some(SharedCredentialsProvider::new(Credentials::from_keys(
            keys.access_key_id,
            keys.secret_access_key,
            None,
        ))),
    })
}
