//! What AWS Organizations says: accounts, units, who stands where, tags.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_organizations::Client;
use aws_sdk_organizations::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_organizations::types::{Account as AwsAccount, OrganizationalUnit as AwsUnit};
use futures::stream::{self, StreamExt as _};
use serde::{Deserialize, Serialize};

use crate::aws::TypedCalls;
use crate::error::Error;
use crate::model::{Account, AccountId, AccountStatus, OuPath, Timestamp};
use crate::org::{AccountsFrom, Organization, OrganizationalUnit};

/// Organizations' quotas are per organization and low; more at once is only throttled.
const AT_ONCE: usize = 6;

/// AWS nests units five deep; a tree much deeper is a service gone wrong.
const DEEPEST: usize = 20;

/// A client that retries nothing, and what makes its calls.
pub struct Organizations {
    pub client: Client,
    pub calls: TypedCalls,
}

/// Why Organizations did not answer.
#[derive(Debug)]
pub enum Refusal {
    /// The account belongs to no organization.
    NotInUse,
    /// Not the management account, not a delegated administrator, or no permission.
    Denied(String),
    Other(Error),
}

impl Refusal {
    pub fn reason(&self) -> String {
        match self {
            Refusal::NotInUse => "this account belongs to no organization".to_owned(),
            Refusal::Denied(message) => format!("access denied: {message}"),
            Refusal::Other(error) => error.to_string(),
        }
    }

    /// As an error, for those who asked for the organization by name.
    pub fn error(self) -> Error {
        let error = Error::failed("cannot list the accounts of the organization");
        match self {
            Refusal::Other(other) => {
                other.hints().iter().fold(error.because(&other), |e, hint| e.hint(hint.clone()))
            }
            Refusal::NotInUse => {
                error.cause(self.reason()).hint("set organization = \"current\" to ask this account alone")
            }
            Refusal::Denied(_) => error
                .cause(self.reason())
                .hint(
                    "use credentials or a hub role of the management account or of a delegated administrator",
                )
                .hint("or set organization to \"current\", \"identity-center\" or a list of accounts"),
        }
    }
}

/// Accounts and where they stand. Fails only where the accounts themselves cannot be listed.
pub async fn discover(asking: &Organizations) -> Result<Organization, Refusal> {
    let (listed, tree) = futures::join!(list_accounts(asking), walk_tree(asking));
    let listed = listed?;
    let mut notes = Vec::new();
    let (tree, tree_unknown) = match tree {
        Ok(tree) => (tree, None),
        Err(refusal) => {
            let why = format!("the tree of organizational units could not be read: {}", refusal.reason());
            notes.push(why.clone());
            (Tree::default(), Some(why))
        }
    };
    let management_account = listed.iter().find_map(|account| management_account(account.arn()?));
    let accounts = listed.iter().filter_map(|account| {
        let mut account = account_of(account)?;
        if let Some(place) = tree.places.get(&account.id).and_then(|unit| tree.units.get(*unit)) {
            account.ou_path = Some(place.unit.path.clone());
            account.ou_ids.clone_from(&place.ids);
        }
        Some(account)
    });
    let flat = Organization::flat(accounts.collect(), AccountsFrom::Organizations);
    Ok(Organization {
        units: tree.units.into_iter().map(|place| place.unit).collect(),
        management_account,
        notes,
        tree_unknown,
        ..flat
    })
}

async fn list_accounts(asking: &Organizations) -> Result<Vec<AwsAccount>, Refusal> {
    all_pages("organizations:ListAccounts", |token| async move {
        let call = asking.client.list_accounts().set_next_token(token);
        let page = asking.calls.make("ListAccounts", || call.clone().send()).await;
        let page = page.map_err(|e| refusal("organizations:ListAccounts", &e))?;
        Ok((page.accounts.unwrap_or_default(), page.next_token))
    })
    .await
}

#[derive(Debug, Default)]
struct Tree {
    units: Vec<Place>,
    /// Index into `units`.
    places: BTreeMap<AccountId, usize>,
}

#[derive(Debug)]
struct Place {
    unit: OrganizationalUnit,
    /// From the root down, this unit's own id last.
    ids: Vec<String>,
}

