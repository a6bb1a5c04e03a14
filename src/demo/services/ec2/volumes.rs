//! EBS volumes.

use super::filters::Filters;
use super::{Answer, Call, Listing, listed, tag_list};
use crate::demo::wire::ApiError;
use crate::demo::world::compute::{self, Volume};
use crate::demo::world::network;
use crate::demo::world::place::Place;
use crate::model::Json;

const LISTING: Listing = Listing {
    ids: "VolumeIds",
    prefix: "vol-",
    malformed: "InvalidParameterValue",
    not_found: "InvalidVolume.NotFound",
    noun: "volume",
    set: "volumeSet",
    smallest_page: 5,
};

const FILTERS: [&str; 13] = [
    "attachment.device",
    "attachment.instance-id",
    "attachment.status",
    "availability-zone",
    "encrypted",
    "fast-restored",
    "multi-attach-enabled",
    "size",
    "snapshot-id",
    "status",
    "volume-id",
    "volume-type",
    "create-time",
];

fn all(place: &Place<'_>) -> Vec<Volume> {
    compute::volumes(place, &network::main_vpc(place))
}

pub fn describe_volumes(call: &Call<'_>) -> Answer {
    let place = call.place();
    let values = |volume: &Volume, name: &str| values(volume, name);
    let filters = Filters { names: &FILTERS, values: &values, tags: |v| &v.tags };
    let page = listed(call, &LISTING, all(&place), |v| &v.id, &filters)?;
    let volumes: Vec<Json> = page.items.iter().map(|v| shown(&place, v)).collect();
    Ok(record! { "Volumes" => volumes, "NextToken" => page.next })
}

fn values(volume: &Volume, name: &str) -> Vec<String> {
    let attached =
        |pick: fn(&(String, &'static str, bool)) -> String| volume.attached.iter().map(pick).collect();
    match name {
        "attachment.device" => attached(|(_, device, _)| (*device).to_owned()),
        "attachment.instance-id" => attached(|(instance, _, _)| instance.clone()),
        "attachment.status" => attached(|_| "attached".to_owned()),
        "availability-zone" => vec![volume.zone.clone()],
        "encrypted" => vec![volume.encrypted.to_string()],
        "fast-restored" => vec!["false".to_owned()],
        "multi-attach-enabled" => vec![volume.multi_attach.to_string()],
        "size" => vec![volume.size.to_string()],
        "snapshot-id" => volume.snapshot_id.clone().into_iter().collect(),
        "status" => vec![status(volume).to_owned()],
        "volume-id" => vec![volume.id.clone()],
        "volume-type" => vec![volume.kind.to_owned()],
        "create-time" => vec![crate::demo::wire::rfc3339(volume.created as f64, true)],
        _ => Vec::new(),
    }
}

fn status(volume: &Volume) -> &'static str {
    if volume.attached.is_some() { "in-use" } else { "available" }
}

fn shown(place: &Place<'_>, volume: &Volume) -> Json {
    let attachments: Vec<Json> = volume
        .attached
        .iter()
        .map(|(instance, device, goes_too)| {
            record! {
                "VolumeId" => volume.id.as_str(),
                "InstanceId" => instance.as_str(),
                "Device" => *device,
                "State" => "attached",
                "AttachTime" => volume.created + 1,
                "DeleteOnTermination" => *goes_too,
            }
        })
        .collect();
    let key = || place.arn("kms", &format!("key/{}", place.dice("key", 0).uuid()));
    record! {
        "VolumeId" => volume.id.as_str(),
        "Size" => volume.size,
        "SnapshotId" => volume.snapshot_id.clone().unwrap_or_default(),
        "AvailabilityZone" => volume.zone.as_str(),
        "State" => status(volume),
        "CreateTime" => volume.created,
        "Attachments" => attachments,
        "Encrypted" => volume.encrypted,
        "KmsKeyId" => volume.encrypted.then(key),
        "VolumeType" => volume.kind,
        "Iops" => volume.iops,
        "Throughput" => volume.throughput,
        "MultiAttachEnabled" => volume.multi_attach,
        "FastRestored" => false,
        "Tags" => tag_list(&volume.tags),
    }
}

pub fn describe_volume_attribute(call: &Call<'_>) -> Answer {
    let id = call.required("VolumeId");
    if !all(&call.place()).iter().any(|v| v.id == id) {
        return Err(ApiError::bad("InvalidVolume.NotFound", format!("The volume '{id}' does not exist.")));
    }
    match call.required("Attribute") {
        "autoEnableIO" => Ok(record! { "VolumeId" => id, "AutoEnableIO" => record! { "Value" => false } }),
        "productCodes" => Ok(record! { "VolumeId" => id, "ProductCodes" => Json::Array(Vec::new()) }),
        other => Err(ApiError::bad(
            "InvalidParameterValue",
            format!("Value ({other}) for parameter attribute is invalid. Unknown attribute."),
        )),
    }
}
