//! VPCs, their subnets, and security groups.

use super::incidents;
use super::place::Place;
use super::tags::{self, Tags};
use crate::demo::dice::Dice;

#[derive(Clone, Debug)]
pub struct Vpc {
    pub id: String,
    pub is_default: bool,
    pub cidr: String,
    pub association_id: String,
    pub dhcp_options_id: String,
    pub tenancy: &'static str,
    pub subnets: Vec<Subnet>,
    pub tags: Tags,
}

#[derive(Clone, Debug)]
pub struct Subnet {
    pub id: String,
    pub zone: String,
    pub zone_id: String,
    /// First three numbers of its addresses, and the length of the prefix.
    pub base: (String, u8),
    pub public: bool,
    pub tags: Tags,
}

impl Subnet {
    pub fn cidr(&self) -> String {
        format!("{}.0/{}", self.base.0, self.base.1)
    }
}

#[derive(Clone, Debug)]
pub struct SecurityGroup {
    pub id: String,
    pub name: String,
    pub description: &'static str,
    pub vpc_id: String,
    pub ingress: Vec<Rule>,
    pub tags: Tags,
}

/// One permission; egress is open everywhere, as AWS makes it.
#[derive(Clone, Debug)]
pub struct Rule {
    /// `tcp`, or `-1` for everything.
    pub protocol: &'static str,
    pub ports: Option<(i64, i64)>,
    pub cidrs: Vec<(&'static str, &'static str)>,
    pub cidrs_v6: Vec<(&'static str, &'static str)>,
    /// Ids of groups in the same account.
    pub groups: Vec<String>,
}

impl Rule {
    fn tcp(port: i64, cidrs: &[(&'static str, &'static str)]) -> Self {
        Self {
            protocol: "tcp",
            ports: Some((port, port)),
            cidrs: cidrs.to_vec(),
            cidrs_v6: Vec::new(),
            groups: Vec::new(),
        }
    }

    fn from_group(port: i64, group: &str) -> Self {
        Self { groups: vec![group.to_owned()], ..Self::tcp(port, &[]) }
    }
}

const ZONES: [&str; 3] = ["a", "b", "c"];
const OFFICE: (&str, &str) = ("203.0.113.0/24", "office");
const ANYWHERE: (&str, &str) = ("0.0.0.0/0", "");

/// The default VPC, which every enabled region has, and in home regions the account's own.
pub fn vpcs(place: &Place<'_>) -> Vec<Vpc> {
    let mut all = vec![vpc(place, 0)];
    if place.is_home() {
        all.push(vpc(place, 1));
    }
    all
}

/// The VPC where instances and databases run.
pub fn main_vpc(place: &Place<'_>) -> Vpc {
    vpc(place, 1)
}

fn vpc(place: &Place<'_>, number: usize) -> Vpc {
    let mut dice = place.dice("vpc", number);
    let is_default = number == 0;
    // Account and region choose the second number, so that the organization's networks rarely overlap.
    let second = 1 + Dice::new(0, &[&place.account.id, place.region]).below(254);
    let (prefix, length) = if is_default { ("172.31".to_owned(), 20) } else { (format!("10.{second}"), 24) };
    let name = format!("{}-vpc", place.account.name);
    let subnets = if is_default { 3 } else { 6 };
    Vpc {
        id: format!("vpc-0{}", dice.hex(16)),
        association_id: format!("vpc-cidr-assoc-0{}", dice.hex(16)),
        dhcp_options_id: format!("dopt-0{}", place.dice("dhcp options", 0).hex(16)),
        tenancy: "default",
        is_default,
        cidr: format!("{prefix}.0.0/16"),
        subnets: (0..subnets).map(|n| subnet(place, number, n, &prefix, length)).collect(),
        tags: if is_default { Tags::new() } else { tags::of(place, &mut dice, Some(&name)) },
    }
}

fn subnet(place: &Place<'_>, vpc: usize, number: usize, prefix: &str, length: u8) -> Subnet {
    let mut dice = place.dice("subnet", vpc * 100 + number);
    let letter = ZONES[number % 3];
    let is_default = vpc == 0;
    let public = is_default || number < 3;
    let third = if is_default { number * 16 } else { number };
    let name = format!("{}-{}-{letter}", place.account.name, if public { "public" } else { "private" });
    Subnet {
        id: format!("subnet-0{}", dice.hex(16)),
        zone: format!("{}{letter}", place.region),
        zone_id: format!("{}-az{}", place.zone_prefix(), number % 3 + 1),
        base: (format!("{prefix}.{third}"), length),
        public,
        tags: if is_default { Tags::new() } else { tags::of(place, &mut dice, Some(&name)) },
    }
}

/// Every security group of the region.
pub fn security_groups(place: &Place<'_>) -> Vec<SecurityGroup> {
    let mut all: Vec<SecurityGroup> = vpcs(place)
        .iter()
        .enumerate()
        .map(|(number, vpc)| {
            let id = group_id(place, "default", number);
            let itself = Rule { protocol: "-1", ports: None, groups: vec![id.clone()], ..Rule::tcp(0, &[]) };
            SecurityGroup {
                id,
                name: "default".to_owned(),
                description: "default VPC security group",
                vpc_id: vpc.id.clone(),
                ingress: vec![itself],
                tags: Tags::new(),
            }
        })
        .collect();
    if !place.is_home() {
        return all;
    }
    let vpc = main_vpc(place);
    let id = |name: &str| main_group_id(place, name);
    let mut add = |name: &str, description: &'static str, ingress: Vec<Rule>| {
        let mut dice = place.dice(name, 0);
        all.push(SecurityGroup {
            id: id(name),
            name: name.to_owned(),
            description,
            vpc_id: vpc.id.clone(),
            ingress,
            tags: tags::of(place, &mut dice, Some(name)),
        });
    };
    let balancer = balancer_group(place);
    let mut from_anywhere = Rule::tcp(443, &[ANYWHERE]);
    from_anywhere.cidrs_v6 = vec![("::/0", "")];
    add(&balancer, "public load balancer", vec![from_anywhere, Rule::tcp(80, &[ANYWHERE])]);
    add(
        "app",
        "application servers",
        vec![Rule::from_group(8080, &id(&balancer)), Rule::from_group(22, &id("bastion"))],
    );
    add("db", "databases", vec![Rule::from_group(5432, &id("app")), Rule::from_group(3306, &id("app"))]);
    add("bastion", "jump host", vec![Rule::tcp(22, &[OFFICE])]);
    if place.is_main() && place.is(incidents::OPEN_SSH.0) {
        let mut open = Rule::tcp(22, &[("0.0.0.0/0", "temporary, remove after migration")]);
        open.cidrs_v6 = vec![("::/0", "")];
        add(incidents::OPEN_SSH.1, "ssh access during the migration", vec![open]);
    }
    all
}

/// `checkout-alb`, `web-alb`: the group of the region's public load balancer.
pub fn balancer_group(place: &Place<'_>) -> String {
    format!("{}-alb", place.account.team())
}

/// Id of a group of the main VPC, by its name.
pub fn main_group_id(place: &Place<'_>, name: &str) -> String {
    group_id(place, name, 1)
}

fn group_id(place: &Place<'_>, name: &str, vpc: usize) -> String {
    format!("sg-0{}", place.dice("security group", vpc).fork(name, 0).hex(16))
}
