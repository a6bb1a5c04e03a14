//! The made-up organization: accounts, three tables, and a source that counts what it is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, RecordBatchOptions, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::Schema;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use async_trait::async_trait;
use futures::StreamExt;
use parking_lot::Mutex;

use crate::aws::ActionSet;
use crate::catalog::table::{self, *};
use crate::catalog::{kept, price};
use crate::engine::{Accounts, Answer, Engine, EngineParts, ScopeAccounts, SourceSet, Tables};
use crate::error::Result;
use crate::model::*;
use crate::org::{RegionState, Tags};
use crate::settings::*;
use crate::sources::field::field;
use crate::sources::{RowSink, ScanRequest, Source, UnitOutcome, UnitTask};
use crate::store::LastAnswer;
use crate::store::statistics::Statistics;

pub const ACCOUNTS: &[(&str, &str, &str, &str)] = &[
    ("100000000001", "management", "Root", "none"),
    ("100000000002", "payments-prod", "Root/Workloads/Prod", "production"),
    ("100000000003", "payments-dev", "Root/Workloads/Dev", "dev"),
    ("100000000004", "data-prod", "Root/Workloads/Prod", "production"),
];

pub fn account(id: &str, name: &str, ou: &str, env: &str) -> Account {
    let mut account = Account::bare(id.parse().unwrap());
    account.name = name.to_owned();
    account.ou_path = Some(OuPath::new(ou));
    account.tags = [("env".to_owned(), env.to_owned())].into();
    account
}

pub fn column(name: &str, kind: ColumnType, value: Value) -> Column {
    Column {
        name: name.to_owned(),
        kind,
        description: String::new(),
        value,
        transforms: Vec::new(),
        fallback: None,
        default: None,
        sensitivity: Sensitivity::Plain,
    }
}

pub fn path(name: &str, kind: ColumnType) -> Column {
    column(name, kind, Value::Path { origin: table::Origin::Row, path: name.to_owned() })
}

fn common() -> Vec<Column> {
    use Common::*;
    [
        ("account_id", AccountId, ColumnType::Text),
        ("account_name", AccountName, ColumnType::Text),
        ("ou_path", OuPath, ColumnType::Text),
        ("account_tags", AccountTags, ColumnType::Json),
        ("region", Region, ColumnType::Text),
        ("partition", Partition, ColumnType::Text),
    ]
    .map(|(name, common, kind)| column(name, kind, Value::Common(common)))
    .into()
}

pub fn table(name: &str, scope: TableScope, mut columns: Vec<Column>) -> Table {
    columns.extend(common());
    Table {
        name: name.to_owned(),
        description: String::new(),
        synonyms: Vec::new(),
        service: "ec2".to_owned(),
        source: SourceKind::Api,
        scope,
        row_region: RowRegion::Unit,
        freshness: Freshness::Configuration,
        tier: 1,
        config_type: None,
        recorded: None,
        cloudformation_type: None,
        unavailable: None,
        list: vec![Call {
            operation: "ec2:DescribeInstances".to_owned(),
            rows: "@".to_owned(),
            ..Call::default()
        }],
        get: Vec::new(),
        details: Vec::new(),
        key_columns: Vec::new(),
        columns,
        examples: Vec::new(),
    }
}

