//! Where a service answers, and for which region a request to it is signed.
//!
//! Hosts come from the catalog (botocore's endpoint rules); an endpoint the operator configured
//! beats them. This file knows names, not connections.

use std::collections::HashMap;
use std::sync::Arc;

use aws_types::SdkConfig;
use aws_types::service_config::ServiceConfigKey;
use parking_lot::Mutex;

use crate::catalog::Catalog;
use crate::catalog::shape::{Endpoint, PartitionEndpoints, Service};
use crate::error::{Error, Result};
use crate::model::Region;
use crate::settings::Settings;

/// Services that answer in one region only and are asked there when no region is named.
const PINNED: [(&str, &str); 6] = [
    ("cost-optimization-hub", "us-east-1"),
    ("ecr-public", "us-east-1"),
    ("globalaccelerator", "us-west-2"),
    ("health", "us-east-1"),
    ("pricing", "us-east-1"),
    ("route53domains", "us-east-1"),
];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Scheme, host and perhaps a path, without a slash at the end.
    pub url: String,
    pub signing_region: String,
    /// The operator said where; hosts are then left as they are.
    pub configured: bool,
}

#[derive(Debug)]
pub struct Endpoints {
    partition: Arc<PartitionEndpoints>,
    home: Region,
    configured: Option<String>,
    fips: bool,
    dual_stack: bool,
    /// Found before: environment and configuration do not change during a run.
    found: Mutex<HashMap<(Arc<str>, Region), Target>>,
}

impl Endpoints {
    /// `configured` is [`configured`]'s answer.
    pub fn new(settings: &Settings, catalog: &Catalog, configured: Option<String>) -> Result<Self> {
        let partition = catalog
            .endpoints(settings.partition.as_str())
            .ok_or_else(|| Error::failed(format!("no endpoints are known for {}", settings.partition)))?;
        if let Some(text) = &configured {
            checked(text)?;
        }
        Ok(Self {
            partition,
            home: settings.home_region.clone(),
            configured,
            fips: settings.network.use_fips,
            dual_stack: settings.network.use_dual_stack,
            found: Mutex::default(),
        })
    }

    /// The endpoint of `service` for `region`. `sdk` carries what the environment and the AWS
    /// config file say (`AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_<SERVICE>`, `services` sections).
    pub fn target(&self, service: &Service, region: &Region, sdk: &SdkConfig) -> Result<Target> {
        let region = self.region(service, region);
        let key = (Arc::clone(&service.id), region);
        if let Some(target) = self.found.lock().get(&key) {
            return Ok(target.clone());
        }
        let target = self.find(service, &key.1, sdk)?;
        self.found.lock().insert(key, target.clone());
        Ok(target)
    }

    fn find(&self, service: &Service, region: &Region, sdk: &SdkConfig) -> Result<Target> {
        let fips = self.fips || sdk.use_fips() == Some(true);
        let dual_stack = self.dual_stack || sdk.use_dual_stack() == Some(true);
        let (host, signing_region) = self.host(service, region, fips, dual_stack);
        let configured = match &self.configured {
            Some(url) => Some(url.clone()),
            None => of_service(sdk, &service.service_id).or_else(|| sdk.endpoint_url().map(str::to_owned)),
        };
        if let Some(url) = configured {
            checked(&url)?;
            return Ok(Target {
                url: url.trim_end_matches('/').to_owned(),
                signing_region,
                configured: true,
            });
        }
        Ok(Target { url: format!("https://{host}"), signing_region, configured: false })
    }

    /// The region a call is really made in: `global` is nowhere.
    pub fn region(&self, service: &Service, region: &Region) -> Region {
        if *region != Region::global() {
            return region.clone();
        }
        match PINNED.iter().find(|(id, _)| *id == &*service.id) {
            Some((_, pinned)) if self.partition.partition == "aws" => Region::new(pinned),
            _ => self.home.clone(),
        }
    }

    fn host(&self, service: &Service, region: &Region, fips: bool, dual_stack: bool) -> (String, String) {
        let known = self.partition.services.get(&*service.endpoint_prefix);
        let shared = known
            .and_then(|s| s.partition_endpoint.as_ref())
            .and_then(|name| known.and_then(|s| s.endpoints.get(name)));
        let entry = shared.or_else(|| known.and_then(|s| s.endpoints.get(region.as_str())));
        let signing =
            entry.and_then(|e| e.signing_region.clone()).unwrap_or_else(|| region.as_str().to_owned());
        let host = entry.and_then(|e| named(e, fips, dual_stack)).unwrap_or_else(|| {
            let dual = self.partition.dual_stack_dns_suffix.as_deref().filter(|_| dual_stack);
            let suffix = dual.unwrap_or(&self.partition.dns_suffix);
            let fips = if fips { "-fips" } else { "" };
            format!("{}{fips}.{region}.{suffix}", service.endpoint_prefix)
        });
        (host, signing)
    }
}

fn named(endpoint: &Endpoint, fips: bool, dual_stack: bool) -> Option<String> {
    match (fips, dual_stack) {
        (false, false) => endpoint.hostname.clone(),
        (true, false) => endpoint.fips_hostname.clone(),
        (false, true) => endpoint.dual_stack_hostname.clone(),
        (true, true) => endpoint.fips_dual_stack_hostname.clone(),
    }
}

/// The endpoint that settings want for every service. One that only repeats `AWS_ENDPOINT_URL` is left
/// to the SDK, which knows that `AWS_ENDPOINT_URL_<SERVICE>` and
/// `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` go before it.
pub fn configured(settings: &Settings, environment: Option<&str>) -> Option<String> {
    settings.network.endpoint_url.clone().filter(|url| environment != Some(url.as_str()))
}

