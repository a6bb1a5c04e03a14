//! The files of a cost and usage export as rows: CUR 2.0, the older Cost and Usage Report, FOCUS 1.0; in
//! Parquet or CSV, in a folder or a bucket.
//!
//! Columns are called as CUR 2.0 calls them. Only the periods that are asked for are read, and of Parquet
//! only the columns; a file is never in memory as a whole.

mod columns;
mod export;
mod files;
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, StringArray};
use arrow::datatypes::{Schema, SchemaRef};
use async_trait::async_trait;

use crate::catalog::table::{Column, ColumnType, Operator, Table, Value};
use crate::error::Error;
use crate::model::{Fault, FaultKind, Json};
use crate::settings::Settings;
use crate::sources::budget::{ByteBudget, ScanBytes, UnitBytes};
use crate::sources::convert::ColumnBuilder;
use crate::sources::objects::{Files, Location, S3Access};
use crate::sources::project::{Evaluator, FetchedRow, Unknowns};
use crate::sources::reader::Reader;
use crate::sources::row::Row;
use crate::sources::unit::Unit;
use crate::sources::{Qual, RowSink, Source, UnitOutcome, UnitTask, equal_values, field};
use export::{BillingPeriod, Part, parts};
use files::{Columns, open};
use names::Kind;

pub struct CurSource {
    reader: Arc<dyn Reader>,
    settings: Arc<Settings>,
    budget: Arc<ByteBudget>,
}

impl CurSource {
    pub fn new(reader: Arc<dyn Reader>, settings: Arc<Settings>) -> CurSource {
        let budget = ByteBudget::new(settings.fan_out.byte_budget);
        CurSource { reader, settings, budget }
    }

    /// Where the exports lie, as the statement or the settings say.
    fn places(&self, quals: &BTreeMap<String, Vec<Qual>>) -> Result<Vec<(String, Location)>, Error> {
        let named: Vec<String> = match equal_values(quals, "path") {
            Some(paths) => {
                let paths: BTreeSet<String> = paths.iter().filter_map(Json::to_text).collect();
                paths.into_iter().collect()
            }
            None => self.settings.cur_path.iter().cloned().collect(),
        };
        if named.is_empty() && !quals.contains_key("path") {
            return Err(Error::usage("nobody said where the cost and usage export lies")
                .hint("set cur_path = \"s3://bucket/prefix\" (or a folder), or add where path = '...'"));
        }
        named
            .into_iter()
            .map(|text| match Location::parse(&text) {
                Ok(location) => Ok((text, location)),
                Err(why) => Err(Error::usage(why)),
            })
            .collect()
    }
}

#[async_trait]
impl Source for CurSource {
    fn name(&self) -> &'static str {
        "cur"
    }

    fn check(&self, _: &Table, _: &[usize], quals: &BTreeMap<String, Vec<Qual>>) -> Result<(), Error> {
        self.places(quals).map(drop)
    }

    async fn fetch(&self, task: &UnitTask, sink: &mut dyn RowSink) -> UnitOutcome {
        let now = self.settings.now.unwrap_or_else(chrono::Utc::now);
        let unit = Unit {
            account: &task.account,
            asked: &self.settings.home_region,
            shown: &task.region,
            partition: self.settings.partition,
            source: self.name(),
            as_of: now,
        };
        let mut reading =
            Reading { task, unit: &unit, sink, unknown: Unknowns::default(), rows: 0, over: false };
        let fault = self.read(&mut reading).await.err();
        UnitOutcome { fault, rows: reading.rows, ..UnitOutcome::default() }
    }
}

impl CurSource {
    async fn read(&self, reading: &mut Reading<'_>) -> Result<(), Fault> {
        let task = reading.task;
        let places = self
            .places(&task.request.quals)
            .map_err(|error| Fault::new(FaultKind::Rejected, error.to_string()))?;
        let bytes = ScanBytes::new(&self.budget);
        let wanted = Periods::of(&task.request.quals);
        let mut first = None;
        for (path, location) in places {
            let access = || S3Access {
                reader: Arc::clone(&self.reader),
                account: task.account.id.clone(),
                partition: self.settings.partition,
                region: self.settings.home_region.clone(),
                meter: Arc::clone(&task.meter),
                bytes: UnitBytes::new(&bytes),
            };
            let files = location.open(access)?;
            let parts = parts(&files, |period| wanted.has(period)).await?;
            for part in parts {
                // A file that cannot be read hides no other; the answer says that it is missing.
                if let Err(fault) = reading.file(&files, &path, &part).await {
                    let stops = fault.kind == FaultKind::Cancelled;
                    first.get_or_insert(fault);
                    if stops {
                        break;
                    }
                }
                if reading.over {
                    return first.map_or(Ok(()), Err);
                }
            }
        }
        first.map_or(Ok(()), Err)
    }
}

