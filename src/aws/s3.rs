//! S3's own ways: the bucket in the host name, and buckets that live elsewhere.

use std::collections::HashMap;

use parking_lot::Mutex;
use percent_encoding::percent_decode_str;

use super::endpoint::Target;
use super::protocol::{Encoded, ServiceError};
use crate::catalog::shape::Service;
use crate::model::Region;

/// Where buckets were found to be, as far as this run learned it.
#[derive(Debug, Default)]
pub struct BucketRegions(Mutex<HashMap<String, Region>>);

impl BucketRegions {
    pub fn get(&self, bucket: &str) -> Option<Region> {
        self.0.lock().get(bucket).cloned()
    }

    /// `true` where this is news: only then is a repeat worth a call.
    pub fn learn(&self, bucket: &str, region: &str) -> bool {
        let region = Region::new(region);
        self.0.lock().insert(bucket.to_owned(), region.clone()) != Some(region)
    }
}

pub fn is_s3(service: &Service) -> bool {
    &*service.id == "s3"
}

/// The bucket a request is about, if any: S3's paths begin with it.
pub fn bucket(encoded: &Encoded) -> Option<String> {
    let segment = encoded.path.strip_prefix('/')?.split('/').next().filter(|text| !text.is_empty())?;
    Some(percent_decode_str(segment).decode_utf8().ok()?.into_owned())
}

/// Puts the bucket in front of the host, unless the endpoint was configured or the name does not
/// make a host (then the path keeps it).
pub fn address(encoded: &mut Encoded, target: &mut Target, bucket: &str) {
    if target.configured || !makes_a_host(bucket) {
        return;
    }
    let Some(host) = target.url.strip_prefix("https://") else { return };
    target.url = format!("https://{bucket}.{host}");
    let rest = encoded.path.split_at(1 + bucket.len()).1;
    encoded.path = if rest.is_empty() { "/".to_owned() } else { rest.to_owned() };
}

/// Dots would break the wildcard certificate.
fn makes_a_host(bucket: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (3..=63).contains(&bucket.len())
        && bucket.bytes().all(plain)
        && !bucket.starts_with('-')
        && !bucket.ends_with('-')
}

/// The region S3 points to in an answer that says "not here".
pub fn redirected(error: &ServiceError) -> Option<&str> {
    let elsewhere = matches!(error.status, 301 | 307 | 308)
        || matches!(
            error.code.as_deref(),
            Some("AuthorizationHeaderMalformed" | "PermanentRedirect" | "IllegalLocationConstraintException")
        )
        // HEAD has no body to name a code in.
        || (error.status == 400 && error.code.is_none());
    error.region.as_deref().filter(|region| elsewhere && !region.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addressed(bucket_name: &str, rest: &str, configured: bool) -> (String, String) {
        let mut encoded = Encoded {
            method: "GET".into(),
            path: format!("/{bucket_name}{rest}"),
            query: "policy".into(),
            headers: Vec::new(),
            body: Default::default(),
            host_prefix: None,
        };
        let mut target = Target {
            url: "https://s3.eu-west-1.amazonaws.com".into(),
            signing_region: "eu-west-1".into(),
            configured,
        };
        let name = bucket(&encoded).unwrap();
        address(&mut encoded, &mut target, &name);
        (target.url, encoded.path)
    }

    #[test]
    fn buckets_go_into_the_host_where_they_can() {
        let host = "https://s3.eu-west-1.amazonaws.com".to_owned();
        assert_eq!(
            addressed("logs", "", false),
            ("https://logs.s3.eu-west-1.amazonaws.com".into(), "/".into())
        );
        assert_eq!(addressed("logs", "/a/b", false).1, "/a/b");
        assert_eq!(addressed("my.logs", "", false), (host.clone(), "/my.logs".into()));
        assert_eq!(addressed("My_Logs", "", false), (host.clone(), "/My_Logs".into()));
        assert_eq!(addressed("logs", "", true), (host, "/logs".into()));
    }

    #[test]
    fn a_redirect_is_believed_once() {
        let regions = BucketRegions::default();
        assert!(regions.learn("logs", "eu-west-1"));
        assert!(!regions.learn("logs", "eu-west-1"));
        assert_eq!(regions.get("logs"), Some(Region::new("eu-west-1")));
    }

    #[test]
    fn only_answers_that_point_elsewhere_redirect() {
        let error = |status, code: Option<&str>| ServiceError {
            status,
            code: code.map(str::to_owned),
            message: String::new(),
            region: Some("eu-west-1".into()),
        };
        assert_eq!(redirected(&error(301, Some("PermanentRedirect"))), Some("eu-west-1"));
        assert_eq!(redirected(&error(400, Some("AuthorizationHeaderMalformed"))), Some("eu-west-1"));
        assert_eq!(redirected(&error(400, None)), Some("eu-west-1"));
        assert_eq!(redirected(&error(403, Some("AccessDenied"))), None);
        assert_eq!(redirected(&error(404, Some("NoSuchBucketPolicy"))), None);
    }
}
