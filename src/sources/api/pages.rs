//! Page after page of one call, as its paginator says, and no page twice.

use std::collections::HashSet;

use crate::aws::ReadOperation;
use crate::catalog::shape::{Member, Operation, Paginator};
use crate::model::{Fault, FaultKind, Json, Key, Region};
use crate::sources::api::page_sizes;
use crate::sources::budget::Held;
use crate::sources::reader::{Asker, Started};

/// Members that mean "the next page" wherever an operation takes and returns them, for operations
/// whose model describes no paginator.
const TOKENS: [&str; 6] = ["NextToken", "nextToken", "Marker", "marker", "ContinuationToken", "PageToken"];

pub struct Pages<'a> {
    asker: &'a Asker,
    region: &'a Region,
    read: &'a ReadOperation,
    input: Json,
    paginator: Option<Paginator>,
    seen: HashSet<String>,
    /// Whether the next page is fetched while this one is read.
    ahead: bool,
    then: Then,
}

/// One page, and what it takes of the byte budget until its rows are handed on.
#[derive(Debug)]
pub struct Listed {
    pub output: Json,
    pub held: Option<Held>,
}

impl From<Json> for Listed {
    fn from(output: Json) -> Self {
        Self { output, held: None }
    }
}

enum Then {
    Ask,
    /// Ahead of need, with what the page is expected to take.
    Asked(Started, Held),
    Fail(Fault),
    Stop,
}

impl<'a> Pages<'a> {
    pub fn new(asker: &'a Asker, region: &'a Region, read: &'a ReadOperation, input: Json) -> Self {
        let paginator = paginator(&read.operation);
        Self { asker, region, read, input, paginator, seen: HashSet::new(), ahead: false, then: Then::Ask }
    }

    /// Fetches the next page while the one before is read, as far as there is room to spare.
    #[must_use]
    pub fn ahead(mut self, ahead: bool) -> Self {
        self.ahead = ahead;
        self
    }

    /// Asks for pages no larger than needed, where the service's bounds are known.
    #[must_use]
    pub fn at_most(self, rows: usize) -> Self {
        self.sized(rows)
    }

    /// Asks for the largest pages the service gives.
    #[must_use]
    pub fn largest(self) -> Self {
        self.sized(usize::MAX)
    }

    fn sized(mut self, rows: usize) -> Self {
        let key = self.paginator.as_ref().and_then(|paginator| paginator.limit_key.clone());
        if let (Some(key), Some(bounds)) = (key, page_sizes::bounds(&self.read.operation.id()))
            && self.input.get(&key).is_none()
            && !names_things(&self.input)
        {
            set(&mut self.input, key, Json::int(rows.clamp(bounds.smallest, bounds.largest) as i64));
        }
        self
    }

    /// The next page; nothing after the last one or after a fault.
    pub async fn next(&mut self) -> Option<Result<Listed, Fault>> {
        let (started, expected) = match std::mem::replace(&mut self.then, Then::Stop) {
            Then::Stop => return None,
            Then::Fail(fault) => return Some(Err(fault)),
            Then::Asked(started, expected) => (started, Some(expected)),
            Then::Ask => {
                self.asker.room().await;
                (self.asker.start(self.region, self.read, self.input.clone()), None)
            }
        };
        let (output, bytes) = match self.asker.finish(started).await {
            Ok(answer) => answer,
            Err(fault) => return Some(Err(fault)),
        };
        let held = self.asker.bytes().hold(bytes);
        drop(expected);
        self.then = match self.turn(&output) {
            // The next page is taken to be as large as this one.
            Ok(true) => match self.ahead.then(|| self.asker.bytes().ahead(bytes)).flatten() {
                Some(next) => Then::Asked(self.asker.start(self.region, self.read, self.input.clone()), next),
                None => Then::Ask,
            },
            Ok(false) => Then::Stop,
            // This page is whole; what follows it is lost.
            Err(reason) => {
                Then::Fail(Fault::new(FaultKind::BadResponse, reason).in_operation(self.read.operation.id()))
            }
        };
        Some(Ok(Listed { output, held: Some(held) }))
    }

    /// Whether the page that came last was the last.
    pub fn are_over(&self) -> bool {
        matches!(self.then, Then::Stop)
    }

    /// Every page as one response: the lists that span pages are joined.
    pub async fn joined(mut self) -> Result<Json, Fault> {
        let mut whole = match self.next().await {
            None => return Ok(Json::Null),
            Some(page) => page?.output,
        };
        let keys = self.paginator.as_ref().map(|p| p.result_key.clone()).unwrap_or_default();
        while let Some(page) = self.next().await {
            let page = page?.output;
            for key in &keys {
                join(&mut whole, &page, key);
            }
        }
        Ok(whole)
    }

