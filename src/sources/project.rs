//! Rows and what their details answered, as the columns that were asked for.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Schema, SchemaRef};

use crate::catalog::path::Path;
use crate::catalog::table::{Column, ColumnType, Common, Origin, Table, Transform, Value};
use crate::model::{Fault, FaultKind, Json, Key, UnknownColumns};
use crate::sources::computed::{self, Function, Given};
use crate::sources::convert::ColumnBuilder;
use crate::sources::row::{Found, Row, walk};
use crate::sources::unit::{Assignment, Template, Unit};
use crate::sources::{field, instant, transform};

/// A row with all it takes to show its columns.
pub struct FetchedRow {
    pub row: Row,
    /// The key values its calls were made for.
    pub quals: Arc<Assignment>,
    /// One per detail of the scan, in order.
    pub details: Vec<DetailValue>,
}

#[derive(Clone, Debug)]
pub enum DetailValue {
    /// Null where the service said there is none.
    Known(Arc<Json>),
    Unknown(Arc<Fault>),
    /// Its turn comes once it is certain that the row is wanted.
    NotAsked,
}

/// The asked-for columns, compiled once per scan.
pub struct Projection {
    schema: SchemaRef,
    columns: Vec<Evaluator>,
}

impl Projection {
    /// `details` are the ids of the scan's details, in the order of [`FetchedRow::details`].
    pub fn new(table: &Table, columns: &[usize], details: &[String]) -> Result<Projection, String> {
        let columns: Vec<&Column> = columns.iter().filter_map(|i| table.columns.get(*i)).collect();
        let schema = Schema::new(columns.iter().map(|column| field::field(column)).collect::<Vec<_>>());
        let columns = columns
            .into_iter()
            .map(|column| {
                Evaluator::new(column, details).map_err(|e| format!("{}.{}: {e}", table.name, column.name))
            })
            .collect::<Result<_, _>>()?;
        Ok(Projection { schema: Arc::new(schema), columns })
    }

    pub fn batch(
        &self,
        unit: &Unit<'_>,
        rows: &[FetchedRow],
        unknown: &mut Unknowns,
    ) -> Result<RecordBatch, Fault> {
        let arrays = self
            .columns
            .iter()
            .map(|column| {
                let mut builder = ColumnBuilder::new(column.kind, rows.len());
                for row in rows {
                    let pushed = match column.evaluate(unit, row) {
                        Ok(value) => builder.push(&value).map_err(Gap::Misfit),
                        Err(gap) => {
                            builder.push_null();
                            Err(gap)
                        }
                    };
                    match pushed {
                        Ok(()) => {}
                        Err(Gap::Unknown(fault)) => unknown.failed(&column.name, &fault),
                        Err(Gap::Misfit(reason)) => unknown.misfit(&column.name, &reason),
                    }
                }
                builder.finish()
            })
            .collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options)
            .map_err(|e| Fault::new(FaultKind::BadResponse, format!("rows do not fit their columns: {e}")))
    }
}

/// Why a value is not known.
pub enum Gap {
    Unknown(Arc<Fault>),
    Misfit(String),
}

/// One column, compiled.
pub struct Evaluator {
    name: String,
    kind: ColumnType,
    source: Source,
    transforms: Vec<Transform>,
    fallback: Option<Path>,
    default: Option<Json>,
}

enum Source {
    Path(From, Path),
    TagsMap { from: From, path: Path, key: String, value: String },
    NameTagOr(Path),
    Template(Template),
    Const(Json),
    Qual(String),
    Computed { function: Function, from: From, path: Path },
    Common(Common),
}

/// Where a path starts.
enum From {
    Row,
    /// The nth detail of the scan.
    Detail(usize),
    /// The response of this operation, earlier in the chain that led to the row.
    Earlier(String),
}

