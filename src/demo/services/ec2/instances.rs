//! `DescribeInstances`.

use super::filters::Filters;
use super::{Answer, Call, Listing, listed, tag_list};
use crate::demo::wire;
use crate::demo::world::compute::{self, Instance, State};
use crate::demo::world::network::{self, Subnet, Vpc};
use crate::demo::world::place::Place;
use crate::model::Json;

const LISTING: Listing = Listing {
    ids: "InstanceIds",
    prefix: "i-",
    malformed: "InvalidInstanceID.Malformed",
    not_found: "InvalidInstanceID.NotFound",
    noun: "instance ID",
    set: "instancesSet",
    smallest_page: 5,
};

const FILTERS: [&str; 32] = [
    "architecture",
    "availability-zone",
    "block-device-mapping.volume-id",
    "client-token",
    "dns-name",
    "hypervisor",
    "iam-instance-profile.arn",
    "image-id",
    "instance-id",
    "instance-lifecycle",
    "instance-state-code",
    "instance-state-name",
    "instance-type",
    "instance.group-id",
    "instance.group-name",
    "ip-address",
    "key-name",
    "metadata-options.http-tokens",
    "monitoring-state",
    "outpost-arn",
    "owner-id",
    "placement-group-name",
    "platform",
    "private-dns-name",
    "private-ip-address",
    "ramdisk-id",
    "root-device-name",
    "root-device-type",
    "subnet-id",
    "tenancy",
    "virtualization-type",
    "vpc-id",
];

pub fn describe_instances(call: &Call<'_>) -> Answer {
    let place = call.place();
    let vpc = network::main_vpc(&place);
    let instances = compute::instances(&place, &vpc);
    let values = |instance: &Instance, name: &str| values(&place, &vpc, instance, name);
    let filters = Filters { names: &FILTERS, values: &values, tags: |i| &i.tags };
    let page = listed(call, &LISTING, instances, |i| &i.id, &filters)?;
    // Instances launched together share a reservation, as long as they stand together on the page.
    let mut reservations: Vec<(String, Vec<Json>)> = Vec::new();
    for instance in &page.items {
        let shown = shown(&place, &vpc, instance);
        match reservations.last_mut() {
            Some((id, together)) if *id == instance.reservation_id => together.push(shown),
            _ => reservations.push((instance.reservation_id.clone(), vec![shown])),
        }
    }
    let reservations: Vec<Json> = reservations
        .into_iter()
        .map(|(id, instances)| {
            record! {
                "ReservationId" => id,
                "OwnerId" => place.account.id.as_str(),
                "Groups" => Json::Array(Vec::new()),
                "Instances" => instances,
            }
        })
        .collect();
    Ok(record! { "Reservations" => reservations, "NextToken" => page.next })
}

fn values(place: &Place<'_>, vpc: &Vpc, instance: &Instance, name: &str) -> Vec<String> {
    let subnet = vpc.subnets.get(instance.subnet);
    let one = |text: &str| vec![text.to_owned()];
    let some = |text: Option<&str>| text.map(str::to_owned).into_iter().collect::<Vec<_>>();
    let gone = instance.state == State::Terminated;
    match name {
        "architecture" => one(instance.kind.architecture),
        "availability-zone" => some(subnet.map(|s| s.zone.as_str())),
        "block-device-mapping.volume-id" => instance.volumes.iter().map(|v| v.volume_id.clone()).collect(),
        "client-token" => one(&instance.client_token),
        "dns-name" => some(public_dns(place, instance).as_deref()),
        "hypervisor" => one("xen"),
        "iam-instance-profile.arn" => some(profile_arn(place, instance).as_deref()),
        "image-id" => one(&instance.image_id),
        "instance-id" => one(&instance.id),
        "instance-lifecycle" => some(instance.spot_request.as_ref().map(|_| "spot")),
        "instance-state-code" => vec![instance.state.code().to_string()],
        "instance-state-name" => one(instance.state.name()),
        "instance-type" => one(instance.kind.name),
        "instance.group-id" => instance.groups.iter().map(|g| network::main_group_id(place, g)).collect(),
        "instance.group-name" => instance.groups.clone(),
        "ip-address" => some(instance.public_ip.as_deref()),
        "key-name" => some(instance.key_name),
        "metadata-options.http-tokens" => one(http_tokens(instance)),
        "monitoring-state" => one(monitoring(instance)),
        "owner-id" => one(&place.account.id),
        "platform" => some(instance.windows.then_some("windows")),
        "private-dns-name" => one(&private_dns(place, instance)),
        "private-ip-address" => one(&instance.private_ip),
        "root-device-name" => one("/dev/xvda"),
        "root-device-type" => one("ebs"),
        "subnet-id" if !gone => some(subnet.map(|s| s.id.as_str())),
        "tenancy" => one("default"),
        "virtualization-type" => one("hvm"),
        "vpc-id" if !gone => one(&vpc.id),
        _ => Vec::new(),
    }
}

