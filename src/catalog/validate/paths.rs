//! Whether the paths and templates of a table lead anywhere.

use super::{Check, Operations, RowPlace};
use crate::catalog::fit::{Kind, Place};
use crate::catalog::path::{Path, Step};
use crate::catalog::table::{Transform, placeholder_transforms, placeholders};

impl Check<'_> {
    pub(super) fn path(&mut self, section: &'static str, key: &str, text: &str) -> Option<Path> {
        match Path::parse(text) {
            Ok(path) => Some(path),
            Err(error) => {
                self.says(section, key, error.to_string());
                None
            }
        }
    }

    /// A path in the table's row must lead somewhere in every response that rows come from.
    pub(super) fn row_path(&mut self, section: &'static str, key: &str, path: &str, rows: &[RowPlace]) {
        for row in rows {
            self.kind_in_row(section, key, path, row);
        }
    }

    pub(super) fn kind_in_row(
        &mut self,
        section: &'static str,
        key: &str,
        text: &str,
        row: &RowPlace,
    ) -> Option<Kind> {
        let path = self.path(section, key, text)?;
        let (operation, rows) = row;
        let csv = self.table.list.iter().any(|call| call.csv && call.operation == operation.id());
        if csv || self.is_given_by_source(&path) {
            return Some(Kind::Any);
        }
        let start = if path.absolute { Place::response(operation) } else { Place::row(operation, rows).ok() };
        let kind = match start?.walk(&path) {
            Ok(place) => place.kind(),
            Err(why) => {
                self.strays(section, key, &format!("'{text}' in {}", operation.id()), why);
                return None;
            }
        };
        // `^Reservations[].OwnerId` is the owner of this row's reservation, not of all.
        Some(if path.absolute && kind == Kind::List { Kind::Any } else { kind })
    }

    /// The hand-made source adds to the rows of its calls.
    pub(super) fn is_given_by_source(&self, path: &Path) -> bool {
        if self.table.source.is_on_its_own() {
            return true;
        }
        let added = self.table.source.members();
        matches!(path.steps.first(), Some(Step::Member(name)) if added.contains(&name.as_str()))
    }

    pub(super) fn earlier_path(
        &mut self,
        section: &'static str,
        key: &str,
        id: &str,
        text: &str,
        earlier: &Operations,
    ) -> bool {
        let Some(path) = self.path(section, key, text) else { return false };
        let Some(operation) = earlier.iter().flatten().find(|o| o.id() == id) else {
            let calls: Vec<String> = earlier.iter().flatten().map(|o| o.id()).collect();
            self.misses(section, key, format!("'{id}' is no earlier call of this chain"), id, calls);
            return false;
        };
        match Place::response(operation).map(|place| place.walk(&path)) {
            Some(Ok(_)) => true,
            Some(Err(why)) => {
                self.strays(section, key, &format!("'{text}' in {id}"), why);
                false
            }
            None => false,
        }
    }

    /// Where a path in a detail's value leads.
    pub(super) fn detail_path(&mut self, section: &'static str, key: &str, id: &str, text: &str) {
        self.kind_in_detail(section, key, id, text);
    }

    pub(super) fn kind_in_detail(
        &mut self,
        section: &'static str,
        key: &str,
        id: &str,
        text: &str,
    ) -> Option<Kind> {
        let path = self.path(section, key, text)?;
        let Some(detail) = self.table.detail(id) else {
            self.no_detail(section, key, id);
            return None;
        };
        let operation = self.known.operation(&detail.calls.last()?.operation)?;
        let start = if detail.calls.len() > 1 { Place::responses } else { Place::response };
        match start(&operation)?.walk(&path) {
            Ok(place) => Some(place.kind()),
            Err(why) => {
                self.strays(section, key, &format!("'{text}' in {}", operation.id()), why);
                None
            }
        }
    }

    pub(super) fn template(&mut self, section: &'static str, key: &str, template: &str, rows: &[RowPlace]) {
        for text in placeholder_transforms(template).filter(|text| Transform::parse(text).is_none()) {
            self.misses(section, key, format!("no transform '{text}' is known"), text, Transform::NAMES);
        }
        for name in placeholders(template) {
            match name.split_once('.') {
                Some(("row", path)) => self.row_path(section, key, path, rows),
                Some(("parent", _)) if self.table.list.len() > 1 => {}
                Some(("qual", column)) if self.table.column(column).is_some() => {}
                None if matches!(name, "partition" | "region" | "account_id" | "row") => {}
                _ => {
                    let there = ["partition", "region", "account_id", "row"];
                    self.misses(section, key, format!("'${{{name}}}' stands for nothing"), name, there);
                }
            }
        }
    }
}
