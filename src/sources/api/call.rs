//! One call of a table, compiled: how its input is made and where its rows are.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::Timelike as _;

use crate::aws::{self, ReadOperation};
use crate::catalog::path::Path;
use crate::catalog::shape::Operation;
use crate::catalog::table::{Batch, Call, Filters, Operator, ParamSource, Transform};
use crate::model::{Fault, FaultKind, Json, Key, Region};
use crate::sources::Qual;
use crate::sources::api::{filters, typed};
use crate::sources::calls::equal_values;
use crate::sources::reader::Reader;
use crate::sources::row::{Row, walk};
use crate::sources::unit::{Assignment, Template, Unit};
use crate::sources::{instant, transform};

pub struct CompiledCall {
    pub read: ReadOperation,
    pub rows: Arc<Path>,
    /// The text at `rows` is CSV.
    pub csv: bool,
    /// Begins another chain.
    pub also: bool,
    /// Made in this region only.
    pub region: Option<Region>,
    /// Each row leads to another such call.
    pub recursive: bool,
    pub batch: Option<CompiledBatch>,
    params: Vec<Param>,
    filters: Option<Filters>,
    not_found: Vec<String>,
}

/// A list of things that one call asks about.
pub struct CompiledBatch {
    pub member: Key,
    pub most: usize,
    /// Where the answers are, and in one of them what it was asked by.
    pub answers: Option<(Path, Path)>,
}

impl CompiledBatch {
    fn new(batch: &Batch, operation: &Operation) -> Result<CompiledBatch, String> {
        let path = |text: &str| Path::parse(text).map_err(|e| e.to_string());
        let answers = batch.answers.as_ref().map(|a| Ok::<_, String>((path(&a.rows)?, path(&a.by)?)));
        let member = operation.input_members().iter().find(|m| m.name.eq_ignore_ascii_case(&batch.member));
        let member = member.ok_or_else(|| format!("{} takes no '{}'", operation.id(), batch.member))?;
        Ok(CompiledBatch {
            member: member.name.clone(),
            most: batch.most.max(1),
            answers: answers.transpose()?,
        })
    }

    /// An input without its things, and the things.
    pub fn things(&self, mut input: Json) -> (Json, Vec<Json>) {
        let Json::Object(members) = &mut input else { return (input, Vec::new()) };
        let at = members.iter().position(|(name, _)| *name == self.member);
        let things = match at.map(|at| members.remove(at).1) {
            Some(Json::Array(things)) => things,
            _ => Vec::new(),
        };
        (input, things)
    }

    /// An input that asks about some of them.
    pub fn input(&self, rest: &Json, things: &[Json]) -> Json {
        let mut members = rest.as_object().unwrap_or_default().to_vec();
        members.push((self.member.clone(), Json::Array(things.to_vec())));
        Json::Object(members)
    }
}

struct Param {
    member: String,
    sources: Vec<Source>,
    /// Sent only if this column is asked to equal this value, or any.
    when: Option<(String, Option<Json>)>,
    transforms: Vec<Transform>,
}

enum Source {
    Const(Json),
    Row(Path),
    Qual(String),
    Bound {
        column: String,
        operator: Operator,
    },
    Template(Template),
    Earlier {
        operation: String,
        path: Path,
    },
    Detail {
        id: String,
        path: Path,
    },
    /// Seconds before the question.
    Ago(i64),
}

/// What an input is made from.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    pub unit: &'a Unit<'a>,
    pub quals: &'a BTreeMap<String, Vec<Qual>>,
    /// One value for each key column that calls are made for one at a time.
    pub assignment: &'a Assignment,
    /// In a list chain the row of the call before, in a detail the table's row.
    pub row: Option<&'a Row>,
    /// The innermost row of the chain: what earlier responses are found from.
    pub led_by: Option<&'a Row>,
    /// Other details of the same row that this call builds on.
    pub details: &'a [(String, Arc<Json>)],
}

impl<'a> Given<'a> {
    /// What a scan gives before there is any row.
    pub fn of_scan(
        unit: &'a Unit<'a>,
        quals: &'a BTreeMap<String, Vec<Qual>>,
        assignment: &'a Assignment,
    ) -> Given<'a> {
        Given { unit, quals, assignment, row: None, led_by: None, details: &[] }
    }
}

/// An input, or the finding that there is nothing to ask for.
#[derive(Debug, PartialEq)]
pub enum Input {
    Ready(Json),
    /// The row lacks what the call would ask about: a volume without a key has no key to describe.
    Nothing,
}