/// `aws_vm` is regional, `aws_user` global, `aws_bucket` global with rows of any region, `aws_log`
/// needs a key, `aws_member` belongs to the organization.
fn tables() -> Vec<Table> {
    let key = |column: &str, operators: &[Operator], require| KeyColumn {
        column: column.to_owned(),
        operators: operators.to_vec(),
        require,
        used_in: KeyUse::List,
        elsewhere: false,
    };
    let mut secret = path("user_data", ColumnType::Text);
    secret.sensitivity = Sensitivity::Sensitive;
    let mut vm = table(
        "aws_vm",
        TableScope::Regional,
        vec![
            path("id", ColumnType::Text),
            path("cores", ColumnType::Int),
            path("encrypted", ColumnType::Bool),
            path("price", ColumnType::Double),
            path("launched", ColumnType::Timestamp),
            path("tags", ColumnType::Json),
            path("state", ColumnType::Text),
            secret,
        ],
    );
    vm.key_columns = vec![
        key("state", &[Operator::Eq], Require::Optional),
        key("encrypted", &[Operator::Eq], Require::Optional),
        key("launched", &[Operator::Gt, Operator::GtEq], Require::Optional),
        key("id", &[Operator::Eq, Operator::Like], Require::Optional),
    ];
    let mut bucket = table("aws_bucket", TableScope::Global, vec![path("id", ColumnType::Text)]);
    bucket.row_region = RowRegion::Row;
    let mut log = table("aws_log", TableScope::Regional, vec![path("id", ColumnType::Text)]);
    log.key_columns = vec![key("id", &[Operator::Eq], Require::Required)];
    let user = table("aws_user", TableScope::Global, vec![path("id", ColumnType::Text)]);
    let member = table("aws_member", TableScope::Organization, vec![path("id", ColumnType::Text)]);
    vec![vm, bucket, log, user, member]
}

struct TestTables(BTreeMap<String, Arc<Table>>);

impl Tables for TestTables {
    fn table(&self, name: &str) -> Option<Arc<Table>> {
        self.0.get(name).cloned().or_else(|| kept::table(name))
    }

    fn table_names(&self) -> Vec<String> {
        self.0.keys().cloned().chain(kept::NAMES.map(str::to_owned)).collect()
    }
}

/// What a unit does when it is asked.
#[derive(Clone, Debug)]
pub enum Behaviour {
    Rows(usize),
    /// Some rows, then this.
    Fault(usize, FaultKind),
    /// One column failed for its rows.
    Unknown(usize),
    /// Never answers.
    Hang,
    /// Waits its turn for so long, then answers one row.
    Waits(Duration),
    /// Rows without end.
    Endless,
    Panic,
    /// Rows that are not what was asked for.
    Nonsense,
}

