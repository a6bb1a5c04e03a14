//! Predicates as Cost Explorer's expressions: a dimension, tag or category equals one of some values, or
//! none of them.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_costexplorer::types::{CostCategoryValues, Dimension, DimensionValues, Expression, TagValues};

use crate::catalog::table::Operator;
use crate::error::Error;
use crate::model::AccountId;
use crate::sources::Qual;
use crate::sources::cost::breakdown::{ACCOUNT, Key, key_of};

/// What a request is filtered by.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    Everything,
    Only(Box<Expression>),
    /// No cost can be meant: nobody need be asked.
    Nothing,
}

/// One condition, before it becomes an expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    pub key: Key,
    pub values: Vec<String>,
    pub negated: bool,
}

/// Whether the service applies the predicate just as SQL does, so that nobody has to do so again.
pub fn is_exact(column: &str, operator: Operator) -> bool {
    match operator {
        Operator::Eq => column == "granularity" || is_filtered(column) || column.starts_with("period_"),
        // Where a tag or category is missing, SQL knows of no value that it is not.
        Operator::NotEq => is_filtered(column) && !column.ends_with("_value"),
        _ => column.starts_with("period_"),
    }
}

/// Names are looked up here, and two accounts may share one.
fn is_filtered(column: &str) -> bool {
    !matches!(column, "account_name" | "account_tags" | "ou_path")
        && (super::breakdown::dimension(column).is_some() || column.ends_with("_value"))
}

/// The conditions that predicates on columns make.
pub fn conditions(quals: &BTreeMap<String, Vec<Qual>>) -> Result<Vec<Condition>, Error> {
    let mut conditions = Vec::new();
    for (column, quals_of) in quals.iter().filter(|(column, _)| is_filtered(column)) {
        let Some(key) = key_of(column, quals)? else { continue };
        for qual in quals_of {
            let values: BTreeSet<String> = qual.values.iter().filter_map(|value| value.to_text()).collect();
            let negated = match qual.operator {
                Operator::Eq => false,
                Operator::NotEq => true,
                _ => continue,
            };
            conditions.push(Condition { key: key.clone(), values: values.into_iter().collect(), negated });
        }
    }
    Ok(conditions)
}

/// Costs of these accounts alone.
pub fn of_accounts<'a>(accounts: impl IntoIterator<Item = &'a AccountId>) -> Condition {
    let values = accounts.into_iter().map(ToString::to_string).collect();
    Condition { key: Key::Dimension(ACCOUNT), values, negated: false }
}

pub fn all_of(conditions: Vec<Condition>) -> Filter {
    let mut expressions = Vec::new();
    for condition in conditions {
        match (condition.values.is_empty(), condition.negated) {
            (true, false) => return Filter::Nothing,
            (true, true) => {}
            (false, _) => expressions.push(expression(condition)),
        }
    }
    match expressions.len() {
        0 => Filter::Everything,
        1 => expressions.pop().map_or(Filter::Everything, |only| Filter::Only(Box::new(only))),
        _ => Filter::Only(Box::new(Expression::builder().set_and(Some(expressions)).build())),
    }
}

fn expression(Condition { key, values, negated }: Condition) -> Expression {
    let values = Some(values);
    let expression = match key {
        Key::Dimension(name) => Expression::builder()
            .dimensions(DimensionValues::builder().key(Dimension::from(name)).set_values(values).build()),
        Key::Tag(name) => {
            Expression::builder().tags(TagValues::builder().key(name).set_values(values).build())
        }
        Key::CostCategory(name) => Expression::builder()
            .cost_categories(CostCategoryValues::builder().key(name).set_values(values).build()),
    };
    let expression = expression.build();
    if negated { Expression::builder().not(Box::new(expression)).build() } else { expression }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Json;

    fn quals(of: &[(&str, Operator, &[&str])]) -> BTreeMap<String, Vec<Qual>> {
        let mut quals: BTreeMap<String, Vec<Qual>> = BTreeMap::new();
        for (column, operator, values) in of {
            let values = values.iter().map(|value| Json::string(*value)).collect();
            quals.entry((*column).to_owned()).or_default().push(Qual { operator: *operator, values });
        }
        quals
    }

    #[test]
    fn one_condition_stands_alone_and_several_are_joined() {
        let Filter::Only(one) =
            all_of(conditions(&quals(&[("service", Operator::Eq, &["A", "B"])])).unwrap())
        else {
            panic!("no filter");
        };
        assert_eq!(one.dimensions().unwrap().values(), ["A", "B"]);
        let two = quals(&[("service", Operator::NotEq, &["Tax"]), ("region", Operator::Eq, &["eu-west-1"])]);
        let Filter::Only(two) = all_of(conditions(&two).unwrap()) else { panic!("no filter") };
        assert_eq!(two.and().len(), 2);
        assert_eq!(two.and()[1].not().unwrap().dimensions().unwrap().values(), ["Tax"]);
    }

    #[test]
    fn tags_are_filtered_by_the_key_that_was_chosen() {
        let given =
            quals(&[("tag_key", Operator::Eq, &["team"]), ("tag_value", Operator::Eq, &["payments"])]);
        let Filter::Only(tags) = all_of(conditions(&given).unwrap()) else { panic!("no filter") };
        assert_eq!(tags.tags().unwrap().key(), Some("team"));
        assert!(conditions(&quals(&[("tag_value", Operator::Eq, &["payments"])])).is_err());
    }

    #[test]
    fn no_account_at_all_asks_nobody() {
        assert_eq!(all_of(vec![of_accounts([])]), Filter::Nothing);
        assert_eq!(all_of(Vec::new()), Filter::Everything);
    }

    #[test]
    fn only_what_the_service_says_as_sql_does_is_left_to_it() {
        assert!(is_exact("service", Operator::Eq) && is_exact("service", Operator::NotEq));
        assert!(is_exact("period_start", Operator::GtEq) && is_exact("granularity", Operator::Eq));
        assert!(is_exact("tag_value", Operator::Eq) && !is_exact("tag_value", Operator::NotEq));
        assert!(!is_exact("account_name", Operator::Eq) && !is_exact("amount", Operator::Eq));
        assert!(!is_exact("service", Operator::Like));
    }
}
