//! A table as the engine and the sources see it: compiled, validated, complete.
//!
//! The YAML form that people write is in `file.rs`. This file is also compiled into the build
//! script.

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use super::source_kind::SourceKind;
pub use super::transform::Transform;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Steampipe's name: `aws_ec2_instance`.
    pub name: String,
    pub description: String,
    /// Words people use for it.
    pub synonyms: Vec<String>,
    /// botocore's service name: `ec2`.
    pub service: String,
    pub source: SourceKind,
    pub scope: TableScope,
    pub row_region: RowRegion,
    pub freshness: Freshness,
    /// 1 is asked most.
    pub tier: u8,
    pub config_type: Option<String>,
    /// How AWS Config records the same, where that is verified.
    pub recorded: Option<Recorded>,
    pub cloudformation_type: Option<String>,
    /// Why nobody can be asked for it; there is no call then.
    pub unavailable: Option<String>,
    /// Calls that list the rows, outermost first; each later call runs once per row of the one before.
    /// A call before the last whose `rows` is `@` has a row per page: the next takes the page's list.
    pub list: Vec<Call>,
    /// Calls that read one row whose key columns are known.
    pub get: Vec<Call>,
    /// Calls made per row, only when a column that needs them is asked for.
    pub details: Vec<Detail>,
    pub key_columns: Vec<KeyColumn>,
    pub columns: Vec<Column>,
    pub examples: Vec<Example>,
}

impl ColumnType {
    /// As a table file says it.
    pub fn as_str(self) -> &'static str {
        match self {
            ColumnType::Text => "text",
            ColumnType::Int => "int",
            ColumnType::Double => "double",
            ColumnType::Numeric => "numeric",
            ColumnType::Bool => "bool",
            ColumnType::Timestamp => "timestamp",
            ColumnType::Json => "json",
            ColumnType::Inet => "inet",
            ColumnType::Cidr => "cidr",
            ColumnType::Ltree => "ltree",
        }
    }
}

impl Table {
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    pub fn column_index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }

    pub fn detail(&self, id: &str) -> Option<&Detail> {
        self.details.iter().find(|d| d.id == id)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableScope {
    /// Asked in every region of every account.
    Regional,
    /// Asked once in every account.
    Global,
    /// Asked once, where the organization is managed.
    Organization,
    /// Asked once, in the account that pays for the organization.
    Payer,
    /// Asked nowhere: kept on this machine. No file can say so.
    #[serde(skip)]
    Local,
}

impl TableScope {
    /// Its rows are of accounts other than the one that is asked.
    pub fn is_of_all_accounts(self) -> bool {
        matches!(self, TableScope::Organization | TableScope::Payer)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            TableScope::Regional => "regional",
            TableScope::Global => "global",
            TableScope::Organization => "organization",
            TableScope::Payer => "payer",
            TableScope::Local => "local",
        }
    }
}

/// The rows as AWS Config records them: of each column the path of the same value in a configuration item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// `AWS::EC2::Instance`
    pub kind: String,
    pub place: RecordedPlace,
    /// What an item must have to be a row: path and value. One type may be recorded for several tables.
    pub only: Vec<(String, String)>,
    pub columns: Vec<RecordedColumn>,
}

/// Which of an account's recorders must be on for a unit to be known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecordedPlace {
    /// That of the unit's own region.
    Unit,
    /// Those of every region of the account: the unit holds what lies in any of them.
    Everywhere,
    /// Any: what belongs to no region is recorded wherever a recorder is told to.
    Anywhere,
    /// That of one region.
    Only(String),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordedColumn {
    pub name: String,
    /// `configuration.state.name`, `tags[key=Name].value`; empty where a template makes the value.
    pub path: String,
    /// As in [`Value::Template`], its rows being items: `...:vpc/${row.configuration.vpcId}`.
    pub template: Option<String>,
    pub transforms: Vec<Transform>,
    pub fallback: Option<String>,
    /// JSON text.
    pub default: Option<String>,
}

