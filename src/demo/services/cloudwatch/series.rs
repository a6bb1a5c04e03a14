//! Which series there are: one line a namespace, with what it measures of which things.

use super::super::Call;
use super::curve::Sample;
use super::curve::Shape::{self, Busy, Counted, Held, Own};
use crate::demo::declared;
use crate::demo::dice::Dice;
use crate::demo::world::{buckets, invocations};
use crate::model::Json;

/// One metric of one thing.
#[derive(Clone, Debug)]
pub struct Series {
    pub namespace: &'static str,
    pub metric: &'static str,
    pub dimensions: Vec<(&'static str, String)>,
    pub unit: &'static str,
    /// Seconds between two measurements.
    pub every: i64,
    pub shape: Shape,
}

impl Series {
    /// As `ListMetrics` tells it.
    pub fn shown(&self) -> Json {
        let one =
            |(name, value): &(&'static str, String)| record! { "Name" => *name, "Value" => value.as_str() };
        let dimensions: Vec<Json> = self.dimensions.iter().map(one).collect();
        record! { "Namespace" => self.namespace, "MetricName" => self.metric, "Dimensions" => dimensions }
    }

    pub fn dimension(&self, name: &str) -> Option<&str> {
        self.dimensions.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str())
    }

    /// Whether exactly these dimensions are its own.
    pub fn is_of(&self, dimensions: &[(String, Option<String>)]) -> bool {
        self.dimensions.len() == dimensions.len()
            && dimensions.iter().all(|(name, value)| self.dimension(name) == value.as_deref())
    }
}

/// What a service measures of each of its things.
struct Measured {
    namespace: &'static str,
    /// The declared kind, and its field that names a thing.
    kind: &'static str,
    field: &'static str,
    /// A field, and what it must be.
    only: Option<(&'static str, &'static str)>,
    dimension: &'static str,
    every: i64,
    /// Name, unit, shape.
    metrics: &'static [(&'static str, &'static str, Shape)],
}

const MEASURED: &[Measured] = &[
    Measured {
        namespace: "AWS/EC2",
        kind: "ec2:instance",
        field: "InstanceId",
        only: Some(("State.Name", "running")),
        dimension: "InstanceId",
        every: 300,
        metrics: &[
            ("CPUUtilization", "Percent", Busy(28.0)),
            ("NetworkIn", "Bytes", Held(2_400_000.0)),
            ("NetworkOut", "Bytes", Held(1_900_000.0)),
            ("StatusCheckFailed", "Count", Held(0.0)),
        ],
    },
    Measured {
        namespace: "AWS/EBS",
        kind: "ec2:volume",
        field: "VolumeId",
        only: None,
        dimension: "VolumeId",
        every: 300,
        metrics: &[("VolumeReadOps", "Count", Counted(500.0)), ("VolumeWriteOps", "Count", Counted(800.0))],
    },
    Measured {
        namespace: "AWS/Lambda",
        kind: "lambda:function",
        field: "FunctionName",
        only: None,
        dimension: "FunctionName",
        every: 60,
        metrics: &[
            ("Invocations", "Count", Counted(120.0)),
            ("Errors", "Count", Counted(0.4)),
            ("Throttles", "Count", Counted(0.0)),
            ("Duration", "Milliseconds", Held(180.0)),
        ],
    },
    Measured {
        namespace: "AWS/RDS",
        kind: "rds:instance",
        field: "DBInstanceIdentifier",
        only: None,
        dimension: "DBInstanceIdentifier",
        every: 60,
        metrics: &[
            ("CPUUtilization", "Percent", Busy(28.0)),
            ("DatabaseConnections", "Count", Held(24.0)),
            ("FreeStorageSpace", "Bytes", Held(60_000_000_000.0)),
            ("FreeableMemory", "Bytes", Held(3_000_000_000.0)),
            ("ReadIOPS", "Count/Second", Held(90.0)),
            ("WriteIOPS", "Count/Second", Held(70.0)),
            ("ReadLatency", "Seconds", Held(0.002)),
        ],
    },
    Measured {
        namespace: "AWS/DynamoDB",
        kind: "dynamodb:table",
        field: "TableName",
        only: None,
        dimension: "TableName",
        every: 60,
        metrics: &[
            ("ConsumedReadCapacityUnits", "Count", Counted(300.0)),
            ("ConsumedWriteCapacityUnits", "Count", Counted(120.0)),
            ("ReadThrottleEvents", "Count", Counted(0.05)),
            ("WriteThrottleEvents", "Count", Counted(0.1)),
            ("ThrottledRequests", "Count", Counted(0.15)),
        ],
    },
    Measured {
        namespace: "AWS/SQS",
        kind: "sqs:queue",
        field: "QueueName",
        only: None,
        dimension: "QueueName",
        every: 300,
        metrics: &[
            ("ApproximateNumberOfMessagesVisible", "Count", Held(18.0)),
            ("ApproximateAgeOfOldestMessage", "Seconds", Held(20.0)),
            ("NumberOfMessagesSent", "Count", Counted(240.0)),
            ("NumberOfMessagesReceived", "Count", Counted(240.0)),
        ],
    },
    Measured {
        namespace: "AWS/ApplicationELB",
        kind: "elbv2:application_load_balancer",
        field: "_dimension",
        only: None,
        dimension: "LoadBalancer",
        every: 60,
        metrics: &[
            ("RequestCount", "Count", Counted(900.0)),
            ("TargetResponseTime", "Seconds", Held(0.12)),
            ("HTTPCode_Target_5XX_Count", "Count", Counted(1.2)),
            ("HTTPCode_ELB_5XX_Count", "Count", Counted(0.3)),
            ("UnHealthyHostCount", "Count", Held(0.0)),
        ],
    },
    Measured {
        namespace: "AWS/NetworkELB",
        kind: "elbv2:network_load_balancer",
        field: "_dimension",
        only: None,
        dimension: "LoadBalancer",
        every: 60,
        metrics: &[
            ("NewFlowCount", "Count", Counted(700.0)),
            ("ProcessedBytes", "Bytes", Counted(5_000_000.0)),
        ],
    },
    Measured {
        namespace: "AWS/ECS",
        kind: "ecs:cluster",
        field: "ClusterName",
        only: None,
        dimension: "ClusterName",
        every: 60,
        metrics: &[("CPUUtilization", "Percent", Busy(35.0)), ("MemoryUtilization", "Percent", Busy(48.0))],
    },
    Measured {
        namespace: "AWS/ElastiCache",
        kind: "elasticache:cluster",
        field: "CacheClusterId",
        only: None,
        dimension: "CacheClusterId",
        every: 60,
        metrics: &[
            ("CacheHits", "Count", Counted(5_000.0)),
            ("CurrConnections", "Count", Held(24.0)),
            ("EngineCPUUtilization", "Percent", Busy(18.0)),
            ("GetTypeCmds", "Count", Counted(6_000.0)),
            ("ListBasedCmds", "Count", Counted(400.0)),
            ("NewConnections", "Count", Counted(12.0)),
        ],
    },
    Measured {
        namespace: "AWS/Redshift",
        kind: "redshift:cluster",
        field: "ClusterIdentifier",
        only: None,
        dimension: "ClusterIdentifier",
        every: 60,
        metrics: &[("CPUUtilization", "Percent", Busy(30.0))],
    },
    Measured {
        namespace: "AWS/ElasticMapReduce",
        kind: "emr:cluster",
        field: "Id",
        only: None,
        dimension: "JobFlowId",
        every: 300,
        metrics: &[("IsIdle", "None", Held(0.3))],
    },
    Measured {
        namespace: "AWS/NATGateway",
        kind: "ec2:nat_gateway",
        field: "NatGatewayId",
        only: None,
        dimension: "NatGatewayId",
        every: 60,
        metrics: &[
            ("BytesOutToDestination", "Bytes", Counted(4_000_000.0)),
            ("BytesInFromDestination", "Bytes", Counted(9_000_000.0)),
            ("ErrorPortAllocation", "Count", Counted(0.0)),
        ],
    },
];

/// Series that are not those of declared things: a function a namespace.
const OTHERS: &[fn(&Call<'_>) -> Vec<Series>] = &[account_capacity, bucket_storage, model_invocations];

/// Every series of a region.
pub fn all(call: &Call<'_>) -> Vec<Series> {
    let whole = Call { whole: true, ..*call };
    let things = declared::Things::of(&whole);
    let measured = MEASURED.iter().flat_map(|measured| {
        let named = things.all(measured.kind).into_iter().filter_map(|thing| measured.names(&thing));
        named.collect::<Vec<_>>().into_iter().flat_map(|name| measured.series(&name))
    });
    measured.chain(OTHERS.iter().flat_map(|series| series(call))).collect()
}

/// Calls of models: of each, and of all together.
fn model_invocations(call: &Call<'_>) -> Vec<Series> {
    let models = invocations::metric_models(&call.place());
    let all = Some(None).filter(|_| !models.is_empty());
    let each = all.into_iter().chain(models.into_iter().map(Some));
    let series = |model: Option<&str>, metric: &'static str| Series {
        namespace: "AWS/Bedrock",
        metric,
        dimensions: model.map(|model| ("ModelId", model.to_owned())).into_iter().collect(),
        unit: match metric {
            "InvocationLatency" | "TimeToFirstToken" => "Milliseconds",
            _ => "Count",
        },
        every: 60,
        shape: Own(invoked),
    };
    each.flat_map(|model| invocations::METRICS.iter().map(move |metric| series(model, metric))).collect()
}

fn invoked(call: &Call<'_>, series: &Series, minute: i64) -> Option<Sample> {
    let model = series.dimension("ModelId");
    let samples = invocations::samples(&call.place(), series.metric, model, minute, minute + 60);
    samples.into_iter().map(Sample::single).reduce(Sample::join)
}

impl Measured {
    fn names(&self, thing: &Json) -> Option<String> {
        let at = |path: &str| path.split('.').try_fold(thing, |node, member| node.get(member));
        let is_meant = self.only.is_none_or(|(path, value)| at(path).and_then(Json::as_str) == Some(value));
        let name = match self.field {
            "QueueName" => {
                at("_value").or_else(|| at("QueueUrl")).and_then(Json::as_str)?.rsplit('/').next()?.to_owned()
            }
            field => at(field).or_else(|| at("_value"))?.to_text()?,
        };
        is_meant.then_some(name)
    }

    fn series(&self, name: &str) -> Vec<Series> {
        let one = |(metric, unit, shape): &(&'static str, &'static str, Shape)| Series {
            namespace: self.namespace,
            metric,
            dimensions: vec![(self.dimension, name.to_owned())],
            unit,
            every: self.every,
            shape: *shape,
        };
        self.metrics.iter().map(one).collect()
    }
}

/// What an account provisioned of DynamoDB in a region, where it runs anything.
fn account_capacity(call: &Call<'_>) -> Vec<Series> {
    let of = |metric| Series {
        namespace: "AWS/DynamoDB",
        metric,
        dimensions: Vec::new(),
        unit: "Percent",
        every: 300,
        shape: Busy(12.0),
    };
    let metrics = ["AccountProvisionedReadCapacityUtilization", "AccountProvisionedWriteCapacityUtilization"];
    if call.place().is_home() { metrics.map(of).to_vec() } else { Vec::new() }
}

/// What S3 measures of its buckets once a day.
fn bucket_storage(call: &Call<'_>) -> Vec<Series> {
    let here = buckets::buckets(call.world, call.account).into_iter().filter(|b| b.region == call.region);
    let of = |name: &str, metric, unit, kind: &str| Series {
        namespace: "AWS/S3",
        metric,
        dimensions: vec![("BucketName", name.to_owned()), ("StorageType", kind.to_owned())],
        unit,
        every: 86_400,
        shape: Own(stored),
    };
    here.flat_map(|bucket| {
        [
            of(&bucket.name, "BucketSizeBytes", "Bytes", "StandardStorage"),
            of(&bucket.name, "NumberOfObjects", "Count", "AllStorageTypes"),
        ]
    })
    .collect()
}

/// Buckets grow a little every day.
fn stored(call: &Call<'_>, series: &Series, at: i64) -> Option<Sample> {
    let name = series.dimension("BucketName")?;
    let objects = Dice::new(call.world.knobs.seed, &["bucket size", name]).between(200, 900_000) as f64;
    let days = (at - call.world.today) as f64 / 86_400.0;
    let objects = (objects * (1.0 + days / 900.0).max(0.1)).round();
    let value = if series.unit == "Bytes" { objects * 40_960.0 } else { objects };
    Some(Sample { count: 1.0, sum: value, low: value, high: value })
}
