//! What was done in a region of an account: calls of the people and roles of the world on its things.

use super::super::Call;
use crate::demo::dice::Dice;
use crate::demo::world::organization::Purpose;
use crate::demo::world::{compute, identities, incidents, network, serverless};
use crate::model::Json;

/// Who calls.
#[derive(Clone, Debug, PartialEq)]
pub enum Who {
    Root,
    User(String),
    /// Role and session.
    Role(&'static str, String),
}

#[derive(Clone, Debug)]
pub struct Record {
    pub id: String,
    /// Epoch seconds.
    pub at: i64,
    pub name: &'static str,
    pub source: &'static str,
    pub who: Who,
    pub address: String,
    /// Type and name.
    pub resources: Vec<(&'static str, String)>,
    pub error: Option<&'static str>,
    key: Option<String>,
    agent: &'static str,
    request: String,
}

/// From where somebody calls into payments-prod, as these users.
const STRANGER: &str = "203.0.113.7";
const STRANGERS: [&str; 2] = ["jsmith", "terraform-ci"];
const READS: [&str; 4] = ["Describe", "List", "Get", "AssumeRole"];

/// Usual calls: name, service, and what they are about.
const USUAL: [(&str, &str, About); 14] = [
    ("DescribeInstances", "ec2.amazonaws.com", About::Nothing),
    ("AssumeRole", "sts.amazonaws.com", About::Role),
    ("ListBuckets", "s3.amazonaws.com", About::Nothing),
    ("GetCallerIdentity", "sts.amazonaws.com", About::Nothing),
    ("DescribeDBInstances", "rds.amazonaws.com", About::Nothing),
    ("RunInstances", "ec2.amazonaws.com", About::Instance),
    ("StopInstances", "ec2.amazonaws.com", About::Instance),
    ("StartInstances", "ec2.amazonaws.com", About::Instance),
    ("CreateTags", "ec2.amazonaws.com", About::Instance),
    ("DeleteSnapshot", "ec2.amazonaws.com", About::Snapshot),
    ("UpdateFunctionCode20150331v2", "lambda.amazonaws.com", About::Function),
    ("AuthorizeSecurityGroupIngress", "ec2.amazonaws.com", About::Group),
    ("PutMetricAlarm", "monitoring.amazonaws.com", About::Nothing),
    ("DeleteSecurityGroup", "ec2.amazonaws.com", About::Group),
];

#[derive(Clone, Copy, Debug)]
enum About {
    Nothing,
    Instance,
    Function,
    Role,
    Group,
    Snapshot,
}

/// The things of a region that calls are about.
struct Things {
    instances: Vec<String>,
    functions: Vec<String>,
    groups: Vec<String>,
    people: Vec<String>,
}

/// The records of a region, newest first.
pub fn of(call: &Call<'_>) -> Vec<Record> {
    let place = call.place();
    if !place.is_home() {
        return Vec::new();
    }
    let vpc = network::main_vpc(&place);
    let things = Things {
        instances: compute::instances(&place, &vpc).into_iter().map(|i| i.id).collect(),
        functions: serverless::functions(&place).into_iter().map(|f| f.name).collect(),
        groups: network::security_groups(&place).into_iter().map(|g| g.id).collect(),
        people: identities::users(call.world, call.account).into_iter().map(|u| u.name).collect(),
    };
    let mut all: Vec<Record> = (0..34).map(|n| usual(call, &things, n, 1, 1_430)).collect();
    all.extend((34..40).map(|n| usual(call, &things, n, 1_440, 89 * 1_440)));
    if place.is_main() {
        all.extend(told(call, &things));
    }
    all.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.id.cmp(&b.id)));
    all
}

fn usual(call: &Call<'_>, things: &Things, number: usize, low: usize, high: usize) -> Record {
    let mut dice = call.place().dice("trail record", number);
    let (name, source, about) = match number {
        // Somebody deletes something, and looks around, wherever anything runs.
        0 => USUAL[13],
        1 => USUAL[6],
        _ => USUAL[dice.below(USUAL.len())],
    };
    let who = match things.people.get(dice.below(things.people.len() + 2)) {
        Some(name) if !name.is_empty() => Who::User(name.clone()),
        _ => {
            Who::Role("OrganizationAccountAccessRole", dice.pick(&["deploy", "platform", "audit"]).to_owned())
        }
    };
    let at = call.world.now - dice.between(low, high) as i64 * 60 - dice.below(60) as i64;
    let address = format!("198.51.100.{}", dice.between(2, 250));
    let mut record = record(call, &mut dice, at, name, source, who, address);
    record.resources = about_of(call, things, about, &mut dice);
    record.error = dice.chance(0.08).then_some("AccessDenied");
    record
}