/// Level by level, each container asked once for its units and its accounts.
async fn walk_tree(asking: &Organizations) -> Result<Tree, Refusal> {
    let roots = all_pages("organizations:ListRoots", |token| async move {
        let call = asking.client.list_roots().set_next_token(token);
        let page = asking.calls.make("ListRoots", || call.clone().send()).await;
        let page = page.map_err(|e| refusal("organizations:ListRoots", &e))?;
        Ok((page.roots.unwrap_or_default(), page.next_token))
    })
    .await?;
    let mut tree = Tree::default();
    let mut known = HashSet::new();
    for root in roots {
        let Some(id) = root.id else { continue };
        if known.insert(id.clone()) {
            let path = OuPath::new(root.name.unwrap_or_else(|| "Root".to_owned()));
            tree.units.push(Place { ids: vec![id.clone()], unit: OrganizationalUnit { id, path } });
        }
    }
    let mut level = 0..tree.units.len();
    for _ in 0..DEEPEST {
        let parents: Vec<(usize, String)> =
            level.clone().filter_map(|i| Some((i, tree.units.get(i)?.unit.id.clone()))).collect();
        let asked: Vec<_> =
            parents.into_iter().map(|(i, id)| async move { (i, contents(asking, &id).await) }).collect();
        let answers: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        let before = tree.units.len();
        for (parent, contents) in answers {
            let (units, accounts) = contents?;
            for id in accounts.iter().filter_map(|account| account.id()?.parse().ok()) {
                tree.places.insert(id, parent);
            }
            for unit in units {
                let (Some(id), Some(above)) = (unit.id, tree.units.get(parent)) else { continue };
                // A unit met twice would send the walk in circles.
                if known.insert(id.clone()) {
                    let path = above.unit.path.child(&unit.name.unwrap_or_else(|| id.clone()));
                    let ids = above.ids.iter().cloned().chain([id.clone()]).collect();
                    tree.units.push(Place { unit: OrganizationalUnit { id, path }, ids });
                }
            }
        }
        level = before..tree.units.len();
        if level.is_empty() {
            return Ok(tree);
        }
    }
    Err(Refusal::Other(Error::failed(format!("organizational units are nested more than {DEEPEST} deep"))))
}

async fn contents(asking: &Organizations, parent: &str) -> Result<(Vec<AwsUnit>, Vec<AwsAccount>), Refusal> {
    let units = all_pages("organizations:ListOrganizationalUnitsForParent", |token| async move {
        let call =
            asking.client.list_organizational_units_for_parent().parent_id(parent).set_next_token(token);
        let page = asking.calls.make("ListOrganizationalUnitsForParent", || call.clone().send()).await;
        let page = page.map_err(|e| refusal("organizations:ListOrganizationalUnitsForParent", &e))?;
        Ok((page.organizational_units.unwrap_or_default(), page.next_token))
    });
    let accounts = all_pages("organizations:ListAccountsForParent", |token| async move {
        let call = asking.client.list_accounts_for_parent().parent_id(parent).set_next_token(token);
        let page = asking.calls.make("ListAccountsForParent", || call.clone().send()).await;
        let page = page.map_err(|e| refusal("organizations:ListAccountsForParent", &e))?;
        Ok((page.accounts.unwrap_or_default(), page.next_token))
    });
    Ok((units.await?, accounts.await?))
}

type Tags = BTreeMap<String, String>;

/// What the accounts are tagged with. A call for each: asked only where a statement or scope needs it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct AccountTags {
    pub of: BTreeMap<AccountId, Tags>,
    /// Accounts whose tags could not be read.
    pub unknown: BTreeSet<AccountId>,
    /// Why not, in words for the operator.
    pub note: Option<String>,
}

pub async fn account_tags(asking: &Organizations, accounts: &[Arc<Account>]) -> AccountTags {
    // Once refused, the rest would be refused too: the first answer decides whether to go on.
    let denied = AtomicBool::new(false);
    let asked: Vec<_> = accounts
        .iter()
        .map(|account| async {
            if denied.load(Ordering::Relaxed) {
                return (&account.id, Err(Refusal::Denied("as for the accounts before".to_owned())));
            }
            let tags = tags_of(asking, &account.id).await;
            if matches!(tags, Err(Refusal::Denied(_))) {
                denied.store(true, Ordering::Relaxed);
            }
            (&account.id, tags)
        })
        .collect();
    let mut found = AccountTags::default();
    let mut first_reason = None;
    for (id, tags) in stream::iter(asked).buffered(AT_ONCE).collect::<Vec<_>>().await {
        match tags {
            Ok(tags) => {
                found.of.insert(id.clone(), tags);
            }
            Err(refusal) => {
                first_reason.get_or_insert_with(|| refusal.reason());
                found.unknown.insert(id.clone());
            }
        }
    }
    let count = found.unknown.len();
    found.note = first_reason.map(|why| format!("the tags of {count} accounts could not be read: {why}"));
    found
}

async fn tags_of(asking: &Organizations, id: &AccountId) -> Result<Tags, Refusal> {
    let tags = all_pages("organizations:ListTagsForResource", |token| async move {
        let call = asking.client.list_tags_for_resource().resource_id(id.as_str()).set_next_token(token);
        let page = asking.calls.make("ListTagsForResource", || call.clone().send()).await;
        let page = page.map_err(|e| refusal("organizations:ListTagsForResource", &e))?;
        Ok((page.tags.unwrap_or_default(), page.next_token))
    })
    .await?;
    Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
}

