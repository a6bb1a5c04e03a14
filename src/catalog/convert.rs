//! From the YAML form of a table to the compiled one: defaults filled in, common columns added,
//! key columns gathered from where they are used.
//!
//! This file is also compiled into the build script.

use serde_json::Value as Yaml;

use super::file::{
    BatchFile, CallFile, ColumnFile, DetailFile, KeyFile, Ordered, ParamFile, RecordedColumnFile,
    RecordedFile, TableFile,
};
use super::path::Path;
use super::table::{
    Batch, BatchAnswers, Call, Column, ColumnType, Common, Condition, Detail, Example, Filters, Freshness,
    KeyColumn, KeyUse, MadeBy, Operator, Origin, Param, ParamSource, Recorded, RecordedColumn, RecordedPlace,
    Require, Sensitivity, SourceKind, Table, TableScope, Transform, Value, seconds,
};

/// What could not be converted: a section of the file, the key below it, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub section: &'static str,
    /// Which call or detail of the section, where it has several.
    pub item: Option<usize>,
    pub key: String,
    pub message: String,
    pub sought: Option<Sought>,
}

/// A name that nothing has, and the names there are where they are few.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    pub name: String,
    pub among: Vec<String>,
}

impl Wrong {
    pub fn new(section: &'static str, key: &str, message: impl Into<String>) -> Self {
        Self { section, item: None, key: key.to_owned(), message: message.into(), sought: None }
    }

    #[must_use]
    pub fn seeking<T: ToString>(mut self, name: &str, among: impl IntoIterator<Item = T>) -> Self {
        let among = among.into_iter().map(|name| name.to_string()).collect();
        self.sought = Some(Sought { name: name.to_owned(), among });
        self
    }

    #[must_use]
    pub fn of_item(mut self, item: Option<usize>) -> Self {
        self.item = item;
        self
    }
}

/// The columns that every table has without declaring them. A table may declare its own `region`.
pub const COMMON: &[(&str, ColumnType, Common, &str)] = &[
    (
        "partition",
        ColumnType::Text,
        Common::Partition,
        "the AWS partition: aws, aws-cn, aws-us-gov or aws-eusc",
    ),
    ("region", ColumnType::Text, Common::Region, "the AWS region, or global"),
    ("account_id", ColumnType::Text, Common::AccountId, "the AWS account that was asked"),
    ("account_name", ColumnType::Text, Common::AccountName, "the account's name in the organization"),
    ("ou_path", ColumnType::Text, Common::OuPath, "the organizational units above the account"),
    ("account_tags", ColumnType::Json, Common::AccountTags, "the account's own tags, as an object"),
    ("_ctx", ColumnType::Json, Common::Ctx, "the context the row was fetched in, as Steampipe shows it"),
    ("sp_connection_name", ColumnType::Text, Common::ConnectionName, "the name of the context"),
    ("sp_ctx", ColumnType::Json, Common::Ctx, "the same as _ctx"),
    ("_source", ColumnType::Text, Common::Source, "where the row came from, such as api"),
    ("_as_of", ColumnType::Timestamp, Common::AsOf, "when the row was true"),
];

/// What a column of this name says where its file says nothing: it is alike in every table.
const ALIKE: &[(&str, &str)] = &[
    ("title", "what to call it: its name, or its id where it has none"),
    ("akas", "the ARN, as a list"),
    ("tags", "the tags, as an object"),
    ("tags_src", "the tags as the API gives them"),
];

