//! Configuration items: what Config wrote down of the resources that the other services show, in the forms that
//! it writes them.
//!
//! Members begin with a small letter, and only their first one is made small: `dBInstanceIdentifier`. A state
//! may be `{"value": ..}`. What is terminated is gone from what Config shows, while EC2 still tells of it; what a
//! stopped recorder saw last stays for good.

use std::collections::BTreeSet;

use super::super::{Call, Service, dynamodb, ec2, iam, lambda, rds, s3};
use super::{recorder_arn, recorder_group, role_arn};
use crate::demo::world::incidents::{self, Recorder};
use crate::demo::world::organization::OrgAccount;
use crate::model::{Json, Key};

pub const RECORDER: &str = "AWS::Config::ConfigurationRecorder";
const IAM: &str = "AWS::IAM::";

/// A type that is recorded: which call shows it, where in the response, and what names one.
pub struct Recorded {
    pub kind: &'static str,
    service: &'static Service,
    operation: &'static str,
    rows: &'static [&'static str],
    id: &'static str,
    name: Option<&'static str>,
    /// A member that is the ARN, or the resource part of one: `ec2 instance/`.
    arn: &'static str,
    /// A further call for each, by which parameter and member, and where in its response the rest stands.
    detail: Option<(&'static str, &'static str, &'static str, &'static [&'static str])>,
    /// A call that tells the tags, by which parameter and member.
    tagging: Option<(&'static str, &'static str, &'static str)>,
    /// Members that are `{"value": ..}`.
    valued: &'static [&'static str],
}

const fn of_ec2(
    kind: &'static str,
    operation: &'static str,
    rows: &'static [&'static str],
    id: &'static str,
    arn: &'static str,
) -> Recorded {
    Recorded {
        kind,
        service: &ec2::SERVICE,
        operation,
        rows,
        id,
        name: None,
        arn,
        detail: None,
        tagging: None,
        valued: &["State"],
    }
}

const fn of_iam(
    kind: &'static str,
    operations: (&'static str, &'static str, &'static str),
    rows: &'static [&'static str],
    id: &'static str,
    name: &'static str,
) -> Recorded {
    let (list, get, member) = operations;
    Recorded {
        kind,
        service: &iam::SERVICE,
        operation: list,
        rows,
        id,
        name: Some(name),
        arn: "Arn",
        detail: Some((
            get,
            name,
            name,
            match member.as_bytes()[0] {
                b'R' => &["Role"],
                _ => &["User"],
            },
        )),
        tagging: None,
        valued: &[],
    }
}

pub const RECORDED: [Recorded; 14] = [
    Recorded {
        tagging: None,
        valued: &[],
        ..of_ec2(
            "AWS::EC2::Instance",
            "DescribeInstances",
            &["Reservations", "Instances"],
            "InstanceId",
            "ec2 instance/",
        )
    },
    of_ec2("AWS::EC2::Volume", "DescribeVolumes", &["Volumes"], "VolumeId", "ec2 volume/"),
    of_ec2("AWS::EC2::VPC", "DescribeVpcs", &["Vpcs"], "VpcId", "ec2 vpc/"),
    of_ec2("AWS::EC2::Subnet", "DescribeSubnets", &["Subnets"], "SubnetId", "ec2 subnet/"),
    of_ec2(
        "AWS::EC2::RouteTable",
        "DescribeRouteTables",
        &["RouteTables"],
        "RouteTableId",
        "ec2 route-table/",
    ),
    of_ec2(
        "AWS::EC2::InternetGateway",
        "DescribeInternetGateways",
        &["InternetGateways"],
        "InternetGatewayId",
        "ec2 internet-gateway/",
    ),
    of_ec2("AWS::EC2::EIP", "DescribeAddresses", &["Addresses"], "AllocationId", "ec2 eip/"),
    Recorded {
        name: Some("GroupName"),
        ..of_ec2(
            "AWS::EC2::SecurityGroup",
            "DescribeSecurityGroups",
            &["SecurityGroups"],
            "GroupId",
            "ec2 security-group/",
        )
    },
    of_iam("AWS::IAM::Role", ("ListRoles", "GetRole", "Role"), &["Roles"], "RoleId", "RoleName"),
    of_iam("AWS::IAM::User", ("ListUsers", "GetUser", "User"), &["Users"], "UserId", "UserName"),
    Recorded {
        kind: "AWS::Lambda::Function",
        service: &lambda::SERVICE,
        operation: "ListFunctions",
        rows: &["Functions"],
        id: "FunctionName",
        name: Some("FunctionName"),
        arn: "FunctionArn",
        detail: Some(("GetFunction", "FunctionName", "FunctionName", &[])),
        tagging: None,
        valued: &[],
    },
    Recorded {
        kind: "AWS::RDS::DBInstance",
        service: &rds::SERVICE,
        operation: "DescribeDBInstances",
        rows: &["DBInstances"],
        id: "DbiResourceId",
        name: Some("DBInstanceIdentifier"),
        arn: "DBInstanceArn",
        detail: None,
        tagging: None,
        valued: &[],
    },
    Recorded {
        kind: "AWS::S3::Bucket",
        service: &s3::SERVICE,
        operation: "ListBuckets",
        rows: &["Buckets"],
        id: "Name",
        name: Some("Name"),
        arn: "s3 :::",
        detail: Some(("GetBucketTagging", "Bucket", "Name", &[])),
        tagging: None,
        valued: &[],
    },
    Recorded {
        kind: "AWS::DynamoDB::Table",
        service: &dynamodb::SERVICE,
        operation: "ListTables",
        rows: &["TableNames"],
        id: "TableName",
        name: Some("TableName"),
        arn: "TableArn",
        detail: Some(("DescribeTable", "TableName", "TableName", &["Table"])),
        tagging: Some(("ListTagsOfResource", "ResourceArn", "TableArn")),
        valued: &[],
    },
];