pub fn monitoring(instance: &Instance) -> &'static str {
    if instance.detailed_monitoring { "enabled" } else { "disabled" }
}

pub fn http_tokens(instance: &Instance) -> &'static str {
    if instance.imds_required { "required" } else { "optional" }
}

pub fn profile_arn(place: &Place<'_>, instance: &Instance) -> Option<String> {
    instance.profile.map(|name| format!("arn:aws:iam::{}:instance-profile/{name}", place.account.id))
}

fn private_dns(place: &Place<'_>, instance: &Instance) -> String {
    let dashed = instance.private_ip.replace('.', "-");
    match place.region {
        "us-east-1" => format!("ip-{dashed}.ec2.internal"),
        region => format!("ip-{dashed}.{region}.compute.internal"),
    }
}

fn public_dns(place: &Place<'_>, instance: &Instance) -> Option<String> {
    let dashed = instance.public_ip.as_ref()?.replace('.', "-");
    Some(match place.region {
        "us-east-1" => format!("ec2-{dashed}.compute-1.amazonaws.com"),
        region => format!("ec2-{dashed}.{region}.compute.amazonaws.com"),
    })
}

fn shown(place: &Place<'_>, vpc: &Vpc, instance: &Instance) -> Json {
    let subnet = vpc.subnets.get(instance.subnet);
    let gone = instance.state == State::Terminated;
    let days = place.dice("stopped", instance.number).between(0, 120) as i64;
    let stopped_at = (place.world.today - 7_200 - days * 86_400).max(instance.launched);
    let stopped_at = wire::rfc3339(stopped_at as f64, false).replace('T', " ").replace('Z', " GMT");
    let (reason, why) = match instance.state {
        State::Stopped | State::Terminated => (
            format!("User initiated ({stopped_at})"),
            Some(record! {
                "Code" => "Client.UserInitiatedShutdown",
                "Message" => "Client.UserInitiatedShutdown: User initiated shutdown",
            }),
        ),
        State::Running | State::Pending => (String::new(), None),
    };
    let mut members: Vec<(&str, Json)> = vec![
        ("InstanceId", instance.id.as_str().into()),
        ("ImageId", instance.image_id.as_str().into()),
        ("State", record! { "Code" => instance.state.code(), "Name" => instance.state.name() }),
        ("PrivateDnsName", if gone { "".into() } else { private_dns(place, instance).into() }),
        ("PublicDnsName", public_dns(place, instance).unwrap_or_default().into()),
        ("StateTransitionReason", reason.into()),
        ("KeyName", instance.key_name.into()),
        ("AmiLaunchIndex", Json::int(0)),
        ("ProductCodes", Json::Array(Vec::new())),
        ("InstanceType", instance.kind.name.into()),
        ("LaunchTime", Json::int(instance.launched)),
        (
            "Placement",
            record! {
                "AvailabilityZone" => subnet.map(|s| s.zone.as_str()),
                "GroupName" => "",
                "Tenancy" => "default",
            },
        ),
        ("Platform", instance.windows.then_some("windows").into()),
        ("Monitoring", record! { "State" => monitoring(instance) }),
        ("Architecture", instance.kind.architecture.into()),
        ("ClientToken", instance.client_token.as_str().into()),
        ("EbsOptimized", Json::from(instance.kind.cores > 1)),
        ("EnaSupport", Json::Bool(true)),
        ("Hypervisor", "xen".into()),
        (
            "IamInstanceProfile",
            profile_arn(place, instance)
                .map(|arn| record! { "Arn" => arn, "Id" => place.profile_id() })
                .into(),
        ),
        ("InstanceLifecycle", instance.spot_request.as_ref().map(|_| "spot").into()),
        ("SpotInstanceRequestId", instance.spot_request.clone().into()),
        ("RootDeviceName", "/dev/xvda".into()),
        ("RootDeviceType", "ebs".into()),
        ("StateReason", why.into()),
        ("Tags", tag_list(&instance.tags)),
        ("VirtualizationType", "hvm".into()),
        (
            "CpuOptions",
            record! { "CoreCount" => instance.kind.cores, "ThreadsPerCore" => instance.kind.threads },
        ),
        ("CapacityReservationSpecification", record! { "CapacityReservationPreference" => "open" }),
        ("HibernationOptions", record! { "Configured" => false }),
        ("MetadataOptions", metadata_options(instance)),
        ("EnclaveOptions", record! { "Enabled" => false }),
        ("BootMode", "uefi-preferred".into()),
        (
            "CurrentInstanceBootMode",
            if instance.kind.name.starts_with("t3") { "legacy-bios" } else { "uefi" }.into(),
        ),
        ("PlatformDetails", if instance.windows { "Windows" } else { "Linux/UNIX" }.into()),
        ("UsageOperation", if instance.windows { "RunInstances:0002" } else { "RunInstances" }.into()),
        ("UsageOperationUpdateTime", Json::int(instance.launched)),
        (
            "PrivateDnsNameOptions",
            record! {
                "HostnameType" => "ip-name",
                "EnableResourceNameDnsARecord" => false,
                "EnableResourceNameDnsAAAARecord" => false,
            },
        ),
        ("MaintenanceOptions", record! { "AutoRecovery" => "default" }),
    ];
    // A terminated instance has left its network and its disks.
    if let (false, Some(subnet)) = (gone, subnet) {
        members.extend([
            ("SubnetId", subnet.id.as_str().into()),
            ("VpcId", vpc.id.as_str().into()),
            ("PrivateIpAddress", instance.private_ip.as_str().into()),
            ("PublicIpAddress", instance.public_ip.clone().into()),
            ("SourceDestCheck", Json::Bool(true)),
            ("SecurityGroups", groups(place, instance)),
            ("NetworkInterfaces", Json::Array(vec![interface(place, vpc, subnet, instance)])),
            ("BlockDeviceMappings", disks(instance)),
        ]);
    }
    Json::object(members)
}