/// The compiled table and everything that could not be converted.
pub fn table(file: TableFile) -> (Table, Vec<Wrong>) {
    let mut wrong = Vec::new();
    let list = calls("list", file.list, &mut wrong);
    let get = calls("get", file.get, &mut wrong);
    let details = details(file.details, &mut wrong);
    let mut columns: Vec<Column> =
        file.columns.0.into_iter().map(|(name, column)| self::column(name, column, &mut wrong)).collect();
    for (name, kind, common, about) in COMMON {
        if !columns.iter().any(|c| c.name == *name) {
            columns.push(common_column(name, *kind, *common, about));
        }
    }
    let recorded = file
        .config
        .and_then(|config| recorded(config, file.config_type.as_deref(), file.scope, &columns, &mut wrong));
    let table = Table {
        recorded,
        name: file.table,
        description: file.description,
        synonyms: file.synonyms,
        service: file.service,
        source: file.source,
        scope: file.scope,
        row_region: file.row_region,
        freshness: file.freshness.unwrap_or(Freshness::Configuration),
        tier: file.tier.unwrap_or(3),
        config_type: file.config_type,
        cloudformation_type: file.cloudformation_type,
        unavailable: file.unavailable,
        key_columns: keys(&list, &get, &columns, (file.keys, file.source), &mut wrong),
        list,
        get,
        details,
        columns,
        examples: file.examples.into_iter().map(|e| Example { question: e.question, sql: e.sql }).collect(),
    };
    (table, wrong)
}

fn recorded(
    file: RecordedFile,
    kind: Option<&str>,
    scope: TableScope,
    columns: &[Column],
    wrong: &mut Vec<Wrong>,
) -> Option<Recorded> {
    let place = match file.place.as_deref() {
        None if scope == TableScope::Regional => RecordedPlace::Unit,
        Some("unit") if scope == TableScope::Regional => RecordedPlace::Unit,
        Some("everywhere") => RecordedPlace::Everywhere,
        Some("anywhere") => RecordedPlace::Anywhere,
        Some(region) if region.contains('-') => RecordedPlace::Only(region.to_owned()),
        _ => {
            let message =
                "a table that is not regional says where it is recorded: everywhere, anywhere, or a region";
            wrong.push(Wrong::new("config", "place", message));
            return None;
        }
    };
    let Some(kind) = kind else {
        wrong.push(Wrong::new("config", "config", "paths in AWS Config need a 'config_type'"));
        return None;
    };
    let mut found = Vec::new();
    for (name, value) in file.columns.0 {
        if !columns.iter().any(|column| column.name == name) {
            let there = columns.iter().map(|column| &column.name);
            let message = format!("there is no column '{name}'");
            wrong.push(Wrong::new("config", &name, message).seeking(&name, there));
            continue;
        }
        match recorded_column(&name, value) {
            Ok(column) => found.push(column),
            Err(message) => wrong.push(Wrong::new("config", &name, format!("'{name}': {message}"))),
        }
    }
    Some(Recorded { kind: kind.to_owned(), place, only: file.only.0, columns: found })
}

fn recorded_column(name: &str, value: Yaml) -> Result<RecordedColumn, String> {
    let file: RecordedColumnFile = match value {
        Yaml::String(path) => {
            RecordedColumnFile { path, template: None, transforms: Vec::new(), fallback: None, default: None }
        }
        long => serde_json::from_value(long).map_err(|e| e.to_string())?,
    };
    if file.path.is_empty() == file.template.is_none() {
        return Err("needs either a path or a template".to_owned());
    }
    for path in
        [Some(&file.path).filter(|path| !path.is_empty()), file.fallback.as_ref()].into_iter().flatten()
    {
        let parsed = Path::parse(path).map_err(|e| e.to_string())?;
        if parsed.absolute || parsed.is_identity() {
            return Err(format!("'{path}' is no path into a configuration item"));
        }
    }
    let transform = |text: &String| Transform::parse(text).ok_or_else(|| format!("no transform '{text}'"));
    Ok(RecordedColumn {
        name: name.to_owned(),
        transforms: file.transforms.iter().map(transform).collect::<Result<_, _>>()?,
        path: file.path,
        template: file.template,
        fallback: file.fallback,
        default: file.default.map(|value| value.to_string()),
    })
}