    /// Puts the tokens of this page into the next input; `false` after the last page.
    fn turn(&mut self, output: &Json) -> Result<bool, String> {
        let Some(paginator) = &self.paginator else { return Ok(false) };
        let more = match &paginator.more_results {
            Some(path) => {
                let more = token(path, output)?.is_some_and(|value| value.as_bool() != Some(false));
                if !more {
                    return Ok(false);
                }
                true
            }
            None => false,
        };
        let tokens =
            paginator.output_token.iter().map(|path| token(path, output)).collect::<Result<Vec<_>, _>>()?;
        if tokens.iter().all(Option::is_none) {
            return if more {
                Err("there is more, but no page token to ask for it".to_owned())
            } else {
                Ok(false)
            };
        }
        let page: Vec<String> =
            tokens.iter().map(|t| t.as_ref().map(Json::to_json).unwrap_or_default()).collect();
        if !self.seen.insert(page.join("\n")) {
            return Err("the page token repeats: the pages would never end".to_owned());
        }
        for (member, value) in paginator.input_token.iter().zip(tokens) {
            match value {
                Some(value) => set(&mut self.input, member.clone(), value),
                None => remove(&mut self.input, member),
            }
        }
        Ok(true)
    }
}

fn paginator(operation: &Operation) -> Option<Paginator> {
    operation.paginator.clone().or_else(|| {
        let has = |members: &[Member], name: &str| members.iter().any(|m| *m.name == *name);
        let token = TOKENS
            .iter()
            .find(|name| has(operation.input_members(), name) && has(operation.output_members(), name))?;
        Some(Paginator {
            input_token: vec![Key::from(*token)],
            output_token: vec![Key::from(*token)],
            limit_key: None,
            more_results: None,
            // Any list of the response may span pages.
            result_key: operation.output_members().iter().map(|m| m.name.clone()).collect(),
        })
    })
}

/// The value at a token's path: members, `[n]`, `[-1]`, and alternatives after `||`. Nothing where
/// it is absent, null or empty.
fn token(paths: &str, output: &Json) -> Result<Option<Json>, String> {
    for path in paths.split("||").map(str::trim) {
        let mut node = Some(output);
        for segment in path.split('.') {
            let (name, mut indexes) = segment.find('[').map_or((segment, ""), |at| segment.split_at(at));
            let odd = || format!("page token path '{path}' is not understood");
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
                return Err(odd());
            }
            node = node.and_then(|value| value.get(name));
            while let Some(rest) = indexes.strip_prefix('[') {
                let (index, rest) = rest.split_once(']').ok_or_else(odd)?;
                let items = node.and_then(Json::as_array);
                node = match index.parse::<i64>().map_err(|_| odd())? {
                    from_end @ ..0 => items.and_then(|items| {
                        items
                            .len()
                            .checked_sub(usize::try_from(from_end.unsigned_abs()).ok()?)
                            .and_then(|i| items.get(i))
                    }),
                    index => items.and_then(|items| items.get(usize::try_from(index).ok()?)),
                };
                indexes = rest;
            }
            if !indexes.is_empty() {
                return Err(odd());
            }
        }
        let present = node.filter(|value| match value {
            Json::Null => false,
            Json::String(text) => !text.is_empty(),
            Json::Object(members) => !members.is_empty(),
            Json::Array(items) => !items.is_empty(),
            _ => true,
        });
        if let Some(value) = present {
            return Ok(Some(value.clone()));
        }
    }
    Ok(None)
}

/// Appends the page's list at a dotted path to the whole's.
fn join(whole: &mut Json, page: &Json, path: &str) {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let (Json::Object(members), Some(more)) = (whole, page.get(name)) else { return };
    match (members.iter_mut().find(|(key, _)| **key == *name), rest) {
        (Some((_, mine)), Some(rest)) => join(mine, more, rest),
        (Some((_, Json::Array(mine))), None) => {
            mine.extend(more.as_array().unwrap_or_default().iter().cloned())
        }
        (Some(_), None) => {}
        (None, _) => members.push((Key::from(name), more.clone())),
    }
}

/// Whether single things are asked for by their names: EC2 and others then refuse a page size. Owners are
/// no such names.
fn names_things(input: &Json) -> bool {
    let ends = ["Ids", "Arns", "Names", "Identifiers"];
    let names = |name: &str| {
        !name.starts_with("Owner")
            && ends.iter().any(|end| name.to_lowercase().ends_with(&end.to_lowercase()))
    };
    let members = input.as_object().unwrap_or_default();
    members.iter().any(|(name, value)| value.as_array().is_some() && names(name))
}