impl CompiledCall {
    pub fn new(call: &Call, reader: &dyn Reader) -> Result<CompiledCall, String> {
        let read = reader
            .read_operation(&call.operation)
            .filter(|_| !aws::is_contents(&call.operation))
            .ok_or_else(|| format!("{} is not among the read operations", call.operation))?;
        let path = |text: &str| Path::parse(text).map_err(|e| e.to_string());
        let source = |source: &ParamSource| -> Result<Source, String> {
            Ok(match source {
                ParamSource::Const(text) => {
                    Source::Const(Json::parse(text).map_err(|e| format!("'{text}' is not JSON: {e}"))?)
                }
                ParamSource::Row(text) => Source::Row(path(text)?),
                ParamSource::Qual(column) => Source::Qual(column.clone()),
                ParamSource::Template(text) => Source::Template(Template::parse(text)?),
                ParamSource::Earlier { operation, path: text } => {
                    Source::Earlier { operation: operation.clone(), path: path(text)? }
                }
                ParamSource::Bound { column, operator } => {
                    Source::Bound { column: column.clone(), operator: *operator }
                }
                ParamSource::Detail { id, path: text } => {
                    Source::Detail { id: id.clone(), path: path(text)? }
                }
                ParamSource::Ago(seconds) => Source::Ago(*seconds),
            })
        };
        let params = call
            .params
            .iter()
            .map(|param| {
                let value = |text: &str| Json::parse(text).map_err(|e| format!("'{text}' is not JSON: {e}"));
                let when = param.when.as_ref();
                let when = when.map(|when| {
                    Ok::<_, String>((when.column.clone(), when.value.as_deref().map(value).transpose()?))
                });
                Ok(Param {
                    member: param.member.clone(),
                    sources: param.sources.iter().map(source).collect::<Result<_, _>>()?,
                    when: when.transpose()?,
                    transforms: param.transforms.clone(),
                })
            })
            .collect::<Result<_, String>>()?;
        Ok(CompiledCall {
            rows: Arc::new(path(&call.rows)?),
            csv: call.csv,
            also: call.also,
            region: call.region.as_deref().map(Region::new),
            recursive: call.recursive,
            batch: call.batch.as_ref().map(|batch| CompiledBatch::new(batch, &read.operation)).transpose()?,
            read,
            params,
            filters: call.filters.clone(),
            not_found: call.not_found.clone(),
        })
    }

    /// Several inputs where one names more things than a call takes.
    pub fn in_parts(&self, input: Json) -> Vec<Json> {
        let Some(batch) = &self.batch else { return vec![input] };
        if input.get(&batch.member).and_then(Json::as_array).is_none_or(|all| all.len() <= batch.most) {
            return vec![input];
        }
        let (rest, things) = batch.things(input);
        things.chunks(batch.most).map(|part| batch.input(&rest, part)).collect()
    }

    pub fn input(&self, given: Given<'_>) -> Result<Input, Fault> {
        let operation = &self.read.operation;
        let wrong = |reason: String| Fault::new(FaultKind::Rejected, reason).in_operation(operation.id());
        let mut input = Json::Object(Vec::new());
        for Param { member, sources, when, transforms } in &self.params {
            let holds = |(column, value): &(String, Option<Json>)| match (qual(given, column), value) {
                (Some(asked), Some(value)) => asked == *value,
                (asked, None) => asked.is_some(),
                (None, Some(_)) => false,
            };
            if when.as_ref().is_some_and(|when| !holds(when)) {
                continue;
            }
            let mut is_set = false;
            for source in sources {
                if let Some(value) = source.value(given) {
                    let value = transforms.iter().try_fold(Cow::Owned(value), |value, transform| {
                        transform::apply(transform, value).map_err(wrong)
                    })?;
                    is_set = typed::set(operation, &mut input, member, &value).map_err(wrong)?;
                }
                if is_set {
                    break;
                }
            }
            // Leaving the member out would ask about everything instead of this row.
            if !is_set && given.row.is_some() && sources.iter().any(Source::needs_row) {
                return Ok(Input::Nothing);
            }
        }
        if let Some(filters) = &self.filters
            && let Some(list) = filters::list(operation, filters, given.quals)
        {
            typed::set(operation, &mut input, &filters.member, &list).map_err(wrong)?;
        }
        let lacking = operation
            .input_members()
            .iter()
            .find(|member| member.required && !member.idempotency_token && input.get(&member.name).is_none());
        match lacking {
            Some(member) => {
                Err(wrong(format!("'{}' is required, and nothing in the query gives it", member.name)))
            }
            None => Ok(Input::Ready(input)),
        }
    }

    /// Whether the fault only says that there is no such thing: what the statement asked for by name may
    /// be in another account.
    pub fn means_none(&self, fault: &Fault, given: Given<'_>) -> bool {
        let Some(code) = &fault.code else { return false };
        self.not_found.contains(code) || (says_absent(code) && self.is_keyed(given))
    }