impl Recorded {
    pub fn column(&self, name: &str) -> Option<&RecordedColumn> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl RecordedColumn {
    /// The paths that its value is made from.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let path = Some(self.path.as_str()).filter(|path| !path.is_empty());
        let named = placeholders(self.template.as_deref().unwrap_or_default());
        let named = named.filter_map(|name| name.strip_prefix("row."));
        path.into_iter().chain(self.fallback.as_deref()).chain(named)
    }
}

/// Whether a predicate on `region` can leave units out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowRegion {
    /// The row's region is the unit's (or `global`).
    #[default]
    Unit,
    /// The row says (S3 buckets): filter rows, never units.
    Row,
}

/// How old an answer may be before it misleads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    RealTime,
    Configuration,
    Cost,
    Compliance,
    Organization,
}

impl Freshness {
    /// How long kept rows may stand for the service's answer.
    pub fn lifetime(self) -> Duration {
        Duration::from_secs(match self {
            Freshness::RealTime => 30,
            Freshness::Configuration => 600,
            Freshness::Cost => 3600,
            Freshness::Compliance | Freshness::Organization => 86_400,
        })
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// `ec2:DescribeInstances`
    pub operation: String,
    pub params: Vec<Param>,
    /// Path of the rows in the response: `Reservations[].Instances[]`; `@` = the response is the row.
    pub rows: String,
    /// Columns whose equality becomes an API filter.
    pub filters: Option<Filters>,
    /// The member at `rows` is a CSV text, in base64 or plain; its lines are the rows, its first line
    /// their member names.
    pub csv: bool,
    /// Error codes that mean "there is none".
    pub not_found: Vec<String>,
    /// Begins a chain of its own, whose rows are added to those of the calls before it.
    pub also: bool,
    /// Made in this region only.
    pub region: Option<String>,
    /// Each of its rows leads to another such call: a tree is walked.
    pub recursive: bool,
    /// One call asks about several things.
    pub batch: Option<Batch>,
    /// What the coverage says where no row leads to this call: the service is off there.
    pub off: Option<String>,
    /// What it reads is made by another call.
    pub made_by: Option<MadeBy>,
}

/// A call that makes what the next one reads: it is made where there is nothing to read yet, and again until
/// its answer says that it is ready.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MadeBy {
    pub operation: String,
    /// Error codes that mean "there is none yet".
    pub when: Vec<String>,
    /// Path in its answer, and the text there once it is ready.
    pub until: (String, String),
}

