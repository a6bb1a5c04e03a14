//! RDS instances and DynamoDB tables.

use super::incidents;
use super::organization::Purpose;
use super::place::Place;
use super::tags::{self, Tags};

#[derive(Clone, Debug)]
pub struct Database {
    pub id: String,
    pub resource_id: String,
    pub engine: &'static str,
    pub version: &'static str,
    pub class: &'static str,
    pub port: i64,
    pub storage: i64,
    pub storage_type: &'static str,
    pub encrypted: bool,
    pub public: bool,
    pub multi_az: bool,
    pub backup_days: i64,
    pub protected: bool,
    pub insights: bool,
    pub iam_auth: bool,
    /// Seconds between enhanced monitoring's samples; 0 is off.
    pub monitoring: i64,
    pub auto_upgrade: bool,
    pub certificate: &'static str,
    pub created: i64,
    pub status: &'static str,
    /// Index into the main VPC's subnets.
    pub subnet: usize,
    pub pending: Option<&'static str>,
    pub tags: Tags,
}

#[derive(Clone, Debug)]
pub struct Table {
    pub name: String,
    pub id: String,
    pub on_demand: bool,
    pub capacity: (i64, i64),
    pub range_key: bool,
    pub items: i64,
    pub bytes: i64,
    pub created: i64,
    pub key_arn: Option<String>,
    pub stream_label: Option<String>,
    pub point_in_time: bool,
    pub protected: bool,
    pub infrequent: bool,
    pub tags: Tags,
}

const ENGINES: [(&str, &str, i64); 4] = [
    ("postgres", "16.4", 5432),
    ("postgres", "13.15", 5432),
    ("mysql", "8.0.39", 3306),
    ("mariadb", "10.11.9", 3306),
];
const CLASSES: [&str; 4] = ["db.t3.medium", "db.m5.large", "db.r6g.xlarge", "db.t4g.micro"];

/// Databases of the region by name.
pub fn databases(place: &Place<'_>) -> Vec<Database> {
    let mut all: Vec<Database> = (0..place.count("databases", 1, 3))
        .map(|number| {
            let purpose = ["main", "reporting", "sessions", "audit"]
                .get(number)
                .map_or_else(|| format!("shard-{number}"), |name| (*name).to_owned());
            database(place, number, format!("{}-{purpose}", place.account.name))
        })
        .collect();
    if place.is_main() {
        let (account, name) = incidents::PLAIN_DATABASE;
        if place.is(account) {
            all.retain(|d| d.id != name);
            let mut plain = database(place, 901, name.to_owned());
            plain.encrypted = false;
            plain.backup_days = 1;
            all.push(plain);
        }
        let (account, name) = incidents::PUBLIC_DATABASE;
        if place.is(account) {
            let mut public = database(place, 902, name.to_owned());
            public.public = true;
            public.subnet = 0;
            all.push(public);
        }
    }
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all
}

fn database(place: &Place<'_>, number: usize, id: String) -> Database {
    let mut dice = place.dice("database", number);
    let (engine, version, port) = dice.pick(&ENGINES);
    let production = place.account.purpose == Purpose::Production;
    Database {
        resource_id: format!("db-{}", dice.text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 26)),
        engine,
        version,
        class: dice.pick(&CLASSES),
        port,
        storage: dice.pick(&[20, 100, 200, 500]),
        storage_type: dice.pick(&["gp3", "gp2"]),
        encrypted: production || dice.chance(0.7),
        public: false,
        multi_az: production && dice.chance(0.7),
        backup_days: if production { dice.pick(&[7, 14, 30]) } else { dice.pick(&[0, 1, 7]) },
        protected: production && dice.chance(0.8),
        insights: dice.chance(0.5),
        iam_auth: dice.chance(0.4),
        monitoring: if dice.chance(0.5) { 60 } else { 0 },
        auto_upgrade: dice.chance(0.8),
        certificate: if dice.chance(0.85) { "rds-ca-rsa2048-g1" } else { "rds-ca-2019" },
        created: place.days_ago(&mut dice, 20, 1_500),
        status: if !production && dice.chance(0.15) { "stopped" } else { "available" },
        subnet: 3 + dice.below(3),
        pending: dice.chance(0.2).then_some("system-update"),
        tags: tags::of(place, &mut dice, None),
        id,
    }
}

/// Tables of the region by name.
pub fn tables(place: &Place<'_>) -> Vec<Table> {
    let names = ["orders", "sessions", "carts", "events", "locks"];
    let mut all: Vec<Table> = (0..place.count("tables", 0, 4))
        .map(|number| {
            let name = names.get(number).map_or_else(|| format!("table-{number}"), |n| (*n).to_owned());
            table(place, number, format!("{}-{name}", place.account.team()))
        })
        .collect();
    if place.is_main() {
        all.push(table(place, 900, "terraform-locks".to_owned()));
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn table(place: &Place<'_>, number: usize, name: String) -> Table {
    let mut dice = place.dice("table", number);
    let created = place.days_ago(&mut dice, 20, 1_500);
    let items = dice.between(0, 2_000_000) as i64;
    Table {
        id: dice.uuid(),
        on_demand: dice.chance(0.6),
        capacity: (dice.pick(&[5, 10, 100]), dice.pick(&[5, 10, 50])),
        range_key: dice.chance(0.5),
        items,
        bytes: items * dice.between(80, 900) as i64,
        created,
        key_arn: dice.chance(0.3).then(|| place.arn("kms", &format!("key/{}", place.dice("key", 0).uuid()))),
        stream_label: dice.chance(0.25).then(|| {
            chrono::DateTime::from_timestamp(created, 0)
                .map_or_else(String::new, |t| t.format("%Y-%m-%dT%H:%M:%S.000").to_string())
        }),
        point_in_time: dice.chance(if place.account.purpose == Purpose::Production { 0.8 } else { 0.3 }),
        protected: dice.chance(0.4),
        infrequent: dice.chance(0.1),
        tags: tags::of(place, &mut dice, None),
        name,
    }
}
