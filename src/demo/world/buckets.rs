//! S3 buckets. Their names are the world's: each starts with its account's name.

use super::organization::{OrgAccount, Purpose};
use super::tags::{self, Tags};
use super::{World, place::Place};
use super::{incidents, invocations};

#[derive(Clone, Debug)]
pub struct Bucket {
    pub name: String,
    pub region: &'static str,
    pub created: i64,
    /// `None`: there is no public access block.
    pub access_block: Option<AccessBlock>,
    pub policy: Option<String>,
    pub policy_is_public: bool,
    /// ARN of the key; `None` is S3's own encryption.
    pub key_arn: Option<String>,
    /// `Enabled`, `Suspended`, or never set.
    pub versioning: Option<&'static str>,
    pub mfa_delete: bool,
    /// Bucket that receives the access log.
    pub logs_to: Option<String>,
    /// Days until objects expire.
    pub expires_after: Option<i64>,
    pub object_lock: bool,
    pub website: bool,
    /// ARN of the bucket to which objects are copied.
    pub replica: Option<String>,
    /// Queue told about new objects.
    pub notifies: Option<String>,
    pub public_acl: bool,
    pub tags: Tags,
}

#[derive(Clone, Copy, Debug)]
pub struct AccessBlock {
    pub block_acls: bool,
    pub ignore_acls: bool,
    pub block_policy: bool,
    pub restrict: bool,
}

/// The account's buckets in every region, by name.
pub fn buckets(world: &World, account: &OrgAccount) -> Vec<Bucket> {
    let mut all = Vec::new();
    for region in world.home_regions(account) {
        let place = world.place(account, region);
        for (number, purpose) in purposes(&place).into_iter().enumerate() {
            all.push(bucket(&place, region, number, &purpose));
        }
    }
    let (owner, public) = incidents::PUBLIC_BUCKET;
    if account.name == owner {
        let region = world.region_codes().find(|r| *r == "eu-west-1").unwrap_or("us-east-1");
        let mut bucket = bucket(&world.place(account, region), region, 900, "partner-exports");
        bucket.name = public.to_owned();
        bucket.access_block = None;
        bucket.policy_is_public = true;
        bucket.policy = Some(public_read(public));
        bucket.website = false;
        all.push(bucket);
    }
    all.extend(invocation_logs(world, account));
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// Of the logs of model invocations: the account's own, and the copy of all.
fn invocation_logs(world: &World, account: &OrgAccount) -> Option<Bucket> {
    let region = *world.home_regions(account).first()?;
    let place = world.place(account, region);
    let holds = invocations::is_logged(&place) || place.is("log-archive");
    let keeps = |place: &Place<'_>| Bucket {
        name: invocations::bucket_name(&account.name, region),
        website: false,
        expires_after: Some(90),
        ..bucket(place, region, 800, "bedrock-logs")
    };
    holds.then(|| keeps(&place))
}

/// One of the account's buckets, without making the others: every call about a bucket looks for it.
pub fn named(world: &World, account: &OrgAccount, name: &str) -> Option<Bucket> {
    if name == incidents::PUBLIC_BUCKET.1 || name.contains("-bedrock-logs-") {
        return buckets(world, account).into_iter().find(|bucket| bucket.name == name);
    }
    let region =
        world.home_regions(account).into_iter().find(|region| name.ends_with(&format!("-{region}")))?;
    let place = world.place(account, region);
    let mut purposes = purposes(&place).into_iter().enumerate();
    let (number, purpose) = purposes.find(|(_, purpose)| name_of(&place, purpose) == name)?;
    Some(bucket(&place, region, number, &purpose))
}

fn name_of(place: &Place<'_>, purpose: &str) -> String {
    format!("{}-{purpose}-{}", place.account.name, place.region)
}

/// A bucket of whatever account its name says.
pub fn of_anyone(world: &World, bucket: &str) -> Option<Bucket> {
    bucket
        .match_indices('-')
        .rev()
        .filter_map(|(at, _)| world.organization.account_named(&bucket[..at]))
        .find_map(|account| named(world, account, bucket))
}

fn purposes(place: &Place<'_>) -> Vec<String> {
    let mut all = vec!["logs".to_owned()];
    if place.is_main() {
        all.push("terraform-state".to_owned());
    }
    if place.is("log-archive") && place.is_main() {
        all.extend(["cloudtrail".to_owned(), "config".to_owned(), "flow-logs".to_owned()]);
    }
    let usual = ["assets", "backups", "uploads", "exports", "artifacts", "data"];
    let count = place.count("buckets", 2, 6);
    all.extend((0..count).map(|n| match usual.get(n) {
        Some(name) => (*name).to_owned(),
        None => format!("data-{n}"),
    }));
    if place.account.id == place.world.organization.management().id && place.is_main() {
        all.push("billing-exports".to_owned());
    }
    all
}

fn bucket(place: &Place<'_>, region: &'static str, number: usize, purpose: &str) -> Bucket {
    let mut dice = place.dice("bucket", number);
    let careful = match place.account.purpose {
        Purpose::Production | Purpose::Shared => 0.95,
        Purpose::Staging | Purpose::Development => 0.75,
        Purpose::Sandbox => 0.4,
    };
    let name = name_of(place, purpose);
    let log_bucket = format!("{}-logs-{region}", place.account.name);
    let is_log = purpose == "logs";
    let access_block = dice.chance(careful).then(|| {
        let strict = dice.chance(0.9);
        AccessBlock { block_acls: true, ignore_acls: true, block_policy: strict, restrict: strict }
    });
    let secured = dice.chance(0.5);
    Bucket {
        created: place.days_ago(&mut dice, 30, 2_000),
        access_block,
        policy: secured.then(|| tls_only(&name)),
        policy_is_public: false,
        key_arn: dice.chance(0.3).then(|| place.arn("kms", &format!("key/{}", place.dice("key", 0).uuid()))),
        versioning: match dice.below(10) {
            0..6 => Some("Enabled"),
            6..7 => Some("Suspended"),
            _ => None,
        },
        mfa_delete: false,
        logs_to: (!is_log && dice.chance(0.5)).then_some(log_bucket),
        expires_after: (is_log || dice.chance(0.3)).then(|| dice.pick(&[30, 90, 365])),
        object_lock: purpose == "cloudtrail",
        website: purpose == "assets" && dice.chance(0.3),
        replica: (purpose == "backups" && dice.chance(0.5))
            .then(|| format!("arn:aws:s3:::{}-replica", place.account.name)),
        notifies: (purpose == "uploads")
            .then(|| place.arn("sqs", &format!("{}-uploads", place.account.team()))),
        public_acl: place.account.purpose == Purpose::Sandbox && dice.chance(0.3),
        tags: tags::of(place, &mut dice, None),
        region,
        name,
    }
}

fn public_read(bucket: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"PartnerRead","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::{bucket}/*"}}]}}"#
    )
}

fn tls_only(bucket: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"DenyPlainHttp","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::{bucket}","arn:aws:s3:::{bucket}/*"],"Condition":{{"Bool":{{"aws:SecureTransport":"false"}}}}}}]}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::rehearsal::world;

    #[test]
    fn a_bucket_is_the_same_by_its_name() {
        let world = world("");
        for account in &world.organization.accounts {
            for bucket in buckets(&world, account) {
                let named = named(&world, account, &bucket.name).unwrap();
                assert_eq!(
                    (named.name, named.region, named.created),
                    (bucket.name, bucket.region, bucket.created)
                );
            }
            assert!(named(&world, account, "nobody-assets-us-east-1").is_none());
        }
    }
}
