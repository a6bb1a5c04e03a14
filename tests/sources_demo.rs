//! Accounts, regions and the rows of every table, read from the demo organization through the SDK.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::{Array, RecordBatch};
use arrow::util::display::array_value_to_string;
use async_trait::async_trait;
use aws_credential_types::provider::SharedCredentialsProvider;
use canvass::aws::{Aws, Transport};
use canvass::catalog::Catalog;
use canvass::catalog::table::{Operator, Sensitivity, SourceKind, TableScope};
use canvass::demo::{self, Knobs, World};
use canvass::model::{Account, FaultKind, Json, Meter, Region};
use canvass::org::{self, Directory, Tags};
use canvass::settings::Settings;
use canvass::sources::api::ApiSource;
use canvass::sources::logs::LogsSource;
use canvass::sources::metrics::MetricsSource;
use canvass::sources::organizations::OrganizationsSource;
use canvass::sources::{
    Qual, RowSink, ScanRequest, Source, UnitOutcome, UnitTask, planned_calls, required_actions,
};
use canvass::store::Store;
use futures::StreamExt as _;

use crate::support::demo_tables::DEMO_TABLES;
use crate::support::product::{Nobody, default_settings, demo_keys};

struct Demo {
    catalog: Arc<Catalog>,
    settings: Arc<Settings>,
    aws: Arc<Aws>,
    directory: Directory,
}

#[derive(Default)]
struct Rows {
    batches: Vec<RecordBatch>,
}

#[async_trait]
impl RowSink for Rows {
    async fn send(&mut self, batch: RecordBatch) -> ControlFlow<()> {
        self.batches.push(batch);
        ControlFlow::Continue(())
    }
}

impl Rows {
    /// Rows as maps from column to text; absent where null.
    fn maps(&self) -> Vec<BTreeMap<String, String>> {
        let mut maps = Vec::new();
        for batch in &self.batches {
            let schema = batch.schema();
            for row in 0..batch.num_rows() {
                let present =
                    schema.fields().iter().zip(batch.columns()).filter(|(_, array)| !array.is_null(row));
                let cell = |array| array_value_to_string(array, row).unwrap();
                maps.push(present.map(|(field, array)| (field.name().clone(), cell(array))).collect());
            }
        }
        maps
    }
}

type Row = BTreeMap<String, String>;

impl Demo {
    fn new(knobs: &str) -> Demo {
        let catalog = Arc::new(Catalog::builtin().unwrap());
        let now = "2026-03-10T12:00:00Z".parse().unwrap();
        let world = World::new(&knobs.parse::<Knobs>().unwrap(), now, catalog.clone()).unwrap();
        let settings = Arc::new(default_settings());
        let transport = Transport {
            http_client: Some(demo::http_client(Arc::new(world))),
            credentials: Some(SharedCredentialsProvider::new(demo_keys())),
        };
        let aws = Aws::new(settings.clone(), catalog.clone(), transport, Arc::new(Nobody)).unwrap();
        let aws = Arc::new(aws);
        let store = Arc::new(Store::none());
        let directory =
            Directory::new(settings.clone(), catalog.clone(), aws.clone(), store, "demo".to_owned());
        Demo { catalog, settings, aws, directory }
    }

    async fn account(&self, name: &str) -> Arc<Account> {
        let organization = self.directory.organization(Tags::LeftOut).await.unwrap();
        organization.accounts.iter().find(|account| account.name == name).unwrap().clone()
    }

    /// Every column of a table that `*` would show.
    fn columns(&self, table: &str) -> Vec<String> {
        let table = self.catalog.table(table).unwrap();
        let plain = table.columns.iter().filter(|column| column.sensitivity == Sensitivity::Plain);
        plain.map(|column| column.name.clone()).collect()
    }

