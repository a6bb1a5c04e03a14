//! Casts, keys and lists as expressions of a plan.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListArray, StringArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::metadata::FieldMetadata;
use datafusion::common::{DFSchema, Result, ScalarValue, TableReference, exec_err, internal_err, plan_err};
use datafusion::logical_expr::expr::Alias;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility,
};

use crate::engine::functions::overloaded::given_type;
use crate::engine::parameters::OPEN;
use crate::engine::types::calendar::Read;
use crate::engine::types::{Modifier, PgType, Target, cast, keys, read};

/// `expr` as `to`. Literals are converted now, so that what cannot be read is known while planning.
pub fn converted(expr: Expr, from: &PgType, to: &PgType, context: Read) -> Result<Expr> {
    if from == to {
        return Ok(expr);
    }
    if let Some(value) = literal(&expr, to, context)? {
        return Ok(value);
    }
    Ok(cast_to(Target::from(to.clone()), context).call(vec![expr]))
}

/// A cast that is written in the statement.
pub fn cast_of(expr: Expr, from: &PgType, target: Target, schema: &DFSchema, context: Read) -> Result<Expr> {
    if *from == target.kind && target.modifier == Modifier::None {
        // Types that Arrow does not tell apart are stated by the function that made them.
        return Ok(expr);
    }
    if target.modifier == Modifier::None
        && let Some(value) = literal(&expr, &target.kind, context)?
    {
        return Ok(value);
    }
    let cast = cast_to(target, context).call(vec![expr]);
    // Whether there is such a cast.
    cast.to_field(schema)?;
    Ok(cast)
}

/// A quoted or integer literal, or NULL, as a literal of the type.
fn literal(expr: &Expr, to: &PgType, context: Read) -> Result<Option<Expr>> {
    let plain = match expr {
        Expr::Literal(value, None) => value.clone(),
        // Integers of four bytes are literals in a cast.
        Expr::Cast(cast) => match cast.expr.as_ref() {
            Expr::Literal(value @ ScalarValue::Int64(_), None)
                if *cast.field.data_type() == DataType::Int32 =>
            {
                value.cast_to(&DataType::Int32)?
            }
            _ => return Ok(None),
        },
        _ => return Ok(None),
    };
    if let Some(parameter) = plain.try_as_str().flatten().and_then(|text| open(text, to.clone())) {
        return Ok(Some(parameter));
    }
    let array: ArrayRef = match plain.try_as_str() {
        Some(Some(text)) => read::column(&StringArray::from(vec![text]), to, context)?,
        Some(None) => arrow::array::new_null_array(&to.data_type(), 1),
        None if plain.is_null() => arrow::array::new_null_array(&to.data_type(), 1),
        None => {
            let from = PgType::of(&arrow::datatypes::Field::new("", plain.data_type(), true));
            if cast::how(&from, to).is_none() {
                return Ok(None);
            }
            cast::column(&plain.to_array()?, &from, &Target::from(to.clone()), context)?
        }
    };
    let value = read::scalar(&array)?;
    let metadata = to.metadata();
    let metadata = (!metadata.is_empty())
        .then(|| FieldMetadata::from(metadata.into_iter().collect::<std::collections::BTreeMap<_, _>>()));
    Ok(Some(Expr::Literal(value, metadata)))
}

pub fn cast_to(target: Target, context: Read) -> Arc<ScalarUDF> {
    let signature = Signature::any(1, Volatility::Immutable);
    Arc::new(ScalarUDF::from(Conversion {
        name: "cast".to_owned(),
        what: What::Cast(target, context.now),
        signature,
    }))
}

/// The same under the name a statement calls it by.
pub fn cast_named(name: &str, target: Target, context: Read) -> ScalarUDF {
    let signature = Signature::any(1, Volatility::Immutable);
    ScalarUDF::from(Conversion { name: name.to_owned(), what: What::Cast(target, context.now), signature })
}