    fn is_keyed(&self, given: Given<'_>) -> bool {
        let sources = self.params.iter().flat_map(|param| &param.sources);
        sources
            .filter_map(|source| match source {
                Source::Qual(column) => qual(given, column),
                _ => None,
            })
            .next()
            .is_some()
    }
}

impl Source {
    fn value(&self, given: Given<'_>) -> Option<Json> {
        match self {
            Source::Const(value) => Some(value.clone()),
            Source::Row(path) => given.row?.find(path).into_value(),
            Source::Earlier { operation, path } => {
                let mut rows = given.led_by?.outwards();
                rows.find(|row| row.operation() == operation)?.find_around(path).into_value()
            }
            Source::Detail { id, path } => {
                let (_, value) = given.details.iter().find(|(known, _)| known == id)?;
                walk(value, &path.steps).into_value()
            }
            Source::Template(template) => {
                template.fill(given.unit, given.assignment, given.row).map(Json::String)
            }
            Source::Qual(column) => qual(given, column),
            Source::Bound { column, operator } => {
                let quals = given.quals.get(column)?;
                quals.iter().find(|qual| qual.operator == *operator)?.values.first().cloned()
            }
            Source::Ago(seconds) => {
                let then = given.unit.as_of.checked_sub_signed(chrono::Duration::seconds(*seconds))?;
                let whole = then.with_nanosecond(0).unwrap_or(then);
                Some(Json::String(instant::to_text(whole)))
            }
        }
    }

    fn needs_row(&self) -> bool {
        match self {
            Source::Row(_) | Source::Earlier { .. } | Source::Detail { .. } => true,
            Source::Template(template) => template.needs_row(),
            Source::Const(_) | Source::Qual(_) | Source::Bound { .. } | Source::Ago(_) => false,
        }
    }
}

/// Error codes that services make for what is not there: `InvalidVolume.NotFound`, `NoSuchEntity` ...
fn says_absent(code: &str) -> bool {
    ["NotFound", "NoSuch", "DoesNotExist", "NonExistent"].iter().any(|word| code.contains(word))
}

