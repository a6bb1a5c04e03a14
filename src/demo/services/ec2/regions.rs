//! Regions and availability zones.

use super::{Answer, Call};
use crate::demo::wire::ApiError;
use crate::demo::world::regions::OptIn;
use crate::model::Json;

pub fn describe_regions(call: &Call<'_>) -> Answer {
    let names = call.texts("RegionNames");
    if let Some(unknown) = names.iter().find(|n| !call.world.has_region(n)) {
        return Err(ApiError::bad(
            "InvalidParameterValue",
            format!("Invalid region names provided: {unknown}"),
        ));
    }
    let mut regions: Vec<Json> = Vec::new();
    for region in call.world.region_codes() {
        let status = call.world.opt_in(call.account, region);
        let asked = names.is_empty() || names.contains(&region);
        if !asked || (status == OptIn::NotOptedIn && !call.is("AllRegions")) {
            continue;
        }
        let endpoint = format!("ec2.{region}.amazonaws.com");
        let passes = filters(call).all(|(name, values)| match name {
            "region-name" => values.contains(&region),
            "opt-in-status" => values.contains(&status.as_str()),
            "endpoint" => values.contains(&endpoint.as_str()),
            _ => false,
        });
        if passes {
            regions.push(record! {
                "RegionName" => region,
                "Endpoint" => endpoint,
                "OptInStatus" => status.as_str(),
            });
        }
    }
    Ok(record! { "Regions" => regions })
}

fn filters<'a>(call: &Call<'a>) -> impl Iterator<Item = (&'a str, Vec<&'a str>)> {
    call.input.get("Filters").and_then(Json::as_array).unwrap_or_default().iter().map(|filter| {
        let values = filter.get("Values").and_then(Json::as_array).unwrap_or_default();
        let name = filter.get("Name").and_then(Json::as_str).unwrap_or_default();
        (name, values.iter().filter_map(Json::as_str).collect())
    })
}

pub fn describe_availability_zones(call: &Call<'_>) -> Answer {
    let place = call.place();
    let names = call.texts("ZoneNames");
    let zones: Vec<Json> = ["a", "b", "c"]
        .iter()
        .enumerate()
        .map(|(number, letter)| (number, format!("{}{letter}", place.region)))
        .filter(|(_, name)| names.is_empty() || names.contains(&name.as_str()))
        .map(|(number, name)| {
            record! {
                "State" => "available",
                "OptInStatus" => "opt-in-not-required",
                "RegionName" => place.region,
                "ZoneName" => name,
                "ZoneId" => format!("{}-az{}", place.zone_prefix(), number + 1),
                "GroupName" => format!("{}-zg-1", place.region),
                "NetworkBorderGroup" => place.region,
                "ZoneType" => "availability-zone",
            }
        })
        .collect();
    Ok(record! { "AvailabilityZones" => zones })
}
