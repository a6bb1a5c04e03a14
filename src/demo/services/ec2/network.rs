//! VPCs, subnets and security groups.

use super::filters::Filters;
use super::{Answer, Call, Listing, listed, tag_list};
use crate::demo::world::network::{self, Rule, SecurityGroup, Subnet, Vpc};
use crate::demo::world::tags::Tags;
use crate::model::Json;

const VPCS: Listing = Listing {
    ids: "VpcIds",
    prefix: "vpc-",
    malformed: "InvalidVpcID.NotFound",
    not_found: "InvalidVpcID.NotFound",
    noun: "vpc ID",
    set: "vpcSet",
    smallest_page: 5,
};
const SUBNETS: Listing = Listing {
    ids: "SubnetIds",
    prefix: "subnet-",
    malformed: "InvalidSubnetID.Malformed",
    not_found: "InvalidSubnetID.NotFound",
    noun: "subnet ID",
    set: "subnetSet",
    smallest_page: 5,
};
const GROUPS: Listing = Listing {
    ids: "GroupIds",
    prefix: "sg-",
    malformed: "InvalidGroupId.Malformed",
    not_found: "InvalidGroup.NotFound",
    noun: "security group",
    set: "groupIds",
    smallest_page: 5,
};

pub fn describe_vpcs(call: &Call<'_>) -> Answer {
    let place = call.place();
    let values = |vpc: &Vpc, name: &str| match name {
        "cidr" | "cidr-block-association.cidr-block" => vec![vpc.cidr.clone()],
        "dhcp-options-id" => vec![vpc.dhcp_options_id.clone()],
        "is-default" => vec![vpc.is_default.to_string()],
        "owner-id" => vec![place.account.id.clone()],
        "state" => vec!["available".to_owned()],
        "vpc-id" => vec![vpc.id.clone()],
        _ => Vec::new(),
    };
    let filters = Filters {
        names: &[
            "cidr",
            "cidr-block-association.cidr-block",
            "dhcp-options-id",
            "is-default",
            "owner-id",
            "state",
            "vpc-id",
        ],
        values: &values,
        tags: |vpc: &Vpc| &vpc.tags,
    };
    let page = listed(call, &VPCS, network::vpcs(&place), |vpc| &vpc.id, &filters)?;
    let vpcs: Vec<Json> = page
        .items
        .iter()
        .map(|vpc| {
            record! {
                "VpcId" => vpc.id.as_str(),
                "State" => "available",
                "CidrBlock" => vpc.cidr.as_str(),
                "DhcpOptionsId" => vpc.dhcp_options_id.as_str(),
                "OwnerId" => place.account.id.as_str(),
                "InstanceTenancy" => vpc.tenancy,
                "CidrBlockAssociationSet" => vec![record! {
                    "AssociationId" => vpc.association_id.as_str(),
                    "CidrBlock" => vpc.cidr.as_str(),
                    "CidrBlockState" => record! { "State" => "associated" },
                }],
                "IsDefault" => vpc.is_default,
                "Tags" => tag_list(&vpc.tags),
            }
        })
        .collect();
    Ok(record! { "Vpcs" => vpcs, "NextToken" => page.next })
}

pub fn describe_subnets(call: &Call<'_>) -> Answer {
    let place = call.place();
    let subnets: Vec<(Vpc, Subnet)> = network::vpcs(&place)
        .into_iter()
        .flat_map(|vpc| vpc.subnets.clone().into_iter().map(move |s| (vpc.clone(), s)))
        .collect();
    let values = |(vpc, subnet): &(Vpc, Subnet), name: &str| match name {
        "availability-zone" | "availabilityZone" => vec![subnet.zone.clone()],
        "availability-zone-id" => vec![subnet.zone_id.clone()],
        "cidr-block" | "cidr" => vec![subnet.cidr()],
        "default-for-az" => vec![vpc.is_default.to_string()],
        "map-public-ip-on-launch" => vec![subnet.public.to_string()],
        "owner-id" => vec![place.account.id.clone()],
        "state" => vec!["available".to_owned()],
        "subnet-id" => vec![subnet.id.clone()],
        "vpc-id" => vec![vpc.id.clone()],
        _ => Vec::new(),
    };
    let names = [
        "availability-zone",
        "availabilityZone",
        "availability-zone-id",
        "cidr",
        "cidr-block",
        "default-for-az",
        "map-public-ip-on-launch",
        "owner-id",
        "state",
        "subnet-id",
        "vpc-id",
    ];
    let filters = Filters { names: &names, values: &values, tags: |(_, s): &(Vpc, Subnet)| &s.tags };
    let page = listed(call, &SUBNETS, subnets, |(_, s)| &s.id, &filters)?;
    let subnets: Vec<Json> = page
        .items
        .iter()
        .map(|(vpc, subnet)| {
            let mut dice = place.dice(&subnet.id, 0);
            let addresses = (1_i64 << (32 - subnet.base.1)) - 5;
            // A few are nearly full.
            let used = if !vpc.is_default && dice.chance(0.04) {
                addresses - dice.between(2, 12) as i64
            } else {
                dice.between(0, 60) as i64
            };
            record! {
                "SubnetId" => subnet.id.as_str(),
                "SubnetArn" => place.arn("ec2", &format!("subnet/{}", subnet.id)),
                "VpcId" => vpc.id.as_str(),
                "State" => "available",
                "CidrBlock" => subnet.cidr(),
                "AvailabilityZone" => subnet.zone.as_str(),
                "AvailabilityZoneId" => subnet.zone_id.as_str(),
                "AvailableIpAddressCount" => addresses - used,
                "DefaultForAz" => vpc.is_default,
                "MapPublicIpOnLaunch" => subnet.public,
                "MapCustomerOwnedIpOnLaunch" => false,
                "AssignIpv6AddressOnCreation" => false,
                "Ipv6CidrBlockAssociationSet" => Json::Array(Vec::new()),
                "EnableDns64" => false,
                "Ipv6Native" => false,
                "OwnerId" => place.account.id.as_str(),
                "Tags" => tag_list(&subnet.tags),
            }
        })
        .collect();
    Ok(record! { "Subnets" => subnets, "NextToken" => page.next })
}

