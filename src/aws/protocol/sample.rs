//! Hand-made operations for the codecs' tests.

use std::sync::Arc;

use crate::catalog::shape::{Location, Member, Operation, Protocol, Service, Shape, ShapeId};

use super::RawResponse;

pub const ALL_PROTOCOLS: [Protocol; 6] = [
    Protocol::Ec2,
    Protocol::Query,
    Protocol::Json10,
    Protocol::Json11,
    Protocol::RestJson,
    Protocol::RestXml,
];

/// A member with the shape it has, before the shape has an index.
#[derive(Clone)]
pub struct Field {
    pub member: Member,
    pub kind: Kind,
}

#[derive(Clone)]
pub enum Kind {
    Scalar(Shape),
    Structure(Vec<Field>),
    Document,
    List { element: Box<Field>, flattened: bool },
    Map { key: Box<Field>, value: Box<Field>, flattened: bool },
}

pub fn field(name: &str, kind: Kind) -> Field {
    Field {
        member: Member {
            name: name.into(),
            wire_name: name.into(),
            query_name: None,
            shape: 0,
            location: Location::Body,
            flattened: false,
            xml_attribute: false,
            xml_namespace: None,
            timestamp_format: None,
            required: false,
            idempotency_token: false,
            host_label: false,
        },
        kind,
    }
}

pub fn scalar(name: &str, shape: Shape) -> Field {
    field(name, Kind::Scalar(shape))
}

pub fn text(name: &str) -> Field {
    scalar(name, Shape::String { values: Vec::new(), json: false })
}

pub fn list(name: &str, element: Field) -> Field {
    field(name, Kind::List { element: Box::new(element), flattened: false })
}

pub fn flat_list(name: &str, element: Field) -> Field {
    field(name, Kind::List { element: Box::new(element), flattened: true })
}

pub fn map(name: &str, key: Field, value: Field, flattened: bool) -> Field {
    field(name, Kind::Map { key: Box::new(key), value: Box::new(value), flattened })
}

pub fn structure(name: &str, fields: &[Field]) -> Field {
    field(name, Kind::Structure(fields.to_vec()))
}

pub fn wire(mut field: Field, name: &str) -> Field {
    field.member.wire_name = name.into();
    field
}

pub fn at(mut field: Field, location: Location, name: &str) -> Field {
    field.member.location = location;
    wire(field, name)
}

pub fn required(mut field: Field) -> Field {
    field.member.required = true;
    field
}

pub struct Build {
    operation: Operation,
    payload: Option<&'static str>,
}

impl Build {
    pub fn new(protocol: Protocol, name: &str) -> Self {
        let service = Service {
            id: "sample".into(),
            service_id: "Sample".into(),
            endpoint_prefix: "sample".into(),
            signing_name: "sample".into(),
            protocol,
            api_version: "2016-11-15".into(),
            target_prefix: Some("Sample_2016".into()),
            xml_namespace: None,
            is_global: false,
        };
        let operation = Operation {
            service: Arc::new(service),
            name: name.into(),
            http_method: "POST".into(),
            uri: "/".into(),
            host_prefix: None,
            input: None,
            output: None,
            result_wrapper: (protocol == Protocol::Query).then(|| format!("{name}Result").into()),
            paginator: None,
            shapes: Vec::new(),
        };
        Self { operation, payload: None }
    }

    pub fn service(mut self, id: &str) -> Self {
        let mut service = (*self.operation.service).clone();
        service.id = id.into();
        self.operation.service = Arc::new(service);
        self
    }

    pub fn http(mut self, method: &str, uri: &str) -> Self {
        self.operation.http_method = method.into();
        self.operation.uri = uri.into();
        self
    }

    pub fn host_prefix(mut self, prefix: &str) -> Self {
        self.operation.host_prefix = Some(prefix.into());
        self
    }

    pub fn payload(mut self, member: &'static str) -> Self {
        self.payload = Some(member);
        self
    }

    pub fn input(mut self, fields: &[Field]) -> Self {
        self.operation.input = Some(self.add(&Kind::Structure(fields.to_vec())));
        self
    }

    pub fn output(mut self, fields: &[Field]) -> Self {
        let id = self.add(&Kind::Structure(fields.to_vec()));
        if let Shape::Structure { payload, .. } = &mut self.operation.shapes[id as usize] {
            *payload = self.payload.map(Into::into);
        }
        self.operation.output = Some(id);
        self
    }

    pub fn done(self) -> Operation {
        self.operation
    }

    fn add(&mut self, kind: &Kind) -> ShapeId {
        let shape = match kind {
            Kind::Scalar(shape) => shape.clone(),
            Kind::Document => Shape::Structure { members: Vec::new(), payload: None, document: true },
            Kind::Structure(fields) => {
                let members = fields
                    .iter()
                    .map(|f| {
                        let mut member = f.member.clone();
                        member.shape = self.add(&f.kind);
                        member
                    })
                    .collect();
                Shape::Structure { members, payload: None, document: false }
            }
            Kind::List { element, flattened } => Shape::List {
                element: self.add(&element.kind),
                element_name: element.member.wire_name.clone(),
                flattened: *flattened,
            },
            Kind::Map { key, value, flattened } => Shape::Map {
                key: self.add(&key.kind),
                value: self.add(&value.kind),
                key_name: key.member.wire_name.clone(),
                value_name: value.member.wire_name.clone(),
                flattened: *flattened,
            },
        };
        self.operation.shapes.push(shape);
        ShapeId::try_from(self.operation.shapes.len() - 1).unwrap()
    }
}

pub fn response(status: u16, headers: &[(&str, &str)], body: &str) -> RawResponse {
    RawResponse {
        status,
        headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        body: body.to_owned().into(),
    }
}