    async fn fetch(
        &self,
        table: &str,
        columns: &[String],
        quals: &[(&str, &str)],
        (account, region): (&Arc<Account>, &Region),
    ) -> (Vec<Row>, UnitOutcome, Arc<Meter>) {
        let table = self.catalog.table(table).unwrap();
        let columns: Vec<usize> = columns.iter().map(|name| table.column_index(name).unwrap()).collect();
        let quals = quals
            .iter()
            .map(|(column, value)| {
                let qual = Qual { operator: Operator::Eq, values: vec![Json::string(*value)] };
                (column.to_string(), vec![qual])
            })
            .collect();
        let planned = planned_calls(&table, &columns, &quals, &[]);
        let actions = required_actions(&planned, |id| self.aws.read_operation(id));
        let source: Box<dyn Source> = match table.source {
            SourceKind::Api => Box::new(ApiSource::new(self.aws.clone(), self.settings.clone())),
            SourceKind::Organizations => {
                Box::new(OrganizationsSource::new(self.aws.clone(), self.settings.clone()))
            }
            SourceKind::Metrics => Box::new(MetricsSource::new(self.aws.clone(), self.settings.clone())),
            SourceKind::Logs => Box::new(LogsSource::new(self.aws.clone(), self.settings.clone())),
            SourceKind::Invocations | SourceKind::Cost | SourceKind::Cur | SourceKind::Kept => {
                panic!("nobody is asked for {}", table.name)
            }
        };
        let request = ScanRequest {
            table,
            columns,
            quals,
            recorded_quals: Default::default(),
            source: Default::default(),
            tuples: Vec::new(),
            left_out: Default::default(),
            limit: None,
            first_rows: false,
            actions: Arc::new(actions),
        };
        let task = UnitTask {
            account: account.clone(),
            region: region.clone(),
            request: Arc::new(request),
            meter: Arc::default(),
        };
        let mut rows = Rows::default();
        let outcome = source.fetch(&task, &mut rows).await;
        assert_eq!(outcome.rows, rows.maps().len() as u64);
        (rows.maps(), outcome, task.meter)
    }

    /// The units of a table in one account.
    async fn regions(&self, table: &str, account: &Account) -> Vec<Region> {
        match self.catalog.table(table).unwrap().scope {
            TableScope::Regional => {
                let regions = self.directory.regions(account).await.unwrap();
                regions.iter().filter(|r| r.enabled).map(|r| r.region.clone()).collect()
            }
            _ => vec![Region::global()],
        }
    }

    async fn everything(&self, table: &str, columns: &[String], account: &Arc<Account>) -> Vec<Row> {
        let mut all = Vec::new();
        for region in self.regions(table, account).await {
            let (rows, outcome, meter) = self.fetch(table, columns, &[], (account, &region)).await;
            assert!(outcome.fault.is_none(), "{table} in {region}: {:?}", outcome.fault);
            assert!(meter.unknown().is_empty(), "{table} in {region}: {:?}", meter.unknown());
            all.extend(rows);
        }
        all
    }
}

/// Columns that no row of a table may leave empty.
const ALWAYS: &[(&str, &[&str])] = &[
    ("aws_account", &["title", "arn", "organization_id", "organization_master_account_id"]),
    (
        "aws_dynamodb_table",
        &["name", "arn", "table_status", "item_count", "billing_mode", "creation_date_time", "key_schema"],
    ),
    ("aws_ebs_volume", &["volume_id", "arn", "size", "state", "encrypted", "create_time", "auto_enable_io"]),
    (
        "aws_ec2_instance",
        &[
            "instance_id",
            "arn",
            "instance_type",
            "instance_state",
            "launch_time",
            "state_transition_time",
            "disable_api_termination",
        ],
    ),
    ("aws_ecs_cluster", &["cluster_arn", "cluster_name", "status", "running_tasks_count"]),
    (
        "aws_iam_role",
        &[
            "name",
            "arn",
            "create_date",
            "assume_role_policy",
            "assume_role_policy_std",
            "inline_policies",
            "attached_policy_arns",
        ],
    ),
    ("aws_iam_user", &["name", "arn", "create_date", "mfa_enabled"]),
    (
        "aws_lambda_function",
        &["name", "arn", "package_type", "state", "memory_size", "last_modified", "code"],
    ),
    ("aws_organizations_account", &["id", "name", "arn", "parent_id", "status", "joined_timestamp"]),
    (
        "aws_rds_db_instance",
        &["db_instance_identifier", "arn", "engine", "class", "storage_encrypted", "create_time"],
    ),
    ("aws_region", &["name", "opt_in_status", "region"]),
    (
        "aws_s3_bucket",
        &["name", "arn", "creation_date", "region", "versioning_enabled", "bucket_policy_is_public", "acl"],
    ),
    ("aws_sqs_queue", &["queue_url", "queue_arn", "visibility_timeout_seconds", "fifo_queue"]),
    ("aws_vpc", &["vpc_id", "arn", "cidr_block", "state", "is_default", "dhcp_options_id"]),
    ("aws_vpc_security_group", &["group_id", "arn", "group_name", "vpc_id", "ip_permissions_egress"]),
];

