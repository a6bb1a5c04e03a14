//! An answer in the form both sides are brought to: names, PostgreSQL's types, and values as text.

use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub pg_type: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Option<String>>>,
}

/// Where floating point numbers are summed in another order their last digits differ.
const FLOAT_TOLERANCE: f64 = 1e-12;

impl Answer {
    /// Whether equal values of some column may look different.
    pub fn has_ties(&self) -> bool {
        self.columns.iter().any(|c| matches!(c.pg_type.as_str(), "interval" | "numeric" | "jsonb" | "inet"))
    }

    /// Numbers without the zeros at their end: which of `1.0` and `1.00` stands for both in a group or a
    /// union is nobody's promise.
    #[must_use]
    pub fn without_scale(&self) -> Answer {
        let mut answer = self.clone();
        let numeric = |(at, column): (usize, &Column)| (column.pg_type == "numeric").then_some(at);
        for at in self.columns.iter().enumerate().filter_map(numeric) {
            for value in answer.rows.iter_mut().filter_map(|row| row[at].as_mut()).filter(|v| v.contains('.'))
            {
                *value = value.trim_end_matches('0').trim_end_matches('.').to_owned();
            }
        }
        answer
    }

    /// What of `self` (canvass) is not as in `other` (PostgreSQL), in words; `ordered`: rows must come in
    /// the same order.
    pub fn difference(&self, other: &Answer, ordered: bool) -> Option<String> {
        let names = |answer: &Answer| answer.columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
        if names(self) != names(other) {
            return Some(format!("columns {:?}, expected {:?}", names(self), names(other)));
        }
        for (ours, theirs) in self.columns.iter().zip(&other.columns) {
            if ours.pg_type != theirs.pg_type {
                return Some(format!("{} is {}, expected {}", ours.name, ours.pg_type, theirs.pg_type));
            }
        }
        if self.rows.len() != other.rows.len() {
            return Some(format!(
                "{} rows, expected {}\n{self}expected\n{other}",
                self.rows.len(),
                other.rows.len()
            ));
        }
        let rows = |answer: &Answer| {
            let mut rows = answer.rows.clone();
            if !ordered {
                rows.sort();
            }
            rows
        };
        let (ours, theirs) = (rows(self), rows(other));
        let wrong = ours.iter().zip(&theirs).position(|(a, b)| !self.same_row(a, b))?;
        let shown = |rows: &[Vec<Option<String>>]| Answer {
            columns: self.columns.clone(),
            rows: rows.iter().skip(wrong).take(3).cloned().collect(),
        };
        Some(format!("row {} is\n{}expected\n{}", wrong + 1, shown(&ours), shown(&theirs)))
    }

    fn same_row(&self, ours: &[Option<String>], theirs: &[Option<String>]) -> bool {
        self.columns.iter().zip(ours.iter().zip(theirs)).all(|(column, (a, b))| match (a, b) {
            (Some(a), Some(b)) if column.pg_type == "double precision" || column.pg_type == "real" => {
                close(a, b)
            }
            _ => a == b,
        })
    }
}

fn close(a: &str, b: &str) -> bool {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        _ if a == b => true,
        (Ok(a), Ok(b)) => (a - b).abs() <= FLOAT_TOLERANCE * a.abs().max(b.abs()),
        _ => false,
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in self.rows.iter().take(12) {
            let cells: Vec<&str> = row.iter().map(|v| v.as_deref().unwrap_or("∅")).collect();
            writeln!(f, "    {}", cells.join(" | "))?;
        }
        if self.rows.len() > 12 {
            writeln!(f, "    ...")?;
        }
        Ok(())
    }
}