pub type TestRegions = Vec<(&'static str, bool)>;

pub struct World {
    pub accounts: Vec<Arc<Account>>,
    /// Region and whether it is on, the same everywhere but in `exceptions`.
    pub regions: TestRegions,
    pub exceptions: BTreeMap<String, Result<TestRegions, Fault>>,
    pub behaviour: BTreeMap<(String, String), Behaviour>,
    pub otherwise: Behaviour,
    pub tags_unknown: BTreeSet<AccountId>,
    pub settings: Settings,
    pub delay: Duration,
    pub asked: Mutex<Vec<(String, String)>>,
    pub looked_up: Mutex<Vec<String>>,
    pub requests: Mutex<Vec<Arc<ScanRequest>>>,
    pub in_flight: Mutex<(usize, usize)>,
}

impl World {
    pub fn new() -> Self {
        Self {
            accounts: ACCOUNTS
                .iter()
                .map(|(id, name, ou, env)| Arc::new(account(id, name, ou, env)))
                .collect(),
            regions: vec![("eu-west-1", true), ("us-east-1", true)],
            exceptions: BTreeMap::new(),
            behaviour: BTreeMap::new(),
            otherwise: Behaviour::Rows(1),
            tags_unknown: BTreeSet::new(),
            settings: settings(),
            delay: Duration::ZERO,
            asked: Mutex::default(),
            looked_up: Mutex::default(),
            requests: Mutex::default(),
            in_flight: Mutex::default(),
        }
    }

    pub fn unit(mut self, account: &str, region: &str, behaviour: Behaviour) -> Self {
        self.behaviour.insert((account.to_owned(), region.to_owned()), behaviour);
        self
    }

    pub fn every_unit(mut self, behaviour: Behaviour) -> Self {
        self.otherwise = behaviour;
        self
    }

    /// Milliseconds that every unit takes.
    pub fn delay(mut self, milliseconds: u64) -> Self {
        self.delay = Duration::from_millis(milliseconds);
        self
    }

    pub fn scope(mut self, accounts: &[&str], regions: &[&str]) -> Self {
        let own = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
        self.settings.scope = Scope::parse(&own(accounts), &[], &[], &own(regions)).unwrap();
        self
    }

    pub fn engine(self) -> (Arc<World>, Engine) {
        self.engine_over(tables())
    }

    pub fn engine_over(self, tables: Vec<Table>) -> (Arc<World>, Engine) {
        self.engine_from(tables, |world| Arc::new(TestSource(world)))
    }

    /// The same with rows from elsewhere.
    pub fn engine_from(
        self,
        tables: Vec<Table>,
        source: impl FnOnce(Arc<World>) -> Arc<dyn Source>,
    ) -> (Arc<World>, Engine) {
        let settings = Arc::new(self.settings.clone());
        let world = Arc::new(self);
        let tables = tables.into_iter().map(|t| (t.name.clone(), Arc::new(t))).collect();
        let source = source(Arc::clone(&world));
        let engine = Engine::new(EngineParts {
            last_answer: LastAnswer::of(&settings.paths),
            settings,
            catalog: Arc::new(TestTables(tables)),
            directory: Arc::new(TestAccounts(Arc::clone(&world))),
            sources: SourceSet::default().with(SourceKind::Api, source),
            operations: Arc::new(|_| None),
            tally: Arc::new(Tally::new(price::of)),
            statistics: Statistics::none(),
        });
        (world, engine)
    }

    /// `account_name region`, sorted.
    pub fn asked(&self) -> Vec<String> {
        let mut asked: Vec<String> = self.asked.lock().iter().map(|(a, r)| format!("{a} {r}")).collect();
        asked.sort();
        asked
    }
}

pub fn settings() -> Settings {
    Settings {
        invocations: Default::default(),
        routing: Default::default(),
        cache: CacheSettings { rows: false, size: 0, max_age: None },
        output: OutputSettings { color: ColorChoice::Never, ..OutputSettings::default() },
        cur_path: None,
        context: Some("acme".to_owned()),
        partition: Partition::Aws,
        home_region: Region::new("us-east-1"),
        scope: Scope::default(),
        organization: OrganizationSource::Auto,
        credentials: CredentialSettings {
            profile: None,
            hub_role: RoleSetting::None,
            member_role: "Reader".to_owned(),
            payer_account: None,
            payer_role: None,
            external_id: None,
            session_name: "test".to_owned(),
            source_identity: None,
            session_duration: Duration::from_secs(900),
            mfa_serial: None,
            cache: CredentialCache::Memory,
            account_profiles: BTreeMap::new(),
            identity_center: None,
        },
        network: NetworkSettings::default(),
        fan_out: FanOutSettings {
            concurrency: 16,
            unit_timeout: Duration::from_secs(20),
            deadline: None,
            pace: None,
            byte_budget: 64 << 20,
        },
        paths: Paths {
            config: "/nowhere".into(),
            cache: "/nowhere".into(),
            data: "/nowhere".into(),
            state: "/nowhere".into(),
        },
        coverage: CoverageSettings::default(),
        limits: Limits::default(),
        demo: None,
        now: Some("2026-03-01T12:00:00Z".parse().unwrap()),
    }
}

struct TestAccounts(Arc<World>);

fn states(regions: &[(&str, bool)]) -> Arc<Vec<RegionState>> {
    let state =
        |(region, enabled): &(&str, bool)| RegionState { region: Region::new(region), enabled: *enabled };
    Arc::new(regions.iter().map(state).collect())
}

#[async_trait]
impl Accounts for TestAccounts {
    async fn in_scope(&self, _: Tags) -> Result<ScopeAccounts> {
        let scope = &self.0.settings.scope;
        let accounts = self.0.accounts.iter().filter(|a| scope.has_account(a)).cloned().collect();
        Ok(ScopeAccounts { accounts, tags_unknown: self.0.tags_unknown.clone(), ..ScopeAccounts::default() })
    }

    async fn hub(&self, _: Tags) -> Result<Arc<Account>> {
        Ok(self.0.accounts[0].clone())
    }

    async fn payer(&self, _: Tags) -> Result<Arc<Account>> {
        Ok(self.0.accounts[1].clone())
    }

    async fn regions(&self, account: &Account, _: &ActionSet) -> Result<Arc<Vec<RegionState>>, Fault> {
        self.0.looked_up.lock().push(account.name.clone());
        match self.0.exceptions.get(&account.name) {
            Some(Ok(regions)) => Ok(states(regions)),
            Some(Err(fault)) => Err(fault.clone()),
            None => Ok(states(&self.0.regions)),
        }
    }

    fn known_regions(&self, _: &AccountId) -> Option<Arc<Vec<RegionState>>> {
        None
    }

    async fn fallback_regions(&self, _: &ActionSet) -> Vec<Region> {
        self.known_fallback_regions()
    }

    fn possible_regions(&self) -> Vec<Region> {
        let opt_in = Region::new("me-south-1");
        self.known_fallback_regions().into_iter().chain([opt_in]).collect()
    }

    async fn sessions_to_open(&self, _: &AccountId, _: &ActionSet, _: &[Vec<String>]) -> u64 {
        1
    }

    fn known_fallback_regions(&self) -> Vec<Region> {
        self.0.regions.iter().map(|(region, _)| Region::new(region)).collect()
    }
}

struct TestSource(Arc<World>);

#[async_trait]
impl Source for TestSource {
    fn name(&self) -> &'static str {
        "test"
    }

    async fn fetch(&self, task: &UnitTask, sink: &mut dyn RowSink) -> UnitOutcome {
        let world = &self.0;
        let key = (task.account.name.clone(), task.region.to_string());
        world.asked.lock().push(key.clone());
        world.requests.lock().push(Arc::clone(&task.request));
        {
            let mut flight = world.in_flight.lock();
            flight.0 += 1;
            flight.1 = flight.1.max(flight.0);
        }
        tokio::time::sleep(world.delay).await;
        let outcome = behave(world.behaviour.get(&key).unwrap_or(&world.otherwise), task, sink).await;
        world.in_flight.lock().0 -= 1;
        outcome
    }
}