/// Columns every table has.
const COMMON: [&str; 7] = ["account_id", "account_name", "region", "partition", "title", "_ctx", "_as_of"];

#[tokio::test]
async fn every_column_of_every_table_is_read_from_the_demo() {
    let demo = Demo::new("");
    let payments = demo.account("payments-prod").await;
    let management = demo.account("org-management").await;
    let mut missing = Vec::new();
    for (table, always) in ALWAYS {
        let account = if *table == "aws_organizations_account" { &management } else { &payments };
        let rows = demo.everything(table, &demo.columns(table), account).await;
        if rows.is_empty() {
            missing.push(format!("{table}: no rows in {}", account.name));
        }
        for row in &rows {
            let all = always.iter().chain(&COMMON).filter(|column| !row.contains_key(**column));
            missing.extend(all.map(|column| format!("{table}.{column} of {:?}", row.get("title"))));
            assert_eq!(row["account_id"], account.id.as_str());
            assert_eq!(
                row["_ctx"],
                format!(r#"{{"connection_name": "aws_{}"}}"#, account.name.replace('-', "_"))
            );
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    let tables: BTreeSet<_> = ALWAYS.iter().map(|(table, _)| *table).collect();
    assert_eq!(tables, BTreeSet::from(DEMO_TABLES));
}

#[tokio::test]
async fn a_row_that_is_got_equals_the_row_that_is_listed() {
    let demo = Demo::new("");
    let payments = demo.account("payments-prod").await;
    let mut compared = 0;
    for (table, key) in [
        ("aws_dynamodb_table", "name"),
        ("aws_ebs_volume", "volume_id"),
        ("aws_ec2_instance", "instance_id"),
        ("aws_iam_role", "name"),
        ("aws_iam_user", "name"),
        ("aws_lambda_function", "name"),
        ("aws_rds_db_instance", "db_instance_identifier"),
        ("aws_vpc", "vpc_id"),
        ("aws_vpc_security_group", "group_id"),
    ] {
        let columns: Vec<String> = demo.columns(table).into_iter().filter(|name| name != "_as_of").collect();
        for region in demo.regions(table, &payments).await {
            let unit = (&payments, &region);
            let (listed, ..) = demo.fetch(table, &columns, &[], unit).await;
            let Some(row) = listed.first() else { continue };
            let (got, outcome, _) = demo.fetch(table, &columns, &[(key, &row[key])], unit).await;
            assert!(outcome.fault.is_none(), "{table}: {:?}", outcome.fault);
            assert_eq!(got, std::slice::from_ref(row), "{table}");
            let (none, outcome, _) = demo.fetch(table, &columns, &[(key, "no-such-thing")], unit).await;
            assert!(none.is_empty() && outcome.fault.is_none(), "{table}: {:?}", outcome.fault);
            compared += 1;
        }
    }
    assert!(compared > 9, "{compared}");
}

#[tokio::test]
async fn small_pages_and_throttling_change_nothing() {
    let (plain, hostile) = (Demo::new(""), Demo::new("page_size=2,throttle=0.05"));
    let (plain_account, hostile_account) =
        (plain.account("payments-prod").await, hostile.account("payments-prod").await);
    for table in ["aws_ec2_instance", "aws_iam_role", "aws_lambda_function", "aws_s3_bucket", "aws_sqs_queue"]
    {
        let columns = ["title".to_owned(), "akas".to_owned(), "tags".to_owned()];
        let sorted = |mut rows: Vec<Row>| {
            rows.sort();
            rows
        };
        let expected = sorted(plain.everything(table, &columns, &plain_account).await);
        assert_eq!(sorted(hostile.everything(table, &columns, &hostile_account).await), expected, "{table}");
    }
}

#[tokio::test]
async fn the_organization_is_discovered_with_its_tree_and_tags() {
    let demo = Demo::new("");
    let organization = demo.directory.organization(Tags::Wanted).await.unwrap();
    assert_eq!(organization.accounts.len(), 20);
    assert_eq!(organization.notes, Vec::<String>::new());
    assert_eq!(organization.management_account.as_ref().unwrap().as_str(), "100000000001");
    let payments = organization.accounts.iter().find(|account| account.name == "payments-prod").unwrap();
    assert_eq!(payments.ou_path.as_ref().unwrap().as_str(), "Root/Workloads/Prod");
    assert_eq!(payments.tags["team"], "payments");
    assert_eq!(organization.tree().accounts(), 20);
    let selected = demo.directory.selected(Tags::LeftOut).await.unwrap();
    assert_eq!(selected.suspended.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), ["legacy-erp"]);
}

#[tokio::test]
async fn the_organizations_table_says_where_each_account_stands() {
    let demo = Demo::new("");
    let management = demo.account("org-management").await;
    let columns = ["id", "name", "parent_id", "ou_path", "account_id"].map(str::to_owned);
    let rows = demo.everything("aws_organizations_account", &columns, &management).await;
    assert_eq!(rows.len(), 20);
    for row in &rows {
        let account = demo.account(&row["name"]).await;
        assert_eq!(row["id"], account.id.as_str());
        assert_eq!(row["ou_path"], account.ou_path.as_ref().unwrap().as_str());
        assert_eq!(Some(&row["parent_id"]), account.ou_ids.last());
        assert_eq!(row["account_id"], management.id.as_str());
    }
}

#[tokio::test]
async fn columns_that_are_not_allowed_are_unknown_and_the_rows_stay() {
    let demo = Demo::new("");
    let payments = demo.account("payments-prod").await;
    let table = demo.catalog.table("aws_s3_bucket").unwrap();
    let columns: Vec<usize> =
        ["name", "policy", "acl"].iter().map(|name| table.column_index(name).unwrap()).collect();
    // The session policy holds what the run may do: here, everything but reading policies.
    let planned = planned_calls(&table, &columns, &BTreeMap::new(), &[]);
    let mut actions = required_actions(&planned, |id| demo.aws.read_operation(id));
    assert!(actions.remove("s3:GetBucketPolicy"));
    let request = ScanRequest {
        table,
        columns,
        quals: BTreeMap::new(),
        recorded_quals: Default::default(),
        source: Default::default(),
        tuples: Vec::new(),
        left_out: Default::default(),
        limit: None,
        first_rows: false,
        actions: Arc::new(actions),
    };
    let task = UnitTask {
        account: payments,
        region: Region::global(),
        request: Arc::new(request),
        meter: Arc::default(),
    };
    let mut rows = Rows::default();
    let outcome = ApiSource::new(demo.aws.clone(), demo.settings.clone()).fetch(&task, &mut rows).await;
    let rows = rows.maps();
    assert!(!rows.is_empty() && outcome.fault.is_none(), "{:?}", outcome.fault);
    assert!(rows.iter().all(|row| row.contains_key("acl") && !row.contains_key("policy")));
    let unknown = task.meter.unknown();
    let columns: Vec<_> = unknown.iter().flat_map(|unknown| unknown.columns.clone()).collect();
    assert_eq!(columns, ["policy"]);
    assert_eq!(unknown[0].rows, rows.len() as u64);
}

#[tokio::test]
async fn every_account_is_checked_and_what_is_wrong_has_a_hint() {
    let demo = Demo::new("");
    let organization = demo.directory.organization(Tags::LeftOut).await.unwrap();
    let checks: Vec<_> = org::check(&demo.directory, organization.accounts.clone()).collect().await;
    assert_eq!(checks.len(), 20);
    for check in &checks {
        match &check.role {
            Ok(()) => assert!(check.regions.as_ref().is_ok_and(|regions| !regions.is_empty()), "{check:?}"),
            Err(fault) if fault.kind == FaultKind::Suspended => assert_eq!(check.account.name, "legacy-erp"),
            Err(fault) => {
                assert_eq!(fault.kind, FaultKind::AssumeDenied, "{fault}");
                assert!(check.hint.as_ref().unwrap().contains("deploy the role"), "{check:?}");
            }
        }
    }
    assert!(checks.iter().filter(|check| check.role.is_ok()).count() >= 15);
}
