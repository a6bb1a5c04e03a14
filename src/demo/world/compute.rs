//! EC2 instances and EBS volumes.

use super::network::{self, Vpc};
use super::place::Place;
use super::tags::{self, Tags};
use super::{incidents, organization::Purpose};

#[derive(Clone, Debug)]
pub struct Instance {
    pub number: usize,
    pub id: String,
    pub reservation_id: String,
    pub kind: &'static InstanceType,
    pub state: State,
    /// Index into the main VPC's subnets.
    pub subnet: usize,
    pub private_ip: String,
    pub public_ip: Option<String>,
    pub interface_id: String,
    pub mac: String,
    /// Names of groups of the main VPC.
    pub groups: Vec<String>,
    pub image_id: String,
    pub key_name: Option<&'static str>,
    /// Name of the instance profile.
    pub profile: Option<&'static str>,
    pub launched: i64,
    /// `IMDSv2` is demanded.
    pub imds_required: bool,
    pub detailed_monitoring: bool,
    pub spot_request: Option<String>,
    pub windows: bool,
    pub protected: bool,
    pub client_token: String,
    pub volumes: Vec<Attached>,
    pub tags: Tags,
}

#[derive(Clone, Debug)]
pub struct Attached {
    pub device: &'static str,
    pub volume_id: String,
    pub delete_on_termination: bool,
}

