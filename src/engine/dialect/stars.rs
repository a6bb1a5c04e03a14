//! `*` leaves out sensitive columns: it becomes `* EXCEPT (user_data)`. Naming such a column fetches it.
//!
//! In a derived table they must have been named to be there, so only tables that stand in the FROM of
//! the same SELECT count.

use datafusion::sql::sqlparser::ast::{
    ExceptSelectItem, Ident, JoinConstraint, JoinOperator, ObjectName, Select, SelectItem,
    SelectItemQualifiedWildcardKind, TableFactor, TableWithJoins, WildcardAdditionalOptions,
};

pub struct Stars<'a> {
    sensitive: &'a dyn Fn(&ObjectName) -> Vec<String>,
    left_out: Vec<String>,
}

/// A table in FROM: the name its columns go by, and what `*` must leave out of it.
struct Relation {
    name: Option<ObjectName>,
    hidden: Vec<String>,
}

impl<'a> Stars<'a> {
    pub fn new(sensitive: &'a dyn Fn(&ObjectName) -> Vec<String>) -> Self {
        Self { sensitive, left_out: Vec::new() }
    }

    pub fn into_left_out(mut self) -> Vec<String> {
        self.left_out.sort();
        self.left_out.dedup();
        self.left_out
    }

    pub fn visit(&mut self, select: &mut Select) {
        let starred =
            |item: &SelectItem| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..));
        if !select.projection.iter().any(starred) {
            return;
        }
        let mut relations = Vec::new();
        let mut merged_columns = false;
        for from in &select.from {
            self.collect(from, &mut relations, &mut merged_columns);
        }
        if relations.iter().all(|r| r.hidden.is_empty()) {
            return;
        }
        let items = std::mem::take(&mut select.projection);
        for item in items {
            match item {
                SelectItem::Wildcard(options) if relations.len() > 1 && !merged_columns => {
                    self.one_star_per_relation(&options, &relations, &mut select.projection);
                }
                SelectItem::Wildcard(options) => {
                    let hidden: Vec<String> = relations.iter().flat_map(|r| r.hidden.clone()).collect();
                    self.note(&relations, |_| true);
                    select.projection.push(SelectItem::Wildcard(without(options, hidden)));
                }
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), options) => {
                    let meant = |r: &Relation| r.name.as_ref().is_some_and(|n| same(n, &name));
                    let hidden =
                        relations.iter().filter(|r| meant(r)).flat_map(|r| r.hidden.clone()).collect();
                    self.note(&relations, meant);
                    select.projection.push(SelectItem::QualifiedWildcard(
                        SelectItemQualifiedWildcardKind::ObjectName(name),
                        without(options, hidden),
                    ));
                }
                other => select.projection.push(other),
            }
        }
    }

    fn one_star_per_relation(
        &mut self,
        options: &WildcardAdditionalOptions,
        relations: &[Relation],
        into: &mut Vec<SelectItem>,
    ) {
        self.note(relations, |_| true);
        for relation in relations {
            let options = without(options.clone(), relation.hidden.clone());
            into.push(match &relation.name {
                Some(name) => SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name.clone()),
                    options,
                ),
                None => SelectItem::Wildcard(options),
            });
        }
    }

    fn note(&mut self, relations: &[Relation], counts: impl Fn(&Relation) -> bool) {
        for relation in relations.iter().filter(|r| counts(r)) {
            let name = relation.name.as_ref().map(ObjectName::to_string).unwrap_or_default();
            self.left_out.extend(relation.hidden.iter().map(|column| format!("{name}.{column}")));
        }
    }

    fn collect(&self, from: &TableWithJoins, into: &mut Vec<Relation>, merged_columns: &mut bool) {
        self.factor(&from.relation, into, merged_columns);
        for join in &from.joins {
            self.factor(&join.relation, into, merged_columns);
            *merged_columns |= merges(&join.join_operator);
        }
    }

    fn factor(&self, factor: &TableFactor, into: &mut Vec<Relation>, merged_columns: &mut bool) {
        match factor {
            TableFactor::Table { name, alias, args, .. } => {
                let called = alias.as_ref().map(|a| ObjectName::from(vec![a.name.clone()]));
                // A column list renames what `*` would bring; then nothing is hidden behind its own name.
                let renamed = alias.as_ref().is_some_and(|a| !a.columns.is_empty());
                let hidden = if args.is_none() && !renamed { (self.sensitive)(name) } else { Vec::new() };
                into.push(Relation { name: Some(called.unwrap_or_else(|| name.clone())), hidden });
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => {
                self.collect(table_with_joins, into, merged_columns);
            }
            TableFactor::Derived { alias, .. }
            | TableFactor::Function { alias, .. }
            | TableFactor::TableFunction { alias, .. }
            | TableFactor::UNNEST { alias, .. }
            | TableFactor::NestedJoin { alias, .. } => {
                let name = alias.as_ref().map(|a| ObjectName::from(vec![a.name.clone()]));
                // Without a name of its own it can only be reached by the whole star.
                *merged_columns |= name.is_none();
                into.push(Relation { name, hidden: Vec::new() });
            }
            _ => *merged_columns = true,
        }
    }
}

