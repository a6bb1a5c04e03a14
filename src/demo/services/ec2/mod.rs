//! Amazon EC2: regions, instances, volumes and networks.

mod filters;
mod instance_details;
mod instances;
mod network;
mod regions;
mod volumes;

use super::paging::{self, Page};
use super::{Answer, Call, Service, tag_list};
use crate::demo::wire::ApiError;

pub const SERVICE: Service = Service {
    id: "ec2",
    signing_name: "ec2",
    operations: &[
        ("DescribeAvailabilityZones", regions::describe_availability_zones),
        ("DescribeInstanceAttribute", instance_details::describe_instance_attribute),
        ("DescribeInstanceStatus", instance_details::describe_instance_status),
        ("DescribeInstances", instances::describe_instances),
        ("DescribeRegions", regions::describe_regions),
        ("DescribeSecurityGroups", network::describe_security_groups),
        ("DescribeSubnets", network::describe_subnets),
        ("DescribeVolumeAttribute", volumes::describe_volume_attribute),
        ("DescribeVolumes", volumes::describe_volumes),
        ("DescribeVpcs", network::describe_vpcs),
        ("GetLaunchTemplateData", instance_details::get_launch_template_data),
    ],
};

/// How one kind of resource is asked for.
struct Listing {
    /// Input member with ids: `InstanceIds`.
    ids: &'static str,
    /// `i-`
    prefix: &'static str,
    malformed: &'static str,
    not_found: &'static str,
    /// What messages call an id: `instance ID`.
    noun: &'static str,
    /// Name of the id list in messages: `instancesSet`.
    set: &'static str,
    smallest_page: i64,
}

/// Keeps what the ids and filters ask for, and cuts the page.
fn listed<T>(
    call: &Call<'_>,
    listing: &Listing,
    items: Vec<T>,
    id: impl Fn(&T) -> &str,
    filters: &filters::Filters<T>,
) -> Result<Page<T>, ApiError> {
    let ids = call.texts(listing.ids);
    for wanted in &ids {
        let well_formed = wanted
            .strip_prefix(listing.prefix)
            .is_some_and(|hex| hex.len() >= 8 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
        if !well_formed {
            return Err(ApiError::bad(listing.malformed, format!("Invalid id: \"{wanted}\"")));
        }
        if !items.iter().any(|item| id(item) == *wanted) {
            return Err(ApiError::bad(
                listing.not_found,
                format!("The {} '{wanted}' does not exist", listing.noun),
            ));
        }
    }
    let mut items = filters.apply(call, items)?;
    if !ids.is_empty() {
        items.retain(|item| ids.contains(&id(item)));
    }
    let size = match call.int("MaxResults") {
        None => 1_000,
        Some(_) if !ids.is_empty() => {
            return Err(ApiError::bad(
                "InvalidParameterCombination",
                format!("The parameter {} cannot be used with the parameter maxResults", listing.set),
            ));
        }
        Some(size) if !(listing.smallest_page..=1_000).contains(&size) => {
            return Err(ApiError::bad(
                "InvalidParameterValue",
                format!(
                    "Value ( {size} ) for parameter maxResults is invalid. Expecting a value from {} to 1000.",
                    listing.smallest_page
                ),
            ));
        }
        Some(size) => size as usize,
    };
    paging::page(call, items, call.text("NextToken"), size)
        .ok_or_else(|| ApiError::bad("InvalidNextToken", "The token is invalid."))
}