pub fn describe_security_groups(call: &Call<'_>) -> Answer {
    let place = call.place();
    let mut groups = network::security_groups(&place);
    let named = call.texts("GroupNames");
    if let Some(unknown) = named.iter().find(|n| !groups.iter().any(|g| g.name == **n)) {
        return Err(crate::demo::wire::ApiError::bad(
            "InvalidGroup.NotFound",
            format!("The security group '{unknown}' does not exist in default VPC"),
        ));
    }
    groups.retain(|g| named.is_empty() || named.contains(&g.name.as_str()));
    let values = |group: &SecurityGroup, name: &str| {
        let rules = |pick: &dyn Fn(&Rule) -> Vec<String>| group.ingress.iter().flat_map(pick).collect();
        match name {
            "description" => vec![group.description.to_owned()],
            "egress.ip-permission.cidr" => vec!["0.0.0.0/0".to_owned()],
            "group-id" => vec![group.id.clone()],
            "group-name" => vec![group.name.clone()],
            "ip-permission.cidr" => rules(&|r| r.cidrs.iter().map(|(c, _)| (*c).to_owned()).collect()),
            "ip-permission.from-port" => {
                rules(&|r| r.ports.iter().map(|(from, _)| from.to_string()).collect())
            }
            "ip-permission.group-id" => rules(&|r| r.groups.clone()),
            "ip-permission.ipv6-cidr" => {
                rules(&|r| r.cidrs_v6.iter().map(|(c, _)| (*c).to_owned()).collect())
            }
            "ip-permission.protocol" => rules(&|r| vec![r.protocol.to_owned()]),
            "ip-permission.to-port" => rules(&|r| r.ports.iter().map(|(_, to)| to.to_string()).collect()),
            "owner-id" => vec![place.account.id.clone()],
            "vpc-id" => vec![group.vpc_id.clone()],
            _ => Vec::new(),
        }
    };
    let names = [
        "description",
        "egress.ip-permission.cidr",
        "group-id",
        "group-name",
        "ip-permission.cidr",
        "ip-permission.from-port",
        "ip-permission.group-id",
        "ip-permission.ipv6-cidr",
        "ip-permission.protocol",
        "ip-permission.to-port",
        "owner-id",
        "vpc-id",
    ];
    let tags: fn(&SecurityGroup) -> &Tags = |g| &g.tags;
    let filters = Filters { names: &names, values: &values, tags };
    let page = listed(call, &GROUPS, groups, |g| &g.id, &filters)?;
    let owner = place.account.id.as_str();
    let groups: Vec<Json> = page
        .items
        .iter()
        .map(|group| {
            let ingress: Vec<Json> = group.ingress.iter().map(|rule| permission(owner, rule)).collect();
            let everywhere = Rule {
                protocol: "-1",
                ports: None,
                cidrs: vec![("0.0.0.0/0", "")],
                cidrs_v6: Vec::new(),
                groups: Vec::new(),
            };
            record! {
                "GroupId" => group.id.as_str(),
                "GroupName" => group.name.as_str(),
                "Description" => group.description,
                "OwnerId" => owner,
                "VpcId" => group.vpc_id.as_str(),
                "SecurityGroupArn" => place.arn("ec2", &format!("security-group/{}", group.id)),
                "IpPermissions" => ingress,
                "IpPermissionsEgress" => vec![permission(owner, &everywhere)],
                "Tags" => tag_list(&group.tags),
            }
        })
        .collect();
    Ok(record! { "SecurityGroups" => groups, "NextToken" => page.next })
}

fn permission(owner: &str, rule: &Rule) -> Json {
    let described = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let v4: Vec<Json> =
        rule.cidrs.iter().map(|(c, d)| record! { "CidrIp" => *c, "Description" => described(d) }).collect();
    let v6: Vec<Json> = rule
        .cidrs_v6
        .iter()
        .map(|(c, d)| record! { "CidrIpv6" => *c, "Description" => described(d) })
        .collect();
    let groups: Vec<Json> =
        rule.groups.iter().map(|g| record! { "GroupId" => g.as_str(), "UserId" => owner }).collect();
    record! {
        "IpProtocol" => rule.protocol,
        "FromPort" => rule.ports.map(|(from, _)| from),
        "ToPort" => rule.ports.map(|(_, to)| to),
        "IpRanges" => v4,
        "Ipv6Ranges" => v6,
        "PrefixListIds" => Json::Array(Vec::new()),
        "UserIdGroupPairs" => groups,
    }
}
