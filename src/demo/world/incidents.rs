//! What is wrong in the demo organization, on purpose; the README's examples find these.
//!
//! | what | where |
//! |---|---|
//! | a bucket whose policy is public, without a public access block | data-platform-prod, `data-platform-prod-partner-exports` (eu-west-1) |
//! | SSH open to the world, on a running instance | web-prod, us-east-1, security group `legacy-ssh` |
//! | a publicly accessible database | checkout-dev, us-east-1, `checkout-dev-scratch` |
//! | an unencrypted production database | payments-prod, us-east-1, `payments-prod-reporting` |
//! | the member role is missing | sandbox-bob |
//! | a region switched off | sandbox-alice, eu-north-1 |
//! | a service control policy denies a region | mobile-staging, ap-southeast-2 |
//! | a suspended account, into which no role can be assumed | legacy-erp |
//! | an administrator without MFA and with a password | payments-prod, user `jsmith` |
//! | Config not recording (stopped), and never set up | web-staging; sandbox-alice, sandbox-bob, ml-research |
//! | a function on a runtime that is no longer supported | mobile-prod, us-east-1, `push-gateway` |

use super::organization::OrgAccount;

pub const PUBLIC_BUCKET: (&str, &str) = ("data-platform-prod", "data-platform-prod-partner-exports");
pub const OPEN_SSH: (&str, &str) = ("web-prod", "legacy-ssh");
pub const PUBLIC_DATABASE: (&str, &str) = ("checkout-dev", "checkout-dev-scratch");
pub const PLAIN_DATABASE: (&str, &str) = ("payments-prod", "payments-prod-reporting");
pub const OLD_RUNTIME: (&str, &str) = ("mobile-prod", "push-gateway");
const WITHOUT_ROLE: &str = "sandbox-bob";
const REGION_OFF: (&str, &str) = ("sandbox-alice", "eu-north-1");
const REGION_DENIED: (&str, &str) = ("mobile-staging", "ap-southeast-2");
const RECORDER_STOPPED: &str = "web-staging";
const RECORDER_MISSING: [&str; 3] = ["sandbox-alice", "sandbox-bob", "ml-research"];

/// Whether AWS Config records in an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorder {
    On,
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
    } else {
        Recorder::On
    }
}
