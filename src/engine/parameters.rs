//! `$1`, `$2` ... in a statement: quoted literals once their values are known, so that the context types
//! them as PostgreSQL does.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Query, Value, ValueWithSpan, VisitMut, VisitorMut};

use crate::engine::validate::{Place, error_at};
use crate::error::{Error, Result};

/// Begins a literal that stands for a parameter without a value: a statement can be planned without, not run.
pub const OPEN: char = '\u{1}';

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parameters {
    /// Values in order; one is missing: an error.
    Given(Vec<String>),
    /// The same, but what is missing stays open: for a plan that is only shown.
    Open(Vec<String>),
}

impl Parameters {
    pub fn values(&self) -> &[String] {
        match self {
            Parameters::Given(values) | Parameters::Open(values) => values,
        }
    }
}

impl Default for Parameters {
    fn default() -> Self {
        Parameters::Given(Vec::new())
    }
}

/// Puts values in the places of parameters.
pub fn bind(sql: &str, query: &mut Query, parameters: &Parameters) -> Result<()> {
    let (values, open) = (parameters.values(), matches!(parameters, Parameters::Open(_)));
    let mut pass = Binding { sql, values, open, highest: 0 };
    if let ControlFlow::Break(error) = VisitMut::visit(query, &mut pass) {
        return Err(*error);
    }
    if values.len() > pass.highest {
        let wanted = match pass.highest {
            0 => "the statement has no parameter".to_owned(),
            1 => "the statement has one parameter".to_owned(),
            n => format!("the statement has {n} parameters"),
        };
        return Err(Error::usage(format!("{} values were given, but {wanted}", values.len()))
            .hint("a parameter is written $1 in the statement"));
    }
    Ok(())
}

struct Binding<'a> {
    sql: &'a str,
    values: &'a [String],
    open: bool,
    highest: usize,
}

impl VisitorMut for Binding<'_> {
    type Break = Box<Error>;

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<Self::Break> {
        let Value::Placeholder(name) = &value.value else { return ControlFlow::Continue(()) };
        let number = name.strip_prefix('$').and_then(|n| n.parse::<usize>().ok()).filter(|n| *n > 0);
        let place = Place::new(value.span.start, name.chars().count());
        let Some(number) = number else {
            let error = error_at(self.sql, place, &format!("syntax error at or near \"{name}\""));
            return ControlFlow::Break(Box::new(error.hint("a parameter is written $1")));
        };
        self.highest = self.highest.max(number);
        let text = match self.values.get(number - 1) {
            Some(given) => given.clone(),
            None if self.open => format!("{OPEN}${number}"),
            None => {
                let error = error_at(self.sql, place, &format!("there is no parameter ${number}"));
                let hint = "give the values in order: --arg VALUE for $1, --arg VALUE for $2";
                return ControlFlow::Break(Box::new(error.hint(hint)));
            }
        };
        value.value = Value::SingleQuotedString(text);
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::validate;

    fn bound(sql: &str, parameters: &Parameters) -> Result<String> {
        let mut query = validate::parse(sql)?;
        bind(sql, &mut query, parameters)?;
        Ok(query.to_string())
    }

    fn given(values: &[&str]) -> Parameters {
        Parameters::Given(values.iter().map(|v| (*v).to_owned()).collect())
    }

    #[test]
    fn values_stand_where_parameters_stood() {
        assert_eq!(
            bound("select $2, $1, $2", &given(&["a", "it's"])).unwrap(),
            "SELECT 'it''s', 'a', 'it''s'"
        );
    }

    #[test]
    fn a_missing_value_is_placed_and_one_too_many_is_counted() {
        let error = bound("select $1", &given(&[])).unwrap_err();
        assert!(error.message().starts_with("there is no parameter $1 (line 1, column 8)"), "{error}");
        assert!(bound("select $1", &given(&["a", "b"])).is_err());
        assert!(bound("select ?", &given(&[])).is_err());
        assert!(bound("select $1", &Parameters::Open(Vec::new())).is_ok());
    }
}