fn common_column(name: &str, kind: ColumnType, common: Common, about: &str) -> Column {
    Column {
        name: name.to_owned(),
        kind,
        description: about.to_owned(),
        value: Value::Common(common),
        transforms: Vec::new(),
        fallback: None,
        default: None,
        sensitivity: Sensitivity::Plain,
    }
}

fn calls(section: &'static str, files: Vec<CallFile>, wrong: &mut Vec<Wrong>) -> Vec<Call> {
    let numbered = files.into_iter().enumerate();
    numbered
        .map(|(at, file)| {
            let before = wrong.len();
            let call = call(section, file, wrong);
            // A detail's calls are told from each other by what they say.
            let item = (section != "details").then_some(at);
            wrong[before..].iter_mut().for_each(|wrong| wrong.item = item);
            call
        })
        .collect()
}

fn call(section: &'static str, file: CallFile, wrong: &mut Vec<Wrong>) -> Call {
    let filters = (!file.filters.0.is_empty()).then(|| Filters {
        member: file.filters_in.unwrap_or_else(|| "Filters".to_owned()),
        names: file.filters.0,
    });
    Call {
        operation: file.call,
        params: params(section, file.params, wrong),
        rows: file.rows.unwrap_or_else(|| "@".to_owned()),
        filters,
        csv: file.csv,
        not_found: file.not_found,
        also: file.also,
        region: file.region,
        recursive: file.recursive,
        batch: file.batch.map(batch),
        off: file.off,
        made_by: file.made_by.and_then(|made| {
            let until = made.until.0.into_iter().next()?;
            Some(MadeBy { operation: made.call, when: made.when, until })
        }),
    }
}

fn batch(file: BatchFile) -> Batch {
    let answers = file.rows.zip(file.by).map(|(rows, by)| BatchAnswers { rows, by });
    Batch { member: file.member, most: file.most, answers }
}

fn details(files: Ordered<DetailFile>, wrong: &mut Vec<Wrong>) -> Vec<Detail> {
    let detail = |(at, (id, file)): (usize, (String, DetailFile))| {
        let before = wrong.len();
        let calls = match file.call {
            Some(operation) if file.calls.is_empty() => vec![Call {
                operation,
                params: params("details", file.params, wrong),
                rows: "@".to_owned(),
                not_found: file.not_found,
                batch: file.batch.map(batch),
                ..Call::default()
            }],
            None if !file.calls.is_empty() => calls("details", file.calls, wrong),
            _ => {
                wrong.push(Wrong::new("details", &id, format!("'{id}' needs either 'call' or 'calls'")));
                Vec::new()
            }
        };
        wrong[before..].iter_mut().for_each(|wrong| wrong.item = Some(at));
        Detail { id, calls, unless: file.unless, region: file.region }
    };
    files.0.into_iter().enumerate().map(detail).collect()
}

fn params(section: &'static str, files: Ordered<Yaml>, wrong: &mut Vec<Wrong>) -> Vec<Param> {
    let mut params = Vec::new();
    for (member, value) in files.0 {
        match param(&member, value) {
            Ok(param) => params.push(param),
            Err((message, sought)) => {
                let mut mistake = Wrong::new(section, &member, format!("'{member}': {message}"));
                mistake.sought = sought;
                wrong.push(mistake);
            }
        }
    }
    params
}

fn param(member: &str, value: Yaml) -> Result<Param, (String, Option<Sought>)> {
    let (from, when, texts) = match value {
        Yaml::Object(_) => {
            let file: ParamFile = serde_json::from_value(value).map_err(|e| (e.to_string(), None))?;
            let when =
                file.when.map(|w| Condition { column: w.column, value: w.equals.map(|v| v.to_string()) });
            (file.from, when, file.transforms)
        }
        value => (value, None, Vec::new()),
    };
    let sources = match from {
        Yaml::String(text) => {
            text.split('|').map(param_source).collect::<Result<_, _>>().map_err(|message| (message, None))?
        }
        constant => vec![ParamSource::Const(constant.to_string())],
    };
    let mut transforms = Vec::new();
    for text in texts {
        let unknown = || {
            let among = Transform::NAMES.iter().map(|name| (*name).to_owned()).collect();
            (format!("no transform '{text}' is known"), Some(Sought { name: text.clone(), among }))
        };
        transforms.push(Transform::parse(&text).ok_or_else(unknown)?);
    }
    Ok(Param { member: member.to_owned(), sources, when, transforms })
}

