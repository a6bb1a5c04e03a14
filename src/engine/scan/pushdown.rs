//! How far a predicate reaches: to the choice of accounts, of regions, to the service, or only to rows.

use std::ops::Not;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator as SqlOperator};

use crate::catalog::table::{Common, Operator, RowRegion, Table, TableScope, Value};
use crate::engine::json;
use crate::engine::scan::spec::unit_column;
use crate::model::Json;
use crate::settings::SourceChoice;
use crate::sources::Qual;

#[derive(Clone, Debug, PartialEq)]
pub enum Reach {
    /// Decides which accounts are asked.
    Accounts,
    /// Decides which regions of an account are asked.
    Regions,
    /// Decides which rows of a unit are wanted by the region they are in.
    RowRegions,
    /// May become a parameter of the call; applied to the rows again.
    Service(ColumnQual),
    /// May spare AWS Config rows, where that is asked; applied to the rows again.
    Recorded(ColumnQual),
    /// Says which source is asked; applied to the rows again.
    Source(SourceChoice),
    /// Applied to the rows.
    Rows,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ColumnQual {
    pub column: String,
    pub qual: Qual,
}

pub fn reach(table: &Table, filter: &Expr) -> Reach {
    if filter.is_volatile() || needs_more_than_a_row(filter) {
        return Reach::Rows;
    }
    let columns = filter.column_refs();
    let described: Option<Vec<Common>> = columns.iter().map(|c| unit_column(table, &c.name)).collect();
    match described {
        Some(commons) if !commons.is_empty() => {
            // A global table's region is known without asking.
            if table.scope == TableScope::Regional && commons.contains(&Common::Region) {
                Reach::Regions
            } else {
                Reach::Accounts
            }
        }
        _ if is_of_row_region(table, filter) && !takes_regions(table) => Reach::RowRegions,
        _ => match qual(filter) {
            Some(found) if is_declared(table, &found) => Reach::Service(found),
            Some(found) if is_recorded(table, &found) => Reach::Recorded(found),
            Some(found) => source(table, &found).map_or(Reach::Rows, Reach::Source),
            None => Reach::Rows,
        },
    }
}

fn is_recorded(table: &Table, found: &ColumnQual) -> bool {
    table.recorded.as_ref().is_some_and(|recorded| recorded.column(&found.column).is_some())
}

/// The one source that `_source` must be, where somebody can be asked for it.
fn source(table: &Table, found: &ColumnQual) -> Option<SourceChoice> {
    let is_source = table.column(&found.column)?.value == Value::Common(Common::Source);
    match (is_source, found.qual.operator, found.qual.values.as_slice()) {
        (true, Operator::Eq, [Json::String(name)]) if name == "api" => Some(SourceChoice::Api),
        (true, Operator::Eq, [Json::String(name)]) if name == "config" => Some(SourceChoice::Config),
        _ => None,
    }
}

fn is_of_row_region(table: &Table, filter: &Expr) -> bool {
    let columns = filter.column_refs();
    table.row_region == RowRegion::Row && !columns.is_empty() && columns.iter().all(|c| c.name == "region")
}

/// Whether the service filters rows by their region itself.
fn takes_regions(table: &Table) -> bool {
    table.key_columns.iter().any(|key| key.column == "region")
}

fn needs_more_than_a_row(filter: &Expr) -> bool {
    let mut found = false;
    let walked: Result<_> = filter.apply(|expr| {
        found = matches!(
            expr,
            Expr::ScalarSubquery(_)
                | Expr::InSubquery(_)
                | Expr::Exists(_)
                | Expr::SetComparison(_)
                | Expr::OuterReferenceColumn(..)
                | Expr::Placeholder(_)
                | Expr::AggregateFunction(_)
                | Expr::WindowFunction(_)
        );
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    found || walked.is_err()
}

fn is_declared(table: &Table, found: &ColumnQual) -> bool {
    table.key_columns.iter().any(|k| k.column == found.column && k.operators.contains(&found.qual.operator))
}

/// The predicate as one operator on one column, if it is that simple.
fn qual(filter: &Expr) -> Option<ColumnQual> {
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: SqlOperator::Or, right }) => {
            either(qual(left)?, qual(right)?)
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (column(left), column(right)) {
            (Some(name), None) => one(name, operator(*op)?, right),
            (None, Some(name)) => one(name, operator(op.swap()?)?, left),
            _ if *op == SqlOperator::Eq => having(left, std::slice::from_ref(right))
                .or_else(|| having(right, std::slice::from_ref(left))),
            _ => None,
        },
        Expr::InList(list) if !list.negated && member(&list.expr).is_some() => having(&list.expr, &list.list),
        Expr::ScalarFunction(call) if call.func.name() == json::CONTAINS => {
            let [whole, part] = call.args.as_slice() else { return None };
            one(column(whole)?, Operator::Contains, part)
        }
        Expr::InList(list) if !list.negated => {
            let values = list.list.iter().map(literal).collect::<Option<Vec<_>>>()?;
            equals(column(&list.expr)?, values)
        }
        Expr::Like(like) if !like.negated && !like.case_insensitive && like.escape_char.is_none() => {
            one(column(&like.expr)?, Operator::Like, &like.pattern)
        }
        Expr::Column(name) => equals(name.name.clone(), vec![true.into()]),
        Expr::IsTrue(inner) => equals(column(inner)?, vec![true.into()]),
        Expr::Not(inner) | Expr::IsFalse(inner) => equals(column(inner)?, vec![false.into()]),
        _ => None,
    }
}

fn one(column: String, operator: Operator, value: &Expr) -> Option<ColumnQual> {
    Some(ColumnQual { column, qual: Qual { operator, values: vec![literal(value)?] } })
}

fn equals(column: String, values: Vec<Json>) -> Option<ColumnQual> {
    values.is_empty().not().then_some(ColumnQual { column, qual: Qual { operator: Operator::Eq, values } })
}

/// `column ->> 'name' = 'value'`, as the objects of which the column must contain one.
fn having<E: AsRef<Expr>>(expr: &Expr, values: &[E]) -> Option<ColumnQual> {
    let (column, name) = member(expr)?;
    let object = |value: &E| {
        let text = literal(value.as_ref())?.as_str()?.to_owned();
        Some(Json::string(Json::object([(name.as_str(), Json::String(text))]).to_jsonb()))
    };
    let values = values.iter().map(object).collect::<Option<Vec<_>>>()?;
    values
        .is_empty()
        .not()
        .then_some(ColumnQual { column, qual: Qual { operator: Operator::Contains, values } })
}

/// `column ->> 'name'`
fn member(expr: &Expr) -> Option<(String, String)> {
    let Expr::ScalarFunction(call) = expr else { return None };
    let [whole, name] = call.args.as_slice() else { return None };
    if call.func.name() != json::MEMBER_TEXT {
        return None;
    }
    let Expr::Column(column) = whole else { return None };
    Some((column.name.clone(), literal(name)?.as_str()?.to_owned()))
}

/// `a = 1 or a = 2` is how DataFusion writes a short `a in (1, 2)`.
fn either(a: ColumnQual, b: ColumnQual) -> Option<ColumnQual> {
    let alternatives = matches!(a.qual.operator, Operator::Eq | Operator::Contains);
    let same = alternatives && a.column == b.column && a.qual.operator == b.qual.operator;
    let values = [a.qual.values, b.qual.values].concat();
    same.then_some(ColumnQual { column: a.column, qual: Qual { operator: a.qual.operator, values } })
}

fn column(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Column(column) => Some(column.name.clone()),
        // What documents are equal by; of a constant it is JSON text as well.
        Expr::ScalarFunction(call) if call.func.name() == json::KEY => column(call.args.first()?),
        _ => None,
    }
}