/// What a call of such a function casts to.
pub fn target_of(function: &ScalarUDF) -> Option<&Target> {
    match function.inner().downcast_ref::<Conversion>().map(|c| &c.what) {
        Some(What::Cast(target, _)) => Some(target),
        _ => None,
    }
}

/// A literal that stands for a parameter without a value, as that.
pub fn open(text: &str, kind: PgType) -> Option<Expr> {
    text.strip_prefix(OPEN).map(|name| open_parameter(name, kind))
}

/// A parameter without a value: known by its type only.
fn open_parameter(name: &str, kind: PgType) -> Expr {
    let signature = Signature::nullary(Volatility::Volatile);
    ScalarUDF::from(Conversion { name: name.to_owned(), what: What::Parameter(kind), signature })
        .call(Vec::new())
}

/// The same values under a type that the plan lost.
pub fn retyped(expr: Expr, kind: PgType) -> Expr {
    let signature = Signature::any(1, Volatility::Immutable);
    ScalarUDF::from(Conversion { name: "retype".to_owned(), what: What::Retype(kind), signature })
        .call(vec![expr])
}

/// An expression by the name and of the type of a field. Metadata of an alias alone would be lost where
/// DataFusion merges projections.
pub fn under_field(expr: Expr, relation: Option<&TableReference>, field: &Field) -> Expr {
    let metadata = field.metadata();
    if metadata.is_empty() {
        return expr.alias_qualified(relation.cloned(), field.name());
    }
    let alias = Alias::new(retyped(expr, PgType::of(field)), relation.cloned(), field.name());
    Expr::Alias(alias.with_metadata(Some(metadata.clone().into())))
}

/// What is compared in place of the value.
pub fn key(expr: Expr, kind: PgType) -> Expr {
    let signature = Signature::any(1, Volatility::Immutable);
    ScalarUDF::from(Conversion { name: "key".to_owned(), what: What::Key(kind), signature }).call(vec![expr])
}