fn param_source(text: &str) -> Result<ParamSource, String> {
    let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
    let rest = rest.to_owned();
    Ok(match kind {
        "row" => ParamSource::Row(rest),
        "qual" => ParamSource::Qual(rest),
        "const" => ParamSource::Const(Yaml::String(rest).to_string()),
        "tpl" => ParamSource::Template(rest),
        "bound" => {
            let (column, operator) =
                rest.split_once(':').ok_or("a bound is written bound:column:operator")?;
            let operator: Operator =
                serde_json::from_value(operator.into()).map_err(|_| format!("no operator '{operator}'"))?;
            ParamSource::Bound { column: column.to_owned(), operator }
        }
        "op" => {
            let mut parts = rest.splitn(3, ':');
            match (parts.next(), parts.next(), parts.next()) {
                (Some(service), Some(name), Some(path)) => {
                    ParamSource::Earlier { operation: format!("{service}:{name}"), path: path.to_owned() }
                }
                _ => return Err("an earlier response is written op:service:Operation:path".to_owned()),
            }
        }
        "detail" => {
            let (id, path) = rest.split_once(':').unwrap_or((&rest, "@"));
            ParamSource::Detail { id: id.to_owned(), path: path.to_owned() }
        }
        "ago" => ParamSource::Ago(
            seconds(&rest).ok_or_else(|| format!("'{rest}' is no time such as 90s, 5m, 1h or 60d"))?,
        ),
        _ => {
            return Err(format!(
                "'{text}' starts with none of row:, qual:, const:, tpl:, bound:, op:, detail:, ago:"
            ));
        }
    })
}

fn column(name: String, file: ColumnFile, wrong: &mut Vec<Wrong>) -> Column {
    let sensitivity = if file.sensitive { Sensitivity::Sensitive } else { Sensitivity::Plain };
    let alike = || ALIKE.iter().find(|(alike, _)| *alike == name).map(|(_, about)| *about);
    let about =
        if file.about.is_empty() { alike().unwrap_or_default().to_owned() } else { file.about.clone() };
    let (kind, fallback) = (file.kind, file.fallback.clone());
    let mut transforms = Vec::new();
    for text in &file.transforms {
        match Transform::parse(text) {
            Some(transform) => transforms.push(transform),
            None => {
                let message = format!("'{name}': no transform '{text}' is known");
                wrong.push(Wrong::new("columns", &name, message).seeking(text, Transform::NAMES));
            }
        }
    }
    let default = file.default.as_ref().map(Yaml::to_string);
    let value = value(file).unwrap_or_else(|message| {
        wrong.push(Wrong::new("columns", &name, format!("'{name}': {message}")));
        Value::Unavailable { reason: String::new() }
    });
    Column { name, kind, description: about, value, transforms, fallback, default, sensitivity }
}

