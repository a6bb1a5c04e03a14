//! Regions in the order in which the demo's organization takes them up.

/// Region code, and the prefix of its availability zone ids.
///
/// The first seven are the organization's own; up to the seventeenth every AWS account has them
/// without asking; the rest are opt-in regions.
pub const KNOWN: [(&str, &str); 32] = [
    ("us-east-1", "use1"),
    ("us-east-2", "use2"),
    ("us-west-2", "usw2"),
    ("eu-west-1", "euw1"),
    ("eu-central-1", "euc1"),
    ("eu-north-1", "eun1"),
    ("ap-southeast-2", "apse2"),
    ("us-west-1", "usw1"),
    ("ca-central-1", "cac1"),
    ("sa-east-1", "sae1"),
    ("eu-west-2", "euw2"),
    ("eu-west-3", "euw3"),
    ("ap-south-1", "aps1"),
    ("ap-northeast-1", "apne1"),
    ("ap-northeast-2", "apne2"),
    ("ap-northeast-3", "apne3"),
    ("ap-southeast-1", "apse1"),
    ("eu-south-1", "eus1"),
    ("eu-south-2", "eus2"),
    ("eu-central-2", "euc2"),
    ("ap-east-1", "ape1"),
    ("ap-south-2", "aps2"),
    ("ap-southeast-3", "apse3"),
    ("ap-southeast-4", "apse4"),
    ("ap-southeast-5", "apse5"),
    ("ap-southeast-7", "apse7"),
    ("af-south-1", "afs1"),
    ("ca-west-1", "caw1"),
    ("il-central-1", "ilc1"),
    ("me-central-1", "mec1"),
    ("me-south-1", "mes1"),
    ("mx-central-1", "mxc1"),
];

/// How many of [`KNOWN`] an account has without opting in.
pub const WITHOUT_OPT_IN: usize = 17;

/// Where a region stands for one account, in the words of `ec2:DescribeRegions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptIn {
    NotRequired,
    OptedIn,
    NotOptedIn,
}

impl OptIn {
    pub fn as_str(self) -> &'static str {
        match self {
            OptIn::NotRequired => "opt-in-not-required",
            OptIn::OptedIn => "opted-in",
            OptIn::NotOptedIn => "not-opted-in",
        }
    }

    /// The words of `account:ListRegions`.
    pub fn account_status(self) -> &'static str {
        match self {
            OptIn::NotRequired => "ENABLED_BY_DEFAULT",
            OptIn::OptedIn => "ENABLED",
            OptIn::NotOptedIn => "DISABLED",
        }
    }
}