/// An input member that takes a list of things to ask about. In a list chain a longer list is asked for in
/// parts; a detail is asked for many rows at once, and each row has its own part of the response.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    pub member: String,
    /// How many it takes in a call.
    pub most: usize,
    /// How what it answers is told apart; details only.
    pub answers: Option<BatchAnswers>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchAnswers {
    /// Where they lie in the response: `Clusters[]`.
    pub rows: String,
    /// Path in one of them of what was asked about: `ClusterArn`.
    pub by: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detail {
    /// Unique in the table; columns name it in `from`.
    pub id: String,
    /// Almost always one; a chain (`ListRolePolicies`, then `GetRolePolicy` per name) has more.
    /// The detail's value is the whole response, the lists of its pages joined; a chain's value is the
    /// list of the responses of its last call.
    pub calls: Vec<Call>,
    /// Path in the row: where it yields a value the detail is not asked, and its value is null.
    pub unless: Option<String>,
    /// Path in the row that names the region to ask, where it is not the unit's (S3).
    pub region: Option<String>,
}

impl Detail {
    /// How many rows one call asks about, where that is more than one.
    pub fn rows_per_call(&self) -> Option<usize> {
        match self.calls.as_slice() {
            [call] => call.batch.as_ref().map(|batch| batch.most),
            _ => None,
        }
    }

    /// Ids of the details whose values its parameters are made from.
    pub fn needs(&self) -> impl Iterator<Item = &str> {
        let sources = self.calls.iter().flat_map(|call| &call.params).flat_map(|param| &param.sources);
        sources.filter_map(|source| match source {
            ParamSource::Detail { id, .. } => Some(id.as_str()),
            _ => None,
        })
    }
}

/// `Filters=[{Name, Values}]`: the list member and the API's filter name per column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Filters {
    pub member: String,
    /// Column name and filter name.
    pub names: Vec<(String, String)>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Param {
    /// Input member, nested with dots and positions: `Filter.ResourceType`, `Dimensions[0].Value`. One
    /// value for a member that is a list becomes a list of one.
    pub member: String,
    /// Tried in order; the first that yields a value wins; none leaves the member out.
    pub sources: Vec<ParamSource>,
    /// Sent only where this holds.
    pub when: Option<Condition>,
    /// What becomes of the value before it is sent.
    pub transforms: Vec<Transform>,
}

/// There is a pushed equality predicate on a column, with this value if one is given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    pub column: String,
    /// JSON text.
    pub value: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ParamSource {
    /// JSON text.
    Const(String),
    /// Path in the row: in a list chain the row of the call before, in a detail (in each of its calls)
    /// the table's row.
    Row(String),
    /// Value of the pushed equality predicate on a column.
    Qual(String),
    /// Value of the pushed predicate with this operator: the ends of time ranges.
    Bound { column: String, operator: Operator },
    /// `arn:${partition}:dynamodb:${region}:${account_id}:table/${row}`; see [`placeholders`]. Yields
    /// nothing where one of its parts does.
    Template(String),
    /// Path in the response of an earlier operation of the same chain; `[]` is the element that led here.
    Earlier { operation: String, path: String },
    /// Path in the value of another detail of the same row.
    Detail { id: String, path: String },
    /// The instant so many seconds before the question; negative is after it.
    Ago(i64),
}

/// Seconds of `90s`, `5m`, `1h`, `60d`; `-30d` lies ahead.
pub fn seconds(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let each = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(each)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operator {
    #[serde(rename = "=")]
    Eq,
    #[serde(rename = "<>")]
    NotEq,
    #[serde(rename = ">")]
    Gt,
    #[serde(rename = ">=")]
    GtEq,
    #[serde(rename = "<")]
    Lt,
    #[serde(rename = "<=")]
    LtEq,
    #[serde(rename = "~~")]
    Like,
    /// Of a JSON object: it has these members, among others. `column ->> 'a' = 'b'` is such a predicate.
    #[serde(rename = "@>")]
    Contains,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Require {
    Optional,
    Required,
    /// One of the columns so marked is enough.
    AnyOf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyUse {
    List,
    Get,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyColumn {
    pub column: String,
    pub operators: Vec<Operator>,
    pub require: Require,
    pub used_in: KeyUse,
    /// What it names may lie in another account or region than the one that is asked: an ARN does not
    /// say where to ask.
    pub elsewhere: bool,
}

/// PostgreSQL types, as Steampipe exposes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    Text,
    /// `bigint`
    Int,
    /// `double precision`
    Double,
    /// `numeric`: every digit that was said, for money.
    Numeric,
    Bool,
    /// `timestamptz`
    Timestamp,
    /// `jsonb`
    Json,
    Inet,
    Cidr,
    Ltree,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    #[default]
    Plain,
    /// Fetched only when asked for by name, never by `*`.
    Sensitive,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    pub kind: ColumnType,
    pub description: String,
    pub value: Value,
    /// Applied in order.
    pub transforms: Vec<Transform>,
    /// Path in the row whose value stands in where this one is null.
    pub fallback: Option<String>,
    /// JSON text, for rows where the value is null after the transforms: the service said nothing, or said
    /// that there is none. Never for a detail that failed: that is unknown.
    pub default: Option<String>,
    pub sensitivity: Sensitivity,
}

impl Column {
    /// Whether its value is known before the last list call is made, so that calls for other values
    /// need not be.
    pub fn leads(&self) -> bool {
        self.kind == ColumnType::Text
            && self.fallback.is_none()
            && self.default.is_none()
            && matches!(&self.value, Value::Path { origin: Origin::Earlier(_), .. })
    }
}

/// Which response a path is relative to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Origin {
    /// The row of the list (or get) call.
    Row,
    /// The value of a detail, by its id.
    Detail(String),
    /// The response of an earlier call of the list chain, by its operation; `[]` is the element that led
    /// to this row. Null in rows of a get call.
    Earlier(String),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    Path {
        origin: Origin,
        path: String,
    },
    /// A list of key/value objects turned into one object. Null where the list is absent or empty.
    TagsMap {
        origin: Origin,
        path: String,
        key: String,
        value: String,
    },
    /// The `Name` tag, else a path in the row. Tags are looked for in the row's `Tags`.
    NameTagOr {
        path: String,
    },
    /// See [`placeholders`].
    Template(String),
    /// JSON text.
    Const(String),
    /// What the predicate on this column asked for.
    Qual(String),
    /// A function of [`COMPUTED`] over the value at a path.
    Computed {
        function: String,
        origin: Origin,
        path: String,
    },
    Common(Common),
    /// Always null; `inspect` and the coverage say why.
    Unavailable {
        reason: String,
    },
}

impl Value {
    /// The detail call this value needs, if any.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Value::Path { origin: Origin::Detail(id), .. }
            | Value::TagsMap { origin: Origin::Detail(id), .. }
            | Value::Computed { origin: Origin::Detail(id), .. } => Some(id),
            _ => None,
        }
    }
}

/// The names inside `${...}` of a template: `partition`, `region`, `account_id`, `row` (a row that is a
/// text), `row.Path`, `parent.Path` (the row that led to the row's call), `qual.column`. Of several,
/// separated by commas, the first that there is stands; transforms follow after ` > `:
/// `${row.Id > after:hostedzone/}`.
pub fn placeholders(template: &str) -> impl Iterator<Item = &str> {
    let inside = template.split("${").skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name));
    inside.flat_map(|inside| inside.split(" > ").next().unwrap_or_default().split(',').map(str::trim))
}

