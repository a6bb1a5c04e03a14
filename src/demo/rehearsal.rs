//! Requests as the SDK signs them, for the tests of this room: the signer is AWS's own crate.

use std::sync::Arc;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use bytes::Bytes;

use super::wire::{Delivery, Incoming, Outgoing};
use super::world::World;
use super::{Knobs, gateway, identity};
use crate::catalog::Catalog;
use crate::model::Json;

pub fn world(knobs: &str) -> World {
    let knobs: Knobs = knobs.parse().unwrap();
    let now = "2026-03-01T12:00:00Z".parse().unwrap();
    World::new(&knobs, now, Arc::new(Catalog::builtin().unwrap())).unwrap()
}

/// Whoever asks, for one service in one region, with a clock of its own.
#[derive(Clone)]
pub struct Asker {
    pub keys: Credentials,
    pub service: &'static str,
    pub region: &'static str,
    pub time: SystemTime,
}

impl Asker {
    pub fn operator(service: &'static str, region: &'static str) -> Self {
        Self {
            keys: Credentials::new(identity::ACCESS_KEY, identity::SECRET_KEY, None, None, "rehearsal"),
            service,
            region,
            time: SystemTime::now(),
        }
    }

    /// A session of a role in an account, through STS.
    pub async fn becoming(&self, world: &World, account: &str, more: &str) -> Asker {
        let body = format!(
            "Action=AssumeRole&Version=2011-06-15&RoleSessionName=rehearsal&RoleArn=arn%3Aaws%3Aiam%3A%3A{account}%3Arole%2FReadOnlyQueryRole{more}"
        );
        let sts = Asker { service: "sts", region: "us-east-1", ..self.clone() };
        let answer = text(&sts.form(world, &body).await);
        let field = |name: &str| {
            let (_, rest) = answer.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("{answer}"));
            rest.split('<').next().unwrap().to_owned()
        };
        let keys = Credentials::new(
            field("AccessKeyId"),
            field("SecretAccessKey"),
            Some(field("SessionToken")),
            None,
            "rehearsal",
        );
        Asker { keys, ..self.clone() }
    }

    pub async fn form(&self, world: &World, body: &str) -> Outgoing {
        let host = format!("{}.{}.amazonaws.com", self.service, self.region);
        whole(gateway::answer(world, self.signed("POST", &host, "/", &[], body)).await)
    }

    pub async fn target(&self, world: &World, target: &str, body: &str) -> Json {
        let host = format!("{}.{}.amazonaws.com", self.service, self.region);
        let request = self.signed("POST", &host, "/", &[("x-amz-target", target)], body);
        Json::parse_bytes(whole(gateway::answer(world, request).await).body()).unwrap()
    }

    pub async fn get(&self, world: &World, host: &str, path: &str) -> Outgoing {
        whole(gateway::answer(world, self.signed("GET", host, path, &[], "")).await)
    }

    pub fn signed(
        &self,
        method: &str,
        host: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Incoming {
        let mut settings = SigningSettings::default();
        if self.service == "s3" {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        }
        let identity = self.keys.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(self.time)
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let uri = format!("https://{host}{path}");
        let signable =
            SignableRequest::new(method, &uri, headers.iter().copied(), SignableBody::Bytes(body.as_bytes()))
                .unwrap();
        let (instructions, _) = sign(signable, &parameters).unwrap().into_parts();
        let mut request = http::Request::builder().method(method).uri(&uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
        instructions.apply_to_request_http1x(&mut request);
        Incoming::new(request)
    }
}

fn whole(delivery: Delivery) -> Outgoing {
    match delivery {
        Delivery::Whole(outgoing) => outgoing,
        broken => panic!("{broken:?}"),
    }
}

pub fn text(outgoing: &Outgoing) -> String {
    String::from_utf8(outgoing.body().to_vec()).unwrap()
}
