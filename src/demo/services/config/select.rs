//! Config's query language, as far as it is asked here: what was recorded of the resources that the other
//! services show.

use super::super::paging::page;
use super::super::{Answer, Call, Service, ec2, iam, lambda, rds, s3};
use super::AGGREGATOR;
use crate::demo::wire::ApiError;
use crate::demo::world::incidents::{self, Recorder};
use crate::demo::world::organization::OrgAccount;
use crate::model::Json;

/// A type that is recorded: which call shows it, where in the response, and what names one.
struct Recorded {
    kind: &'static str,
    service: &'static Service,
    operation: &'static str,
    rows: &'static [&'static str],
    id: &'static str,
    name: Option<&'static str>,
    /// A member that is the ARN, or the resource part of one: `ec2 instance/`.
    arn: &'static str,
    /// In one region only, whatever region it is shown in.
    is_global: bool,
}

const fn of_ec2(
    kind: &'static str,
    operation: &'static str,
    rows: &'static [&'static str],
    id: &'static str,
    arn: &'static str,
) -> Recorded {
    Recorded { kind, service: &ec2::SERVICE, operation, rows, id, name: None, arn, is_global: false }
}

const RECORDED: [Recorded; 9] = [
    of_ec2(
        "AWS::EC2::Instance",
        "DescribeInstances",
        &["Reservations", "Instances"],
        "InstanceId",
        "ec2 instance/",
    ),
    of_ec2("AWS::EC2::Volume", "DescribeVolumes", &["Volumes"], "VolumeId", "ec2 volume/"),
    of_ec2("AWS::EC2::VPC", "DescribeVpcs", &["Vpcs"], "VpcId", "ec2 vpc/"),
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
    Recorded {
        kind: "AWS::IAM::Role",
        service: &iam::SERVICE,
        operation: "ListRoles",
        rows: &["Roles"],
        id: "RoleId",
        name: Some("RoleName"),
        arn: "Arn",
        is_global: true,
    },
    Recorded {
        kind: "AWS::IAM::User",
        service: &iam::SERVICE,
        operation: "ListUsers",
        rows: &["Users"],
        id: "UserId",
        name: Some("UserName"),
        arn: "Arn",
        is_global: true,
    },
    Recorded {
        kind: "AWS::Lambda::Function",
        service: &lambda::SERVICE,
        operation: "ListFunctions",
        rows: &["Functions"],
        id: "FunctionName",
        name: Some("FunctionName"),
        arn: "FunctionArn",
        is_global: false,
    },
    Recorded {
        kind: "AWS::RDS::DBInstance",
        service: &rds::SERVICE,
        operation: "DescribeDBInstances",
        rows: &["DBInstances"],
        id: "DbiResourceId",
        name: Some("DBInstanceIdentifier"),
        arn: "DBInstanceArn",
        is_global: false,
    },
    Recorded {
        kind: "AWS::S3::Bucket",
        service: &s3::SERVICE,
        operation: "ListBuckets",
        rows: &["Buckets"],
        id: "Name",
        name: Some("Name"),
        arn: "s3 :::",
        is_global: false,
    },
];

pub fn own(call: &Call<'_>) -> Answer {
    let query = Query::parse(call.required("Expression"))?;
    let found = recorded(call, call.account, call.region, &query);
    answer(call, &query, found)
}

pub fn aggregate(call: &Call<'_>) -> Answer {
    let query = Query::parse(call.required("Expression"))?;
    let (place, name) = (call.place(), call.required("ConfigurationAggregatorName"));
    if !(place.is(AGGREGATOR.0) && place.is_main() && name == AGGREGATOR.1) {
        return Err(ApiError::bad(
            "NoSuchConfigurationAggregatorException",
            format!("The configuration aggregator does not exist: {name}"),
        ));
    }
    let mut found = Vec::new();
    for account in call.world.organization.accounts.iter().filter(|account| account.is_active()) {
        for region in call.world.region_codes().filter(|r| !incidents::region_is_off(account, r)) {
            found.extend(recorded(call, account, region, &query));
        }
    }
    answer(call, &query, found)
}

fn answer(call: &Call<'_>, query: &Query<'_>, found: Vec<Json>) -> Answer {
    let rows: Vec<Json> = found.iter().map(|item| Json::string(query.shown(item).to_json())).collect();
    let size = call.int("Limit").unwrap_or(25).clamp(1, 100) as usize;
    let page = page(call, rows, call.text("NextToken"), size).ok_or_else(|| {
        ApiError::bad("InvalidNextTokenException", "The specified next token is not valid.")
    })?;
    let fields = query.columns.iter().map(|name| record! { "Name" => *name }).collect();
    Ok(record! {
        "Results" => page.items,
        "QueryInfo" => record! { "SelectFields" => Json::Array(fields) },
        "NextToken" => page.next,
    })
}

