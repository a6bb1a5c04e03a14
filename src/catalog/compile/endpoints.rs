//! `models/endpoints.json` into one [`PartitionEndpoints`] per partition.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::catalog::shape::{Endpoint, PartitionEndpoints, ServiceEndpoints};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartitionFile {
    dns_suffix: String,
    dual_stack_dns_suffix: Option<String>,
    regions: BTreeMap<String, String>,
    services: BTreeMap<String, ServiceFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceFile {
    partition_endpoint: Option<String>,
    #[serde(default)]
    endpoints: BTreeMap<String, EndpointFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndpointFile {
    hostname: Option<String>,
    fips_hostname: Option<String>,
    dual_stack_hostname: Option<String>,
    fips_dual_stack_hostname: Option<String>,
    signing_region: Option<String>,
}

pub fn compile(file: &Path) -> Result<BTreeMap<String, PartitionEndpoints>, Box<dyn Error>> {
    let partitions: BTreeMap<String, PartitionFile> = serde_json::from_slice(&fs::read(file)?)?;
    Ok(partitions.into_iter().map(|(name, file)| (name.clone(), partition(name, file))).collect())
}

fn partition(name: String, file: PartitionFile) -> PartitionEndpoints {
    PartitionEndpoints {
        partition: name,
        dns_suffix: file.dns_suffix,
        dual_stack_dns_suffix: file.dual_stack_dns_suffix,
        regions: file.regions,
        services: file.services.into_iter().map(|(prefix, service)| (prefix, endpoints(service))).collect(),
    }
}

fn endpoints(file: ServiceFile) -> ServiceEndpoints {
    let endpoint = |file: EndpointFile| Endpoint {
        hostname: file.hostname,
        fips_hostname: file.fips_hostname,
        dual_stack_hostname: file.dual_stack_hostname,
        fips_dual_stack_hostname: file.fips_dual_stack_hostname,
        signing_region: file.signing_region,
    };
    ServiceEndpoints {
        partition_endpoint: file.partition_endpoint,
        endpoints: file.endpoints.into_iter().map(|(name, file)| (name, endpoint(file))).collect(),
    }
}
