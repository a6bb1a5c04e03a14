//! The shape graph: what an operation sends and receives, and under which names on the wire.
//!
//! Compiled from botocore's service models (Apache-2.0, see NOTICE). Each operation carries its own
//! closure of shapes, so that decoding one reads nothing of the others.
//! This file is also compiled into the build script: it may use only std and serde.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protocol {
    Ec2,
    Query,
    Json10,
    Json11,
    RestJson,
    RestXml,
}

/// What all operations of a service share. `id` is botocore's folder name (`ec2`, `s3control`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    pub id: Arc<str>,
    /// `ElasticLoadBalancingv2`'s "service id", which also names `AWS_ENDPOINT_URL_<SERVICE>`.
    pub service_id: Arc<str>,
    pub endpoint_prefix: Arc<str>,
    pub signing_name: Arc<str>,
    pub protocol: Protocol,
    pub api_version: Arc<str>,
    /// `X-Amz-Target` prefix of the JSON protocols.
    pub target_prefix: Option<Arc<str>>,
    pub xml_namespace: Option<Arc<str>>,
    /// The service answers at one endpoint per partition (IAM, Route 53, CloudFront ...).
    pub is_global: bool,
}

/// Index into [`Operation::shapes`].
pub type ShapeId = u32;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    pub service: Arc<Service>,
    pub name: Arc<str>,
    pub http_method: Arc<str>,
    /// `/2015-03-31/functions/{FunctionName}`; S3's start with `/{Bucket}`.
    pub uri: Arc<str>,
    pub host_prefix: Option<Arc<str>>,
    pub input: Option<ShapeId>,
    pub output: Option<ShapeId>,
    /// Element around the output in the query protocol: `ListUsersResult`.
    pub result_wrapper: Option<Arc<str>>,
    pub paginator: Option<Paginator>,
    pub shapes: Vec<Shape>,
}

impl Operation {
    /// `ec2:DescribeInstances`
    pub fn id(&self) -> String {
        format!("{}:{}", self.service.id, self.name)
    }

    pub fn shape(&self, id: ShapeId) -> &Shape {
        &self.shapes[id as usize]
    }

    /// Members of the input structure; empty when the operation takes none.
    pub fn input_members(&self) -> &[Member] {
        self.input.map_or(&[], |id| self.shape(id).members())
    }

    /// Members of the output structure; empty when the operation returns none.
    pub fn output_members(&self) -> &[Member] {
        self.output.map_or(&[], |id| self.shape(id).members())
    }
}

/// How the next page is asked for; tokens are JMESPath-like paths, several in S3 and Route 53.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paginator {
    pub input_token: Vec<Arc<str>>,
    pub output_token: Vec<Arc<str>>,
    pub limit_key: Option<Arc<str>>,
    pub more_results: Option<Arc<str>>,
    pub result_key: Vec<Arc<str>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimestampFormat {
    Iso8601,
    UnixTimestamp,
    Rfc822,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shape {
    Structure {
        members: Vec<Member>,
        /// The member that is the whole HTTP body, if any.
        payload: Option<Arc<str>>,
        /// Free-form JSON (`document` trait).
        document: bool,
    },
    List {
        element: ShapeId,
        /// Element name in XML: `item`, `member`, `Bucket`.
        element_name: Arc<str>,
        flattened: bool,
    },
    Map {
        key: ShapeId,
        value: ShapeId,
        key_name: Arc<str>,
        value_name: Arc<str>,
        flattened: bool,
    },
    String {
        /// Enumerated values, where the model has them.
        values: Vec<Arc<str>>,
        /// A JSON text inside a string or header (`jsonvalue` trait).
        json: bool,
    },
    Integer,
    Long,
    Float,
    Double,
    Boolean,
    Blob,
    Timestamp(Option<TimestampFormat>),
}

impl Shape {
    pub fn members(&self) -> &[Member] {
        match self {
            Shape::Structure { members, .. } => members,
            _ => &[],
        }
    }

    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members().iter().find(|m| &*m.name == name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Location {
    Body,
    /// A path label of [`Operation::uri`].
    Uri,
    QueryString,
    Header,
    /// A map spread over headers that share a prefix.
    Headers,
    StatusCode,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The name Steampipe's users see: botocore's member name with a capital (`ClusterName`), as the Go SDK
    /// has it. Paths, inputs and outputs speak this name.
    pub name: Arc<str>,
    /// The name on the wire: `locationName`, botocore's member name where none is given (`clusterName`).
    pub wire_name: Arc<str>,
    /// The ec2 protocol's request name (`queryName`), if it differs from the capitalised wire name.
    pub query_name: Option<Arc<str>>,
    pub shape: ShapeId,
    pub location: Location,
    pub flattened: bool,
    pub xml_attribute: bool,
    /// XML namespace prefix and URI that the member declares (S3's `xsi:type`).
    pub xml_namespace: Option<Arc<str>>,
    pub timestamp_format: Option<TimestampFormat>,
    pub required: bool,
    pub idempotency_token: bool,
    pub host_label: bool,
}

/// Where services answer, from botocore's endpoint data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionEndpoints {
    /// `aws`, `aws-cn` ...
    pub partition: String,
    pub dns_suffix: String,
    pub dual_stack_dns_suffix: Option<String>,
    /// Region code to its English name.
    pub regions: BTreeMap<String, String>,
    /// By endpoint prefix; services that follow the pattern everywhere are absent.
    pub services: BTreeMap<String, ServiceEndpoints>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceEndpoints {
    /// Name of the endpoint all regions share (`aws-global`), for global services.
    pub partition_endpoint: Option<String>,
    /// By region code or by endpoint name.
    pub endpoints: BTreeMap<String, Endpoint>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    pub hostname: Option<String>,
    pub fips_hostname: Option<String>,
    pub dual_stack_hostname: Option<String>,
    pub fips_dual_stack_hostname: Option<String>,
    /// Region to sign for, where it is not the region asked.
    pub signing_region: Option<String>,
}
