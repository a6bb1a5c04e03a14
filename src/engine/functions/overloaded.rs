//! A function or operator of PostgreSQL as DataFusion calls it: which overload is meant is decided from
//! the arguments' PostgreSQL types, and they are cast to what it declares.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{DataFusionError, Result, internal_err, plan_datafusion_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::call::{Argument, Call};
use super::resolve::{Declared, Param, Resolved, Returns, Unresolved, resolve};
use crate::engine::types::calendar::Read;
use crate::engine::types::{PgType, Target, cast, read};

pub type Kernel = fn(&Call) -> Result<ArrayRef>;

/// One way to call a function.
#[derive(Clone)]
pub struct Overload {
    pub declared: Declared,
    pub kernel: Kernel,
}

impl fmt::Debug for Overload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.declared.fmt(f)
    }
}

/// Shorthands that the tables of functions are written in.
pub fn overload(params: &[PgType], returns: PgType, kernel: Kernel) -> Overload {
    general(params.iter().cloned().map(Param::Is), Returns::Is(returns), kernel)
}

pub fn general(params: impl IntoIterator<Item = Param>, returns: Returns, kernel: Kernel) -> Overload {
    Overload {
        declared: Declared { params: params.into_iter().collect(), variadic: false, optional: 0, returns },
        kernel,
    }
}

impl Overload {
    #[must_use]
    pub fn variadic(mut self) -> Self {
        self.declared.variadic = true;
        self
    }

    #[must_use]
    pub fn optional(mut self, count: usize) -> Self {
        self.declared.optional = count;
        self
    }
}

/// How calls are written and what they are called in messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    Function,
    /// Between its operands, or before the only one.
    Operator,
}

#[derive(Clone, Debug)]
pub struct Overloaded {
    name: Cow<'static, str>,
    form: Form,
    overloads: Arc<Vec<Overload>>,
    context: Read,
    signature: Signature,
}

impl PartialEq for Overloaded {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.form, self.context.now) == (&other.name, other.form, other.context.now)
    }
}

impl Eq for Overloaded {}

impl Hash for Overloaded {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.name, self.form).hash(state);
    }
}

impl Overloaded {
    /// A function nobody has: whoever calls it learns so, with the types of the arguments.
    pub fn unknown(name: String, context: Read) -> ScalarUDF {
        let signature = Signature::user_defined(Volatility::Immutable);
        let overloads = Arc::default();
        ScalarUDF::from(Overloaded { name: name.into(), form: Form::Function, overloads, context, signature })
    }

    pub fn udf(
        name: &'static str,
        form: Form,
        overloads: Arc<Vec<Overload>>,
        context: Read,
    ) -> Arc<ScalarUDF> {
        let signature = Signature::user_defined(Volatility::Immutable);
        Arc::new(ScalarUDF::from(Overloaded { name: name.into(), form, overloads, context, signature }))
    }

    fn resolved(&self, given: &[PgType]) -> Result<(Resolved, &Overload)> {
        let resolved = resolve(self.overloads.iter().map(|o| &o.declared), given)
            .map_err(|why| self.unresolved(given, why))?;
        match self.overloads.get(resolved.index) {
            Some(overload) => Ok((resolved, overload)),
            None => internal_err!("{} has no overload {}", self.name, resolved.index),
        }
    }

    fn unresolved(&self, given: &[PgType], why: Unresolved) -> DataFusionError {
        let call = signature(&self.name, self.form, given);
        let what = match why {
            Unresolved::NoneFits => "does not exist",
            Unresolved::NotUnique => "is not unique",
        };
        match self.form {
            Form::Function => plan_datafusion_err!("function {call} {what}"),
            Form::Operator => plan_datafusion_err!("operator {what}: {call}"),
        }
    }
}

/// `lower(integer)`, `text + integer`
pub fn signature(name: &str, form: Form, given: &[PgType]) -> String {
    let kinds: Vec<String> = given.iter().map(PgType::name).collect();
    match (form, kinds.as_slice()) {
        (Form::Operator, [left, right]) => format!("{left} {name} {right}"),
        (Form::Operator, [only]) => format!("{name} {only}"),
        _ => format!("{name}({})", kinds.join(", ")),
    }
}

/// A quoted literal has no type of its own.
pub fn given_type(field: &Field, is_literal: bool) -> PgType {
    if is_literal && field.metadata().is_empty() && *field.data_type() == DataType::Utf8 {
        return PgType::Unknown;
    }
    PgType::of(field)
}

impl ScalarUDFImpl for Overloaded {
    fn name(&self) -> &str {
        &self.name
    }

    fn display_name(&self, args: &[Expr]) -> Result<String> {
        Ok(self.written(args.iter().map(Expr::to_string).collect()))
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        Ok(self.written(args.iter().map(|a| a.schema_name().to_string()).collect()))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Arguments come as they are: Arrow's types alone do not tell PostgreSQL's.
    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        Ok(given.to_vec())
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        internal_err!("{} is typed by its fields", self.name)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let literals = args.scalar_arguments.iter().map(Option::is_some);
        let given: Vec<PgType> =
            args.arg_fields.iter().zip(literals).map(|(f, l)| given_type(f, l)).collect();
        let (resolved, _) = self.resolved(&given)?;
        Ok(resolved.returns.field(&self.name))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_constant = |value: &ColumnarValue| matches!(value, ColumnarValue::Scalar(_));
        let fields = args.arg_fields.iter().zip(&args.args);
        let given: Vec<PgType> = fields.map(|(field, value)| given_type(field, is_constant(value))).collect();
        let (resolved, overload) = self.resolved(&given)?;
        let all_constant = args.args.iter().all(is_constant);
        let mut arguments = Vec::with_capacity(args.args.len());
        for ((value, from), to) in args.args.iter().zip(&given).zip(resolved.arguments) {
            let (array, constant) = match value {
                ColumnarValue::Array(array) => (Arc::clone(array), false),
                ColumnarValue::Scalar(scalar) => (scalar.to_array()?, true),
            };
            let target = Target::from(to);
            let array = cast::column(&array, from, &target, self.context)?;
            arguments.push(Argument { array, kind: target.kind, constant });
        }
        let rows = if all_constant { 1 } else { args.number_rows };
        let call = Call { arguments, rows, returns: resolved.returns, context: self.context };
        let array = (overload.kernel)(&call)?;
        // Kernels do not label the items of arrays.
        let array = match call.returns {
            PgType::Array(_) => read::labelled(array, &call.returns.data_type())?,
            _ => array,
        };
        Ok(match all_constant {
            true => ColumnarValue::Scalar(read::scalar(&array)?),
            false => ColumnarValue::Array(array),
        })
    }
}

impl Overloaded {
    fn written(&self, args: Vec<String>) -> String {
        match (self.form, args.as_slice()) {
            (Form::Operator, [left, right]) => format!("{left} {} {right}", self.name),
            (Form::Operator, [only]) => format!("{}{only}", self.name),
            _ => format!("{}({})", self.name, args.join(", ")),
        }
    }
}