impl Evaluator {
    pub fn new(column: &Column, details: &[String]) -> Result<Evaluator, String> {
        let path = |text: &str| Path::parse(text).map_err(|e| e.to_string());
        let json = |text: &str| Json::parse(text).map_err(|e| format!("'{text}' is not JSON: {e}"));
        let from = |origin: &Origin| match origin {
            Origin::Row => Ok(From::Row),
            Origin::Earlier(operation) => Ok(From::Earlier(operation.clone())),
            Origin::Detail(id) => details
                .iter()
                .position(|known| known == id)
                .map(From::Detail)
                .ok_or_else(|| format!("there is no detail call '{id}'")),
        };
        let source = match &column.value {
            Value::Path { origin, path: text } => Source::Path(from(origin)?, path(text)?),
            Value::TagsMap { origin, path: text, key, value } => Source::TagsMap {
                from: from(origin)?,
                path: path(text)?,
                key: key.clone(),
                value: value.clone(),
            },
            Value::NameTagOr { path: text } => Source::NameTagOr(path(text)?),
            Value::Template(text) => Source::Template(Template::parse(text)?),
            Value::Const(text) => Source::Const(json(text)?),
            Value::Qual(column) => Source::Qual(column.clone()),
            Value::Computed { function, origin, path: text } => Source::Computed {
                function: computed::function(function)
                    .ok_or_else(|| format!("there is no function '{function}'"))?,
                from: from(origin)?,
                path: path(text)?,
            },
            Value::Common(common) => Source::Common(*common),
            Value::Unavailable { .. } => Source::Const(Json::Null),
        };
        Ok(Evaluator {
            name: column.name.clone(),
            kind: column.kind,
            source,
            transforms: column.transforms.clone(),
            fallback: column.fallback.as_deref().map(path).transpose()?,
            default: column.default.as_deref().map(json).transpose()?,
        })
    }

    /// The value before it becomes its type.
    pub fn evaluate<'a>(&'a self, unit: &Unit<'_>, row: &'a FetchedRow) -> Result<Cow<'a, Json>, Gap> {
        let mut value = self.source_value(unit, row)?;
        for transform in &self.transforms {
            value = transform::apply(transform, value).map_err(Gap::Misfit)?;
        }
        if let Some(path) = &self.fallback
            && value.is_null()
        {
            value = row.row.find(path).first().map_or(Cow::Owned(Json::Null), Cow::Borrowed);
        }
        match &self.default {
            Some(default) if value.is_null() => Ok(Cow::Borrowed(default)),
            _ => Ok(value),
        }
    }

    fn source_value<'a>(&'a self, unit: &Unit<'_>, row: &'a FetchedRow) -> Result<Cow<'a, Json>, Gap> {
        let text = |text: Option<String>| Cow::Owned(text.map_or(Json::Null, Json::String));
        Ok(match &self.source {
            Source::Path(from, path) => {
                let found = match find(row, from, path)? {
                    // A row that was got by its key has no call before it, but the key.
                    Found::Nothing if matches!(from, From::Earlier(_)) => {
                        row.quals.get(&self.name).map_or(Found::Nothing, Found::One)
                    }
                    found => found,
                };
                // A list shows as a list only where the type can; elsewhere its first element speaks.
                if self.kind == ColumnType::Json || !self.transforms.is_empty() {
                    found.into_json()
                } else {
                    found.first().map_or(Cow::Owned(Json::Null), Cow::Borrowed)
                }
            }
            Source::TagsMap { from, path, key, value } => {
                tags_map(find(row, from, path)?.into_json(), key, value)
            }
            Source::NameTagOr(path) => match name_tag(row.row.value()) {
                Some(name) => Cow::Borrowed(name),
                None => row.row.find(path).first().map_or(Cow::Owned(Json::Null), Cow::Borrowed),
            },
            Source::Template(template) => text(template.fill(unit, &row.quals, Some(&row.row))),
            Source::Const(value) => Cow::Borrowed(value),
            Source::Qual(column) => match row.quals.get(column) {
                // What a document should equal was asked for as its text.
                Some(Json::String(text)) if self.kind == ColumnType::Json => {
                    Json::parse(text).map_or(Cow::Owned(Json::Null), Cow::Owned)
                }
                other => other.map_or(Cow::Owned(Json::Null), Cow::Borrowed),
            },
            Source::Computed { function, from, path } => {
                let value = find(row, from, path)?.into_json();
                let above: Vec<&Json> = row.row.outwards().skip(1).map(Row::value).collect();
                let given = Given { value: &value, row: row.row.value(), unit, above: &above };
                Cow::Owned(function(&given).map_err(Gap::Misfit)?)
            }
            Source::Common(common) => Cow::Owned(common_value(*common, unit)),
        })
    }
}