/// The items of an account and region that the conditions let through.
fn recorded(call: &Call<'_>, account: &OrgAccount, region: &str, query: &Query<'_>) -> Vec<Json> {
    let state = incidents::recorder(account);
    if state == Recorder::Missing {
        return Vec::new();
    }
    let place = call.world.place(account, region);
    let captured = call.world.today - if state == Recorder::On { 600 } else { 40 * 86_400 };
    let types =
        RECORDED.iter().filter(|kind| query.may_be(kind.kind) && (!kind.is_global || place.is_main()));
    let mut items = Vec::new();
    for kind in types {
        let there = rows(call, account, region, kind);
        let here = there.iter().filter(|row| {
            let own = row.get("BucketRegion").and_then(Json::as_str);
            own.is_none_or(|own| own == region)
        });
        items.extend(
            here.map(|row| item(kind, row, account, region, captured)).filter(|item| query.takes(item)),
        );
    }
    items
}

/// Every page of what the service shows.
fn rows(call: &Call<'_>, account: &OrgAccount, region: &str, kind: &Recorded) -> Vec<Json> {
    let (mut rows, mut input) = (Vec::new(), Json::object([("x", Json::Null); 0]));
    let shapes = call.world.router.operation(kind.service, kind.operation);
    loop {
        let asked = Call {
            account,
            region,
            operation: kind.operation,
            input: &input,
            shapes: shapes.as_deref(),
            ..*call
        };
        let Some(Ok(response)) = kind.service.answer(&asked) else { return rows };
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
        ];
        let next = tokens.iter().find_map(|(from, to)| Some((*to, response.get(from)?.as_str()?.to_owned())));
        match next {
            Some((member, token)) => input = Json::object([(member, Json::string(token))]),
            None => return rows,
        }
    }
}

fn item(kind: &Recorded, row: &Json, account: &OrgAccount, region: &str, captured: i64) -> Json {
    let text = |member: &str| row.get(member).and_then(Json::as_str).map(str::to_owned);
    let id = text(kind.id).unwrap_or_default();
    let name = kind.name.and_then(text);
    let arn = match kind.arn.split_once(' ') {
        Some(("s3", _)) => Some(format!("arn:aws:s3:::{id}")),
        Some((service, part)) => Some(format!("arn:aws:{service}:{region}:{}:{part}{id}", account.id)),
        None => text(kind.arn),
    };
    let tags = row.get("Tags").or_else(|| row.get("TagList")).and_then(Json::as_array).unwrap_or(&[]);
    let tags = tags.iter().filter_map(|tag| {
        let (key, value) = (tag.get("Key")?.as_str()?, tag.get("Value")?.as_str()?);
        Some(record! { "key" => key, "value" => value, "tag" => format!("{key}={value}") })
    });
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
        "awsRegion" => if kind.is_global { "global" } else { region },
        "resourceType" => kind.kind,
        "resourceId" => id,
        "resourceName" => name,
        "arn" => arn,
        "availabilityZone" => text("AvailabilityZone"),
        "resourceCreationTime" => made.iter().find_map(|member| row.get(member)).map(instant),
        "configurationItemCaptureTime" => instant(&Json::from(captured)),
        "configurationItemStatus" => "OK",
        "tags" => Json::Array(tags.collect()),
        "relationships" => Json::Array(vpc.into_iter().collect()),
        "supplementaryConfiguration" => Json::object([("x", Json::Null); 0]),
        "configuration" => camel(row),
    }
}

/// Handlers tell instants as seconds or as text.
fn instant(value: &Json) -> Json {
    let at = value.as_i64().and_then(|seconds| chrono::DateTime::from_timestamp(seconds, 0));
    match at {
        Some(at) => Json::string(at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)),
        None => value.clone(),
    }
}

/// Config writes members as `instanceType`.
fn camel(value: &Json) -> Json {
    match value {
        Json::Object(members) => {
            Json::object(members.iter().filter(|(_, v)| !v.is_null()).map(|(key, value)| {
                let mut chars = key.chars();
                let first: String = chars.next().into_iter().flat_map(char::to_lowercase).collect();
                (format!("{first}{}", chars.as_str()), camel(value))
            }))
        }
        Json::Array(items) => Json::Array(items.iter().map(camel).collect()),
        plain => plain.clone(),
    }
}

/// `SELECT a, b.c WHERE d = 'x' AND e LIKE 'y%' AND f IN ('z')`: what the service takes more of is refused here.
struct Query<'q> {
    columns: Vec<&'q str>,
    conditions: Vec<Condition<'q>>,
}

struct Condition<'q> {
    path: &'q str,
    values: Vec<&'q str>,
    is_prefix: bool,
}