fn operator(op: SqlOperator) -> Option<Operator> {
    Some(match op {
        SqlOperator::Eq => Operator::Eq,
        SqlOperator::NotEq => Operator::NotEq,
        SqlOperator::Gt => Operator::Gt,
        SqlOperator::GtEq => Operator::GtEq,
        SqlOperator::Lt => Operator::Lt,
        SqlOperator::LtEq => Operator::LtEq,
        _ => return None,
    })
}

/// A constant as the services take it; timestamps as RFC 3339 text in UTC.
fn literal(expr: &Expr) -> Option<Json> {
    let Expr::Literal(value, _) = expr else { return None };
    service_value(value)
}

/// A value as the services take it.
pub fn service_value(value: &ScalarValue) -> Option<Json> {
    if value.is_null() {
        return None;
    }
    Some(match value {
        ScalarValue::Boolean(Some(flag)) => (*flag).into(),
        ScalarValue::Float64(Some(number)) => (*number).into(),
        ScalarValue::Float32(Some(number)) => f64::from(*number).into(),
        number if number.data_type().is_integer() => Json::Number(number.to_string().into()),
        instant @ (ScalarValue::TimestampSecond(..)
        | ScalarValue::TimestampMillisecond(..)
        | ScalarValue::TimestampMicrosecond(..)
        | ScalarValue::TimestampNanosecond(..)) => rfc3339(instant)?.into(),
        text => text.try_as_str()??.into(),
    })
}

fn rfc3339(instant: &ScalarValue) -> Option<String> {
    let micros = instant
        .cast_to(&arrow::datatypes::DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, None))
        .ok()?;
    let ScalarValue::TimestampMicrosecond(Some(micros), _) = micros else { return None };
    let instant = chrono::DateTime::from_timestamp_micros(micros)?;
    Some(instant.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
}