fn find<'a>(row: &'a FetchedRow, from: &From, path: &Path) -> Result<Found<'a>, Gap> {
    match from {
        From::Row => Ok(row.row.find(path)),
        From::Earlier(operation) => {
            let response = row.row.outwards().find(|row| row.operation() == operation);
            Ok(response.map_or(Found::Nothing, |row| row.find_around(path)))
        }
        From::Detail(index) => match row.details.get(*index) {
            Some(DetailValue::Known(value)) => Ok(walk(value, &path.steps)),
            Some(DetailValue::Unknown(fault)) => Err(Gap::Unknown(fault.clone())),
            Some(DetailValue::NotAsked) | None => Ok(Found::Nothing),
        },
    }
}

/// `[{Key, Value}]` as an object, null where there are none; a map stays one.
fn tags_map<'a>(tags: Cow<'a, Json>, key: &str, value: &str) -> Cow<'a, Json> {
    let Some(list) = tags.as_array() else { return tags };
    if list.is_empty() {
        return Cow::Owned(Json::Null);
    }
    let pairs = list.iter().filter_map(|tag| {
        let name = tag.get(key)?.as_str()?;
        Some((Key::from(name), tag.get(value).cloned().unwrap_or_else(|| Json::string(""))))
    });
    Cow::Owned(Json::Object(pairs.collect()))
}

fn name_tag(row: &Json) -> Option<&Json> {
    let tags = row.get("Tags")?.as_array()?;
    let tag = tags.iter().find(|tag| tag.get("Key").and_then(Json::as_str) == Some("Name"))?;
    tag.get("Value").filter(|value| value.as_str().is_some_and(|text| !text.is_empty()))
}

fn common_value(common: Common, unit: &Unit<'_>) -> Json {
    let account = unit.account;
    match common {
        Common::AccountId => Json::string(account.id.as_str()),
        Common::AccountName => Json::string(account.name.as_str()),
        Common::OuPath => account.ou_path.as_ref().map(|path| path.as_str()).into(),
        Common::AccountTags => {
            Json::object(account.tags.iter().map(|(key, value)| (key.as_str(), Json::string(value.as_str()))))
        }
        Common::Region => Json::string(unit.shown.as_str()),
        Common::Partition => Json::string(unit.partition.as_str()),
        Common::Source => Json::string(unit.source),
        Common::AsOf => Json::String(instant::to_text(unit.as_of)),
        Common::Ctx => Json::object([("connection_name", Json::String(unit.connection_name()))]),
        Common::ConnectionName => Json::String(unit.connection_name()),
    }
}

/// Columns whose value is not known in some rows, summed by reason.
#[derive(Debug, Default)]
pub struct Unknowns {
    /// By the column and what went wrong, so that a thousand rows make one line.
    gaps: BTreeMap<(String, FaultKind, Option<String>), (u64, Fault)>,
}

impl Unknowns {
    fn failed(&mut self, column: &str, fault: &Fault) {
        let key = (column.to_owned(), fault.kind, fault.code.clone());
        self.gaps.entry(key).or_insert_with(|| (0, fault.clone())).0 += 1;
    }

