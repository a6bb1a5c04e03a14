//! Which operation a request asks for.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use parking_lot::RwLock;

use super::form::Form;
use super::{Incoming, Refusal, decoded, pairs, request};
use crate::catalog::Catalog;
use crate::catalog::shape::{Operation, Protocol, Service};
use crate::demo::services::Service as Answered;
use crate::model::Json;

/// An operation, and the parts of the request that named it.
pub struct Routed {
    pub name: &'static str,
    pub operation: Arc<Operation>,
    pub labels: Vec<(String, String)>,
    pub form: Option<Form>,
}

impl Routed {
    /// The operation's input under model member names.
    pub fn input(&self, incoming: &Incoming) -> Result<Json, Refusal> {
        request::input(self, incoming).map_err(Refusal::Invalid)
    }
}

/// Finds operations; each service's are looked up, and its paths taken apart, once.
pub struct Router {
    catalog: Arc<Catalog>,
    services: RwLock<HashMap<&'static str, Arc<Known>>>,
}

/// The operations of one service that the demo answers.
pub struct Known {
    catalog: Arc<Catalog>,
    service: &'static str,
    /// Shapes are read when the operation is first asked for.
    operations: Vec<(&'static str, OnceLock<Option<Arc<Operation>>>)>,
    templates: OnceLock<Vec<Template>>,
}

/// A method, path segments and the query parts that must be there.
struct Template {
    operation: Arc<Operation>,
    segments: Vec<Segment>,
    query: Vec<(String, String)>,
}

enum Segment {
    Literal(String),
    Label(String),
    /// `{Key+}`: the rest of the path.
    Rest(String),
}

impl Router {
    pub fn new(catalog: Arc<Catalog>) -> Self {
        Self { catalog, services: RwLock::default() }
    }

    /// The shapes of an operation.
    pub fn operation(&self, service: &Answered, name: &str) -> Option<Arc<Operation>> {
        self.catalog.operation(&format!("{}:{name}", service.id))
    }

    pub fn known(&self, service: &Answered) -> Arc<Known> {
        if let Some(found) = self.services.read().get(service.id) {
            return found.clone();
        }
        let operations = service.names().into_iter().map(|name| (name, OnceLock::new())).collect();
        let known = Arc::new(Known {
            catalog: self.catalog.clone(),
            service: service.id,
            operations,
            templates: OnceLock::new(),
        });
        self.services.write().entry(service.id).or_insert(known).clone()
    }
}

impl Known {
    /// The service, as any of its operations tells it.
    pub fn service(&self) -> Option<Arc<Service>> {
        self.all().next().map(|(_, operation)| operation.service.clone())
    }

    fn all(&self) -> impl Iterator<Item = (&'static str, &Arc<Operation>)> {
        self.operations.iter().filter_map(|(name, slot)| Some((*name, self.read(name, slot)?)))
    }

