//! Whether each account can be asked, and what AWS Config does there: one finding per account.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::stream::{self, Stream, StreamExt as _};

use crate::aws::{ActionSet, ReadRequest};
use crate::model::{Account, Fault, FaultKind, Json, Region};
use crate::org::{Directory, regions};

const RECORDERS: &str = "config:DescribeConfigurationRecorderStatus";
const AGGREGATORS: &str = "config:DescribeConfigurationAggregators";

/// Accounts checked at once; the calls themselves wait for permits.
const ACCOUNTS_AT_ONCE: usize = 32;
const REGIONS_AT_ONCE: usize = 8;

#[derive(Clone, Debug)]
pub struct AccountCheck {
    pub account: Arc<Account>,
    /// Whether its role can be assumed.
    pub role: Result<(), Fault>,
    /// The regions that are on.
    pub regions: Result<Vec<Region>, Fault>,
    pub recorders: Recorders,
    /// Names of the configuration aggregators in the home region.
    pub aggregators: Result<Vec<String>, Fault>,
    /// What to do about the first thing that is wrong.
    pub hint: Option<String>,
}

impl AccountCheck {
    /// An account of which nothing could be found out.
    pub fn failed(account: Arc<Account>, fault: Fault) -> Self {
        Self {
            account,
            role: Err(fault.clone()),
            regions: Err(fault.clone()),
            recorders: Recorders::default(),
            aggregators: Err(fault),
            hint: None,
        }
    }
}

