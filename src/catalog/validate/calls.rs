//! Whether the calls of a table exist, get what they need, and take what they are given.

use super::{Check, Operations, RowPlace};
use crate::catalog::convert::{Wrong, call_quals};
use crate::catalog::fit::{Astray, Kind, Place};
use crate::catalog::path::{Path, Step};
use crate::catalog::shape::{Operation, Shape};
use crate::catalog::table::{Call, Detail, Filters, Param, ParamSource};

impl Check<'_> {
    /// The operations of calls, complaining of those that nobody knows.
    pub(super) fn calls(&mut self, section: &'static str, calls: &[Call]) -> Operations {
        let mut operations = Vec::new();
        let outer = self.item;
        for (at, call) in calls.iter().enumerate() {
            self.item = outer.or(Some(at));
            let operation = self.known.operation(&call.operation);
            if operation.is_none() {
                let message = format!("no operation '{}' is known", call.operation);
                self.misses(section, "call", message, &call.operation, [""; 0]);
            }
            operations.push(operation);
        }
        self.item = outer;
        operations
    }

    /// Checks the chains of a list or get; answers where the last rows of each lie.
    pub(super) fn chains(
        &mut self,
        section: &'static str,
        calls: &[Call],
        operations: &Operations,
    ) -> Vec<RowPlace> {
        let mut places = Vec::new();
        for (start, end) in chains(calls) {
            let (calls, operations) = (&calls[start..end], operations[start..end].to_vec());
            places.extend(self.chain(section, start, calls, &operations));
        }
        self.item = None;
        places
    }

    /// Checks one chain; answers where its last call's rows lie.
    fn chain(
        &mut self,
        section: &'static str,
        first: usize,
        calls: &[Call],
        operations: &Operations,
    ) -> Option<RowPlace> {
        let mut previous: Option<RowPlace> = None;
        for (at, (call, operation)) in calls.iter().zip(operations).enumerate() {
            self.item = Some(first + at);
            let operation = operation.clone()?;
            self.params(section, call, &operation, previous.as_slice(), operations);
            let rows = self.path(section, "rows", &call.rows)?;
            if call.csv {
                let plain = matches!(rows.steps.as_slice(), [Step::Member(_)]);
                let fits = Place::response(&operation).and_then(|place| place.walk(&rows).ok());
                if !plain || fits.is_none_or(|place| !matches!(place.kind(), Kind::Text | Kind::Bytes)) {
                    self.says(section, "rows", format!("rows '{}': CSV is in a text member", call.rows));
                }
            } else if let Err(why) = Place::row(&operation, &rows) {
                self.strays(section, "rows", &format!("rows '{}'", call.rows), why);
                return None;
            }
            previous = Some((operation, rows));
        }
        previous
    }

    pub(super) fn params(
        &mut self,
        section: &'static str,
        call: &Call,
        operation: &Operation,
        rows: &[RowPlace],
        earlier: &Operations,
    ) {
        for param in &call.params {
            match input_member(operation, &param.member) {
                Err(why) => {
                    let mut wrong = Wrong::new(section, &param.member, why.message).of_item(self.item);
                    if let Some((name, among)) = &why.sought {
                        wrong = wrong.seeking(name, among);
                    }
                    self.wrong.push(wrong);
                }
                Ok(shape) => self.constants(section, param, operation, shape),
            }
            for source in &param.sources {
                self.source(section, &param.member, source, rows, earlier);
            }
        }
        for column in call_quals(call) {
            if self.table.column(column).is_none() {
                self.no_column(section, column, "", column);
            }
        }
        self.batch(section, call, operation);
        if let Some(filters) = &call.filters
            && !takes_filters(operation, filters)
        {
            let message = format!("{} takes no filters in '{}'", operation.id(), filters.member);
            self.says(section, "filters", message);
        }
        // A hand-made source fills the members itself.
        let by_hand = self.table.source.is_on_its_own();
        for member in operation.input_members().iter().filter(|m| m.required && !by_hand) {
            let name = &*member.name;
            if !call.params.iter().any(|p| p.member.split(['.', '[']).next() == Some(name)) {
                self.says(section, "call", format!("{} needs the parameter '{name}'", operation.id()));
            }
        }
    }

    /// What is asked about in numbers: a list that a parameter gives, and in a detail answers that name it.
    fn batch(&mut self, section: &'static str, call: &Call, operation: &Operation) {
        let Some(batch) = &call.batch else { return };
        let is_list = matches!(input_member(operation, &batch.member), Ok(Shape::List { .. }));
        if !is_list || !call.params.iter().any(|param| param.member == batch.member) || batch.most == 0 {
            let message = format!("batch: '{}' is no list that a parameter gives", batch.member);
            self.says(section, "batch", message);
        }
        let Some(answers) = &batch.answers else {
            if section == "details" {
                self.says(section, "batch", "batch: 'rows' and 'by' say which answer is which row's");
            }
            return;
        };
        if section != "details" {
            self.says(section, "batch", "batch: only details need 'rows' and 'by'");
            return;
        }
        let (Some(rows), Some(by)) =
            (self.path(section, "batch", &answers.rows), self.path(section, "batch", &answers.by))
        else {
            return;
        };
        let plain = rows.steps.split_last().is_some_and(|(last, before)| {
            *last == Step::Each && before.iter().all(|step| matches!(step, Step::Member(_)))
        });
        match Place::row(operation, &rows).and_then(|row| row.walk(&by)) {
            Ok(place) if plain && place.kind() == Kind::Text => {}
            Ok(_) => self.says(
                section,
                "batch",
                format!("batch: '{}' of '{}' is no text of a list", answers.by, answers.rows),
            ),
            Err(why) => self.strays(section, "batch", "batch", why),
        }
    }

    /// A constant of an enumeration must be one of its values.
    pub(super) fn constants(
        &mut self,
        section: &'static str,
        param: &Param,
        operation: &Operation,
        shape: &Shape,
    ) {
        let values = match shape {
            Shape::List { element, .. } => operation.shape(*element),
            shape => shape,
        };
        let Shape::String { values, .. } = values else { return };
        for source in &param.sources {
            let ParamSource::Const(json) = source else { continue };
            for word in json.trim_matches(['[', ']']).split(',').map(|w| w.trim_matches(['"', ' '])) {
                if !values.is_empty() && !values.iter().any(|v| **v == *word) {
                    let message = format!("'{}' cannot be '{word}'", param.member);
                    self.misses(section, &param.member, message, word, values);
                }
            }
        }
    }

    pub(super) fn source(
        &mut self,
        section: &'static str,
        key: &str,
        source: &ParamSource,
        rows: &[RowPlace],
        earlier: &Operations,
    ) {
        match source {
            ParamSource::Const(_)
            | ParamSource::Qual(_)
            | ParamSource::Bound { .. }
            | ParamSource::Ago(_) => {}
            ParamSource::Row(path) if rows.is_empty() => {
                self.says(section, key, format!("'row:{path}': there is no row before this call"));
            }
            ParamSource::Row(path) => self.row_path(section, key, path, rows),
            ParamSource::Template(template) => self.template(section, key, template, rows),
            ParamSource::Earlier { operation, path } => {
                self.earlier_path(section, key, operation, path, earlier);
            }
            ParamSource::Detail { id, path } => self.detail_path(section, key, id, path),
        }
    }

    pub(super) fn detail(&mut self, detail: &Detail, rows: &[RowPlace], list: &Operations) {
        let operations = self.calls("details", &detail.calls);
        for path in detail.region.iter().chain(&detail.unless) {
            self.row_path("details", &detail.id, path, rows);
        }
        let before: Operations = list.iter().chain(&operations).cloned().collect();
        for (call, operation) in detail.calls.iter().zip(&operations) {
            let Some(operation) = operation else { continue };
            self.params("details", call, operation, rows, &before);
            if let Some(path) = self.path("details", "rows", &call.rows)
                && let Err(why) = Place::row(operation, &path)
                && detail.calls.len() > 1
            {
                self.strays("details", "rows", &format!("rows '{}'", call.rows), why);
            }
            if call.batch.is_some() && (detail.calls.len() > 1 || details_named(call).next().is_some()) {
                let message =
                    format!("'{}': only a detail of one call from the row alone has a batch", detail.id);
                self.wrong.push(Wrong::new("details", &detail.id, message));
            }
            // A detail may build on those written before it only, so that none waits for itself.
            let later = self.table.details.iter().skip_while(|d| d.id != detail.id).map(|d| d.id.as_str());
            let later: Vec<&str> = later.collect();
            for id in details_named(call).filter(|id| later.contains(id)) {
                let message = format!("'{}' builds on '{id}', which does not come before it", detail.id);
                self.says("details", &detail.id, message);
            }
        }
    }
}