    fn read<'k>(&self, name: &str, slot: &'k OnceLock<Option<Arc<Operation>>>) -> Option<&'k Arc<Operation>> {
        slot.get_or_init(|| self.catalog.operation(&format!("{}:{name}", self.service))).as_ref()
    }

    fn templates(&self) -> &[Template] {
        self.templates
            .get_or_init(|| self.all().map(|(_, operation)| Template::new(operation.clone())).collect())
    }

    pub fn route(&self, service: &str, incoming: &Incoming) -> Result<Routed, Refusal> {
        match self.service().map(|s| s.protocol) {
            Some(Protocol::Ec2 | Protocol::Query) => {
                let body = std::str::from_utf8(&incoming.body).unwrap_or_default();
                let text = if incoming.method == "GET" { incoming.query.as_str() } else { body };
                let form = Form::parse(text);
                let action = form.get("Action").unwrap_or_default();
                let (name, operation) = self.named(action)?;
                // Load balancers of both generations share a signature and names of operations.
                if form.get("Version").is_some_and(|version| version != &*operation.service.api_version) {
                    return Err(Refusal::UnknownOperation(action.to_owned()));
                }
                Ok(Routed { name, operation, labels: Vec::new(), form: Some(form) })
            }
            Some(Protocol::Json10 | Protocol::Json11) => {
                let target = incoming.header("x-amz-target").unwrap_or_default();
                let (name, operation) = self.named(target.rsplit('.').next().unwrap_or_default())?;
                Ok(Routed { name, operation, labels: Vec::new(), form: None })
            }
            _ => self.by_path(service, incoming),
        }
    }

    fn named(&self, name: &str) -> Result<(&'static str, Arc<Operation>), Refusal> {
        let found = self.operations.iter().find(|(known, _)| *known == name);
        found
            .and_then(|(name, slot)| Some((*name, self.read(name, slot)?.clone())))
            .ok_or_else(|| Refusal::UnknownOperation(name.to_owned()))
    }

    fn by_path(&self, service: &str, incoming: &Incoming) -> Result<Routed, Refusal> {
        let path = match bucket_in_host(service, &incoming.host) {
            Some(bucket) => format!("/{bucket}{}", incoming.path),
            None => incoming.path.clone(),
        };
        let segments: Vec<&str> = path.trim_matches('/').split('/').filter(|s| !s.is_empty()).collect();
        let query = pairs(&incoming.query, false);
        let (template, labels) = self
            .templates()
            .iter()
            .filter(|t| *t.operation.http_method == *incoming.method)
            .filter(|t| {
                t.query.iter().all(|(n, v)| query.iter().any(|(m, w)| m == n && (v.is_empty() || v == w)))
            })
            .filter_map(|t| Some((t, t.labels(&segments)?)))
            // `?acl` is nearer than no query at all.
            .max_by_key(|(t, _)| t.query.len())
            .filter(|(t, _)| service != "s3" || t.explains(&query))
            .ok_or_else(|| Refusal::UnknownOperation(format!("{} {}", incoming.method, incoming.path)))?;
        let (name, operation) = self.named(&template.operation.name)?;
        Ok(Routed { name, operation, labels, form: None })
    }
}

impl Template {
    fn new(operation: Arc<Operation>) -> Self {
        let (path, query) = operation.uri.split_once('?').unwrap_or((&operation.uri, ""));
        let segments = path
            .split('/')
            .filter(|s| !s.is_empty())
            .map(|segment| match segment.strip_prefix('{').and_then(|s| s.strip_suffix('}')) {
                Some(label) => match label.strip_suffix('+') {
                    Some(rest) => Segment::Rest(rest.to_owned()),
                    None => Segment::Label(label.to_owned()),
                },
                None => Segment::Literal(segment.to_owned()),
            })
            .collect();
        Self { segments, query: pairs(query, false), operation }
    }

    /// S3 tells sub-resources apart by a bare query part: one that no template and no input member
    /// knows is an operation the demo does not have.
    fn explains(&self, query: &[(String, String)]) -> bool {
        query.iter().all(|(name, value)| {
            !value.is_empty()
                || self.query.iter().any(|(n, _)| n == name)
                || self.operation.input_members().iter().any(|m| &*m.wire_name == name)
        })
    }

    fn labels(&self, segments: &[&str]) -> Option<Vec<(String, String)>> {
        let mut labels = Vec::new();
        let mut given = segments.iter();
        for segment in &self.segments {
            match segment {
                Segment::Literal(text) if given.next()? == text => {}
                Segment::Literal(_) => return None,
                Segment::Label(name) => labels.push((name.clone(), decoded(given.next()?, false))),
                Segment::Rest(name) => {
                    let rest: Vec<&str> = given.by_ref().copied().collect();
                    if rest.is_empty() {
                        return None;
                    }
                    labels.push((name.clone(), decoded(&rest.join("/"), false)));
                }
            }
        }
        given.next().is_none().then_some(labels)
    }
}

/// `bucket.s3.eu-west-1.amazonaws.com`, `bucket.s3.amazonaws.com`
fn bucket_in_host<'h>(service: &str, host: &'h str) -> Option<&'h str> {
    if service != "s3" {
        return None;
    }
    let at = host.find(".s3.").or_else(|| host.find(".s3-"))?;
    Some(&host[..at])
}