/// Types that Config could record and here is told to leave out: nothing simulates their items.
pub const LEFT_OUT: [&str; 19] = [
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::CloudFront::Distribution",
    "AWS::EC2::FlowLog",
    "AWS::EC2::NatGateway",
    "AWS::EC2::NetworkAcl",
    "AWS::EC2::NetworkInterface",
    "AWS::EC2::VPCEndpoint",
    "AWS::ECR::Repository",
    "AWS::ECS::Cluster",
    "AWS::EFS::FileSystem",
    "AWS::EKS::Cluster",
    "AWS::ElasticLoadBalancing::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::IAM::Group",
    "AWS::IAM::Policy",
    "AWS::RDS::DBCluster",
    "AWS::Redshift::Cluster",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
];

/// A place whose items are asked for.
pub struct Place<'a> {
    pub call: &'a Call<'a>,
    pub account: &'a OrgAccount,
    pub region: &'a str,
    /// Members of `configuration` that anybody looks at; `None` is all of them.
    pub members: Option<&'a BTreeSet<String>>,
}

impl Place<'_> {
    /// The recorder itself, which is recorded whether it is on or not.
    pub fn recorder(&self) -> Option<Json> {
        let state = incidents::recorder(self.account);
        if state == Recorder::Missing {
            return None;
        }
        let place = self.call.world.place(self.account, self.region);
        let mut configuration: Vec<(Key, Json)> = vec![
            ("Id".into(), "default".into()),
            ("Name".into(), "default".into()),
            ("RoleARN".into(), Json::string(role_arn(self.account))),
            ("Recording".into(), Json::Bool(state != Recorder::Stopped)),
        ];
        configuration
            .extend(recorder_group(state, place.is_main()).map(|(name, value)| (name.into(), value)));
        let changed = if state == Recorder::Stopped { self.stopped() } else { self.account.joined + 3_600 };
        Some(record! {
            "version" => "1.3",
            "accountId" => self.account.id.as_str(),
            "awsRegion" => self.region,
            "resourceType" => RECORDER,
            "resourceId" => "default",
            "resourceName" => "default",
            "arn" => recorder_arn(self.call, self.account, self.region),
            "availabilityZone" => "Not Applicable",
            "configurationItemCaptureTime" => instant(&Json::int(changed)),
            "configurationItemStatus" => "OK",
            "tags" => Json::Array(Vec::new()),
            "relationships" => Json::Array(Vec::new()),
            "configuration" => Json::Object(configuration),
        })
    }

    fn stopped(&self) -> i64 {
        self.call.world.today - 40 * 86_400
    }

    /// Whether the recorder of the place has ever written down a type.
    pub fn records(&self, kind: &Recorded) -> bool {
        let state = incidents::recorder(self.account);
        let is_main = self.call.world.place(self.account, self.region).is_main();
        match state {
            Recorder::Missing => false,
            Recorder::WithoutVolumes if kind.kind == "AWS::EC2::Volume" => false,
            _ => is_main || !kind.kind.starts_with(IAM),
        }
    }

    /// The items of a type.
    pub fn items(&self, kind: &Recorded) -> Vec<Json> {
        let state = incidents::recorder(self.account);
        let today = self.call.world.today;
        let captured = match state {
            Recorder::Stopped => self.stopped(),
            Recorder::Daily => today - 20 * 3_600,
            _ => today - 600,
        };
        let mut rows = self.rows(kind);
        rows.retain(|row| {
            let own = row.get("BucketRegion").and_then(Json::as_str);
            let ended = row.get("State").and_then(|s| s.get("Name")).and_then(Json::as_str);
            own.is_none_or(|own| own == self.region) && ended != Some("terminated")
        });
        let mut items: Vec<Json> = rows.iter().map(|row| self.item(kind, row, captured)).collect();
        // Nobody told a stopped recorder that it was deleted.
        if state == Recorder::Stopped
            && let Some(row) = rows.first()
        {
            items.push(self.item(kind, &renamed(row, kind.id), captured - 86_400));
        }
        items
    }

    /// Every page of what the service shows, and what further calls tell of each.
    fn rows(&self, kind: &Recorded) -> Vec<Json> {
        // Of buckets each recorder writes down those of its own region.
        let own = (kind.service.id == "s3").then(|| ("BucketRegion", Json::string(self.region)));
        let (mut rows, mut input) = (Vec::new(), Json::object(own));
        loop {
            let Some(response) = self.ask(kind, kind.operation, &input) else { return Vec::new() };
            let mut level = vec![&response];
            for member in kind.rows {
                level = level
                    .iter()
                    .flat_map(|one| one.get(member).and_then(Json::as_array).unwrap_or(&[]))
                    .collect();
            }
            rows.extend(level.into_iter().cloned());
            let tokens = [
                ("NextToken", "NextToken"),
                ("Marker", "Marker"),
                ("NextMarker", "Marker"),
                ("ContinuationToken", "ContinuationToken"),
                ("LastEvaluatedTableName", "ExclusiveStartTableName"),
            ];
            let next =
                tokens.iter().find_map(|(from, to)| Some((*to, response.get(from)?.as_str()?.to_owned())));
            match next {
                Some((member, token)) => input = Json::object([(member, Json::string(token))]),
                None => break,
            }
        }
        rows.into_iter().map(|row| self.whole(kind, row)).collect()
    }

    fn whole(&self, kind: &Recorded, row: Json) -> Json {
        let Some((operation, parameter, member, inside)) = kind.detail else { return row };
        let row = match row {
            Json::String(name) => Json::object([(kind.id, Json::String(name))]),
            other => other,
        };
        let Some(named) = row.get(member).cloned() else { return row };
        let Some(answer) = self.ask(kind, operation, &Json::object([(parameter, named)])) else { return row };
        let answer = inside.iter().try_fold(&answer, |value, step| value.get(step)).unwrap_or(&answer);
        let whole = with(row, answer);
        let Some((operation, parameter, member)) = kind.tagging else { return whole };
        let input = whole.get(member).map(|named| Json::object([(parameter, named.clone())]));
        match input.and_then(|input| self.ask(kind, operation, &input)) {
            Some(answer) => with(whole, &answer),
            None => whole,
        }
    }

    fn ask(&self, kind: &Recorded, operation: &str, input: &Json) -> Option<Json> {
        let shapes = self.call.world.router.operation(kind.service, operation);
        let asked = Call {
            account: self.account,
            region: self.region,
            operation,
            input,
            shapes: shapes.as_deref(),
            whole: false,
            ..*self.call
        };
        kind.service.answer(&asked)?.ok()
    }

    fn item(&self, kind: &Recorded, row: &Json, captured: i64) -> Json {
        let (account, region) = (self.account, self.region);
        let text = |member: &str| row.get(member).and_then(Json::as_str).map(str::to_owned);
        let id = text(kind.id).unwrap_or_default();
        let arn = match kind.arn.split_once(' ') {
            Some(("s3", _)) => Some(format!("arn:aws:s3:::{id}")),
            Some((service, part)) => Some(format!("arn:aws:{service}:{region}:{}:{part}{id}", account.id)),
            None => text(kind.arn),
        };
        let vpc = text("VpcId").filter(|vpc| *vpc != id).map(|vpc| {
            record! {
                "resourceType" => "AWS::EC2::VPC",
                "resourceId" => vpc,
                "relationshipName" => "Is contained in Vpc",
            }
        });
        let made = ["LaunchTime", "CreateTime", "CreateDate", "CreationDate", "InstanceCreateTime"];
        record! {
            "version" => "1.3",
            "accountId" => account.id.as_str(),
            "awsRegion" => if kind.kind.starts_with(IAM) { "global" } else { region },
            "resourceType" => kind.kind,
            "resourceId" => id,
            "resourceName" => kind.name.and_then(text),
            "arn" => arn,
            "availabilityZone" => text("AvailabilityZone"),
            "resourceCreationTime" => made.iter().find_map(|member| row.get(member)).map(instant),
            "configurationItemCaptureTime" => instant(&Json::from(captured)),
            "configurationItemStatus" => "OK",
            "tags" => tags(row),
            "relationships" => Json::Array(vpc.into_iter().collect()),
            "supplementaryConfiguration" => Json::object([("x", Json::Null); 0]),
            "configuration" => configuration(kind, row, self.members),
        }
    }
}