fn about_of(call: &Call<'_>, things: &Things, about: About, dice: &mut Dice) -> Vec<(&'static str, String)> {
    let one = |kind, from: &[String], dice: &mut Dice| -> Vec<(&'static str, String)> {
        from.get(dice.below(from.len())).map(|name| (kind, name.clone())).into_iter().collect()
    };
    match about {
        About::Nothing => Vec::new(),
        About::Instance => one("AWS::EC2::Instance", &things.instances, dice),
        About::Function => one("AWS::Lambda::Function", &things.functions, dice),
        About::Group => one("AWS::EC2::SecurityGroup", &things.groups, dice),
        About::Snapshot => vec![("AWS::EC2::Snapshot", format!("snap-0{}", dice.hex(16)))],
        About::Role => {
            vec![("AWS::IAM::Role", format!("arn:aws:iam::{}:role/app-instance-role", call.account.id))]
        }
    }
}

/// What is worth telling of an account.
fn told(call: &Call<'_>, things: &Things) -> Vec<Record> {
    let place = call.place();
    let mut dice = place.dice("told", 0);
    let now = call.world.now;
    let mut all = Vec::new();
    let sandbox = call.account.purpose == Purpose::Sandbox;
    let is_root_used = sandbox || place.is("org-management") || dice.chance(0.2);
    if is_root_used {
        let minutes = if place.is("org-management") { 190 } else { dice.between(30, 1_400) as i64 };
        let address = format!("192.0.2.{}", dice.between(2, 250));
        all.push(record(
            call,
            &mut dice,
            now - minutes * 60,
            "ConsoleLogin",
            "signin.amazonaws.com",
            Who::Root,
            address,
        ));
    }
    if place.is("payments-prod") {
        const CALLS: [(&str, &str); 9] = [
            ("ConsoleLogin", "signin.amazonaws.com"),
            ("GetCallerIdentity", "sts.amazonaws.com"),
            ("ListUsers", "iam.amazonaws.com"),
            ("ListSecrets", "secretsmanager.amazonaws.com"),
            ("DescribeDBInstances", "rds.amazonaws.com"),
            ("StopInstances", "ec2.amazonaws.com"),
            ("CreateAccessKey", "iam.amazonaws.com"),
            ("AttachUserPolicy", "iam.amazonaws.com"),
            ("ModifyDBInstance", "rds.amazonaws.com"),
        ];
        for n in 0..14_usize {
            let user = STRANGERS[usize::from(n % 3 == 2)];
            let (name, source) = CALLS[(n * 5 + n / 9) % CALLS.len()];
            let name =
                if user == "terraform-ci" && name == "ConsoleLogin" { "GetCallerIdentity" } else { name };
            let source = if name == "GetCallerIdentity" { "sts.amazonaws.com" } else { source };
            let at = now - (35 + 83 * n as i64) * 60;
            let mut one =
                record(call, &mut dice, at, name, source, Who::User(user.to_owned()), STRANGER.to_owned());
            if name == "StopInstances" {
                one.resources = about_of(call, things, About::Instance, &mut dice);
            }
            one.error = matches!(name, "ListSecrets").then_some("AccessDenied");
            all.push(one);
        }
    }
    let by = |name: &str| Who::User(name.to_owned());
    if place.is(incidents::OPEN_SSH.0) {
        let group = network::main_group_id(&place, incidents::OPEN_SSH.1);
        let at = now - 4 * 86_400;
        let address = "198.51.100.23".to_owned();
        let name = "AuthorizeSecurityGroupIngress";
        let mut one = record(call, &mut dice, at, name, "ec2.amazonaws.com", by("terraform-ci"), address);
        one.resources = vec![("AWS::EC2::SecurityGroup", group.clone())];
        one.request = format!(
            r#"{{"groupId":"{group}","ipPermissions":{{"items":[{{"ipProtocol":"tcp","fromPort":22,"toPort":22,"ipRanges":{{"items":[{{"cidrIp":"0.0.0.0/0"}}]}}}}]}}}}"#
        );
        all.push(one);
    }
    if place.is(incidents::PUBLIC_BUCKET.0) {
        let bucket = incidents::PUBLIC_BUCKET.1;
        let address = "198.51.100.41".to_owned();
        let at = now - 3 * 86_400;
        let mut one =
            record(call, &mut dice, at, "PutBucketPolicy", "s3.amazonaws.com", by("terraform-ci"), address);
        one.resources = vec![("AWS::S3::Bucket", bucket.to_owned())];
        one.request = format!(r#"{{"bucketName":"{bucket}"}}"#);
        all.push(one);
    }
    all
}

fn record(
    call: &Call<'_>,
    dice: &mut Dice,
    at: i64,
    name: &'static str,
    source: &'static str,
    who: Who,
    address: String,
) -> Record {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let console = name == "ConsoleLogin";
    let key = match &who {
        _ if console => None,
        Who::User(user) => {
            let words = ["access key", call.account.id.as_str(), user];
            Some(format!("AKIA{}", Dice::new(call.world.knobs.seed, &words).text(alphabet, 16)))
        }
        _ => Some(format!("ASIA{}", dice.text(alphabet, 16))),
    };
    let agents = ["aws-cli/2.17.9", "Boto3/1.35.0", "HashiCorp Terraform/1.9", "console.amazonaws.com"];
    let agent = if console { "Mozilla/5.0" } else { dice.pick(&agents) };
    let (resources, error, request) = (Vec::new(), None, "null".to_owned());
    Record { id: dice.uuid(), at, name, source, who, address, resources, error, key, agent, request }
}

impl Record {
    fn reads(&self) -> bool {
        READS.iter().any(|verb| self.name.starts_with(verb))
    }

    pub fn username(&self) -> &str {
        match &self.who {
            Who::Root => "root",
            Who::User(name) => name,
            Who::Role(_, session) => session,
        }
    }

    /// Whether it has a value of a lookup attribute.
    pub fn has(&self, attribute: &str, value: &str) -> bool {
        match attribute {
            "EventId" => self.id == value,
            "EventName" => self.name == value,
            "EventSource" => self.source == value,
            "ReadOnly" => self.reads().to_string() == value,
            "Username" => self.username() == value,
            "ResourceType" => self.resources.iter().any(|(kind, _)| *kind == value),
            "ResourceName" => self.resources.iter().any(|(_, name)| name == value),
            "AccessKeyId" => self.key.as_deref() == Some(value),
            _ => false,
        }
    }

    /// As `LookupEvents` tells it.
    pub fn looked_up(&self, call: &Call<'_>) -> Json {
        let resource = |(kind, name): &(&'static str, String)| {
            record! { "ResourceType" => *kind, "ResourceName" => name.as_str() }
        };
        record! {
            "EventId" => self.id.as_str(),
            "EventName" => self.name,
            "ReadOnly" => self.reads().to_string(),
            "AccessKeyId" => self.key.as_deref(),
            "EventTime" => self.at,
            "EventSource" => self.source,
            "Username" => self.username(),
            "Resources" => self.resources.iter().map(resource).collect::<Vec<_>>(),
            "CloudTrailEvent" => self.written(call).to_json(),
        }
    }

    /// As a trail writes it: one JSON object.
    pub fn written(&self, call: &Call<'_>) -> Json {
        let account = call.account.id.as_str();
        let key = self.key.as_deref();
        let identity = match &self.who {
            Who::Root => record! {
                "type" => "Root",
                "principalId" => account,
                "arn" => format!("arn:aws:iam::{account}:root"),
                "accountId" => account,
            },
            Who::User(name) => record! {
                "type" => "IAMUser",
                "principalId" => format!("AIDA{}", &self.id.replace('-', "").to_uppercase()[..16]),
                "arn" => format!("arn:aws:iam::{account}:user/{name}"),
                "accountId" => account,
                "accessKeyId" => key,
                "userName" => name.as_str(),
            },
            Who::Role(role, session) => record! {
                "type" => "AssumedRole",
                "principalId" => format!("AROA{}:{session}", &self.id.replace('-', "").to_uppercase()[..16]),
                "arn" => format!("arn:aws:sts::{account}:assumed-role/{role}/{session}"),
                "accountId" => account,
                "accessKeyId" => key,
            },
        };
        let at = chrono::DateTime::from_timestamp(self.at, 0).unwrap_or_default();
        let resource = |(kind, name): &(&'static str, String)| {
            record! { "accountId" => account, "type" => *kind, "ARN" => name.as_str() }
        };
        let resources: Vec<Json> = self.resources.iter().map(resource).collect();
        let mut members = vec![
            ("eventVersion", Json::string("1.11")),
            ("userIdentity", without_nulls(identity)),
            ("eventTime", Json::String(at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))),
            ("eventSource", self.source.into()),
            ("eventName", self.name.into()),
            ("awsRegion", call.region.into()),
            ("sourceIPAddress", self.address.as_str().into()),
            ("userAgent", self.agent.into()),
            ("requestParameters", Json::parse(&self.request).unwrap_or_default()),
            ("responseElements", self.response()),
            ("eventID", self.id.as_str().into()),
            ("readOnly", Json::Bool(self.reads())),
            ("eventType", if self.name == "ConsoleLogin" { "AwsConsoleSignIn" } else { "AwsApiCall" }.into()),
            ("managementEvent", Json::Bool(true)),
            ("recipientAccountId", account.into()),
            ("eventCategory", "Management".into()),
        ];
        if !resources.is_empty() {
            members.push(("resources", Json::Array(resources)));
        }
        if let Some(error) = self.error {
            members.push(("errorCode", error.into()));
            members.push(("errorMessage", format!("not authorized to perform: {}", self.name).into()));
        }
        Json::object(members)
    }

    fn response(&self) -> Json {
        if self.name == "ConsoleLogin" {
            record! { "ConsoleLogin" => "Success" }
        } else {
            Json::Null
        }
    }
}

fn without_nulls(value: Json) -> Json {
    match value {
        Json::Object(members) => Json::Object(members.into_iter().filter(|(_, v)| !v.is_null()).collect()),
        other => other,
    }
}
