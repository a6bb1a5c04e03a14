//! Every declared column on a pair of samples: one resource as its service answers for it, and as Config records it.
//!
//! The samples (`tests/config_pairs`) follow the services' output shapes on one side and AWS's lists of
//! searchable properties on the other; a value depends on the words of its member's name alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::Array as _;
use arrow::util::display::array_value_to_string;

use super::*;
use crate::catalog::Catalog;
use crate::catalog::table::Table;
use crate::model::Json;
use crate::sources::api::ApiSource;
use crate::sources::reader::fake::FakeReader;
use crate::sources::tests::Batches;

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/config_pairs");

fn samples() -> BTreeMap<String, Json> {
    let mut found = BTreeMap::new();
    for file in std::fs::read_dir(SAMPLES).unwrap() {
        let sample = Json::parse(&std::fs::read_to_string(file.unwrap().path()).unwrap()).unwrap();
        found.insert(sample.get("table").and_then(Json::as_str).unwrap().to_owned(), sample);
    }
    found
}

fn recorded_tables() -> Vec<Arc<Table>> {
    let catalog = Catalog::builtin().unwrap();
    let names: Vec<&str> = catalog.table_names();
    names.into_iter().filter_map(|name| catalog.table(name)).filter(|t| t.recorded.is_some()).collect()
}

/// The columns of the only row, as text; what is null has none.
async fn row(source: &dyn Source, table: &Arc<Table>, columns: &[usize]) -> Vec<Option<String>> {
    let request = ScanRequest {
        table: Arc::clone(table),
        columns: columns.to_vec(),
        quals: BTreeMap::new(),
        recorded_quals: BTreeMap::new(),
        source: Default::default(),
        tuples: Vec::new(),
        left_out: Default::default(),
        limit: None,
        first_rows: false,
        actions: Arc::default(),
    };
    let region = if items::is_regional(table) { Region::new("eu-west-1") } else { Region::global() };
    let account = Arc::new(Account::bare("100000000006".parse().unwrap()));
    let task = UnitTask { account, region, request: Arc::new(request), meter: Arc::default() };
    let mut rows = Batches::default();
    let outcome = source.fetch(&task, &mut rows).await;
    assert!(outcome.fault.is_none(), "{}: {:?}", table.name, outcome.fault);
    assert!(task.meter.unknown().is_empty(), "{}: {:?}", table.name, task.meter.unknown());
    assert_eq!(outcome.rows, 1, "{}", table.name);
    let batch = &rows.0[0];
    let cell =
        |array: &arrow::array::ArrayRef| array.is_valid(0).then(|| array_value_to_string(array, 0).unwrap());
    batch.columns().iter().map(cell).collect()
}

#[tokio::test]
async fn both_sources_give_equal_values_of_every_declared_column() {
    let mut samples = samples();
    let tables = recorded_tables();
    let mut wrong = Vec::new();
    assert!(tables.iter().filter(|table| table.tier == 1).count() >= 25);
    for table in tables {
        let sample = samples.remove(&table.name).unwrap_or_else(|| panic!("{} has no samples", table.name));
        let answers = sample.get("answers").unwrap().clone();
        let item = sample.get("item").unwrap().to_json();
        let reader = FakeReader::new(move |operation, _, _| match operation {
            "config:DescribeConfigurationRecorderStatus" => Ok(Json::parse(
                r#"{"ConfigurationRecordersStatus": [{"Name": "default", "Recording": true}]}"#,
            )
            .unwrap()),
            "config:DescribeConfigurationRecorders" => Ok(Json::parse(
                r#"{"ConfigurationRecorders": [{"Name": "default", "RecordingGroup":
                    {"AllSupported": true, "IncludeGlobalResourceTypes": true}}]}"#,
            )
            .unwrap()),
            "config:SelectResourceConfig" => {
                Ok(Json::object([("Results", Json::Array(vec![Json::string(item.as_str())]))]))
            }
            _ => Ok(answers.get(operation).unwrap_or_else(|| panic!("no answer to {operation}")).clone()),
        });
        let settings = Arc::new(crate::org::tests::settings());
        let asking: Arc<dyn Reader> = reader;
        let api = ApiSource::new(Arc::clone(&asking), Arc::clone(&settings));
        struct Nobody;
        #[async_trait]
        impl Hub for Nobody {
            async fn account(&self) -> Option<AccountId> {
                None
            }
        }
        let config = ConfigSource::new(asking, settings, Arc::new(Nobody));

        let mut placed = Table::clone(&table);
        let recorded = placed.recorded.as_mut().unwrap();
        let columns: Vec<usize> =
            recorded.columns.iter().map(|column| table.column_index(&column.name).unwrap()).collect();
        // Its own recorder is asked here, which no table of all regions is.
        if recorded.place == RecordedPlace::Everywhere {
            recorded.place = RecordedPlace::Anywhere;
        }
        let live = row(&api, &table, &columns).await;
        let recorded = row(&config, &Arc::new(placed), &columns).await;
        for ((at, live), recorded) in columns.iter().zip(&live).zip(&recorded) {
            let name = format!("{}.{}", table.name, table.columns[*at].name);
            if live.is_none() {
                wrong.push(format!("the samples say nothing of {name}"));
            } else if live != recorded {
                wrong.push(format!("{name}: {live:?}, recorded {recorded:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(samples.is_empty(), "samples of nothing: {:?}", samples.keys());
}

/// AWS publishes which properties can be searched: `CANVASS_TEST_CONFIG_SCHEMA` is a copy of
/// awslabs/aws-config-resource-schema's `config/properties/resource-types`.
#[test]
fn every_path_is_among_the_properties_that_aws_publishes() {
    let Ok(folder) = std::env::var("CANVASS_TEST_CONFIG_SCHEMA") else { return };
    let mut astray = Vec::new();
    for table in recorded_tables() {
        let recorded = table.recorded.as_ref().unwrap();
        let file = std::path::Path::new(&folder).join(format!("{}.properties.json", recorded.kind));
        let properties = Json::parse(&std::fs::read_to_string(file).unwrap()).unwrap();
        let only = recorded.only.iter().map(|(path, _)| path.as_str());
        for path in recorded.columns.iter().flat_map(|column| column.paths()).chain(only) {
            let path = path.split('[').next().unwrap();
            if path != "tags" && properties.get(path).is_none() {
                astray.push(format!("{}: {path}", table.name));
            }
        }
    }
    assert!(astray.is_empty(), "{astray:#?}");
}
