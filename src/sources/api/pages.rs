//! Page after page of one call, as its paginator says, and no page twice.

use std::collections::HashSet;

use crate::aws::ReadOperation;
use crate::catalog::shape::{Member, Operation, Paginator};
use crate::model::{Fault, FaultKind, Json, Key, Region};
use crate::sources::reader::Asker;

/// Members that mean "the next page" wherever an operation takes and returns them, for operations
/// whose model describes no paginator.
const TOKENS: [&str; 6] = ["NextToken", "nextToken", "Marker", "marker", "ContinuationToken", "PageToken"];

/// `(service, smallest, largest)` page size, from the API references; others keep their own default.
const PAGE_SIZES: [(&str, usize, usize); 6] = [
    ("ec2", 5, 1000),
    ("iam", 1, 1000),
    ("rds", 20, 100),
    ("lambda", 1, 50),
    ("dynamodb", 1, 100),
    ("ecs", 1, 100),
];

pub struct Pages<'a> {
    asker: &'a Asker,
    region: &'a Region,
    read: &'a ReadOperation,
    input: Json,
    paginator: Option<Paginator>,
    seen: HashSet<String>,
    then: Then,
}

enum Then {
    Ask,
    Fail(Fault),
    Stop,
}

impl<'a> Pages<'a> {
    pub fn new(asker: &'a Asker, region: &'a Region, read: &'a ReadOperation, input: Json) -> Self {
        let paginator = paginator(&read.operation);
        Self { asker, region, read, input, paginator, seen: HashSet::new(), then: Then::Ask }
    }

    /// Asks for pages no larger than needed, where the service's bounds are known.
    #[must_use]
    pub fn at_most(mut self, rows: Option<usize>) -> Self {
        let bounds = PAGE_SIZES.iter().find(|(service, ..)| *service == &*self.read.operation.service.id);
        let limit_key = self.paginator.as_ref().and_then(|p| p.limit_key.clone());
        if let (Some(rows), Some((_, smallest, largest)), Some(key)) = (rows, bounds, limit_key)
            && rows < *largest
            && self.input.get(&key).is_none()
        {
            set(&mut self.input, key, Json::int(rows.max(*smallest) as i64));
        }
        self
    }

    /// The next page; nothing after the last one or after a fault.
    pub async fn next(&mut self) -> Option<Result<Json, Fault>> {
        match std::mem::replace(&mut self.then, Then::Stop) {
            Then::Stop => None,
            Then::Fail(fault) => Some(Err(fault)),
            Then::Ask => Some(match self.asker.call(self.region, self.read, &self.input).await {
                Ok(output) => {
                    self.then = match self.turn(&output) {
                        Ok(true) => Then::Ask,
                        Ok(false) => Then::Stop,
                        // This page is whole; what follows it is lost.
                        Err(reason) => Then::Fail(
                            Fault::new(FaultKind::BadResponse, reason).in_operation(self.read.operation.id()),
                        ),
                    };
                    Ok(output)
                }
                Err(fault) => Err(fault),
            }),
        }
    }

    /// Every page as one response: the lists that span pages are joined.
    pub async fn joined(mut self) -> Result<Json, Fault> {
        let mut whole = match self.next().await {
            None => return Ok(Json::Null),
            Some(page) => page?,
        };
        let keys = self.paginator.as_ref().map(|p| p.result_key.clone()).unwrap_or_default();
        while let Some(page) = self.next().await {
            let page = page?;
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
    use crate::sources::reader::Reader;
    use crate::sources::reader::fake::FakeReader;

    type Answer = fn(usize, &Json) -> &'static str;

    /// Asks for every page; answers are given by the number of the call.
    async fn pages(operation: &str, limit: Option<usize>, answer: Answer) -> (Vec<String>, Vec<String>) {
        let count = std::sync::atomic::AtomicUsize::new(0);
        let reader = FakeReader::new(move |_, _, input| {
            let call = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            assert!(call < 10, "this never ends");
            Ok(Json::parse(answer(call, input)).unwrap())
        });
        let account: AccountId = "100000000001".parse().unwrap();
        let region = Region::new("eu-west-1");
        let asker = Asker::new(reader.clone(), account, Default::default(), Default::default());
        let read = reader.read_operation(operation).unwrap();
        let mut pages = Pages::new(&asker, &region, &read, Json::Object(Vec::new())).at_most(limit);
        let mut outcome = Vec::new();
        while let Some(page) = pages.next().await {
            outcome.push(page.map_or_else(|fault| fault.to_string(), |page| page.to_json()));
        }
        let asked = reader.asked.lock().iter().map(|a| a.splitn(3, ' ').last().unwrap().to_owned()).collect();
        (outcome, asked)
    }

    #[tokio::test]
    async fn pages_are_asked_until_the_token_is_gone() {
        let (got, asked) = pages("ec2:DescribeVolumes", None, |call, _| match call {
            0 => r#"{"Volumes":[1],"NextToken":"t1"}"#,
            1 => r#"{"Volumes":[],"NextToken":"t2"}"#,
            _ => r#"{"Volumes":[2],"NextToken":""}"#,
        })
        .await;
        assert_eq!(got.len(), 3);
        assert_eq!(asked, ["{}", r#"{"NextToken":"t1"}"#, r#"{"NextToken":"t2"}"#]);
    }

    #[tokio::test]
    async fn a_repeating_token_ends_with_a_fault_after_the_pages_that_came() {
        let (got, asked) =
            pages("ec2:DescribeVolumes", None, |_, _| r#"{"Volumes":[1],"NextToken":"again"}"#).await;
        assert_eq!((got.len(), asked.len()), (3, 2));
        assert_eq!(
            got[2],
            "bad_response in ec2:DescribeVolumes: the page token repeats: the pages would never end"
        );
    }

    #[tokio::test]
    async fn more_results_decide_where_the_service_says_so() {
        let (got, _) = pages("iam:ListRoles", None, |call, _| match call {
            0 => r#"{"Roles":[],"IsTruncated":true,"Marker":"m"}"#,
            _ => r#"{"Roles":[],"IsTruncated":false,"Marker":"m2"}"#,
        })
        .await;
        assert_eq!(got.len(), 2);
        let (got, _) = pages("iam:ListRoles", None, |_, _| r#"{"Roles":[],"IsTruncated":true}"#).await;
        assert!(got[1].contains("no page token"), "{got:?}");
    }

    #[tokio::test]
    async fn tokens_go_by_other_names_on_the_way_back() {
        let (_, asked) = pages("lambda:ListFunctions", None, |call, _| match call {
            0 => r#"{"NextMarker":"m"}"#,
            _ => "{}",
        })
        .await;
        assert_eq!(asked, ["{}", r#"{"Marker":"m"}"#]);
    }

    #[tokio::test]
    async fn a_small_limit_makes_small_pages_within_the_services_bounds() {
        for (operation, limit, asked) in [
            ("ec2:DescribeVolumes", Some(1), r#"{"MaxResults":5}"#),
            ("ec2:DescribeVolumes", Some(40), r#"{"MaxResults":40}"#),
            ("ec2:DescribeVolumes", Some(100_000), "{}"),
            ("iam:ListRoles", Some(1), r#"{"MaxItems":1}"#),
            ("organizations:ListAccounts", Some(1), "{}"),
            ("ec2:DescribeRegions", Some(1), "{}"),
        ] {
            assert_eq!(pages(operation, limit, |_, _| "{}").await.1, [asked], "{operation} {limit:?}");
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