#[derive(Debug)]
pub struct InstanceType {
    pub name: &'static str,
    pub architecture: &'static str,
    pub cores: i64,
    pub threads: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Pending,
    Running,
    Stopped,
    Terminated,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Running => "running",
            State::Stopped => "stopped",
            State::Terminated => "terminated",
        }
    }

    pub fn code(self) -> i64 {
        match self {
            State::Pending => 0,
            State::Running => 16,
            State::Stopped => 80,
            State::Terminated => 48,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Volume {
    pub id: String,
    pub kind: &'static str,
    pub size: i64,
    pub iops: Option<i64>,
    pub throughput: Option<i64>,
    pub encrypted: bool,
    pub snapshot_id: Option<String>,
    pub created: i64,
    pub zone: String,
    /// Instance, device and whether it goes with the instance.
    pub attached: Option<(String, &'static str, bool)>,
    pub multi_attach: bool,
    pub tags: Tags,
}

static TYPES: [InstanceType; 9] = [
    InstanceType { name: "t3.micro", architecture: "x86_64", cores: 1, threads: 2 },
    InstanceType { name: "t3.medium", architecture: "x86_64", cores: 1, threads: 2 },
    InstanceType { name: "t4g.small", architecture: "arm64", cores: 2, threads: 1 },
    InstanceType { name: "m5.large", architecture: "x86_64", cores: 1, threads: 2 },
    InstanceType { name: "m5.xlarge", architecture: "x86_64", cores: 2, threads: 2 },
    InstanceType { name: "m6i.2xlarge", architecture: "x86_64", cores: 4, threads: 2 },
    InstanceType { name: "c6i.xlarge", architecture: "x86_64", cores: 2, threads: 2 },
    InstanceType { name: "r5.2xlarge", architecture: "x86_64", cores: 4, threads: 2 },
    InstanceType { name: "m7g.large", architecture: "arm64", cores: 2, threads: 1 },
];
static ACCELERATED: [InstanceType; 2] = [
    InstanceType { name: "g5.2xlarge", architecture: "x86_64", cores: 4, threads: 2 },
    InstanceType { name: "p3.8xlarge", architecture: "x86_64", cores: 16, threads: 2 },
];
const ROLES: [&str; 5] = ["web", "api", "worker", "batch", "cache"];

/// Instances of the region in the order of their making.
pub fn instances(place: &Place<'_>, vpc: &Vpc) -> Vec<Instance> {
    (0..place.count("instances", 3, 9)).map(|n| instance(place, vpc, n)).collect()
}

fn instance(place: &Place<'_>, vpc: &Vpc, number: usize) -> Instance {
    let mut dice = place.dice("instance", number);
    let id = format!("i-0{}", dice.hex(16));
    let bastion = number == 0;
    let role = if bastion { "bastion" } else { dice.pick(&ROLES) };
    let accelerated = place.account.team() == "ml" && number % 3 == 1;
    let kind = if bastion {
        &TYPES[0]
    } else if accelerated {
        &ACCELERATED[dice.below(ACCELERATED.len())]
    } else {
        &TYPES[dice.below(TYPES.len())]
    };
    let idle = match place.account.purpose {
        Purpose::Production => 0.08,
        Purpose::Shared | Purpose::Staging => 0.2,
        Purpose::Development => 0.4,
        Purpose::Sandbox => 0.5,
    };
    // The bastion always runs: the open security group is on it.
    let state = if bastion {
        State::Running
    } else if dice.chance(idle) {
        State::Stopped
    } else if dice.chance(0.02) {
        State::Terminated
    } else if dice.chance(0.01) {
        State::Pending
    } else {
        State::Running
    };
    let subnet = if bastion { 0 } else { dice.below(vpc.subnets.len()) };
    let public = vpc.subnets.get(subnet).is_some_and(|s| s.public);
    let base = vpc.subnets.get(subnet).map_or("10.0.0", |s| &s.base.0);
    let mut groups = vec![if bastion { "bastion".to_owned() } else { "app".to_owned() }];
    if role == "web" {
        groups.push(network::balancer_group(place));
    }
    if bastion && place.is_main() && place.is(incidents::OPEN_SSH.0) {
        groups.push(incidents::OPEN_SSH.1.to_owned());
    }
    let name = format!("{}-{role}-{:02}", place.account.name, number + 1);
    let volumes = (0..if dice.chance(0.35) { 2 } else { 1 })
        .map(|disk| Attached {
            device: if disk == 0 { "/dev/xvda" } else { "/dev/sdf" },
            volume_id: volume_id(place, number * 4 + disk),
            delete_on_termination: disk == 0,
        })
        .collect();
    let spot = state == State::Running && role == "batch" && dice.chance(0.5);
    Instance {
        number,
        id,
        reservation_id: {
            // Some pairs were launched together.
            let together = place.dice("pair", number / 2).chance(0.3);
            let batch = if together { 1_000_000 + number / 2 } else { number };
            format!("r-0{}", place.dice("reservation", batch).hex(16))
        },
        kind,
        state,
        subnet,
        private_ip: format!("{base}.{}", 4 + number % 250),
        public_ip: (public && state == State::Running && (bastion || dice.chance(0.4)))
            .then(|| format!("198.51.{}.{}", 100 + dice.below(100), 1 + dice.below(254))),
        interface_id: format!("eni-0{}", dice.hex(16)),
        mac: {
            let hex = dice.hex(8);
            format!("02:{}:{}:{}:{}:{:02x}", &hex[..2], &hex[2..4], &hex[4..6], &hex[6..], number % 256)
        },
        groups,
        image_id: format!("ami-0{}", place.dice("image", dice.below(3)).hex(16)),
        key_name: dice.chance(0.5).then_some("operations"),
        profile: dice.chance(0.8).then_some("app-instance-profile"),
        launched: place.days_ago(&mut dice, 0, 700),
        imds_required: dice.chance(0.6),
        detailed_monitoring: dice.chance(0.3),
        spot_request: spot.then(|| format!("sir-{}", dice.lowercase(8))),
        windows: !bastion && kind.architecture == "x86_64" && dice.chance(0.12),
        protected: place.account.purpose == Purpose::Production && dice.chance(0.7),
        client_token: dice.uuid(),
        volumes,
        tags: tags::of(place, &mut dice, Some(&name)),
    }
}

/// Volumes of the instances, then those attached to nothing.
pub fn volumes(place: &Place<'_>, vpc: &Vpc) -> Vec<Volume> {
    let mut all = Vec::new();
    for instance in instances(place, vpc) {
        let zone = vpc.subnets.get(instance.subnet).map_or(String::new(), |s| s.zone.clone());
        if instance.state == State::Terminated {
            continue;
        }
        for (disk, attached) in instance.volumes.iter().enumerate() {
            let mut one = volume(place, instance.number * 4 + disk, zone.clone(), instance.launched);
            one.attached = Some((instance.id.clone(), attached.device, attached.delete_on_termination));
            all.push(one);
        }
    }
    for number in 0..place.count("orphan volumes", 0, 4) {
        let mut dice = place.dice("orphan volume", number);
        let zone = vpc.subnets.get(dice.below(3)).map_or(String::new(), |s| s.zone.clone());
        let created = place.days_ago(&mut dice, 30, 900);
        all.push(volume(place, 1_000_000 + number, zone, created));
    }
    all
}

fn volume(place: &Place<'_>, number: usize, zone: String, created: i64) -> Volume {
    let mut dice = place.dice("volume", number);
    let kind = match dice.below(10) {
        0..6 => "gp3",
        6..9 => "gp2",
        _ => "io1",
    };
    let size = dice.pick(&[8, 20, 30, 50, 100, 200, 500]);
    let careful = if place.account.purpose == Purpose::Production { 0.9 } else { 0.6 };
    Volume {
        id: volume_id(place, number),
        kind,
        size,
        iops: Some(match kind {
            "gp3" => 3_000,
            "gp2" => (3 * size).max(100),
            _ => 4_000,
        }),
        throughput: (kind == "gp3").then_some(125),
        encrypted: dice.chance(careful),
        snapshot_id: (number.is_multiple_of(4)).then(|| format!("snap-0{}", dice.hex(16))),
        created,
        zone,
        attached: None,
        multi_attach: false,
        tags: tags::of(place, &mut dice, None),
    }
}

fn volume_id(place: &Place<'_>, number: usize) -> String {
    format!("vol-0{}", place.dice("volume id", number).hex(16))
}