fn set(input: &mut Json, name: Key, value: Json) {
    if let Json::Object(members) = input {
        members.retain(|(key, _)| *key != name);
        members.push((name, value));
    }
}

fn remove(input: &mut Json, name: &str) {
    if let Json::Object(members) = input {
        members.retain(|(key, _)| **key != *name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AccountId;
    use crate::sources::budget::{ByteBudget, ScanBytes, UnitBytes};
    use crate::sources::reader::Reader;
    use crate::sources::reader::fake::FakeReader;

    type Answer = fn(usize, &Json) -> &'static str;

    /// Asks for every page; answers are given by the number of the call.
    async fn pages(operation: &str, limit: usize, answer: Answer) -> (Vec<String>, Vec<String>) {
        let count = std::sync::atomic::AtomicUsize::new(0);
        let reader = FakeReader::new(move |_, _, input| {
            let call = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            assert!(call < 10, "this never ends");
            Ok(Json::parse(answer(call, input)).unwrap())
        });
        let account: AccountId = "100000000001".parse().unwrap();
        let region = Region::new("eu-west-1");
        let bytes = UnitBytes::new(&ScanBytes::new(&ByteBudget::new(1 << 20)));
        let asker = Asker::new(reader.clone(), account, Default::default(), Default::default(), bytes);
        let read = reader.read_operation(operation).unwrap();
        let mut pages = Pages::new(&asker, &region, &read, Json::Object(Vec::new())).at_most(limit);
        let mut outcome = Vec::new();
        while let Some(page) = pages.next().await {
            outcome.push(page.map_or_else(|fault| fault.to_string(), |page| page.output.to_json()));
        }
        let asked = reader.asked.lock().iter().map(|a| a.splitn(3, ' ').last().unwrap().to_owned()).collect();
        (outcome, asked)
    }

    #[tokio::test]
    async fn pages_are_asked_until_the_token_is_gone() {
        let (got, asked) = pages("ec2:DescribeVolumes", 7, |call, _| match call {
            0 => r#"{"Volumes":[1],"NextToken":"t1"}"#,
            1 => r#"{"Volumes":[],"NextToken":"t2"}"#,
            _ => r#"{"Volumes":[2],"NextToken":""}"#,
        })
        .await;
        assert_eq!(got.len(), 3);
        assert_eq!(
            asked,
            [
                r#"{"MaxResults":7}"#,
                r#"{"MaxResults":7,"NextToken":"t1"}"#,
                r#"{"MaxResults":7,"NextToken":"t2"}"#
            ]
        );
    }

    #[tokio::test]
    async fn a_repeating_token_ends_with_a_fault_after_the_pages_that_came() {
        let (got, asked) =
            pages("ec2:DescribeVolumes", 7, |_, _| r#"{"Volumes":[1],"NextToken":"again"}"#).await;
        assert_eq!((got.len(), asked.len()), (3, 2));
        assert_eq!(
            got[2],
            "bad_response in ec2:DescribeVolumes: the page token repeats: the pages would never end"
        );
    }

    #[tokio::test]
    async fn more_results_decide_where_the_service_says_so() {
        let (got, _) = pages("iam:ListRoles", 7, |call, _| match call {
            0 => r#"{"Roles":[],"IsTruncated":true,"Marker":"m"}"#,
            _ => r#"{"Roles":[],"IsTruncated":false,"Marker":"m2"}"#,
        })
        .await;
        assert_eq!(got.len(), 2);
        let (got, _) = pages("iam:ListRoles", 7, |_, _| r#"{"Roles":[],"IsTruncated":true}"#).await;
        assert!(got[1].contains("no page token"), "{got:?}");
    }

    #[tokio::test]
    async fn tokens_go_by_other_names_on_the_way_back() {
        let (_, asked) = pages("lambda:ListFunctions", 7, |call, _| match call {
            0 => r#"{"NextMarker":"m"}"#,
            _ => "{}",
        })
        .await;
        assert_eq!(asked, [r#"{"MaxItems":7}"#, r#"{"MaxItems":7,"Marker":"m"}"#]);
    }

    #[tokio::test]
    async fn a_small_limit_makes_small_pages_within_the_services_bounds() {
        for (operation, limit, asked) in [
            ("ec2:DescribeVolumes", 1, r#"{"MaxResults":5}"#),
            ("ec2:DescribeVolumes", 40, r#"{"MaxResults":40}"#),
            ("ec2:DescribeVolumes", usize::MAX, r#"{"MaxResults":1000}"#),
            ("iam:ListRoles", 1, r#"{"MaxItems":1}"#),
            ("iam:ListRoles", usize::MAX, r#"{"MaxItems":1000}"#),
            ("sqs:ListQueues", usize::MAX, r#"{"MaxResults":1000}"#),
            ("ec2:DescribeRegions", 1, "{}"),
        ] {
            assert_eq!(pages(operation, limit, |_, _| "{}").await.1, [asked], "{operation} {limit}");
        }
    }

    #[test]
    fn things_asked_for_by_name_come_without_a_page_size() {
        for (input, names) in [
            (r#"{"InstanceIds": ["i-1"]}"#, true),
            (r#"{"repositoryNames": ["a"]}"#, true),
            (r#"{"OwnerIds": ["self"]}"#, false),
            (r#"{"Filters": [{"Name": "x"}], "ClusterName": "a"}"#, false),
            ("{}", false),
        ] {
            assert_eq!(names_things(&Json::parse(input).unwrap()), names, "{input}");
        }
    }

    #[tokio::test]
    async fn the_next_page_is_fetched_while_this_one_is_read_as_far_as_there_is_room() {
        let account: AccountId = "100000000001".parse().unwrap();
        let region = Region::new("eu-west-1");
        for (budget, ahead, asked) in [(1 << 20, true, 2), (1 << 20, false, 1), (10, true, 1)] {
            let reader = FakeReader::new(|_, _, input| {
                let last = input.get("NextToken").is_some();
                Ok(Json::parse(if last { "{}" } else { r#"{"Volumes":[1],"NextToken":"t"}"# }).unwrap())
            });
            let bytes = UnitBytes::new(&ScanBytes::new(&ByteBudget::new(budget)));
            let asker =
                Asker::new(reader.clone(), account.clone(), Default::default(), Default::default(), bytes);
            let read = reader.read_operation("ec2:DescribeVolumes").unwrap();
            let mut pages = Pages::new(&asker, &region, &read, Json::Object(Vec::new())).ahead(ahead);
            let first = pages.next().await.unwrap().unwrap();
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            assert_eq!(reader.asked.lock().len(), asked, "{budget} {ahead}");
            drop(first);
            assert!(pages.next().await.unwrap().is_ok());
            assert!(pages.next().await.is_none());
            assert_eq!(reader.asked.lock().len(), 2);
        }
    }

    #[test]
    fn token_paths_of_every_kind() {
        let output =
            Json::parse(r#"{"Contents": [{"Key": "a"}, {"Key": "b"}], "M": {"N": "x"}, "Next": ""}"#)
                .unwrap();
        let at = |path: &str| token(path, &output).map(|t| t.map(|t| t.to_json()));
        assert_eq!(at("Next || Contents[-1].Key"), Ok(Some("\"b\"".into())));
        assert_eq!(at("Contents[0].Key"), Ok(Some("\"a\"".into())));
        assert_eq!(at("Contents[-3].Key"), Ok(None));
        assert_eq!(at("M.N"), Ok(Some("\"x\"".into())));
        assert!(at("sort(Contents)").is_err());
        assert!(at("Contents[x]").is_err());
        assert!(at("Contents[0").is_err());
    }

    #[test]
    fn every_paginator_of_the_catalog_is_understood() {
        let catalog = crate::catalog::Catalog::builtin().unwrap();
        for id in catalog.operation_ids() {
            let operation = catalog.operation(id).unwrap();
            for path in operation.paginator.iter().flat_map(|p| p.output_token.iter().chain(&p.more_results))
            {
                assert_eq!(token(path, &Json::Object(Vec::new())), Ok(None), "{id}: {path}");
            }
            if let Some(paginator) = &operation.paginator {
                let missing = |name: &Key| !operation.input_members().iter().any(|m| m.name == *name);
                assert_eq!(
                    paginator.input_token.iter().chain(&paginator.limit_key).find(|n| missing(n)),
                    None,
                    "{id}"
                );
                let first = |path: &Key| path.split(['.', '[', ' ']).next().unwrap_or_default().to_owned();
                let outputs = paginator.output_token.iter().chain(&paginator.more_results).map(first);
                for name in outputs {
                    assert!(operation.output_members().iter().any(|m| *m.name == name), "{id}: {name}");
                }
            }
        }
    }

    #[test]
    fn joining_follows_the_path_to_the_list() {
        let mut whole = Json::parse(r#"{"A": {"L": [1]}, "B": "x"}"#).unwrap();
        let page = Json::parse(r#"{"A": {"L": [2, 3]}, "B": "y", "C": [4]}"#).unwrap();
        for key in ["A.L", "B", "C"] {
            join(&mut whole, &page, key);
        }
        assert_eq!(whole.to_json(), r#"{"A":{"L":[1,2,3]},"B":"x","C":[4]}"#);
    }
}