impl<'q> Query<'q> {
    fn parse(text: &'q str) -> Result<Self, ApiError> {
        let wrong = |what: &str| {
            ApiError::bad("InvalidExpressionException", format!("The expression is not valid: {what}"))
        };
        let rest = after(text, "select").ok_or_else(|| wrong("it does not begin with SELECT"))?;
        let at = find(rest, " where ").unwrap_or(rest.len());
        let columns: Vec<&str> = rest[..at].split(',').map(str::trim).collect();
        let is_path =
            |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
        if let Some(strange) = columns.iter().find(|name| !is_path(name)) {
            return Err(wrong(strange));
        }
        let mut conditions = Vec::new();
        let mut rest = rest.get(at + " where ".len()..).unwrap_or_default().trim();
        while !rest.is_empty() {
            let (condition, after_it) = condition(rest).ok_or_else(|| wrong(rest))?;
            conditions.push(condition);
            rest = match (after(after_it, "and"), after_it.trim()) {
                (Some(more), _) => more.trim(),
                (None, "") => "",
                (None, more) => return Err(wrong(more)),
            };
        }
        Ok(Self { columns, conditions })
    }

    fn may_be(&self, kind: &str) -> bool {
        self.conditions.iter().filter(|c| c.path == "resourceType").all(|c| c.holds(kind))
    }

    fn takes(&self, item: &Json) -> bool {
        let holds = |condition: &Condition<'_>| {
            at(item, condition.path).and_then(Json::to_text).is_some_and(|text| condition.holds(&text))
        };
        self.conditions.iter().all(holds)
    }

    fn shown(&self, item: &Json) -> Json {
        let there = self.columns.iter().filter_map(|name| Some((*name, at(item, name)?.clone())));
        Json::object(there.filter(|(_, value)| !value.is_null()))
    }
}

impl Condition<'_> {
    fn holds(&self, text: &str) -> bool {
        let holds = |value: &&str| match self.is_prefix {
            true => text.to_lowercase().starts_with(&value.to_lowercase()),
            false => text.eq_ignore_ascii_case(value),
        };
        self.values.iter().any(holds)
    }
}

fn at<'j>(item: &'j Json, path: &str) -> Option<&'j Json> {
    path.split('.').try_fold(item, |value, member| value.get(member))
}

fn find(text: &str, word: &str) -> Option<usize> {
    text.to_ascii_lowercase().find(word)
}

/// What follows a keyword that the text begins with.
fn after<'t>(text: &'t str, keyword: &str) -> Option<&'t str> {
    let text = text.trim_start();
    let (head, rest) = text.split_at_checked(keyword.len())?;
    (head.eq_ignore_ascii_case(keyword) && rest.starts_with([' ', '\n', '('])).then_some(rest)
}

fn condition(text: &str) -> Option<(Condition<'_>, &str)> {
    let end = text.find([' ', '='])?;
    let (path, rest) = (&text[..end], text[end..].trim_start());
    if let Some(rest) = rest.strip_prefix('=') {
        let (value, rest) = quoted(rest)?;
        return Some((Condition { path, values: vec![value], is_prefix: false }, rest));
    }
    if let Some(rest) = after(rest, "like") {
        let (value, rest) = quoted(rest)?;
        return Some((Condition { path, values: vec![value.strip_suffix('%')?], is_prefix: true }, rest));
    }
    let mut rest = after(rest, "in")?.trim_start().strip_prefix('(')?;
    let mut values = Vec::new();
    loop {
        let (value, more) = quoted(rest)?;
        values.push(value);
        match more.trim_start().split_at_checked(1)? {
            (",", more) => rest = more,
            (")", more) => return Some((Condition { path, values, is_prefix: false }, more)),
            _ => return None,
        }
    }
}

fn quoted(text: &str) -> Option<(&str, &str)> {
    text.trim_start().strip_prefix('\'')?.split_once('\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_read_or_refused() {
        let query = Query::parse(
            "SELECT resourceId, configuration.instanceType WHERE resourceType = 'AWS::EC2::Instance' \
             AND arn LIKE 'arn:aws%' and accountId IN ('1', '2')",
        )
        .ok()
        .unwrap();
        assert_eq!(query.columns, ["resourceId", "configuration.instanceType"]);
        assert_eq!(query.conditions.len(), 3);
        assert!(query.may_be("AWS::EC2::Instance") && !query.may_be("AWS::S3::Bucket"));
        let item = |account: &str| {
            record! { "resourceType" => "AWS::EC2::Instance", "arn" => "arn:aws:x", "accountId" => account }
        };
        assert!(query.takes(&item("2")) && !query.takes(&item("3")));
        for wrong in [
            "",
            "DELETE x",
            "SELECT *",
            "SELECT a WHERE b",
            "SELECT a WHERE b = 'c",
            "SELECT a WHERE b = 'c' OR d = 'e'",
            "SELECT a WHERE b LIKE '%c'",
            "SELECT a WHERE b IN ('c'",
        ] {
            assert!(Query::parse(wrong).is_err(), "{wrong}");
        }
    }
}
