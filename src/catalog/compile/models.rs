//! `models/<service>.json` into one [`Operation`] per operation, each with its own closure of shapes.
//!
//! What botocore resolves when it meets a shape is resolved here once: a member's traits win over its
//! shape's, list elements get their protocol's default name, a flattened list goes by its element's name.
//! Members are named as the Go SDK names them, with a capital, since that is what Steampipe's users
//! write in their queries: `clusterName` is `ClusterName`, on the wire still `clusterName`.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use crate::catalog::shape::{
    Location, Member, Operation, Paginator, Protocol, Service, Shape, ShapeId, TimestampFormat,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelFile {
    protocol: String,
    metadata: Metadata,
    operations: BTreeMap<String, OperationFile>,
    shapes: BTreeMap<String, ShapeFile>,
    global: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Metadata {
    api_version: Arc<str>,
    endpoint_prefix: Arc<str>,
    signing_name: Option<Arc<str>>,
    service_id: Arc<str>,
    json_version: Option<String>,
    target_prefix: Option<Arc<str>>,
    xml_namespace: Option<Arc<str>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OperationFile {
    method: Arc<str>,
    #[serde(rename = "requestUri")]
    request_uri: Arc<str>,
    #[serde(rename = "hostPrefix")]
    host_prefix: Option<Arc<str>>,
    input: Option<SideFile>,
    output: Option<SideFile>,
    paginator: Option<PaginatorFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SideFile {
    shape: String,
    #[serde(rename = "resultWrapper")]
    result_wrapper: Option<Arc<str>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PaginatorFile {
    input_token: OneOrMany,
    output_token: OneOrMany,
    limit_key: Option<Arc<str>>,
    more_results: Option<Arc<str>>,
    result_key: Option<OneOrMany>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(Arc<str>),
    Many(Vec<Arc<str>>),
}

impl OneOrMany {
    fn paths(&self) -> Vec<Arc<str>> {
        match self {
            OneOrMany::One(one) => vec![capitalised(one)],
            OneOrMany::Many(many) => many.iter().map(capitalised).collect(),
        }
    }
}

/// Every member of a dotted path with a capital.
fn capitalised(path: &Arc<str>) -> Arc<str> {
    let mut start = true;
    let capital = |c: char| {
        let c = if std::mem::take(&mut start) { c.to_ascii_uppercase() } else { c };
        start = c == '.';
        c
    };
    path.chars().map(capital).collect::<String>().into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ShapeFile {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    required: Vec<String>,
    payload: Option<Arc<str>>,
    #[serde(default)]
    document: bool,
    #[serde(default)]
    flattened: bool,
    #[serde(default, rename = "enum")]
    values: Vec<Arc<str>>,
    timestamp_format: Option<TimestampName>,
    location_name: Option<Arc<str>>,
    #[serde(default)]
    jsonvalue: bool,
    #[serde(default)]
    members: BTreeMap<Arc<str>, MemberFile>,
    member: Option<MemberFile>,
    key: Option<MemberFile>,
    value: Option<MemberFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct MemberFile {
    shape: String,
    location: Option<LocationName>,
    location_name: Option<Arc<str>>,
    query_name: Option<Arc<str>>,
    #[serde(default)]
    flattened: bool,
    #[serde(default)]
    xml_attribute: bool,
    xml_namespace: Option<Namespace>,
    timestamp_format: Option<TimestampName>,
    #[serde(default)]
    idempotency_token: bool,
    #[serde(default)]
    host_label: bool,
    #[serde(default)]
    jsonvalue: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum LocationName {
    Uri,
    Querystring,
    Header,
    Headers,
    StatusCode,
}

#[derive(Clone, Copy, Deserialize)]
enum TimestampName {
    #[serde(rename = "iso8601")]
    Iso8601,
    #[serde(rename = "unixTimestamp")]
    UnixTimestamp,
    #[serde(rename = "rfc822")]
    Rfc822,
}

impl From<TimestampName> for TimestampFormat {
    fn from(name: TimestampName) -> Self {
        match name {
            TimestampName::Iso8601 => TimestampFormat::Iso8601,
            TimestampName::UnixTimestamp => TimestampFormat::UnixTimestamp,
            TimestampName::Rfc822 => TimestampFormat::Rfc822,
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Namespace {
    Uri(Arc<str>),
    Prefixed { prefix: Option<Arc<str>>, uri: Arc<str> },
}

/// Every operation of every model in the folder, by its id (`ec2:DescribeInstances`).
pub fn compile(folder: &Path) -> Result<BTreeMap<String, Arc<Operation>>, Box<dyn Error>> {
    let mut operations = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_suffix(".json"))
        else {
            continue;
        };
        if name == "endpoints" {
            continue;
        }
        let wrong = |error: String| format!("{}: {error}", path.display());
        let model: ModelFile = serde_json::from_slice(&fs::read(&path)?).map_err(|e| wrong(e.to_string()))?;
        let service = Arc::new(service(name, &model).map_err(wrong)?);
        for (operation_name, file) in &model.operations {
            let operation = operation(&service, operation_name, file, &model).map_err(wrong)?;
            operations.insert(operation.id(), Arc::new(operation));
        }
    }
    Ok(operations)
}

fn service(id: &str, model: &ModelFile) -> Result<Service, String> {
    let metadata = &model.metadata;
    let protocol = match (model.protocol.as_str(), metadata.json_version.as_deref()) {
        ("ec2", _) => Protocol::Ec2,
        ("query", _) => Protocol::Query,
        ("json", Some("1.0")) => Protocol::Json10,
        ("json", Some("1.1")) => Protocol::Json11,
        ("rest-json", _) => Protocol::RestJson,
        ("rest-xml", _) => Protocol::RestXml,
        (other, version) => return Err(format!("unknown protocol {other} {version:?}")),
    };
    Ok(Service {
        id: id.into(),
        service_id: metadata.service_id.clone(),
        endpoint_prefix: metadata.endpoint_prefix.clone(),
        signing_name: metadata.signing_name.as_ref().unwrap_or(&metadata.endpoint_prefix).clone(),
        protocol,
        api_version: metadata.api_version.clone(),
        target_prefix: metadata.target_prefix.clone(),
        xml_namespace: metadata.xml_namespace.clone(),
        is_global: model.global,
    })
}

fn operation(
    service: &Arc<Service>,
    name: &str,
    file: &OperationFile,
    model: &ModelFile,
) -> Result<Operation, String> {
    let mut closure = Closure { model, protocol: service.protocol, ids: HashMap::new(), shapes: Vec::new() };
    let input = file.input.as_ref().map(|side| closure.shape(&side.shape, false)).transpose()?;
    let output = file.output.as_ref().map(|side| closure.shape(&side.shape, false)).transpose()?;
    Ok(Operation {
        service: service.clone(),
        name: name.into(),
        http_method: file.method.clone(),
        uri: file.request_uri.clone(),
        host_prefix: file.host_prefix.clone(),
        input,
        output,
        result_wrapper: file.output.as_ref().and_then(|side| side.result_wrapper.clone()),
        paginator: file.paginator.as_ref().map(|pages| Paginator {
            input_token: pages.input_token.paths(),
            output_token: pages.output_token.paths(),
            limit_key: pages.limit_key.as_ref().map(capitalised),
            more_results: pages.more_results.as_ref().map(capitalised),
            result_key: pages.result_key.as_ref().map(OneOrMany::paths).unwrap_or_default(),
        }),
        shapes: closure.shapes,
    })
}

/// The shapes one operation reaches, numbered in the order they are met; recursive ones are met once.
struct Closure<'m> {
    model: &'m ModelFile,
    protocol: Protocol,
    ids: HashMap<(&'m str, bool), ShapeId>,
    shapes: Vec<Shape>,
}

impl<'m> Closure<'m> {
    fn file(&self, name: &str) -> Result<&'m ShapeFile, String> {
        self.model.shapes.get(name).ok_or_else(|| format!("the shape {name} is missing"))
    }

    /// `json` marks a text that holds JSON, which may be said of one member only.
    fn shape(&mut self, name: &'m str, json: bool) -> Result<ShapeId, String> {
        if let Some(id) = self.ids.get(&(name, json)) {
            return Ok(*id);
        }
        let file = self.file(name)?;
        let id = self.shapes.len();
        self.ids.insert((name, json), id as ShapeId);
        self.shapes.push(Shape::Boolean);
        let part =
            |part: &'m Option<MemberFile>| part.as_ref().ok_or_else(|| format!("{name} is incomplete"));
        let shape = match file.kind.as_str() {
            "structure" => Shape::Structure {
                members: file
                    .members
                    .iter()
                    .map(|(member, reference)| {
                        self.member(member, reference, file.required.iter().any(|r| **r == **member))
                    })
                    .collect::<Result<_, _>>()?,
                payload: file.payload.as_ref().map(capitalised),
                document: file.document,
            },
            "list" => {
                let element = part(&file.member)?;
                Shape::List {
                    element: self.shape(&element.shape, element.jsonvalue)?,
                    element_name: element.location_name.clone().unwrap_or_else(|| self.default_element()),
                    flattened: file.flattened,
                }
            }
            "map" => {
                let (key, value) = (part(&file.key)?, part(&file.value)?);
                Shape::Map {
                    key: self.shape(&key.shape, false)?,
                    value: self.shape(&value.shape, value.jsonvalue)?,
                    key_name: key.location_name.clone().unwrap_or_else(|| "key".into()),
                    value_name: value.location_name.clone().unwrap_or_else(|| "value".into()),
                    flattened: file.flattened,
                }
            }
            "string" | "character" => {
                Shape::String { values: file.values.clone(), json: json || file.jsonvalue }
            }
            "integer" => Shape::Integer,
            "long" => Shape::Long,
            "float" => Shape::Float,
            "double" => Shape::Double,
            "boolean" => Shape::Boolean,
            "blob" => Shape::Blob,
            "timestamp" => Shape::Timestamp(file.timestamp_format.map(Into::into)),
            other => return Err(format!("{name} has the unknown type {other}")),
        };
        self.shapes[id] = shape;
        Ok(id as ShapeId)
    }

    fn default_element(&self) -> Arc<str> {
        if self.protocol == Protocol::Ec2 { "item".into() } else { "member".into() }
    }

    fn member(&mut self, name: &Arc<str>, file: &'m MemberFile, required: bool) -> Result<Member, String> {
        let target = self.file(&file.shape)?;
        let flattened = file.flattened || target.flattened;
        let own_name = file.location_name.as_ref().or(target.location_name.as_ref());
        // botocore's XML readers and query writers know a flattened list by the name of its elements.
        let element_name = match (self.protocol, &target.member) {
            (Protocol::Query | Protocol::RestXml, Some(element)) if flattened && file.location.is_none() => {
                element.location_name.as_ref()
            }
            _ => None,
        };
        Ok(Member {
            name: capitalised(name),
            wire_name: element_name.or(own_name).unwrap_or(name).clone(),
            query_name: file.query_name.clone(),
            shape: self.shape(&file.shape, file.jsonvalue)?,
            location: match file.location {
                None => Location::Body,
                Some(LocationName::Uri) => Location::Uri,
                Some(LocationName::Querystring) => Location::QueryString,
                Some(LocationName::Header) => Location::Header,
                Some(LocationName::Headers) => Location::Headers,
                Some(LocationName::StatusCode) => Location::StatusCode,
            },
            flattened,
            xml_attribute: file.xml_attribute,
            xml_namespace: file.xml_namespace.as_ref().map(|namespace| match namespace {
                Namespace::Uri(uri) | Namespace::Prefixed { prefix: None, uri } => uri.clone(),
                Namespace::Prefixed { prefix: Some(prefix), uri } => format!("{prefix} {uri}").into(),
            }),
            timestamp_format: file.timestamp_format.map(Into::into),
            required,
            idempotency_token: file.idempotency_token,
            host_label: file.host_label,
        })
    }
}
