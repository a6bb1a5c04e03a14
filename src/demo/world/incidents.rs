//! What is wrong in the demo organization, on purpose; the README's examples find these.
//!
//! | what | where |
//! |---|---|
//! | a bucket whose policy is public, without a public access block | data-platform-prod, `data-platform-prod-partner-exports` (eu-west-1) |
//! | SSH open to the world, on a running instance | web-prod, us-east-1, security group `legacy-ssh` |
//! | a publicly accessible database | checkout-dev, us-east-1, `checkout-dev-scratch` |
//! | an unencrypted production database | payments-prod, us-east-1, `payments-prod-reporting` |
//! | the member role is missing | sandbox-bob |
//! | a region switched off (AWS itself would not let this one be) | sandbox-alice, eu-north-1 |
//! | a service control policy denies a region | mobile-staging, ap-southeast-2 |
//! | a suspended account, into which no role can be assumed | legacy-erp |
//! | an administrator without MFA and with a password | payments-prod, user `jsmith` |
//! | Config not recording (stopped), and never set up | web-staging; sandbox-alice, sandbox-bob, ml-research |
//! | errors of a function, 25 to 41 minutes ago, and at 02:00 and 14:00 | checkout-prod, us-east-1, `order-intake`, and log group `/aws/lambda/order-intake` |
//! | a database out of connections, 70 to 88 minutes ago, and at 05:00 and 17:00 | checkout-prod, us-east-1, `checkout-prod-main`, and log group `/ecs/checkout` |
//! | a database that runs out of disk | payments-prod, us-east-1, `payments-prod-reporting` |
//! | a queue that nobody empties, at 03:00 and 15:00 | checkout-prod, us-east-1, `orders-queue` |
//! | a table that throttles its writers, at 04:00 and 16:00 | data-platform-prod, its first table in us-east-1 |
//! | Config recording once a day, leaving volumes out, and kept from the aggregator | mobile-staging; data-platform-dev; network-hub |
//! | a function on a runtime that is no longer supported | mobile-prod, us-east-1, `push-gateway` |
//! | a cost spike: machines with accelerators left running for three days | ml-research, us-east-1, `p4d.24xlarge`, from nine days ago |
//! | no sight of costs: not allowed, and never switched on | sandboxes; log-archive |

use super::organization::OrgAccount;

pub const PUBLIC_BUCKET: (&str, &str) = ("data-platform-prod", "data-platform-prod-partner-exports");
pub const OPEN_SSH: (&str, &str) = ("web-prod", "legacy-ssh");
pub const PUBLIC_DATABASE: (&str, &str) = ("checkout-dev", "checkout-dev-scratch");
pub const PLAIN_DATABASE: (&str, &str) = ("payments-prod", "payments-prod-reporting");
/// Fails for some minutes in checkout-prod, because payments do not answer.
pub const FAILING_FUNCTION: &str = "order-intake";
pub const FUNCTION_FAILED_MINUTES_AGO: std::ops::RangeInclusive<i64> = 25..=41;
/// Has no connections left for some minutes.
pub const FULL_DATABASE: &str = "checkout-prod-main";
pub const DATABASE_FULL_MINUTES_AGO: std::ops::RangeInclusive<i64> = 70..=88;
pub const OLD_RUNTIME: (&str, &str) = ("mobile-prod", "push-gateway");
/// Account, region, instance type.
pub const COST_SPIKE: (&str, &str, &str) = ("ml-research", "us-east-1", "p4d.24xlarge");
/// Days before today on which it began, and after which it was over.
pub const SPIKE_DAYS: (u64, u64) = (9, 6);
pub const WITHOUT_COST_EXPLORER: &str = "log-archive";
const WITHOUT_ROLE: &str = "sandbox-bob";
const REGION_OFF: (&str, &str) = ("sandbox-alice", "eu-north-1");
const REGION_DENIED: (&str, &str) = ("mobile-staging", "ap-southeast-2");
const RECORDER_STOPPED: &str = "web-staging";
const RECORDER_MISSING: [&str; 3] = ["sandbox-alice", "sandbox-bob", "ml-research"];

const RECORDED_DAILY: &str = "mobile-staging";
const VOLUMES_LEFT_OUT: &str = "data-platform-dev";
const NOT_AGGREGATED: &str = "network-hub";

/// Whether AWS Config records in an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorder {
    On,
    Daily,
    /// Everything but volumes.
    WithoutVolumes,
    Stopped,
    Missing,
}

pub fn has_member_role(account: &OrgAccount) -> bool {
    account.name != WITHOUT_ROLE
}

pub fn region_is_off(account: &OrgAccount, region: &str) -> bool {
    (account.name.as_str(), region) == REGION_OFF
}

/// A service control policy that denies everything regional there.
pub fn region_is_denied(account: &OrgAccount, region: &str) -> bool {
    (account.name.as_str(), region) == REGION_DENIED
}

pub fn recorder(account: &OrgAccount) -> Recorder {
    if account.name == RECORDER_STOPPED {
        Recorder::Stopped
    } else if RECORDER_MISSING.contains(&account.name.as_str()) {
        Recorder::Missing
    } else if account.name == RECORDED_DAILY {
        Recorder::Daily
    } else if account.name == VOLUMES_LEFT_OUT {
        Recorder::WithoutVolumes
    } else {
        Recorder::On
    }
}

/// Whether the organization's aggregator can gather what an account records.
pub fn is_aggregated(account: &OrgAccount) -> bool {
    account.name != NOT_AGGREGATED
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::rehearsal::world;
    use crate::demo::world::{buckets, data, network, serverless};

    #[test]
    fn whatever_the_seed_the_incidents_are_there() {
        for seed in 1..6 {
            let world = world(&format!("seed={seed}"));
            let main = |name: &str| {
                let account = world.organization.account_named(name).unwrap();
                world.place(account, "us-east-1")
            };
            let groups = network::security_groups(&main(OPEN_SSH.0));
            let open = groups.iter().find(|g| g.name == OPEN_SSH.1).unwrap();
            assert_eq!(open.ingress[0].cidrs[0].0, "0.0.0.0/0");
            let account = world.organization.account_named(PUBLIC_BUCKET.0).unwrap();
            let buckets = buckets::buckets(&world, account);
            let public = buckets.iter().find(|b| b.name == PUBLIC_BUCKET.1).unwrap();
            assert!(public.policy_is_public && public.access_block.is_none());
            let databases = data::databases(&main(PUBLIC_DATABASE.0));
            assert!(databases.iter().any(|d| d.id == PUBLIC_DATABASE.1 && d.public));
            let databases = data::databases(&main(PLAIN_DATABASE.0));
            assert!(databases.iter().any(|d| d.id == PLAIN_DATABASE.1 && !d.encrypted));
            let functions = serverless::functions(&main(OLD_RUNTIME.0));
            assert!(functions.iter().any(|f| f.name == OLD_RUNTIME.1 && f.runtime == Some("python3.7")));
        }
    }

    #[test]
    fn an_organization_of_one_account_has_no_incidents_and_no_trouble() {
        let world = world("accounts=1,regions=1");
        assert_eq!(world.organization.accounts.len(), 1);
        assert!(buckets::of_anyone(&world, PUBLIC_BUCKET.1).is_none());
    }
}