fn of_service(sdk: &SdkConfig, service_id: &str) -> Option<String> {
    let key = ServiceConfigKey::builder()
        .service_id(service_id)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok()?;
    sdk.service_config()?.load_config(key)
}

fn checked(text: &str) -> Result<()> {
    let usable = url::Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.host().is_some() && url.query().is_none()
    });
    if usable {
        return Ok(());
    }
    Err(Error::usage(format!("'{text}' is not an endpoint URL"))
        .hint("write it like https://host or http://127.0.0.1:5000"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::sample;
    use crate::model::Partition;

    #[track_caller]
    fn host(settings: &Settings, operation: &str, region: &str) -> (String, String) {
        let catalog = Catalog::builtin().unwrap();
        let operation = catalog.operation(operation).unwrap();
        let endpoints = Endpoints::new(settings, &catalog, configured(settings, None)).unwrap();
        let sdk = SdkConfig::builder().build();
        let target = endpoints.target(&operation.service, &Region::new(region), &sdk).unwrap();
        (target.url, target.signing_region)
    }

    fn said(url: &str, region: &str) -> (String, String) {
        (url.to_owned(), region.to_owned())
    }

    #[test]
    fn regional_and_global_hosts_are_the_published_ones() {
        let settings = sample::settings();
        for (operation, region, url, signed) in [
            ("ec2:DescribeInstances", "eu-west-1", "https://ec2.eu-west-1.amazonaws.com", "eu-west-1"),
            (
                "cloudwatch:ListMetrics",
                "us-east-1",
                "https://monitoring.us-east-1.amazonaws.com",
                "us-east-1",
            ),
            ("ecr:DescribeRepositories", "us-east-1", "https://api.ecr.us-east-1.amazonaws.com", "us-east-1"),
            (
                "efs:DescribeFileSystems",
                "us-east-1",
                "https://elasticfilesystem.us-east-1.amazonaws.com",
                "us-east-1",
            ),
            ("iam:ListUsers", "global", "https://iam.amazonaws.com", "us-east-1"),
            ("iam:ListUsers", "eu-west-1", "https://iam.amazonaws.com", "us-east-1"),
            ("route53:ListHostedZones", "global", "https://route53.amazonaws.com", "us-east-1"),
            ("cloudfront:ListDistributions", "global", "https://cloudfront.amazonaws.com", "us-east-1"),
            ("budgets:DescribeBudgets", "global", "https://budgets.amazonaws.com", "us-east-1"),
            (
                "organizations:ListAccounts",
                "global",
                "https://organizations.us-east-1.amazonaws.com",
                "us-east-1",
            ),
        ] {
            assert_eq!(host(&settings, operation, region), said(url, signed), "{operation} {region}");
        }
    }

    #[test]
    fn other_partitions_have_their_own() {
        let mut settings = sample::settings();
        settings.partition = Partition::AwsCn;
        settings.home_region = Partition::AwsCn.home_region();
        assert_eq!(
            host(&settings, "ec2:DescribeInstances", "cn-north-1"),
            said("https://ec2.cn-north-1.amazonaws.com.cn", "cn-north-1")
        );
        assert_eq!(
            host(&settings, "iam:ListUsers", "global"),
            said("https://iam.cn-north-1.amazonaws.com.cn", "cn-north-1")
        );
        settings.partition = Partition::AwsUsGov;
        settings.home_region = Partition::AwsUsGov.home_region();
        assert_eq!(
            host(&settings, "iam:ListUsers", "global"),
            said("https://iam.us-gov.amazonaws.com", "us-gov-west-1")
        );
    }

    #[test]
    fn fips_and_dual_stack_change_the_name() {
        let mut settings = sample::settings();
        settings.network.use_fips = true;
        assert_eq!(
            host(&settings, "ec2:DescribeInstances", "us-east-2").0,
            "https://ec2-fips.us-east-2.amazonaws.com"
        );
        assert_eq!(host(&settings, "iam:ListUsers", "global").0, "https://iam-fips.amazonaws.com");
        settings.network.use_dual_stack = true;
        assert_eq!(
            host(&settings, "ec2:DescribeInstances", "us-east-2").0,
            "https://ec2-fips.us-east-2.api.aws"
        );
        settings.network.use_fips = false;
        assert_eq!(
            host(&settings, "s3:ListBuckets", "eu-west-1").0,
            "https://s3.dualstack.eu-west-1.amazonaws.com"
        );
    }

    #[test]
    fn a_configured_endpoint_takes_the_call_but_not_the_signature() {
        let mut settings = sample::settings();
        settings.network.endpoint_url = Some("http://127.0.0.1:5000/".into());
        assert_eq!(
            host(&settings, "sqs:ListQueues", "eu-west-1"),
            said("http://127.0.0.1:5000", "eu-west-1")
        );
        assert_eq!(host(&settings, "iam:ListUsers", "global"), said("http://127.0.0.1:5000", "us-east-1"));
        settings.network.endpoint_url = Some("127.0.0.1:5000".into());
        let catalog = Catalog::builtin().unwrap();
        assert!(Endpoints::new(&settings, &catalog, configured(&settings, None)).is_err());
        assert_eq!(configured(&settings, Some("127.0.0.1:5000")), None);
    }

    #[test]
    fn what_lives_in_one_region_is_asked_there() {
        let mut settings = sample::settings();
        settings.home_region = Region::new("eu-central-1");
        assert_eq!(
            host(&settings, "globalaccelerator:ListAccelerators", "global"),
            said("https://globalaccelerator.us-west-2.amazonaws.com", "us-west-2")
        );
        assert_eq!(
            host(&settings, "s3:ListBuckets", "global"),
            said("https://s3.eu-central-1.amazonaws.com", "eu-central-1")
        );
    }
}
