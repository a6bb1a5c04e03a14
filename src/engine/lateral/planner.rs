//! `f(..) as x` in FROM, planned with PostgreSQL's names for its columns.

use datafusion::common::{DFSchema, Result, TableReference, plan_err};
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::sqlparser::ast::{
    Expr as SqlExpr, FunctionArg, FunctionArgExpr, FunctionArguments, TableAlias, TableFactor,
};

use crate::engine::dialect::set_returning::{FIELDS, Outputs, ROWS_FROM, called, column_names, outputs};
use crate::engine::lateral::node::SetNode;
use crate::engine::lateral::ordinals;
use crate::engine::lateral::sets::{self, Planning, Set, SetColumn};
use crate::engine::types::calendar::Read;

#[derive(Debug)]
pub struct FunctionsInFrom(pub Read);

impl RelationPlanner for FunctionsInFrom {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        let TableFactor::Function { name, args, with_ordinality, alias: Some(alias), .. } = relation else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        let function = match name.0.last().and_then(|p| p.as_ident()) {
            Some(ident) => context.normalize_ident(ident.clone()),
            None => return plan_err!("a function in FROM has a name"),
        };
        let known_as = context.normalize_ident(alias.name.clone());
        let set = if function == ROWS_FROM {
            self.side_by_side(args, context)?
        } else {
            self.planned(&function, args, context)?
        };
        if outputs(&function) == Some(Outputs::Defined) {
            let plan = defined(set, &alias, &known_as, context)?;
            return Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, None))));
        }
        let is_value = set.is_value && !with_ordinality;
        let mut columns = set.into_columns(with_ordinality);
        let mut names = match function.as_str() {
            ROWS_FROM => vec![String::new(); columns.len()],
            _ => column_names(&function, columns.len(), &known_as),
        };
        if with_ordinality {
            columns.push(ordinals::column(columns.iter().map(|c| c.list.clone()).collect()));
            names.push("ordinality".to_owned());
        }
        if alias.columns.len() > columns.len() {
            return plan_err!(
                "table '{known_as}' has {} columns available but {} columns specified",
                columns.len(),
                alias.columns.len()
            );
        }
        for (name, column) in names.iter_mut().zip(&alias.columns) {
            *name = context.normalize_ident(column.name.clone());
        }
        let columns = columns.into_iter().zip(names).map(|(column, name)| column.called(&name)).collect();
        let plan = SetNode::plan(columns, is_value, &TableReference::bare(known_as))?;
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, None))))
    }
}

impl FunctionsInFrom {
    fn planned(
        &self,
        function: &str,
        args: Vec<FunctionArg>,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<Set> {
        let schema = DFSchema::empty();
        if outputs(function).is_none() {
            return value(function, args, context);
        }
        let args = args
            .into_iter()
            .map(|arg| match arg {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => context.sql_to_expr(expr, &schema),
                other => plan_err!("{function} takes no argument like {other}"),
            })
            .collect::<Result<Vec<Expr>>>()?;
        let functions = |name: &str| context.context_provider().get_function_meta(name);
        sets::plan(function, args, &schema, &Planning { functions: &functions, context: self.0 })
    }

    /// `rows from (f(a), g(b))`: one column for each function, a record where it would bring several.
    fn side_by_side(&self, args: Vec<FunctionArg>, context: &mut dyn RelationPlannerContext) -> Result<Set> {
        let mut columns = Vec::new();
        for arg in args {
            let FunctionArg::Unnamed(FunctionArgExpr::Expr(SqlExpr::Function(function))) = arg else {
                return plan_err!("only functions can run side by side");
            };
            let name = function.name.0.last().and_then(|p| p.as_ident()).cloned();
            let name = name.map(|ident| context.normalize_ident(ident)).unwrap_or_default();
            let args = match function.args {
                FunctionArguments::List(list) => list.args,
                _ => Vec::new(),
            };
            if name == FIELDS {
                columns.extend(self.side_by_side_fields(args, context)?);
            } else {
                columns.push(self.planned(&name, args, context)?.into_record()?);
            }
        }
        Ok(Set { is_value: false, columns })
    }

    /// The columns of the one function among `args`.
    fn side_by_side_fields(
        &self,
        args: Vec<FunctionArg>,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<Vec<SetColumn>> {
        let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(SqlExpr::Function(function)))) =
            args.into_iter().next()
        else {
            return plan_err!("only functions have fields");
        };
        let args = match function.args {
            FunctionArguments::List(list) => list.args,
            _ => Vec::new(),
        };
        let name = called(&function.name);
        Ok(self.planned(&name, args, context)?.into_columns(true))
    }
}

/// A function that returns one value makes one row.
fn value(function: &str, args: Vec<FunctionArg>, context: &mut dyn RelationPlannerContext) -> Result<Set> {
    let schema = DFSchema::empty();
    let call = call(function, args);
    let expr = context.sql_to_expr(call, &schema)?;
    Ok(Set { is_value: true, columns: vec![SetColumn::value(expr, &schema)?] })
}

fn call(function: &str, args: Vec<FunctionArg>) -> SqlExpr {
    use datafusion::sql::sqlparser::ast::{Function, FunctionArgumentList, Ident, ObjectName};
    SqlExpr::Function(Function {
        name: ObjectName::from(vec![Ident::with_quote('"', function)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args,
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

/// `jsonb_to_recordset(..) as x(id int, name text)`: the members of each element, cast.
fn defined(
    set: Set,
    alias: &TableAlias,
    known_as: &str,
    context: &mut dyn RelationPlannerContext,
) -> Result<LogicalPlan> {
    if alias.columns.is_empty() {
        return plan_err!("a column definition list is required for functions returning \"record\"");
    }
    let element = "element#1";
    let is_value = set.is_value;
    let columns = set.columns.into_iter().map(|c| c.called("value")).collect();
    let plan = SetNode::plan(columns, is_value, &TableReference::bare(element))?;
    let schema = plan.schema().as_ref().clone();
    let mut members = Vec::new();
    for column in &alias.columns {
        let name = context.normalize_ident(column.name.clone());
        let Some(kind) = &column.data_type else {
            return plan_err!("column '{name}' of '{known_as}' has no type");
        };
        let member = |operator: &str| {
            let member = name.replace('\'', "''");
            format!(r#"("{element}".value {operator} '{member}')"#)
        };
        let written = match kind.to_string().to_lowercase().as_str() {
            "jsonb" | "json" => member("->"),
            other => format!("cast({} as {other})", member("->>")),
        };
        let dialect = datafusion::sql::sqlparser::dialect::PostgreSqlDialect {};
        let parsed = datafusion::sql::sqlparser::parser::Parser::new(&dialect)
            .try_with_sql(&written)
            .and_then(|mut p| p.parse_expr())
            .map_err(|e| datafusion::common::DataFusionError::Plan(e.to_string()))?;
        let expr = context.sql_to_expr(parsed, &schema)?;
        members.push(expr.alias_qualified(Some(known_as), name));
    }
    LogicalPlanBuilder::from(plan).project(members)?.build()
}
