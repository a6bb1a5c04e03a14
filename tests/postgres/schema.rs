//! Tables described by `create table` statements, without rows: a catalog made for planning.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use canvass::catalog::table::{
    Call, Column, ColumnType, Common, Freshness, Origin, RowRegion, Sensitivity, SourceKind, Table,
    TableScope, Value,
};
use canvass::engine::Tables;
use canvass::sources::{RowSink, Source, UnitOutcome, UnitTask};

#[derive(Clone)]
pub struct Described(BTreeMap<String, Arc<Table>>);

impl Tables for Described {
    fn table(&self, name: &str) -> Option<Arc<Table>> {
        self.0.get(name).cloned()
    }

    fn table_names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}

impl Described {
    /// One statement a line: `create table NAME ("column" type, ...);`
    pub fn read(ddl: &str) -> Described {
        Described(ddl.lines().filter_map(table).map(|t| (t.name.clone(), Arc::new(t))).collect())
    }
}

fn table(line: &str) -> Option<Table> {
    let (name, rest) = line.strip_prefix("create table ")?.split_once(" (")?;
    let columns = rest.trim_end().strip_suffix(");")?;
    let columns = columns.split(", ").filter_map(|column| {
        let (name, kind) = column.strip_prefix('"')?.split_once("\" ")?;
        Some(self::column(name, kind))
    });
    Some(Table {
        name: name.to_owned(),
        description: String::new(),
        synonyms: Vec::new(),
        service: "ec2".to_owned(),
        source: SourceKind::Api,
        scope: TableScope::Regional,
        row_region: RowRegion::Row,
        freshness: Freshness::Configuration,
        tier: 1,
        config_type: None,
        recorded: None,
        cloudformation_type: None,
        unavailable: None,
        list: vec![Call {
            operation: "ec2:DescribeInstances".to_owned(),
            params: Vec::new(),
            rows: "@".to_owned(),
            filters: None,
            csv: false,
            not_found: Vec::new(),
            also: false,
            region: None,
            recursive: false,
            batch: None,
            off: None,
            made_by: None,
        }],
        get: Vec::new(),
        details: Vec::new(),
        key_columns: Vec::new(),
        columns: columns.collect(),
        examples: Vec::new(),
    })
}

fn column(name: &str, kind: &str) -> Column {
    let value = match name {
        "account_id" => Value::Common(Common::AccountId),
        "partition" => Value::Common(Common::Partition),
        _ => Value::Path { origin: Origin::Row, path: name.to_owned() },
    };
    let kind = match kind {
        "bigint" | "integer" => ColumnType::Int,
        "double precision" => ColumnType::Double,
        "numeric" => ColumnType::Numeric,
        "boolean" => ColumnType::Bool,
        "timestamptz" | "timestamp" => ColumnType::Timestamp,
        "jsonb" => ColumnType::Json,
        "inet" => ColumnType::Inet,
        "cidr" => ColumnType::Cidr,
        "ltree" => ColumnType::Ltree,
        _ => ColumnType::Text,
    };
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

/// Nothing is there.
pub struct Empty;

#[async_trait]
impl Source for Empty {
    fn name(&self) -> &'static str {
        "empty"
    }

    async fn fetch(&self, _: &UnitTask, _: &mut dyn RowSink) -> UnitOutcome {
        UnitOutcome::default()
    }
}