/// Every page; a token that comes twice is an error, not a circle.
async fn all_pages<T, F>(operation: &str, page: impl Fn(Option<String>) -> F) -> Result<Vec<T>, Refusal>
where
    F: Future<Output = Result<(Vec<T>, Option<String>), Refusal>>,
{
    let mut all = Vec::new();
    let mut seen = HashSet::new();
    let mut token = None;
    loop {
        let (items, next) = page(token).await?;
        all.extend(items);
        token = next.filter(|token| !token.is_empty());
        match &token {
            None => return Ok(all),
            Some(token) if !seen.insert(token.clone()) => {
                let error =
                    Error::failed(format!("{operation} repeats its page token: its pages would never end"));
                return Err(Refusal::Other(error));
            }
            Some(_) => {}
        }
    }
}

fn refusal<E, R>(operation: &str, error: &SdkError<E, R>) -> Refusal
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
    R: std::fmt::Debug + 'static,
{
    match error.code() {
        Some("AWSOrganizationsNotInUseException") => Refusal::NotInUse,
        Some("AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation") => {
            Refusal::Denied(error.message().unwrap_or(operation).to_owned())
        }
        _ => Refusal::Other(Error::failed(format!("{operation} failed")).because(error)),
    }
}

fn account_of(account: &AwsAccount) -> Option<Account> {
    let id: AccountId = account.id()?.parse().ok()?;
    // `State` says more than `Status`, which AWS retires in 2026; older endpoints know only that.
    let state = account.state().map(|state| state.as_str());
    #[allow(deprecated)]
    let status = state.or_else(|| account.status().map(|status| status.as_str()));
    Some(Account {
        name: account.name().map_or_else(|| id.to_string(), str::to_owned),
        status: status.map_or(AccountStatus::Unknown, AccountStatus::parse),
        arn: account.arn().map(str::to_owned),
        email: account.email().map(str::to_owned),
        joined: account
            .joined_timestamp()
            .and_then(|t| Timestamp::from_timestamp(t.secs(), t.subsec_nanos())),
        ..Account::bare(id)
    })
}

/// `arn:aws:organizations::<management account>:account/o-.../<account>`
fn management_account(arn: &str) -> Option<AccountId> {
    arn.split(':').nth(4)?.parse().ok()
}

#[cfg(test)]
pub mod tests {
    use aws_sdk_organizations::config::{BehaviorVersion, Credentials, Region};

    use super::*;
    use crate::model::Json;
    use crate::org::tests::{Answer, http_client};