/// Predicates on the billing period: `2026-11` compares as its text.
struct Periods(Vec<(Operator, Vec<String>)>);

impl Periods {
    fn of(quals: &BTreeMap<String, Vec<Qual>>) -> Self {
        let of = |column: &str, shorten: fn(String) -> String| -> Vec<(Operator, Vec<String>)> {
            let quals = quals.get(column).map(Vec::as_slice).unwrap_or_default();
            let read = |qual: &Qual| {
                (qual.operator, qual.values.iter().filter_map(Json::to_text).map(shorten).collect())
            };
            quals.iter().filter(|qual| !qual.values.is_empty()).map(read).collect()
        };
        let mut all = of("billing_period", |text| text);
        // The period begins with its month: of an instant the month is enough, and taken generously.
        for (operator, months) in of("bill_billing_period_start_date", |text| text.chars().take(7).collect())
        {
            let operator = match operator {
                Operator::Gt => Operator::GtEq,
                Operator::Lt => Operator::LtEq,
                other => other,
            };
            all.push((operator, months));
        }
        Periods(all)
    }

    /// What lies in no period's folder is read to see.
    fn has(&self, period: Option<&BillingPeriod>) -> bool {
        let Some(period) = period.map(BillingPeriod::as_str) else { return true };
        self.0.iter().all(|(operator, months)| {
            months.iter().any(|month| match operator {
                Operator::Eq => period == month,
                Operator::NotEq => period != month,
                Operator::Gt => period > month.as_str(),
                Operator::GtEq => period >= month.as_str(),
                Operator::Lt => period < month.as_str(),
                Operator::LtEq => period <= month.as_str(),
                Operator::Like | Operator::Contains => true,
            })
        })
    }
}

/// One unit under way.
struct Reading<'a> {
    task: &'a UnitTask,
    unit: &'a Unit<'a>,
    sink: &'a mut dyn RowSink,
    unknown: Unknowns,
    rows: u64,
    /// Nobody wants more.
    over: bool,
}

/// Where a column of the table comes from in one file.
enum From {
    /// The nth of the columns that are read.
    Column(usize),
    /// Several that are one map, each with its key.
    Spread(Vec<(usize, String)>),
    /// The same in every row.
    Constant(Json),
    Nowhere,
}