/// USING and NATURAL joins show their common columns once, which stars per table would undo.
fn merges(join: &JoinOperator) -> bool {
    let constraint = match join {
        JoinOperator::Join(c)
        | JoinOperator::Inner(c)
        | JoinOperator::Left(c)
        | JoinOperator::LeftOuter(c)
        | JoinOperator::Right(c)
        | JoinOperator::RightOuter(c)
        | JoinOperator::FullOuter(c)
        | JoinOperator::CrossJoin(c) => c,
        _ => return true,
    };
    matches!(constraint, JoinConstraint::Using(_) | JoinConstraint::Natural)
}

fn same(a: &ObjectName, b: &ObjectName) -> bool {
    a.to_string().eq_ignore_ascii_case(&b.to_string())
}

fn without(mut options: WildcardAdditionalOptions, mut hidden: Vec<String>) -> WildcardAdditionalOptions {
    if let Some(already) = &options.opt_except {
        hidden.push(already.first_element.value.clone());
        hidden.extend(already.additional_elements.iter().map(|i| i.value.clone()));
    }
    hidden.sort();
    hidden.dedup();
    let mut idents = hidden.into_iter().map(|name| Ident::with_quote('"', name));
    if let Some(first_element) = idents.next() {
        options.opt_except = Some(ExceptSelectItem { first_element, additional_elements: idents.collect() });
    }
    options
}

#[cfg(test)]
mod tests {
    use crate::engine::dialect::{parsed, rewrite};

    fn rewritten(sql: &str) -> (String, Vec<String>) {
        let hidden = |name: &super::ObjectName| match name.to_string().as_str() {
            "vm" => vec!["secret".to_owned(), "user_data".to_owned()],
            _ => Vec::new(),
        };
        let done = rewrite(parsed(sql), &hidden, &|_| None);
        (done.query.to_string(), done.left_out)
    }

    #[test]
    fn a_star_leaves_sensitive_columns_out_and_says_so() {
        let (sql, left_out) = rewritten("select * from vm");
        assert_eq!(sql, r#"SELECT * EXCEPT ("secret", "user_data") FROM vm"#);
        assert_eq!(left_out, ["vm.secret", "vm.user_data"]);
        assert_eq!(
            rewritten("select v.* from vm v, net n").0,
            r#"SELECT v.* EXCEPT ("secret", "user_data") FROM vm v, net n"#
        );
        assert_eq!(
            rewritten("select * from vm a join vm b on a.id = b.id").0,
            r#"SELECT a.* EXCEPT ("secret", "user_data"), b.* EXCEPT ("secret", "user_data") FROM vm a JOIN vm b ON a.id = b.id"#
        );
    }

    #[test]
    fn what_was_named_or_is_not_sensitive_stays() {
        for sql in
            ["SELECT * FROM net", "SELECT secret FROM vm", "SELECT * FROM (SELECT secret FROM vm) AS x"]
        {
            assert_eq!(rewritten(sql), (sql.to_owned(), Vec::new()));
        }
    }
}