    fn client(answer: Answer) -> Organizations {
        let config = aws_sdk_organizations::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("a", "b", None, None, "test"))
            .http_client(http_client(answer))
            .retry_config(aws_sdk_organizations::config::retry::RetryConfig::disabled())
            .build();
        Organizations { client: Client::from_conf(config), calls: TypedCalls::unpaced("organizations") }
    }

    fn account(id: &str, name: &str, state: &str) -> String {
        format!(
            r#"{{"Id": "{id}", "Name": "{name}", {state}, "Arn": "arn:aws:organizations::100000000001:account/o-x/{id}", "Email": "{name}@example.com", "JoinedTimestamp": 1767323045.5}}"#
        )
    }

    /// Root holds `one`; the unit Work holds `two`, and the unit Prod below it `three`, on page two.
    pub fn answer(operation: &str, input: &Json) -> Result<String, &'static str> {
        let (one, two, three) = (
            account("100000000001", "one", r#""Status": "ACTIVE""#),
            account("100000000002", "two", r#""Status": "ACTIVE", "State": "SUSPENDED""#),
            account("100000000003", "three", r#""State": "ACTIVE""#),
        );
        let parent = input.get("ParentId").and_then(Json::as_str).unwrap_or_default();
        let is_second = input.get("NextToken").is_some();
        Ok(match (operation, parent, is_second) {
            ("ListAccounts", _, false) => format!(r#"{{"Accounts": [{one}, {two}], "NextToken": "t"}}"#),
            ("ListAccounts", _, true) => format!(r#"{{"Accounts": [{three}]}}"#),
            ("ListRoots", ..) => r#"{"Roots": [{"Id": "r-1", "Name": "Root"}]}"#.into(),
            ("ListOrganizationalUnitsForParent", "r-1", _) => {
                r#"{"OrganizationalUnits": [{"Id": "ou-1", "Name": "Work"}, {"Id": "ou-1", "Name": "Work"}]}"#.into()
            }
            ("ListOrganizationalUnitsForParent", "ou-1", _) => {
                r#"{"OrganizationalUnits": [{"Id": "ou-2", "Name": "Prod"}, {"Id": "r-1", "Name": "circle"}]}"#.into()
            }
            ("ListOrganizationalUnitsForParent", ..) => r#"{"OrganizationalUnits": []}"#.into(),
            ("ListAccountsForParent", "r-1", _) => format!(r#"{{"Accounts": [{one}]}}"#),
            ("ListAccountsForParent", "ou-1", _) => format!(r#"{{"Accounts": [{two}]}}"#),
            ("ListAccountsForParent", _, false) => r#"{"Accounts": [], "NextToken": "t"}"#.into(),
            ("ListAccountsForParent", ..) => format!(r#"{{"Accounts": [{three}]}}"#),
            ("ListTagsForResource", ..) => {
                let id = input.get("ResourceId").and_then(Json::as_str).unwrap_or_default();
                format!(r#"{{"Tags": [{{"Key": "id", "Value": "{id}"}}]}}"#)
            }
            _ => return Err("UnknownOperationException"),
        })
    }

    #[tokio::test]
    async fn accounts_stand_in_their_units_with_states() {
        let found = discover(&client(answer)).await.unwrap();
        let shown: Vec<_> = found
            .accounts
            .iter()
            .map(|a| {
                let path = a.ou_path.as_ref().unwrap();
                format!("{} {} {path} {}", a.name, a.status.as_str(), a.ou_ids.join("/"))
            })
            .collect();
        assert_eq!(
            shown,
            [
                "one ACTIVE Root r-1",
                "three ACTIVE Root/Work/Prod r-1/ou-1/ou-2",
                "two SUSPENDED Root/Work r-1/ou-1",
            ]
        );
        let paths: Vec<_> = found.units.iter().map(|unit| unit.path.as_str()).collect();
        assert_eq!(paths, ["Root", "Root/Work", "Root/Work/Prod"]);
        assert_eq!(found.management_account.as_ref().map(AccountId::as_str), Some("100000000001"));
        assert_eq!(found.accounts[0].joined.unwrap().to_rfc3339(), "2026-01-02T03:04:05.500+00:00");
        assert!(found.is_whole());
    }

    #[tokio::test]
    async fn every_account_has_its_tags() {
        let client = client(answer);
        let found = discover(&client).await.unwrap();
        let tags = account_tags(&client, &found.accounts).await;
        let shown: Vec<_> = tags.of.iter().map(|(id, tags)| (id.as_str(), tags["id"].as_str())).collect();
        let ids = ["100000000001", "100000000002", "100000000003"];
        assert_eq!(shown, ids.map(|id| (id, id)));
        assert_eq!((tags.unknown.len(), tags.note), (0, None));
    }

    #[tokio::test]
    async fn denied_tags_are_a_note_and_are_not_asked_for_every_account() {
        let client = client(|operation, input| match operation {
            "ListTagsForResource" => Err("AccessDeniedException"),
            _ => answer(operation, input),
        });
        let found = discover(&client).await.unwrap();
        let tags = account_tags(&client, &found.accounts).await;
        assert_eq!((tags.of.len(), tags.unknown.len()), (0, 3));
        let note = "the tags of 3 accounts could not be read: access denied: you may not";
        assert_eq!(tags.note.as_deref(), Some(note));
    }

    #[tokio::test]
    async fn a_tree_that_cannot_be_read_leaves_the_accounts() {
        let client = client(|operation, input| match operation {
            "ListRoots" => Err("AccessDeniedException"),
            _ => answer(operation, input),
        });
        let found = discover(&client).await.unwrap();
        assert_eq!(found.accounts.len(), 3);
        assert!(found.tree_unknown.unwrap().contains("access denied"));
    }

    #[tokio::test]
    async fn a_repeating_token_is_an_error_not_a_circle() {
        let client = client(|_, _| Ok(r#"{"Accounts": [], "NextToken": "again"}"#.into()));
        let error = discover(&client).await.unwrap_err().reason();
        assert_eq!(error, "organizations:ListAccounts repeats its page token: its pages would never end");
    }

    #[tokio::test]
    async fn refusals_are_told_apart() {
        let denied = discover(&client(|_, _| Err("AccessDeniedException"))).await.unwrap_err();
        assert_eq!(denied.reason(), "access denied: you may not");
        assert!(denied.error().hints()[0].contains("management account"));
        let alone = discover(&client(|_, _| Err("AWSOrganizationsNotInUseException"))).await.unwrap_err();
        assert!(matches!(alone, Refusal::NotInUse));
        let other = discover(&client(|_, _| Err("ValidationException"))).await.unwrap_err();
        assert!(matches!(other, Refusal::Other(_)));
    }
}