/// The transforms inside `${...}` of a template.
pub fn placeholder_transforms(template: &str) -> impl Iterator<Item = &str> {
    let inside = template.split("${").skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name));
    inside.flat_map(|inside| inside.split(" > ").skip(1))
}

/// The functions that [`Value::Computed`] may name, sorted, each with what it makes of the value at the
/// column's path.
pub const COMPUTED: &[(&str, &str)] = &[
    ("account_title", "the first alias of a list of aliases, else the account's id"),
    (
        "credential_password_status",
        "used where the text is an instant, never for N/A, else the text itself: no_information, not_supported",
    ),
    (
        "inline_policies",
        "[{PolicyName, PolicyDocument}] of a list of responses, each document percent-decoded and parsed",
    ),
    ("inline_policies_std", "inline_policies with each document in canonical form"),
    (
        "instance_state_transition_time",
        "the instant in parentheses of the row's StateTransitionReason when its State.Name is \
         shutting-down, stopping, stopped or terminated, else its LaunchTime",
    ),
    ("is_not_empty", "whether a list has an element; an absent list has none"),
    ("lambda_code", "the object without Location, a link with which anyone could download the code"),
    ("launch_template_data", "the object with its UserData base64-decoded"),
    ("member_name", "the name of the object's only member"),
    ("organization_path", "the ids from the root to the row, as labels joined by dots"),
    ("s3_bucket_acl", "{Grants, Owner}"),
    (
        "s3_bucket_region",
        "the row's BucketRegion, else the LocationConstraint: none is us-east-1, EU is eu-west-1",
    ),
    (
        "s3_event_notifications",
        "{EventBridgeConfiguration, LambdaFunctionConfigurations, QueueConfigurations, \
         TopicConfigurations}, null where absent",
    ),
    ("wafv2_region", "global where the ARN is of CloudFront's scope, else the region asked"),
];

/// What every row has without asking for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Common {
    AccountId,
    AccountName,
    OuPath,
    AccountTags,
    Region,
    Partition,
    Source,
    AsOf,
    Ctx,
    ConnectionName,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Example {
    pub question: String,
    pub sql: String,
}
