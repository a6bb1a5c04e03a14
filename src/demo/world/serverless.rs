//! Lambda functions, ECS clusters and SQS queues.

use super::incidents;
use super::organization::Purpose;
use super::place::Place;
use super::tags::{self, Tags};

#[derive(Clone, Debug)]
pub struct Function {
    pub name: String,
    /// `None`: a container image.
    pub runtime: Option<&'static str>,
    pub handler: &'static str,
    pub memory: i64,
    pub timeout: i64,
    pub code_sha: String,
    pub code_size: i64,
    pub modified: i64,
    pub revision: String,
    pub arm: bool,
    pub in_vpc: bool,
    pub traced: bool,
    pub dead_letter: Option<String>,
    pub reserved: Option<i64>,
    pub environment: Vec<(&'static str, String)>,
    /// Resource policy, and the authentication of its URL.
    pub policy: Option<String>,
    pub url_auth: Option<&'static str>,
    pub description: &'static str,
    pub tags: Tags,
}

#[derive(Clone, Debug)]
pub struct Cluster {
    pub name: String,
    pub services: i64,
    pub running: i64,
    pub pending: i64,
    pub instances: i64,
    pub fargate: bool,
    pub insights: &'static str,
    pub namespace: Option<String>,
    pub logged_commands: bool,
    pub tags: Tags,
}

#[derive(Clone, Debug)]
pub struct Queue {
    pub name: String,
    pub fifo: bool,
    pub delay: i64,
    pub retention: i64,
    pub visibility: i64,
    pub wait: i64,
    pub max_size: i64,
    pub managed_encryption: bool,
    pub key: Option<String>,
    /// Name of the dead-letter queue.
    pub dead_letters: Option<String>,
    pub messages: i64,
    pub created: i64,
    pub policy: Option<String>,
    pub tags: Tags,
}

/// Functions of the region by name.
pub fn functions(place: &Place<'_>) -> Vec<Function> {
    let names = ["image-resize", "cleanup", "webhook", "nightly-report", "cache-warmer", "log-shipper"];
    let mut wanted: Vec<(usize, String)> = (0..place.count("functions", 1, 6))
        .map(|n| {
            (
                n,
                names
                    .get(n)
                    .map_or_else(|| format!("{}-task-{n}", place.account.team()), |s| (*s).to_owned()),
            )
        })
        .collect();
    if place.is_main() && place.is("checkout-prod") {
        wanted.push((901, "order-intake".to_owned()));
    }
    if place.is_main() && place.is(incidents::OLD_RUNTIME.0) {
        wanted.push((902, incidents::OLD_RUNTIME.1.to_owned()));
    }
    let mut all: Vec<Function> = wanted.into_iter().map(|(n, name)| function(place, n, name)).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn function(place: &Place<'_>, number: usize, name: String) -> Function {
    let mut dice = place.dice("function", number);
    let (runtime, handler) = match name == incidents::OLD_RUNTIME.1 {
        true => (Some("python3.7"), "main.handler"),
        false => dice.pick(&[
            (Some("python3.12"), "main.handler"),
            (Some("python3.12"), "main.handler"),
            (Some("nodejs22.x"), "index.handler"),
            (Some("nodejs20.x"), "index.handler"),
            (Some("java21"), "com.example.Handler::handleRequest"),
            (Some("provided.al2023"), "bootstrap"),
            (None, ""),
        ]),
    };
    let bucket = format!("{}-uploads-{}", place.account.name, place.region);
    let policy = dice.chance(0.4).then(|| {
        format!(
            r#"{{"Version":"2012-10-17","Id":"default","Statement":[{{"Sid":"from-s3","Effect":"Allow","Principal":{{"Service":"s3.amazonaws.com"}},"Action":"lambda:InvokeFunction","Resource":"{}","Condition":{{"StringEquals":{{"AWS:SourceAccount":"{}"}},"ArnLike":{{"AWS:SourceArn":"arn:aws:s3:::{bucket}"}}}}}}]}}"#,
            place.arn("lambda", &format!("function:{name}")),
            place.account.id,
        )
    });
    Function {
        runtime,
        handler,
        memory: dice.pick(&[128, 256, 512, 1_024, 3_008]),
        timeout: dice.pick(&[3, 10, 30, 60, 300, 900]),
        code_sha: format!(
            "{}=",
            dice.text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 43)
        ),
        code_size: dice.between(500, 40_000_000) as i64,
        modified: place.days_ago(&mut dice, 0, 600),
        revision: dice.uuid(),
        arm: dice.chance(0.3),
        in_vpc: dice.chance(0.3),
        traced: dice.chance(0.3),
        dead_letter: dice
            .chance(0.2)
            .then(|| place.arn("sqs", &format!("{}-dead-letters", place.account.team()))),
        reserved: dice.chance(0.15).then(|| dice.pick(&[5, 10, 50])),
        environment: {
            let mut variables = vec![("LOG_LEVEL", dice.pick(&["info", "debug"]).to_owned())];
            if dice.chance(0.5) {
                variables.push(("TABLE_NAME", format!("{}-orders", place.account.team())));
            }
            if dice.chance(0.15) {
                variables.push(("DB_PASSWORD", format!("demo-{}", dice.lowercase(12))));
            }
            variables
        },
        policy,
        url_auth: dice.chance(0.12).then(|| dice.pick(&["AWS_IAM", "NONE"])),
        description: dice.pick(&["", "", "managed by terraform"]),
        tags: tags::of(place, &mut dice, None),
        name,
    }
}

/// Clusters of the region by name. `checkout` and `web` run wherever those teams' accounts do.
pub fn clusters(place: &Place<'_>) -> Vec<Cluster> {
    let mut names = Vec::new();
    if place.is_main() && matches!(place.account.team(), "checkout" | "web") {
        names.push(place.account.team().to_owned());
    }
    names.extend((0..place.count("clusters", 0, 2)).map(|n| match n {
        0 => "batch".to_owned(),
        n => format!("jobs-{n}"),
    }));
    names.sort();
    names.into_iter().map(|name| cluster(place, name)).collect()
}

fn cluster(place: &Place<'_>, name: String) -> Cluster {
    let mut dice = place.dice(&name, 0);
    let services = dice.between(1, 8) as i64;
    let fargate = dice.chance(0.6);
    Cluster {
        services,
        running: services * dice.between(1, 4) as i64,
        pending: i64::from(dice.chance(0.1)),
        instances: if fargate { 0 } else { dice.between(2, 6) as i64 },
        fargate,
        insights: dice.pick(&["enabled", "disabled", "enhanced"]),
        namespace: dice.chance(0.3).then(|| {
            place.arn(
                "servicediscovery",
                &format!("namespace/ns-{}", place.dice("namespace", 0).lowercase(16)),
            )
        }),
        logged_commands: dice.chance(0.3),
        tags: tags::of(place, &mut dice, None),
        name,
    }
}

/// Queues of the region by name.
pub fn queues(place: &Place<'_>) -> Vec<Queue> {
    let team = place.account.team();
    let mut names: Vec<String> = Vec::new();
    if place.is_home() && place.account.purpose != Purpose::Sandbox {
        names.push(format!("{team}-uploads"));
        names.push(format!("{team}-dead-letters"));
    }
    if place.is_main() && place.is("checkout-prod") {
        names.extend([
            "orders-queue".to_owned(),
            "orders-queue-dlq".to_owned(),
            "payments-events.fifo".to_owned(),
        ]);
    }
    names.extend((0..place.count("queues", 0, 4)).map(|n| match n {
        0 => format!("{team}-jobs"),
        1 => format!("{team}-events.fifo"),
        n => format!("{team}-queue-{n}"),
    }));
    names.sort();
    names.into_iter().map(|name| queue(place, name)).collect()
}

fn queue(place: &Place<'_>, name: String) -> Queue {
    let mut dice = place.dice(&name, 1);
    let fifo = name.ends_with(".fifo");
    let is_dead = name.ends_with("dlq") || name.ends_with("dead-letters");
    let dead_letters = match name.as_str() {
        "orders-queue" => Some("orders-queue-dlq".to_owned()),
        _ if fifo || is_dead => None,
        _ => dice.chance(0.5).then(|| format!("{}-dead-letters", place.account.team())),
    };
    let arn = place.arn("sqs", &name);
    Queue {
        fifo,
        delay: dice.pick(&[0, 0, 0, 30]),
        retention: if is_dead { 1_209_600 } else { 345_600 },
        visibility: dice.pick(&[30, 60, 300]),
        wait: dice.pick(&[0, 20]),
        max_size: 262_144,
        managed_encryption: dice.chance(0.7),
        key: dice.chance(0.15).then(|| "alias/aws/sqs".to_owned()),
        dead_letters: dead_letters.filter(|_| place.account.purpose != Purpose::Sandbox || !is_dead),
        messages: if is_dead { dice.pick(&[0, 0, 3, 1_250]) } else { dice.between(0, 200) as i64 },
        created: place.days_ago(&mut dice, 20, 1_200),
        policy: name.ends_with("-uploads").then(|| {
            format!(
                r#"{{"Version":"2012-10-17","Id":"from-s3","Statement":[{{"Sid":"AllowBucket","Effect":"Allow","Principal":{{"Service":"s3.amazonaws.com"}},"Action":"SQS:SendMessage","Resource":"{arn}","Condition":{{"StringEquals":{{"aws:SourceAccount":"{}"}}}}}}]}}"#,
                place.account.id
            )
        }),
        tags: tags::of(place, &mut dice, None),
        name,
    }
}