    pub fn misfit(&mut self, column: &str, reason: &str) {
        let fault = Fault::new(FaultKind::BadResponse, format!("{column}: {reason}"));
        let key = (column.to_owned(), fault.kind, None);
        self.gaps.entry(key).or_insert((0, fault)).0 += 1;
    }

    /// Columns that share a fault and a number of rows share a line.
    pub fn list(&self) -> Vec<UnknownColumns> {
        let mut list: Vec<UnknownColumns> = Vec::new();
        for ((column, ..), (rows, fault)) in &self.gaps {
            match list.iter_mut().find(|line| line.rows == *rows && line.fault == *fault) {
                Some(line) => line.columns.push(column.clone()),
                None => {
                    let columns = vec![column.clone()];
                    list.push(UnknownColumns { columns, rows: *rows, fault: fault.clone() });
                }
            }
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::table::Sensitivity;
    use crate::sources::unit::tests::with_unit;

    fn column(kind: ColumnType, value: Value) -> Column {
        Column {
            name: "c".into(),
            kind,
            description: String::new(),
            value,
            transforms: Vec::new(),
            fallback: None,
            default: None,
            sensitivity: Sensitivity::Plain,
        }
    }

    fn fetched(row: &str, detail: DetailValue) -> FetchedRow {
        FetchedRow {
            row: Row::whole("a:B", Json::parse(row).unwrap(), None),
            quals: Arc::new(Assignment::from([
                ("k".to_owned(), Json::string("v")),
                ("d".to_owned(), Json::string(r#"{"a": 1}"#)),
            ])),
            details: vec![detail],
        }
    }

    fn known(text: &str) -> DetailValue {
        DetailValue::Known(Arc::new(Json::parse(text).unwrap()))
    }

    fn shown(column: &Column, row: &str, detail: &str) -> String {
        let row = fetched(row, known(detail));
        let evaluator = Evaluator::new(column, &["d".to_owned()]).unwrap();
        with_unit(|unit| match evaluator.evaluate(unit, &row) {
            Ok(value) => value.to_json(),
            Err(_) => panic!("a gap"),
        })
    }

    fn at(origin: Origin, path: &str) -> Value {
        Value::Path { origin, path: path.into() }
    }

    #[test]
    fn values_come_from_the_row_and_from_its_details() {
        let row = r#"{"A": {"B": 1}, "L": [{"X": "one"}, {"X": "two"}]}"#;
        let detail = Origin::Detail("d".into());
        assert_eq!(shown(&column(ColumnType::Int, at(Origin::Row, "A.B")), row, "{}"), "1");
        assert_eq!(shown(&column(ColumnType::Text, at(detail, "R.T")), row, r#"{"R": {"T": "t"}}"#), "\"t\"");
    }

    #[test]
    fn a_list_is_a_list_in_json_and_its_first_element_in_text() {
        let row = r#"{"L": [{"X": "one"}, {"X": "two"}]}"#;
        assert_eq!(shown(&column(ColumnType::Json, at(Origin::Row, "L[].X")), row, "{}"), r#"["one","two"]"#);
        assert_eq!(shown(&column(ColumnType::Text, at(Origin::Row, "L[].X")), row, "{}"), "\"one\"");
    }

    #[test]
    fn tags_become_a_map_and_no_tags_stay_null() {
        let value = Value::TagsMap {
            origin: Origin::Row,
            path: "Tags".into(),
            key: "Key".into(),
            value: "Value".into(),
        };
        let tags = column(ColumnType::Json, value);
        assert_eq!(
            shown(&tags, r#"{"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b"}]}"#, "{}"),
            r#"{"a":"1","b":""}"#
        );
        assert_eq!(shown(&tags, r#"{"Tags": []}"#, "{}"), "null");
        assert_eq!(shown(&tags, "{}", "{}"), "null");
        assert_eq!(shown(&tags, r#"{"Tags": {"a": "1"}}"#, "{}"), r#"{"a":"1"}"#);
    }

    #[test]
    fn a_title_is_the_name_tag_or_the_id() {
        let title = column(ColumnType::Text, Value::NameTagOr { path: "Id".into() });
        assert_eq!(
            shown(&title, r#"{"Id": "i-1", "Tags": [{"Key": "Name", "Value": "web"}]}"#, "{}"),
            "\"web\""
        );
        assert_eq!(
            shown(&title, r#"{"Id": "i-1", "Tags": [{"Key": "Name", "Value": ""}]}"#, "{}"),
            "\"i-1\""
        );
        assert_eq!(shown(&title, r#"{"Id": "i-1"}"#, "{}"), "\"i-1\"");
    }

    #[test]
    fn a_default_stands_where_the_value_is_null() {
        let mut billing = column(ColumnType::Text, at(Origin::Detail("d".into()), "Mode"));
        billing.default = Some("\"PROVISIONED\"".into());
        assert_eq!(shown(&billing, "{}", "null"), "\"PROVISIONED\"");
        assert_eq!(shown(&billing, "{}", r#"{"Mode": "PAY_PER_REQUEST"}"#), "\"PAY_PER_REQUEST\"");
    }

    #[test]
    fn common_columns_and_key_values() {
        let common = |c| shown(&column(ColumnType::Text, Value::Common(c)), "{}", "{}");
        assert_eq!(common(Common::AccountId), "\"100000000006\"");
        assert_eq!(common(Common::Region), "\"eu-west-1\"");
        assert_eq!(common(Common::AsOf), "\"2026-01-02T03:04:05Z\"");
        assert_eq!(common(Common::Ctx), r#"{"connection_name":"aws_payments_prod"}"#);
        assert_eq!(common(Common::OuPath), "null");
        assert_eq!(shown(&column(ColumnType::Text, Value::Qual("k".into())), "{}", "{}"), "\"v\"");
        assert_eq!(shown(&column(ColumnType::Json, Value::Qual("d".into())), "{}", "{}"), r#"{"a":1}"#);
    }

    #[test]
    fn a_failed_detail_makes_its_columns_unknown_and_keeps_the_row() {
        let mut table = crate::sources::api::tests::table();
        table.columns = vec![
            Column { name: "id".into(), ..column(ColumnType::Text, at(Origin::Row, "Id")) },
            Column {
                name: "x".into(),
                default: Some("1".into()),
                ..column(ColumnType::Int, at(Origin::Detail("d".into()), "X"))
            },
            Column { name: "y".into(), ..column(ColumnType::Int, at(Origin::Detail("d".into()), "Y")) },
        ];
        let denied = Arc::new(Fault::new(FaultKind::IamDenied, "no"));
        let rows = [
            fetched(r#"{"Id": "a"}"#, DetailValue::Unknown(denied.clone())),
            fetched(r#"{"Id": "b"}"#, known(r#"{"X": 7, "Y": "many"}"#)),
        ];
        let projection = Projection::new(&table, &[0, 1, 2], &["d".to_owned()]).unwrap();
        let mut unknown = Unknowns::default();
        let batch = with_unit(|unit| projection.batch(unit, &rows, &mut unknown)).unwrap();
        assert_eq!(batch.num_rows(), 2);
        assert_eq!(batch.column(1).null_count(), 1);
        let unknown = unknown.list();
        assert_eq!(unknown.len(), 2);
        assert_eq!((unknown[0].columns.join(","), unknown[0].rows), ("x,y".to_owned(), 1));
        assert_eq!(unknown[1].fault.message, "y: 'many' is not a bigint");
    }

    #[test]
    fn no_columns_still_count_rows() {
        let table = crate::sources::api::tests::table();
        let projection = Projection::new(&table, &[], &[]).unwrap();
        let rows = [fetched("{}", known("{}")), fetched("{}", known("{}"))];
        let batch = with_unit(|unit| projection.batch(unit, &rows, &mut Unknowns::default())).unwrap();
        assert_eq!((batch.num_rows(), batch.num_columns()), (2, 0));
    }
}