/// `array[...]` of items of one type.
pub fn array_of(items: Vec<Expr>, kind: &PgType) -> Expr {
    if items.is_empty() {
        let array = PgType::Array(Box::new(kind.clone()));
        let empty = ScalarValue::List(ScalarValue::new_list_nullable(&[], &kind.data_type()));
        return retyped(Expr::Literal(empty, None), array);
    }
    let signature = Signature::variadic_any(Volatility::Immutable);
    ScalarUDF::from(Conversion { name: "array".to_owned(), what: What::Array(kind.clone()), signature })
        .call(items)
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum What {
    /// To a type; the instant the statement began at gives `now` and `today` their meaning.
    Cast(Target, i64),
    Retype(PgType),
    Key(PgType),
    Parameter(PgType),
    /// Of its arguments, which are of this type.
    Array(PgType),
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Conversion {
    name: String,
    what: What,
    signature: Signature,
}

impl Conversion {
    fn written(&self, operand: &str) -> String {
        match &self.what {
            What::Cast(target, _) => format!("{operand}::{}", name_of(target)),
            What::Retype(_) | What::Key(_) => operand.to_owned(),
            What::Parameter(_) | What::Array(_) => self.name.clone(),
        }
    }
}

/// `numeric(10,2)`
pub fn name_of(target: &Target) -> String {
    match target.modifier {
        Modifier::None => target.kind.name(),
        Modifier::Digits { precision, scale } => format!("numeric({precision},{scale})"),
        Modifier::Length(n) | Modifier::Seconds(n) => format!("{}({n})", target.kind),
    }
}

impl ScalarUDFImpl for Conversion {
    fn name(&self) -> &str {
        &self.name
    }

    fn display_name(&self, args: &[Expr]) -> Result<String> {
        if matches!(self.what, What::Array(_)) {
            let items: Vec<String> = args.iter().map(Expr::to_string).collect();
            return Ok(format!("array[{}]", items.join(", ")));
        }
        Ok(self.written(&args.first().map(Expr::to_string).unwrap_or_default()))
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        if matches!(self.what, What::Array(_)) {
            let items: Vec<String> = args.iter().map(|a| a.schema_name().to_string()).collect();
            return Ok(format!("array[{}]", items.join(", ")));
        }
        let inner = args.first().map(|a| a.schema_name().to_string()).unwrap_or_default();
        Ok(match self.what {
            What::Key(_) => format!("key({inner})"),
            _ => self.written(&inner),
        })
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        internal_err!("{} is typed by its fields", self.name())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        if let What::Parameter(kind) = &self.what {
            return Ok(kind.field(self.name()));
        }
        if let What::Array(kind) = &self.what {
            return Ok(kind.clone().array().field(self.name()));
        }
        let Some(field) = args.arg_fields.first() else { return internal_err!("a cast of nothing") };
        let is_literal = args.scalar_arguments.first().is_some_and(Option::is_some);
        match &self.what {
            What::Cast(target, _) => {
                let from = given_type(field, is_literal);
                if cast::how(&from, &target.kind).is_none() {
                    return plan_err!("cannot cast type {from} to {}", target.kind);
                }
                Ok(target.kind.field(self.name()))
            }
            What::Retype(kind) | What::Parameter(kind) | What::Array(kind) => Ok(kind.field(self.name())),
            What::Key(kind) => {
                Ok(Arc::new(arrow::datatypes::Field::new(self.name(), keys::data_type(kind), true)))
            }
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        if matches!(self.what, What::Parameter(_)) {
            return exec_err!("there is no parameter {}", self.name);
        }
        if let What::Array(kind) = &self.what {
            return side_by_side(&args, kind);
        }
        let (Some(value), Some(field)) = (args.args.first(), args.arg_fields.first()) else {
            return internal_err!("a cast of nothing");
        };
        let convert = |array: &ArrayRef, constant: bool| -> Result<ArrayRef> {
            let array = match &self.what {
                What::Cast(target, now) => {
                    let from = given_type(field, constant);
                    cast::column(array, &from, target, Read { now: *now })?
                }
                What::Retype(kind) => arrow::compute::cast(array, &kind.data_type())?,
                What::Key(kind) => keys::column(array, kind)?,
                What::Parameter(_) | What::Array(_) => Arc::clone(array),
            };
            debug_assert_eq!(array.data_type(), args.return_field.data_type());
            Ok(array)
        };
        Ok(match value {
            ColumnarValue::Array(array) => ColumnarValue::Array(convert(array, false)?),
            ColumnarValue::Scalar(scalar) => {
                let array = convert(&scalar.to_array()?, true)?;
                ColumnarValue::Scalar(read::scalar(&array)?)
            }
        })
    }
}

/// The values of each row as one array.
fn side_by_side(args: &ScalarFunctionArgs, kind: &PgType) -> Result<ColumnarValue> {
    let constant = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
    let rows = if constant { 1 } else { args.number_rows };
    let columns = args.args.iter().map(|arg| arg.to_array(rows)).collect::<Result<Vec<ArrayRef>>>()?;
    let columns: Vec<&dyn Array> = columns.iter().map(AsRef::as_ref).collect();
    let places: Vec<(usize, usize)> =
        (0..rows).flat_map(|row| (0..columns.len()).map(move |column| (column, row))).collect();
    let values = arrow::compute::interleave(&columns, &places)?;
    let DataType::List(item) = kind.clone().array().data_type() else {
        return internal_err!("an array has items");
    };
    let values = read::labelled(values, item.data_type())?;
    let lengths = OffsetBuffer::from_lengths(std::iter::repeat_n(columns.len(), rows));
    let lists: ArrayRef = Arc::new(ListArray::try_new(item, lengths, values, None)?);
    Ok(match constant {
        true => ColumnarValue::Scalar(read::scalar(&lists)?),
        false => ColumnarValue::Array(lists),
    })
}