/// An object with the members of another, which go before its own.
fn with(row: Json, more: &Json) -> Json {
    let mut members: Vec<(Key, Json)> = row.as_object().unwrap_or_default().to_vec();
    for (name, value) in more.as_object().unwrap_or_default() {
        members.retain(|(known, _)| known != name);
        members.push((name.clone(), value.clone()));
    }
    Json::Object(members)
}

/// `[{key, value, tag}]`, whatever form the service gives them.
fn tags(row: &Json) -> Json {
    let one = |key: &str, value: &str| record! { "key" => key, "value" => value, "tag" => format!("{key}={value}") };
    let found = ["Tags", "TagList", "TagSet"].iter().find_map(|member| row.get(member));
    let tags: Vec<Json> = match found {
        Some(Json::Object(map)) => {
            map.iter().map(|(key, value)| one(key, value.as_str().unwrap_or_default())).collect()
        }
        Some(Json::Array(list)) => list
            .iter()
            .filter_map(|tag| Some(one(tag.get("Key")?.as_str()?, tag.get("Value")?.as_str()?)))
            .collect(),
        _ => Vec::new(),
    };
    Json::Array(tags)
}

fn configuration(kind: &Recorded, row: &Json, wanted: Option<&BTreeSet<String>>) -> Json {
    let members = row.as_object().unwrap_or_default().iter().filter(|(name, value)| {
        !value.is_null()
            && !name.starts_with("Bucket")
            && wanted.is_none_or(|wanted| wanted.contains(&small_first(name)))
    });
    Json::object(members.map(|(name, value)| {
        let value = match kind.valued.contains(&&**name) {
            true => record! { "value" => value.clone() },
            false => small(name, value),
        };
        (small_first(name), value)
    }))
}