/// The ends of each chain: a call that says `also` begins the next.
fn chains(calls: &[Call]) -> Vec<(usize, usize)> {
    let starts = (0..calls.len()).filter(|at| *at == 0 || calls[*at].also);
    let starts: Vec<usize> = starts.collect();
    let ends = starts.iter().skip(1).copied().chain([calls.len()]);
    starts.iter().copied().zip(ends).collect()
}

pub(super) fn details_named(call: &Call) -> impl Iterator<Item = &str> {
    call.params.iter().flat_map(|p| &p.sources).filter_map(|source| match source {
        ParamSource::Detail { id, .. } => Some(id.as_str()),
        _ => None,
    })
}

/// The shape of an input member, nested with dots and positions.
fn input_member<'o>(operation: &'o Operation, member: &str) -> Result<&'o Shape, Astray> {
    let message = format!("{} has no parameter '{member}'", operation.id());
    let unknown = |sought| Astray { message: message.clone(), sought };
    let mut shape = operation.input.map(|id| operation.shape(id)).ok_or_else(|| unknown(None))?;
    for step in &Path::parse(member).map_err(|_| unknown(None))?.steps {
        let next = match (step, shape) {
            (Step::Member(_), Shape::Map { value, .. }) => *value,
            (Step::Member(name), _) => {
                let names = || shape.members().iter().map(|m| m.name.to_string()).collect();
                let found = shape.member(name).map(|m| m.shape);
                found.ok_or_else(|| unknown(Some((name.clone(), names()))))?
            }
            (Step::Index(_), Shape::List { element, .. }) => *element,
            _ => return Err(unknown(None)),
        };
        shape = operation.shape(next);
    }
    Ok(shape)
}

/// A list of objects with a name and values, in whatever case; of one value, where CloudTrail looks up.
fn takes_filters(operation: &Operation, filters: &Filters) -> bool {
    let Ok(Shape::List { element, .. }) = input_member(operation, &filters.member) else { return false };
    let members = operation.shape(*element).members();
    let has = |want: &str| members.iter().any(|m| m.name.eq_ignore_ascii_case(want));
    (has("name") || has("key")) && has("values") || has("attributekey") && has("attributevalue")
}