impl Reading<'_> {
    async fn file(&mut self, files: &Arc<dyn Files>, path: &str, part: &Part) -> Result<(), Fault> {
        let opened = open(files, &part.object).await?;
        let names = opened.columns();
        let name = files.name(&part.object.path);
        let Some(kind) = Kind::of(&names) else {
            let why = format!("{name}: no cost and usage export has such columns");
            return Err(Fault::new(FaultKind::BadResponse, why).with_code("NotAnExport"));
        };
        let request = &self.task.request;
        let asked: Vec<&Column> =
            request.columns.iter().filter_map(|at| request.table.columns.get(*at)).collect();
        let constants = Constants { path, file: &name, period: part.period.as_ref(), kind };
        let mut read: BTreeSet<usize> = BTreeSet::new();
        let from: Vec<From> = asked
            .iter()
            .map(|column| constants.from(column, &names, self.unit))
            .collect::<Result<_, _>>()
            .map_err(|why| Fault::new(FaultKind::Rejected, why))?;
        for place in &from {
            match place {
                From::Column(at) => drop(read.insert(*at)),
                From::Spread(columns) => read.extend(columns.iter().map(|(at, _)| *at)),
                From::Constant(_) | From::Nowhere => {}
            }
        }
        let read: Vec<usize> = read.into_iter().collect();
        let schema = Schema::new(asked.iter().map(|column| field::field(column)).collect::<Vec<_>>());
        let mut batches = opened.read(&read)?;
        let layout = Layout { asked, from, read, schema: Arc::new(schema), name };
        while let Some(columns) = batches.next().await {
            let mut columns = columns?;
            if let Some(limit) = request.limit {
                let left = limit.saturating_sub(usize::try_from(self.rows).unwrap_or(usize::MAX));
                if columns.rows > left {
                    columns.arrays.iter_mut().for_each(|array| *array = array.slice(0, left));
                    columns.rows = left;
                }
            }
            if columns.rows > 0 {
                let batch = layout.batch(&columns, &mut self.unknown)?;
                self.task.meter.set_unknown(self.unknown.list());
                self.rows += columns.rows as u64;
                if self.sink.send(batch).await.is_break() {
                    self.over = true;
                }
            }
            self.over |= request.limit.is_some_and(|limit| self.rows >= limit as u64);
            if self.over {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// What every row of a file has in common.
struct Constants<'a> {
    path: &'a str,
    file: &'a str,
    period: Option<&'a BillingPeriod>,
    kind: Kind,
}

impl Constants<'_> {
    fn from(&self, column: &Column, names: &[String], unit: &Unit<'_>) -> Result<From, String> {
        let Value::Path { path, .. } = &column.value else {
            let row = FetchedRow {
                row: Row::whole("cur", Json::Object(Vec::new()), None),
                quals: Arc::default(),
                details: Vec::new(),
            };
            let value =
                Evaluator::new(column, &[])?.evaluate(unit, &row).ok().map(std::borrow::Cow::into_owned);
            return Ok(From::Constant(value.unwrap_or_default()));
        };
        let text = |text: &str| Ok(From::Constant(Json::string(text)));
        match (path.as_str(), self.period) {
            ("path", _) => return text(self.path),
            ("file", _) => return text(self.file),
            ("format", _) => return text(self.kind.as_str()),
            ("billing_period", Some(period)) => return text(period.as_str()),
            _ => {}
        }
        let wanted = if path == "billing_period" { "bill_billing_period_start_date" } else { path };
        if let Some(at) = names::find(self.kind, names, wanted) {
            return Ok(From::Column(at));
        }
        let spread = match names::SPREAD.contains(&wanted) {
            true => names::spread(names, wanted),
            false => Vec::new(),
        };
        Ok(if spread.is_empty() { From::Nowhere } else { From::Spread(spread) })
    }
}

/// How a file's columns become the table's.
struct Layout<'a> {
    asked: Vec<&'a Column>,
    from: Vec<From>,
    /// Positions in the file, in the order of the arrays that are read.
    read: Vec<usize>,
    schema: SchemaRef,
    name: String,
}

impl Layout<'_> {
    fn batch(&self, columns: &Columns, unknown: &mut Unknowns) -> Result<RecordBatch, Fault> {
        let broken = |why: &dyn std::fmt::Display| {
            Fault::new(FaultKind::BadResponse, format!("{}: {why}", self.name)).with_code("Unreadable")
        };
        let array = |at: usize| {
            let place = self.read.binary_search(&at).ok();
            place.and_then(|place| columns.arrays.get(place)).ok_or_else(|| broken(&"a column is missing"))
        };
        let mut arrays: Vec<ArrayRef> = Vec::new();
        for (column, from) in self.asked.iter().zip(&self.from) {
            arrays.push(match from {
                From::Nowhere => columns::absent(column.kind, columns.rows),
                From::Constant(value) => constant(column.kind, value, columns.rows),
                From::Spread(spread) => {
                    let spread: Vec<(String, ArrayRef)> = spread
                        .iter()
                        .map(|(at, key)| Ok((key.clone(), Arc::clone(array(*at)?))))
                        .collect::<Result<_, Fault>>()?;
                    columns::gathered(&spread, columns.rows).map_err(|why| broken(&why))?
                }
                From::Column(at) => {
                    let made = columns::converted(array(*at)?, column.kind).map_err(|why| broken(&why))?;
                    for _ in 0..made.misfits {
                        unknown.misfit(&column.name, &format!("a value is no {}", column.kind.as_str()));
                    }
                    if column.name == "billing_period" { months(&made.array) } else { made.array }
                }
            });
        }
        let options = RecordBatchOptions::new().with_row_count(Some(columns.rows));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)
            .map_err(|error| broken(&error))
    }
}

fn constant(kind: ColumnType, value: &Json, rows: usize) -> ArrayRef {
    let mut builder = ColumnBuilder::new(kind, rows);
    for _ in 0..rows {
        // What canvass itself says fits.
        let _ = builder.push(value);
    }
    builder.finish()
}

/// `2026-11` of `2026-11-01 00:00:00`.
fn months(dates: &ArrayRef) -> ArrayRef {
    match dates.as_any().downcast_ref::<StringArray>() {
        Some(text) => {
            Arc::new(text.iter().map(|date| date.and_then(|date| date.get(..7))).collect::<StringArray>())
        }
        None => Arc::clone(dates),
    }
}