/// Members within, and instants as text.
fn small(name: &str, value: &Json) -> Json {
    match value {
        Json::Object(members) => Json::object(
            members.iter().filter(|(_, v)| !v.is_null()).map(|(key, v)| (small_first(key), small(key, v))),
        ),
        Json::Array(items) => Json::Array(items.iter().map(|item| small(name, item)).collect()),
        Json::Number(_) if is_instant(name) => instant(value),
        plain => plain.clone(),
    }
}

fn is_instant(name: &str) -> bool {
    ["Time", "Date", "DateTime"].iter().any(|end| name.ends_with(end))
}

fn small_first(name: &str) -> String {
    let mut chars = name.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_lowercase).collect();
    format!("{first}{}", chars.as_str())
}

/// Handlers tell instants as seconds or as text.
fn instant(value: &Json) -> Json {
    let seconds = value.to_text().and_then(|text| text.parse::<f64>().ok());
    let at = seconds.and_then(|seconds| chrono::DateTime::from_timestamp(seconds as i64, 0));
    match at {
        Some(at) => Json::string(at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)),
        None => value.clone(),
    }
}

/// The same thing under an id of its own.
fn renamed(row: &Json, id: &str) -> Json {
    let members =
        row.as_object().unwrap_or_default().iter().map(|(name, value)| match (&**name == id, value) {
            (true, Json::String(text)) => {
                let kept = &text[..text.len().saturating_sub(6)];
                (name.clone(), Json::String(format!("{kept}de1e7e")))
            }
            _ => (name.clone(), value.clone()),
        });
    Json::Object(members.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn whatever_a_table_may_ask_config_for_is_recorded_here_or_left_out_on_purpose() {
        let catalog = Catalog::builtin().unwrap();
        let tables = catalog.table_names().into_iter().filter_map(|name| catalog.table(name));
        for recorded in tables.filter_map(|table| table.recorded.clone()) {
            let is_simulated = RECORDED.iter().any(|kind| kind.kind == recorded.kind);
            assert!(is_simulated != LEFT_OUT.contains(&&*recorded.kind), "{}", recorded.kind);
        }
    }
}