fn value(file: ColumnFile) -> Result<Value, String> {
    let origin = match (file.from, file.earlier) {
        (None, None) => Origin::Row,
        (Some(detail), None) => Origin::Detail(detail),
        (None, Some(operation)) => Origin::Earlier(operation),
        (Some(_), Some(_)) => return Err("'from' and 'earlier' exclude each other".to_owned()),
    };
    let elsewhere = origin != Origin::Row;
    let path = file.path.clone().unwrap_or_else(|| "@".to_owned());
    let mut found = Vec::new();
    if let Some(function) = file.computed {
        found.push(Value::Computed { function, origin: origin.clone(), path });
    } else if file.path.is_some() || (elsewhere && file.tags.is_none()) {
        found.push(Value::Path { origin: origin.clone(), path });
    }
    if let Some(path) = file.tags {
        let name = |name: Option<String>, usual: &str| name.unwrap_or_else(|| usual.to_owned());
        let (key, value) = (name(file.tag_key, "Key"), name(file.tag_value, "Value"));
        found.push(Value::TagsMap { origin, path, key, value });
    }
    found.extend(file.name_tag_or.map(|path| Value::NameTagOr { path }));
    found.extend(file.template.map(Value::Template));
    found.extend(file.constant.map(|constant| Value::Const(constant.to_string())));
    found.extend(file.qual.map(Value::Qual));
    found.extend(file.unavailable.map(|reason| Value::Unavailable { reason }));
    match (found.pop(), found.is_empty()) {
        (Some(value), true) => Ok(value),
        (None, _) => Err("says nowhere where its value comes from".to_owned()),
        (Some(_), false) => Err("says more than once where its value comes from".to_owned()),
    }
}

/// Key columns in the order of their use, with what the file says of them. A column that shows the row
/// of an earlier call is one too: where it must equal something, only that row is followed.
fn keys(
    list: &[Call],
    get: &[Call],
    columns: &[Column],
    (files, source): (Vec<KeyFile>, SourceKind),
    wrong: &mut Vec<Wrong>,
) -> Vec<KeyColumn> {
    let mut keys = Vec::new();
    let led_by = columns.iter().filter(|column| column.leads()).map(|column| column.name.as_str());
    for (calls, used_in) in [(list, KeyUse::List), (get, KeyUse::Get)] {
        let led_by = led_by.clone().filter(|_| used_in == KeyUse::List);
        for column in calls.iter().flat_map(call_quals).chain(led_by) {
            if !keys.iter().any(|k: &KeyColumn| k.column == column && k.used_in == used_in) {
                let require = if used_in == KeyUse::Get { Require::Required } else { Require::Optional };
                keys.push(KeyColumn {
                    column: column.to_owned(),
                    operators: vec![Operator::Eq],
                    require,
                    used_in,
                    elsewhere: false,
                });
            }
        }
    }
    for file in files {
        match keys.iter_mut().find(|k| k.column == file.column && k.used_in == file.used_in) {
            Some(key) => {
                key.require = file.require.unwrap_or(key.require);
                key.operators = file.operators.unwrap_or_else(|| key.operators.clone());
                key.elsewhere = file.elsewhere;
            }
            // A hand-made source makes its calls' parameters itself.
            None if source.is_on_its_own() && columns.iter().any(|c| c.name == file.column) => {
                keys.push(KeyColumn {
                    column: file.column,
                    operators: file.operators.unwrap_or_else(|| vec![Operator::Eq]),
                    require: file.require.unwrap_or(Require::Optional),
                    used_in: file.used_in,
                    elsewhere: file.elsewhere,
                });
            }
            None => {
                let message = format!("'{}' is in no filter and no 'qual:' parameter there", file.column);
                let there = keys.iter().filter(|k| k.used_in == file.used_in).map(|k| &k.column);
                wrong.push(Wrong::new("keys", &file.column, message).seeking(&file.column, there));
            }
        }
    }
    keys
}

/// The columns whose predicates a call can take.
pub fn call_quals(call: &Call) -> Vec<&str> {
    let mut quals: Vec<&str> = Vec::new();
    for param in &call.params {
        quals.extend(param.when.iter().map(|w| w.column.as_str()));
        for source in &param.sources {
            match source {
                ParamSource::Qual(column) | ParamSource::Bound { column, .. } => quals.push(column),
                ParamSource::Template(template) => quals.extend(
                    super::table::placeholders(template).filter_map(|name| name.strip_prefix("qual.")),
                ),
                _ => {}
            }
        }
    }
    quals.extend(call.filters.iter().flat_map(|f| f.names.iter().map(|(column, _)| column.as_str())));
    quals
}
