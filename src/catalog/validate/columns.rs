//! Whether the columns of a table can be filled, and hold what fills them.

use super::{Check, Operations, RowPlace};
use crate::catalog::fit::{self, Kind, Place};
use crate::catalog::path::Path;
use crate::catalog::shape::Operation;
use crate::catalog::table::{COMPUTED, Column, ColumnType, Origin, RowRegion, Value};

impl Check<'_> {
    pub(super) fn column(&mut self, column: &Column, rows: &[RowPlace], list: &Operations) {
        let name = column.name.as_str();
        let kinds: Vec<Kind> = match &column.value {
            Value::Path { origin, path } => self.kinds(name, origin, path, rows, list),
            Value::Computed { function, origin, path } => {
                if !COMPUTED.iter().any(|(known, _)| known == function) {
                    let message = format!("'{name}': no function '{function}' is known");
                    self.misses("columns", name, message, function, COMPUTED.iter().map(|(known, _)| known));
                }
                self.kinds(name, origin, path, rows, list);
                Vec::new()
            }
            Value::TagsMap { origin, path, key, value } => {
                self.tags(column, origin, path, [key, value], rows, list);
                Vec::new()
            }
            Value::NameTagOr { path } => {
                self.row_path("columns", name, "Tags", rows);
                self.kinds(name, &Origin::Row, path, rows, list)
            }
            Value::Template(template) => {
                self.template("columns", name, template, rows);
                vec![Kind::Text]
            }
            Value::Qual(of) if self.table.column(of).is_none() => {
                self.no_column("columns", name, &format!("'{name}': "), of);
                Vec::new()
            }
            Value::Qual(of) if !self.table.key_columns.iter().any(|key| key.column == *of) => {
                self.says("columns", name, format!("'{name}': no call takes what '{of}' must equal"));
                Vec::new()
            }
            Value::Const(_) | Value::Qual(_) | Value::Common(_) | Value::Unavailable { .. } => Vec::new(),
        };
        for kind in kinds {
            match column.transforms.iter().try_fold(kind, fit::transformed) {
                Err(message) => self.says("columns", name, format!("'{name}': {message}")),
                Ok(made) if !fit::fits(made, column.kind) => {
                    let message = format!("'{name}' is {}, not {}", fit::name(made), column.kind.as_str());
                    self.says("columns", name, message);
                }
                Ok(_) => {}
            }
        }
        if let Some(path) = &column.fallback {
            self.kinds(name, &Origin::Row, path, rows, list);
        }
        let region_of_row = name == "region" && !matches!(column.value, Value::Common(_));
        if name == "region" && region_of_row != (self.table.row_region == RowRegion::Row) {
            self.says("columns", "region", "a region column of its own goes with 'row_region: row'");
        }
        if let Some(default) = &column.default
            && !default_fits(default, column.kind)
        {
            let message = format!("'{name}': the default {default} is not {}", column.kind.as_str());
            self.says("columns", name, message);
        }
    }

    /// The kind of what a path leads to, once for each response that it may lead into.
    pub(super) fn kinds(
        &mut self,
        key: &str,
        origin: &Origin,
        path: &str,
        rows: &[RowPlace],
        list: &Operations,
    ) -> Vec<Kind> {
        match origin {
            Origin::Row => {
                rows.iter().filter_map(|row| self.kind_in_row("columns", key, path, row)).collect()
            }
            Origin::Detail(id) => self.kind_in_detail("columns", key, id, path).into_iter().collect(),
            Origin::Earlier(id) => {
                self.earlier_path("columns", key, id, path, list);
                Vec::new()
            }
        }
    }

    pub(super) fn tags(
        &mut self,
        column: &Column,
        origin: &Origin,
        text: &str,
        names: [&String; 2],
        rows: &[RowPlace],
        list: &Operations,
    ) {
        let name = column.name.as_str();
        if column.kind != ColumnType::Json {
            self.says("columns", name, format!("'{name}' is a map of tags, which takes json"));
        }
        let kinds = self.kinds(name, origin, text, rows, list);
        if kinds.iter().any(|kind| !matches!(kind, Kind::List | Kind::Any)) {
            self.says("columns", name, format!("'{name}': '{text}' is not a list of tags"));
        }
        let Ok(path) = Path::parse(text) else { return };
        let place_has = |operation: &Operation, start: Option<Place<'_>>| {
            let place = start.and_then(|place| place.walk(&path).ok());
            place.is_none_or(|place| place.has_members(&names.map(String::as_str)))
                || operation.output.is_none()
        };
        let good = match origin {
            Origin::Row => rows.iter().all(|(o, rows)| place_has(o, Place::row(o, rows).ok())),
            Origin::Detail(id) => self
                .table
                .detail(id)
                .and_then(|detail| self.known.operation(&detail.calls.last()?.operation))
                .is_none_or(|o| place_has(&o, Place::response(&o))),
            Origin::Earlier(_) => true,
        };
        if !good {
            let message = format!("'{name}': the tags have no {} and {}", names[0], names[1]);
            self.says("columns", name, message);
        }
    }
}

fn default_fits(json: &str, kind: ColumnType) -> bool {
    let Ok(value) = serde_json::from_str::<serde_json::Value>(json) else { return false };
    match kind {
        ColumnType::Bool => value.is_boolean(),
        ColumnType::Int => value.is_i64(),
        ColumnType::Double | ColumnType::Numeric => value.is_number(),
        ColumnType::Json => true,
        _ => value.is_string(),
    }
}