pub fn metadata_options(instance: &Instance) -> Json {
    record! {
        "State" => "applied",
        "HttpTokens" => http_tokens(instance),
        "HttpPutResponseHopLimit" => if instance.imds_required { 2 } else { 1_i64 },
        "HttpEndpoint" => "enabled",
        "HttpProtocolIpv6" => "disabled",
        "InstanceMetadataTags" => "disabled",
    }
}

fn groups(place: &Place<'_>, instance: &Instance) -> Json {
    let group = |name: &String| record! { "GroupId" => network::main_group_id(place, name), "GroupName" => name.as_str() };
    Json::Array(instance.groups.iter().map(group).collect())
}

fn disks(instance: &Instance) -> Json {
    let disk = |attached: &compute::Attached| {
        record! {
            "DeviceName" => attached.device,
            "Ebs" => record! {
                "AttachTime" => instance.launched + 1,
                "DeleteOnTermination" => attached.delete_on_termination,
                "Status" => "attached",
                "VolumeId" => attached.volume_id.as_str(),
            },
        }
    };
    Json::Array(instance.volumes.iter().map(disk).collect())
}

fn interface(place: &Place<'_>, vpc: &Vpc, subnet: &Subnet, instance: &Instance) -> Json {
    let association = instance.public_ip.as_ref().map(|ip| {
        record! {
            "IpOwnerId" => "amazon",
            "PublicDnsName" => public_dns(place, instance),
            "PublicIp" => ip.as_str(),
        }
    });
    record! {
        "NetworkInterfaceId" => instance.interface_id.as_str(),
        "OwnerId" => place.account.id.as_str(),
        "Description" => "",
        "Status" => "in-use",
        "SubnetId" => subnet.id.as_str(),
        "VpcId" => vpc.id.as_str(),
        "MacAddress" => instance.mac.as_str(),
        "InterfaceType" => "interface",
        "SourceDestCheck" => true,
        "PrivateIpAddress" => instance.private_ip.as_str(),
        "PrivateDnsName" => private_dns(place, instance),
        "Association" => association.clone(),
        "Groups" => groups(place, instance),
        "Ipv6Addresses" => Json::Array(Vec::new()),
        "Attachment" => record! {
            "AttachTime" => instance.launched,
            "AttachmentId" => instance.interface_id.replacen("eni-", "eni-attach-", 1),
            "DeleteOnTermination" => true,
            "DeviceIndex" => 0_i64,
            "NetworkCardIndex" => 0_i64,
            "Status" => "attached",
        },
        "PrivateIpAddresses" => vec![record! {
            "Association" => association,
            "Primary" => true,
            "PrivateDnsName" => private_dns(place, instance),
            "PrivateIpAddress" => instance.private_ip.as_str(),
        }],
    }
}