/// What the column is asked to equal; several values fit only a member that is a list.
fn qual(given: Given<'_>, column: &str) -> Option<Json> {
    match given.assignment.get(column) {
        Some(value) => Some(value.clone()),
        None => match equal_values(given.quals, column)? {
            [single] => Some(single.clone()),
            several => Some(Json::Array(several.to_vec())),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::table;
    use crate::sources::reader::fake::FakeReader;
    use crate::sources::unit::tests::with_unit;

    fn call(operation: &str, params: &[(&str, ParamSource)]) -> CompiledCall {
        let params = params.iter().map(|(member, source)| table::Param {
            member: member.to_string(),
            sources: vec![source.clone()],
            ..table::Param::default()
        });
        let call = Call {
            operation: operation.into(),
            params: params.collect(),
            rows: "@".into(),
            not_found: vec!["NoSuchEntity".into()],
            ..Call::default()
        };
        CompiledCall::new(&call, &*FakeReader::fixed(&[])).unwrap()
    }

    fn input(call: &CompiledCall, quals: &[(&str, &[&str])], row: Option<&Row>) -> Result<Input, Fault> {
        let quals = quals
            .iter()
            .map(|(column, values)| {
                let values = values.iter().map(|v| Json::string(*v)).collect();
                (column.to_string(), vec![Qual { operator: Operator::Eq, values }])
            })
            .collect();
        with_unit(|unit| {
            let assignment = Assignment::new();
            let outer = row.and_then(|row| row.outwards().last());
            call.input(Given { row: outer, led_by: row, ..Given::of_scan(unit, &quals, &assignment) })
        })
    }

    fn ready(input: Result<Input, Fault>) -> String {
        match input.unwrap() {
            Input::Ready(input) => input.to_json(),
            Input::Nothing => "nothing".into(),
        }
    }

    fn row(text: &str) -> Row {
        Row::whole("dynamodb:ListTables", Json::parse(text).unwrap(), None)
    }

    #[test]
    fn constants_rows_and_templates_fill_an_input() {
        let table = row("\"orders\"");
        let tags = call(
            "dynamodb:ListTagsOfResource",
            &[(
                "ResourceArn",
                ParamSource::Template(
                    "arn:${partition}:dynamodb:${region}:${account_id}:table/${row}".into(),
                ),
            )],
        );
        assert_eq!(
            ready(input(&tags, &[], Some(&table))),
            r#"{"ResourceArn":"arn:aws:dynamodb:eu-west-1:100000000006:table/orders"}"#
        );
        let clusters = call(
            "ecs:DescribeClusters",
            &[
                ("Clusters", ParamSource::Row("@".into())),
                ("Include", ParamSource::Const(r#"["TAGS"]"#.into())),
            ],
        );
        assert_eq!(
            ready(input(&clusters, &[], Some(&row("\"c\"")))),
            r#"{"Clusters":["c"],"Include":["TAGS"]}"#
        );
    }

    #[test]
    fn several_values_fit_only_a_list() {
        let volumes = call("ec2:DescribeVolumes", &[("VolumeIds", ParamSource::Qual("id".into()))]);
        assert_eq!(ready(input(&volumes, &[("id", &["a", "b"])], None)), r#"{"VolumeIds":["a","b"]}"#);
        let roles = call("iam:ListRoles", &[("PathPrefix", ParamSource::Qual("path".into()))]);
        assert_eq!(ready(input(&roles, &[("path", &["/a/", "/b/"])], None)), "{}");
        assert_eq!(ready(input(&roles, &[("path", &["/a/"])], None)), r#"{"PathPrefix":"/a/"}"#);
    }

    #[test]
    fn the_ends_of_a_time_range_are_written_as_the_service_reads_them() {
        let call = |operation: &str, member: &str, seconds: i64, transforms: &[Transform]| {
            let param = table::Param {
                member: member.into(),
                sources: vec![
                    ParamSource::Bound { column: "t".into(), operator: Operator::GtEq },
                    ParamSource::Ago(seconds),
                ],
                transforms: transforms.to_vec(),
                ..table::Param::default()
            };
            let call = Call {
                operation: operation.into(),
                params: vec![param],
                rows: "@".into(),
                ..Call::default()
            };
            CompiledCall::new(&call, &*FakeReader::fixed(&[])).unwrap()
        };
        let events = call("cloudtrail:LookupEvents", "StartTime", 3600, &[]);
        assert_eq!(ready(input(&events, &[], None)), r#"{"StartTime":"2026-01-02T02:04:05Z"}"#);
        let flows = call("ec2:DescribeVolumes", "MaxResults", 86_400, &[Transform::ToEpochS]);
        assert_eq!(ready(input(&flows, &[], None)), r#"{"MaxResults":1767236645}"#);
    }

    #[test]
    fn a_row_without_the_thing_asks_nothing() {
        let certificates =
            call("rds:DescribeCertificates", &[("CertificateIdentifier", ParamSource::Row("CA".into()))]);
        assert_eq!(ready(input(&certificates, &[], Some(&row("{}")))), "nothing");
    }

    #[test]
    fn a_required_member_that_nothing_gives_is_named() {
        let role = call("iam:GetRole", &[("RoleName", ParamSource::Qual("name".into()))]);
        let fault = input(&role, &[], None).unwrap_err();
        assert_eq!((fault.kind, fault.operation.as_deref()), (FaultKind::Rejected, Some("iam:GetRole")));
        assert!(fault.message.contains("'RoleName' is required"), "{}", fault.message);
    }

    #[test]
    fn a_chain_has_the_tables_row_and_the_elements_that_led_on() {
        let outer = Row::whole("iam:ListRoles", Json::parse(r#"{"RoleName": "ops"}"#).unwrap(), None);
        let names = Arc::new(crate::sources::row::Response {
            operation: "iam:ListRolePolicies".into(),
            output: Json::parse(r#"{"PolicyNames": ["a", "b"]}"#).unwrap(),
            asked: None,
            parent: Some(outer),
            held: None,
        });
        let inner = Row::all(names, &Arc::new(Path::parse("PolicyNames[]").unwrap()));
        let policy = call(
            "iam:GetRolePolicy",
            &[
                ("RoleName", ParamSource::Row("RoleName".into())),
                (
                    "PolicyName",
                    ParamSource::Earlier {
                        operation: "iam:ListRolePolicies".into(),
                        path: "PolicyNames[]".into(),
                    },
                ),
            ],
        );
        assert_eq!(ready(input(&policy, &[], Some(&inner[1]))), r#"{"RoleName":"ops","PolicyName":"b"}"#);
    }

    #[test]
    fn only_the_listed_codes_mean_none() {
        let role = call("iam:GetRole", &[("RoleName", ParamSource::Qual("name".into()))]);
        let fault = |code: &str| Fault::new(FaultKind::Rejected, "x").with_code(code);
        let name = Qual { operator: Operator::Eq, values: vec![Json::string("ops")] };
        let (asked, unasked) = (BTreeMap::from([("name".to_owned(), vec![name])]), BTreeMap::new());
        with_unit(|unit| {
            let none = Assignment::new();
            let (by_name, all) = (Given::of_scan(unit, &asked, &none), Given::of_scan(unit, &unasked, &none));
            assert!(role.means_none(&fault("NoSuchEntity"), all));
            assert!(!role.means_none(&fault("AccessDenied"), by_name));
            // What is asked for by name may be in another account.
            assert!(role.means_none(&fault("InvalidRole.NotFound"), by_name));
            assert!(!role.means_none(&fault("InvalidRole.NotFound"), all));
        });
    }
}
