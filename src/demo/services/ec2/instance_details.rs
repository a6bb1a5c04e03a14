//! What is asked about one instance: attributes, status, launch template data.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Answer, Call, instances, tag_list};
use crate::demo::wire::ApiError;
use crate::demo::world::compute::{self, Instance, State};
use crate::demo::world::network::{self, Vpc};
use crate::model::Json;

fn find(call: &Call<'_>) -> Result<(Vpc, Instance), ApiError> {
    let id = call.required("InstanceId");
    let vpc = network::main_vpc(&call.place());
    match compute::instances(&call.place(), &vpc).into_iter().find(|i| i.id == id) {
        Some(instance) => Ok((vpc, instance)),
        None if !id.starts_with("i-") => {
            Err(ApiError::bad("InvalidInstanceID.Malformed", format!("Invalid id: \"{id}\"")))
        }
        None => {
            Err(ApiError::bad("InvalidInstanceID.NotFound", format!("The instance ID '{id}' does not exist")))
        }
    }
}

/// Base64 of the start-up script, where there is one.
fn user_data(instance: &Instance) -> Option<String> {
    (instance.number % 3 == 1).then(|| {
        STANDARD.encode(format!("#!/bin/bash\necho instance {} of the demo > /etc/motd\n", instance.number))
    })
}

pub fn describe_instance_attribute(call: &Call<'_>) -> Answer {
    let (_, instance) = find(call)?;
    let value = |value: Json| match value {
        Json::Null => Json::Object(Vec::new()),
        value => record! { "Value" => value },
    };
    let attribute = call.required("Attribute");
    let (member, shown) = match attribute {
        "disableApiTermination" => ("DisableApiTermination", value(instance.protected.into())),
        "disableApiStop" => ("DisableApiStop", value(false.into())),
        "instanceInitiatedShutdownBehavior" => ("InstanceInitiatedShutdownBehavior", value("stop".into())),
        "kernel" => ("KernelId", value(Json::Null)),
        "ramdisk" => ("RamdiskId", value(Json::Null)),
        "sriovNetSupport" => ("SriovNetSupport", value("simple".into())),
        "userData" => ("UserData", value(user_data(&instance).into())),
        "instanceType" => ("InstanceType", value(instance.kind.name.into())),
        "rootDeviceName" => ("RootDeviceName", value("/dev/xvda".into())),
        "ebsOptimized" => ("EbsOptimized", value((instance.kind.cores > 1).into())),
        "enaSupport" => ("EnaSupport", value(true.into())),
        "sourceDestCheck" => ("SourceDestCheck", value(true.into())),
        other => {
            return Err(ApiError::bad(
                "InvalidParameterValue",
                format!("Value ({other}) for parameter attribute is invalid. Unknown attribute."),
            ));
        }
    };
    Ok(Json::object([("InstanceId", Json::string(instance.id)), (member, shown)]))
}

pub fn describe_instance_status(call: &Call<'_>) -> Answer {
    let place = call.place();
    let vpc = network::main_vpc(&place);
    let ids = call.texts("InstanceIds");
    let all = compute::instances(&place, &vpc);
    if let Some(unknown) = ids.iter().find(|id| !all.iter().any(|i| i.id == **id)) {
        return Err(ApiError::bad(
            "InvalidInstanceID.NotFound",
            format!("The instance ID '{unknown}' does not exist"),
        ));
    }
    let asked: Vec<Instance> = all
        .into_iter()
        .filter(|i| ids.is_empty() || ids.contains(&i.id.as_str()))
        .filter(|i| i.state == State::Running || call.is("IncludeAllInstances"))
        .collect();
    let size = call.int("MaxResults").unwrap_or(1_000).clamp(5, 1_000) as usize;
    let page = super::paging::page(call, asked, call.text("NextToken"), size)
        .ok_or_else(|| ApiError::bad("InvalidNextToken", "The token is invalid."))?;
    let statuses: Vec<Json> = page
        .items
        .iter()
        .map(|instance| {
            let status = |word: &str| {
                let details = match instance.state {
                    State::Running => vec![record! { "Name" => "reachability", "Status" => "passed" }],
                    _ => Vec::new(),
                };
                record! { "Status" => word, "Details" => details }
            };
            let word = if instance.state == State::Running { "ok" } else { "not-applicable" };
            let zone = vpc.subnets.get(instance.subnet);
            record! {
                "InstanceId" => instance.id.as_str(),
                "AvailabilityZone" => zone.map(|s| s.zone.as_str()),
                "AvailabilityZoneId" => zone.map(|s| s.zone_id.as_str()),
                "InstanceState" => record! { "Code" => instance.state.code(), "Name" => instance.state.name() },
                "InstanceStatus" => status(word),
                "SystemStatus" => status(word),
            }
        })
        .collect();
    Ok(record! { "InstanceStatuses" => statuses, "NextToken" => page.next })
}

pub fn get_launch_template_data(call: &Call<'_>) -> Answer {
    let (vpc, instance) = find(call)?;
    let place = call.place();
    let profile = instances::profile_arn(&place, &instance).map(|arn| record! { "Arn" => arn });
    let groups: Vec<String> = instance.groups.iter().map(|g| network::main_group_id(&place, g)).collect();
    let subnet = vpc.subnets.get(instance.subnet);
    let data = record! {
        "ImageId" => instance.image_id.as_str(),
        "InstanceType" => instance.kind.name,
        "KeyName" => instance.key_name,
        "EbsOptimized" => instance.kind.cores > 1,
        "IamInstanceProfile" => profile,
        "Monitoring" => record! { "Enabled" => instance.detailed_monitoring },
        "Placement" => record! {
            "AvailabilityZone" => subnet.map(|s| s.zone.as_str()),
            "GroupName" => "",
            "Tenancy" => "default",
        },
        "DisableApiTermination" => instance.protected,
        "InstanceInitiatedShutdownBehavior" => "stop",
        "UserData" => user_data(&instance),
        "TagSpecifications" => vec![record! { "ResourceType" => "instance", "Tags" => tag_list(&instance.tags) }],
        "NetworkInterfaces" => vec![record! {
            "AssociatePublicIpAddress" => instance.public_ip.is_some(),
            "DeleteOnTermination" => true,
            "Description" => "",
            "DeviceIndex" => 0_i64,
            "Groups" => groups,
            "InterfaceType" => "interface",
            "SubnetId" => subnet.map(|s| s.id.as_str()),
        }],
        "MetadataOptions" => record! {
            "HttpTokens" => instances::http_tokens(&instance),
            "HttpEndpoint" => "enabled",
        },
    };
    Ok(record! { "LaunchTemplateData" => data })
}