async fn behave(behaviour: &Behaviour, task: &UnitTask, sink: &mut dyn RowSink) -> UnitOutcome {
    task.meter.called(1, 100);
    let mut outcome = UnitOutcome::default();
    match behaviour {
        Behaviour::Rows(rows) => {
            let enough = task.request.limit.unwrap_or(usize::MAX);
            let _ = sink.send(batch(task, 0, (*rows).min(enough))).await;
        }
        Behaviour::Fault(rows, kind) => {
            let _ = sink.send(batch(task, 0, *rows)).await;
            outcome.fault = Some(Fault::new(*kind, "told to").in_operation("ec2:DescribeInstances"));
        }
        Behaviour::Unknown(rows) => {
            task.meter.set_unknown(vec![UnknownColumns {
                columns: vec!["tags".to_owned()],
                rows: *rows as u64,
                fault: Fault::new(FaultKind::IamDenied, "told to"),
            }]);
            let _ = sink.send(batch(task, 0, *rows)).await;
        }
        Behaviour::Hang => std::future::pending().await,
        Behaviour::Waits(turn) => {
            let wait = task.meter.waiting.start();
            tokio::time::sleep(*turn).await;
            drop(wait);
            let _ = sink.send(batch(task, 0, 1)).await;
        }
        Behaviour::Endless => {
            for page in 0.. {
                task.meter.called(1, 100);
                if sink.send(batch(task, page * 100, 100)).await.is_break() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        Behaviour::Panic => panic!("told to"),
        Behaviour::Nonsense => {
            let schema =
                Schema::new(vec![arrow::datatypes::Field::new("x", arrow::datatypes::DataType::Int64, true)]);
            let columns: Vec<ArrayRef> = vec![Arc::new(Int64Array::from(vec![1]))];
            let _ = sink.send(RecordBatch::try_new(Arc::new(schema), columns).unwrap()).await;
        }
    }
    outcome
}

/// Rows numbered from `first`; everything about a row follows from its unit and its number.
fn batch(task: &UnitTask, first: usize, rows: usize) -> RecordBatch {
    let columns = task.request.columns.iter().map(|i| &task.request.table.columns[*i]);
    let numbers: Vec<usize> = (first..first + rows).collect();
    let text = |f: &dyn Fn(usize) -> Option<String>| -> ArrayRef {
        Arc::new(numbers.iter().map(|n| f(*n)).collect::<StringArray>())
    };
    let account = &task.account;
    let (mut fields, mut arrays): (Vec<_>, Vec<ArrayRef>) = (Vec::new(), Vec::new());
    for column in columns {
        fields.push(field(column));
        arrays.push(match column.name.as_str() {
            "id" => text(&|n| Some(format!("{}/{}/{n}", account.name, task.region))),
            "cores" => Arc::new(numbers.iter().map(|n| Some(*n as i64)).collect::<Int64Array>()),
            "encrypted" => Arc::new(numbers.iter().map(|n| Some(n % 2 == 0)).collect::<BooleanArray>()),
            "price" => Arc::new(numbers.iter().map(|n| Some(*n as f64 / 10.0)).collect::<Float64Array>()),
            "launched" => Arc::new(
                numbers
                    .iter()
                    .map(|n| Some(1_772_000_000_000_000 + *n as i64 * 86_400_000_000))
                    .collect::<TimestampMicrosecondArray>()
                    .with_timezone("+00:00"),
            ),
            "tags" => text(&|n| Some(format!(r#"{{"n": {n}, "env": "{}"}}"#, account.tags["env"]))),
            "state" => text(&|n| Some(if n % 2 == 0 { "running" } else { "stopped" }.to_owned())),
            "user_data" => text(&|_| Some("secret".to_owned())),
            "account_id" => text(&|_| Some(account.id.to_string())),
            "account_name" => text(&|_| Some(account.name.clone())),
            "ou_path" => text(&|_| account.ou_path.as_ref().map(ToString::to_string)),
            "account_tags" => text(&|_| Some(format!(r#"{{"env": "{}"}}"#, account.tags["env"]))),
            "partition" => text(&|_| Some("aws".to_owned())),
            // Buckets alternate between two regions.
            "region" if task.request.table.row_region == RowRegion::Row => {
                text(&|n| Some(if n % 2 == 0 { "eu-west-1" } else { "us-east-1" }.to_owned()))
            }
            "region" => text(&|_| Some(task.region.to_string())),
            other => panic!("no such column: {other}"),
        });
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options).unwrap()
}

/// Rows as text, `|` between columns, NULL as `∅`; in the order they came.
pub async fn rows(answer: &mut Answer) -> Vec<String> {
    try_rows(answer).await.unwrap()
}

pub async fn try_rows(answer: &mut Answer) -> Result<Vec<String>> {
    let options = FormatOptions::default().with_null("∅");
    let mut shown = Vec::new();
    while let Some(batch) = answer.batches.next().await {
        let batch = batch?;
        let columns: Vec<ArrayFormatter> =
            batch.columns().iter().map(|c| ArrayFormatter::try_new(c, &options).unwrap()).collect();
        for row in 0..batch.num_rows() {
            shown.push(columns.iter().map(|c| c.value(row).to_string()).collect::<Vec<_>>().join("|"));
        }
    }
    Ok(shown)
}

/// Prepares, runs to the end, and returns sorted rows and the coverage.
pub async fn ask(engine: &Engine, sql: &str) -> (Vec<String>, Coverage) {
    let mut answer = engine.prepare(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}")).run().await.unwrap();
    let mut rows = rows(&mut answer).await;
    rows.sort();
    (rows, answer.coverage().await)
}

/// `account region status`, in the order of the ledger.
pub fn statuses(coverage: &Coverage) -> Vec<String> {
    let shown = |unit: &UnitRecord| match &unit.status {
        UnitStatus::Answered => "answered".to_owned(),
        UnitStatus::Empty => "empty".to_owned(),
        UnitStatus::Truncated { fault } => format!("truncated {}", fault.kind),
        UnitStatus::Failed { fault } => format!("failed {}", fault.kind),
        UnitStatus::NotAsked { .. } => "not asked".to_owned(),
    };
    coverage.units.iter().map(|u| format!("{} {} {}", u.account_name, u.key.region, shown(u))).collect()
}