/// Where AWS Config records, among the regions that are on.
#[derive(Clone, Debug, Default)]
pub struct Recorders {
    pub recording: Vec<Region>,
    /// There is a recorder, and it is switched off or failing.
    pub stopped: Vec<Region>,
    pub absent: Vec<Region>,
    pub unknown: Vec<(Region, Fault)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Recording {
    On,
    Stopped,
    Absent,
}

/// Checks the accounts at once and yields each as soon as it is done: one that hangs keeps no other.
pub fn check(directory: &Directory, accounts: Vec<Arc<Account>>) -> impl Stream<Item = AccountCheck> {
    stream::iter(accounts).map(move |account| one(directory, account)).buffer_unordered(ACCOUNTS_AT_ONCE)
}

async fn one(directory: &Directory, account: Arc<Account>) -> AccountCheck {
    let actions = actions(directory);
    let role = match account.status.can_be_asked() {
        true => directory.aws().assume(&account.id, &actions).await,
        false => {
            let message = format!("the account is {}", account.status.as_str());
            Err(Fault::new(FaultKind::Suspended, message))
        }
    };
    let mut check = match role {
        Ok(()) => inside(directory, account, &actions).await,
        Err(fault) => AccountCheck::failed(account, fault),
    };
    check.hint = hint(&check, &directory.settings().credentials.member_role);
    check
}

/// What an account that lets us in says about itself.
async fn inside(directory: &Directory, account: Arc<Account>, actions: &ActionSet) -> AccountCheck {
    let states = directory.regions_within(&account, actions).await;
    let on = |state: &regions::RegionState| state.enabled.then(|| state.region.clone());
    let regions: Result<Vec<Region>, Fault> = states.map(|states| states.iter().filter_map(on).collect());
    let home = directory.settings().home_region.clone();
    // Where the regions cannot be read, the home region alone still says something.
    let asked = regions.clone().unwrap_or_else(|_| vec![home.clone()]);
    let recorders: Vec<_> = asked
        .into_iter()
        .map(|region| async {
            let output = read(directory, &account, &region, RECORDERS, actions).await;
            (region, output.map(|output| recording(&output)))
        })
        .collect();
    let (states, aggregators) = futures::join!(
        stream::iter(recorders).buffered(REGIONS_AT_ONCE).collect::<Vec<_>>(),
        read(directory, &account, &home, AGGREGATORS, actions),
    );
    let mut recorders = Recorders::default();
    for (region, state) in states {
        match state {
            Ok(Recording::On) => recorders.recording.push(region),
            Ok(Recording::Stopped) => recorders.stopped.push(region),
            Ok(Recording::Absent) => recorders.absent.push(region),
            Err(fault) => recorders.unknown.push((region, fault)),
        }
    }
    AccountCheck {
        account: account.clone(),
        role: Ok(()),
        regions,
        recorders,
        aggregators: aggregators.map(|output| aggregators_of(&output)),
        hint: None,
    }
}

/// What one session per account is opened for.
fn actions(directory: &Directory) -> ActionSet {
    let operations = [regions::OPERATION, RECORDERS, AGGREGATORS];
    let read = operations.iter().filter_map(|id| directory.aws().read_operation(id));
    Arc::new(read.flat_map(|operation| operation.actions.clone()).collect::<BTreeSet<_>>())
}

async fn read(
    directory: &Directory,
    account: &Account,
    region: &Region,
    id: &str,
    actions: &ActionSet,
) -> Result<Json, Fault> {
    let missing = || Fault::new(FaultKind::Rejected, format!("{id} is not a read operation"));
    let operation = directory.aws().read_operation(id).ok_or_else(missing)?;
    let input = Json::Object(Vec::new());
    let request = ReadRequest { account: &account.id, region, operation: &operation, input: &input, actions };
    directory.aws().read(request).await.map(|response| response.output).map_err(|failure| failure.fault)
}

fn recording(output: &Json) -> Recording {
    let recorders = output.get("ConfigurationRecordersStatus").and_then(Json::as_array).unwrap_or_default();
    let is_on = |status: &Json| {
        status.get("Recording").and_then(Json::as_bool) == Some(true)
            && status.get("LastStatus").and_then(Json::as_str) != Some("Failure")
    };
    match recorders {
        [] => Recording::Absent,
        some if some.iter().any(is_on) => Recording::On,
        _ => Recording::Stopped,
    }
}

fn aggregators_of(output: &Json) -> Vec<String> {
    let aggregators = output.get("ConfigurationAggregators").and_then(Json::as_array).unwrap_or_default();
    let name = |aggregator: &Json| aggregator.get("ConfigurationAggregatorName")?.as_str().map(str::to_owned);
    aggregators.iter().filter_map(name).collect()
}

/// What to do about a role that lets nobody in.
pub fn role_hint(fault: &Fault, member_role: &str) -> Option<String> {
    match fault.kind {
        FaultKind::AssumeDenied => {
            Some(format!("deploy the role '{member_role}' there, trusting the hub, or set another name"))
        }
        FaultKind::Suspended => None,
        FaultKind::Expired => Some("log in again".to_owned()),
        FaultKind::ScpDenied => Some("exempt the role from the service control policy".to_owned()),
        FaultKind::Unreachable | FaultKind::Timeout => Some("check the network and the endpoint".to_owned()),
        _ => Some("see the message".to_owned()),
    }
}

fn hint(check: &AccountCheck, member_role: &str) -> Option<String> {
    if let Err(fault) = &check.role {
        return role_hint(fault, member_role);
    }
    if check.regions.is_err() {
        return Some(format!("allow '{member_role}' {}", regions::OPERATION));
    }
    if let Some((_, fault)) = check.recorders.unknown.first() {
        let denied = matches!(fault.kind, FaultKind::IamDenied | FaultKind::ScpDenied);
        return denied.then(|| format!("allow '{member_role}' {RECORDERS}"));
    }
    let Recorders { recording, stopped, absent, .. } = &check.recorders;
    if !stopped.is_empty() {
        let plural = if stopped.len() == 1 { "" } else { "s" };
        return Some(format!("start the configuration recorder in {} region{plural}", stopped.len()));
    }
    (recording.is_empty() && !absent.is_empty())
        .then(|| "AWS Config records nothing there: set up a configuration recorder".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::parse(text).unwrap()
    }

    #[test]
    fn a_recorder_records_is_stopped_or_is_not_there() {
        for (output, state) in [
            ("{}", Recording::Absent),
            (r#"{"ConfigurationRecordersStatus": []}"#, Recording::Absent),
            (r#"{"ConfigurationRecordersStatus": [{"Recording": false}]}"#, Recording::Stopped),
            (
                r#"{"ConfigurationRecordersStatus": [{"Recording": true, "LastStatus": "Failure"}]}"#,
                Recording::Stopped,
            ),
            (
                r#"{"ConfigurationRecordersStatus": [{"Recording": false}, {"Recording": true, "LastStatus": "Success"}]}"#,
                Recording::On,
            ),
        ] {
            assert_eq!(recording(&json(output)), state, "{output}");
        }
    }

    #[test]
    fn aggregators_are_named() {
        let output = r#"{"ConfigurationAggregators": [{"ConfigurationAggregatorName": "org"}, {}]}"#;
        assert_eq!(aggregators_of(&json(output)), ["org"]);
    }

    #[test]
    fn the_hint_is_about_the_first_thing_that_is_wrong() {
        let account = Arc::new(Account::bare("100000000001".parse().unwrap()));
        let mut check = AccountCheck {
            account,
            role: Err(Fault::new(FaultKind::AssumeDenied, "no")),
            regions: Ok(Vec::new()),
            recorders: Recorders { stopped: vec![Region::new("eu-west-1")], ..Recorders::default() },
            aggregators: Ok(Vec::new()),
            hint: None,
        };
        assert!(hint(&check, "ReadOnly").unwrap().contains("deploy the role 'ReadOnly'"));
        check.role = Ok(());
        assert_eq!(hint(&check, "ReadOnly").unwrap(), "start the configuration recorder in 1 region");
        check.recorders = Recorders { absent: vec![Region::new("eu-west-1")], ..Recorders::default() };
        assert!(hint(&check, "ReadOnly").unwrap().starts_with("AWS Config records nothing there"));
        check.recorders.recording.push(Region::new("us-east-1"));
        assert_eq!(hint(&check, "ReadOnly"), None);
        check.regions = Err(Fault::new(FaultKind::IamDenied, "no"));
        assert_eq!(hint(&check, "ReadOnly").unwrap(), "allow 'ReadOnly' ec2:DescribeRegions");
        check.role = Err(Fault::new(FaultKind::Suspended, "closed"));
        assert_eq!(hint(&check, "ReadOnly"), None);
    }
}
