//! Amazon RDS: instances and what is asked about each.

use super::paging::{self, Page};
use super::{Answer, Call, Service, tag_list};
use crate::demo::wire::ApiError;
use crate::demo::world::data::{self, Database};
use crate::demo::world::network;
use crate::demo::world::place::Place;
use crate::model::Json;

pub const SERVICE: Service = Service {
    id: "rds",
    signing_name: "rds",
    operations: &[
        ("DescribeCertificates", describe_certificates),
        ("DescribeDBInstances", describe_db_instances),
        ("DescribeOrderableDBInstanceOptions", describe_orderable_options),
        ("DescribePendingMaintenanceActions", describe_pending_maintenance),
    ],
};

/// Certificate authorities: name, start and end of validity in epoch seconds.
const CERTIFICATES: [(&str, i64, i64); 3] = [
    ("rds-ca-2019", 1_566_000_000, 1_724_400_000),
    ("rds-ca-rsa2048-g1", 1_621_600_000, 2_883_900_000),
    ("rds-ca-rsa4096-g1", 1_621_600_000, 4_776_100_000),
];

fn paged<T>(call: &Call<'_>, items: Vec<T>) -> Result<Page<T>, ApiError> {
    let size = call.int("MaxRecords").unwrap_or(100);
    if !(20..=100).contains(&size) {
        return Err(ApiError::bad(
            "InvalidParameterValue",
            format!("Invalid value {size} for MaxRecords. Must be between 20 and 100"),
        ));
    }
    paging::page(call, items, call.text("Marker"), size as usize)
        .ok_or_else(|| ApiError::bad("InvalidParameterValue", "The specified marker is not valid."))
}

/// Values of the filters by name; RDS knows no wildcards.
fn filters<'a>(call: &Call<'a>, known: &[&str]) -> Result<Vec<(&'a str, Vec<&'a str>)>, ApiError> {
    let mut all = Vec::new();
    for filter in call.input.get("Filters").and_then(Json::as_array).unwrap_or_default() {
        let name = filter.get("Name").and_then(Json::as_str).unwrap_or_default();
        if !known.contains(&name) {
            return Err(ApiError::bad("InvalidParameterValue", format!("Unrecognized filter name: {name}")));
        }
        let values = filter.get("Values").and_then(Json::as_array).unwrap_or_default();
        all.push((name, values.iter().filter_map(Json::as_str).collect()));
    }
    Ok(all)
}

fn arn(place: &Place<'_>, id: &str) -> String {
    place.arn("rds", &format!("db:{id}"))
}

fn describe_db_instances(call: &Call<'_>) -> Answer {
    let place = call.place();
    let mut databases = data::databases(&place);
    if let Some(asked) = call.text("DBInstanceIdentifier") {
        databases.retain(|d| d.id.eq_ignore_ascii_case(asked) || arn(&place, &d.id) == asked);
        if databases.is_empty() {
            return Err(ApiError::new(404, "DBInstanceNotFound", format!("DBInstance {asked} not found.")));
        }
    }
    let known = ["db-cluster-id", "db-instance-id", "dbi-resource-id", "domain", "engine"];
    for (name, values) in filters(call, &known)? {
        databases.retain(|d| match name {
            "db-instance-id" => values.iter().any(|v| *v == d.id || *v == arn(&place, &d.id)),
            "dbi-resource-id" => values.contains(&d.resource_id.as_str()),
            "engine" => values.contains(&d.engine),
            _ => false,
        });
    }
    let page = paged(call, databases)?;
    let shown: Vec<Json> = page.items.iter().map(|d| shown(&place, d)).collect();
    Ok(record! { "Marker" => page.next, "DBInstances" => shown })
}

fn shown(place: &Place<'_>, database: &Database) -> Json {
    let vpc = network::main_vpc(place);
    let zone = |at: usize| vpc.subnets.get(at).map(|s| s.zone.clone());
    let subnets: Vec<Json> = vpc
        .subnets
        .iter()
        .filter(|s| s.public == database.public)
        .map(|s| {
            record! {
                "SubnetIdentifier" => s.id.as_str(),
                "SubnetAvailabilityZone" => record! { "Name" => s.zone.as_str() },
                "SubnetStatus" => "Active",
            }
        })
        .collect();
    let group = format!("{}-{}", place.account.name, if database.public { "public" } else { "private" });
    let host = place.dice("database host", 0).lowercase(12);
    let key = || place.arn("kms", &format!("key/{}", place.dice("key", 0).uuid()));
    let monitored = database.monitoring > 0;
    let family = format!("{}{}", database.engine, database.version.split('.').next().unwrap_or_default());
    let open = database.status == "available";
    record! {
        "DBInstanceIdentifier" => database.id.as_str(),
        "DBInstanceClass" => database.class,
        "Engine" => database.engine,
        "DBInstanceStatus" => database.status,
        "MasterUsername" => "dbadmin",
        "DBName" => "main",
        "Endpoint" => record! {
            "Address" => format!("{}.{host}.{}.rds.amazonaws.com", database.id, place.region),
            "Port" => database.port,
            "HostedZoneId" => format!("Z{}", place.dice("hosted zone", 0).hex(13).to_uppercase()),
        },
        "AllocatedStorage" => database.storage,
        "InstanceCreateTime" => database.created,
        "PreferredBackupWindow" => "03:00-03:30",
        "BackupRetentionPeriod" => database.backup_days,
        "DBSecurityGroups" => Json::Array(Vec::new()),
        "VpcSecurityGroups" => vec![record! {
            "VpcSecurityGroupId" => network::main_group_id(place, "db"),
            "Status" => "active",
        }],
        "DBParameterGroups" => vec![record! {
            "DBParameterGroupName" => format!("default.{family}"),
            "ParameterApplyStatus" => "in-sync",
        }],
        "AvailabilityZone" => zone(database.subnet),
        "DBSubnetGroup" => record! {
            "DBSubnetGroupName" => group.as_str(),
            "DBSubnetGroupDescription" => "managed by terraform",
            "VpcId" => vpc.id.as_str(),
            "SubnetGroupStatus" => "Complete",
            "Subnets" => subnets,
            "DBSubnetGroupArn" => place.arn("rds", &format!("subgrp:{group}")),
        },
        "PreferredMaintenanceWindow" => "sun:04:00-sun:04:30",
        "PendingModifiedValues" => Json::Object(Vec::new()),
        "LatestRestorableTime" => (database.backup_days > 0 && open).then(|| place.world.today - 300),
        "MultiAZ" => database.multi_az,
        "EngineVersion" => database.version,
        "AutoMinorVersionUpgrade" => database.auto_upgrade,
        "ReadReplicaDBInstanceIdentifiers" => Json::Array(Vec::new()),
        "LicenseModel" => if database.engine == "postgres" { "postgresql-license" } else { "general-public-license" },
        "OptionGroupMemberships" => vec![record! {
            "OptionGroupName" => format!("default:{}-{}", database.engine, family.trim_start_matches(database.engine)),
            "Status" => "in-sync",
        }],
        "SecondaryAvailabilityZone" => if database.multi_az { zone((database.subnet + 1) % 3) } else { None },
        "PubliclyAccessible" => database.public,
        "StorageType" => database.storage_type,
        "Iops" => (database.storage_type == "gp3").then_some(3_000_i64),
        "StorageThroughput" => (database.storage_type == "gp3").then_some(125_i64),
        "DbInstancePort" => 0_i64,
        "StorageEncrypted" => database.encrypted,
        "KmsKeyId" => database.encrypted.then(key),
        "DbiResourceId" => database.resource_id.as_str(),
        "CACertificateIdentifier" => database.certificate,
        "DomainMemberships" => Json::Array(Vec::new()),
        "CopyTagsToSnapshot" => true,
        "MonitoringInterval" => database.monitoring,
        "EnhancedMonitoringResourceArn" => monitored.then(|| {
            place.arn("logs", &format!("log-group:RDSOSMetrics:log-stream:{}", database.resource_id))
        }),
        "MonitoringRoleArn" => monitored.then(|| format!("arn:aws:iam::{}:role/rds-monitoring-role", place.account.id)),
        "DBInstanceArn" => arn(place, &database.id),
        "IAMDatabaseAuthenticationEnabled" => database.iam_auth,
        "PerformanceInsightsEnabled" => database.insights,
        "PerformanceInsightsKMSKeyId" => database.insights.then(key),
        "PerformanceInsightsRetentionPeriod" => database.insights.then_some(7_i64),
        "EnabledCloudwatchLogsExports" => if database.insights { vec!["postgresql"] } else { Vec::new() },
        "DeletionProtection" => database.protected,
        "AssociatedRoles" => Json::Array(Vec::new()),
        "MaxAllocatedStorage" => database.storage * 5,
        "TagList" => tag_list(&database.tags),
        "CustomerOwnedIpEnabled" => false,
        "NetworkType" => "IPV4",
        "BackupTarget" => "region",
        "CertificateDetails" => record! { "CAIdentifier" => database.certificate },
    }
}

fn describe_certificates(call: &Call<'_>) -> Answer {
    let asked = call.text("CertificateIdentifier");
    let found: Vec<_> =
        CERTIFICATES.into_iter().filter(|(name, ..)| asked.is_none_or(|a| a == *name)).collect();
    if let (Some(asked), true) = (asked, found.is_empty()) {
        return Err(ApiError::new(404, "CertificateNotFound", format!("Certificate not found: {asked}")));
    }
    let page = paged(call, found)?;
    let certificates: Vec<Json> = page
        .items
        .iter()
        .map(|(name, from, till)| {
            let thumbprint = crate::demo::dice::Dice::new(0, &["certificate", name]).hex(40);
            record! {
                "CertificateIdentifier" => *name,
                "CertificateType" => "CA",
                "Thumbprint" => thumbprint,
                "ValidFrom" => *from,
                "ValidTill" => *till,
                "CertificateArn" => format!("arn:aws:rds:{}::cert:{name}", call.region),
                "CustomerOverride" => false,
            }
        })
        .collect();
    Ok(record! {
        "DefaultCertificateForNewLaunches" => "rds-ca-rsa2048-g1",
        "Certificates" => certificates,
        "Marker" => page.next,
    })
}

fn describe_pending_maintenance(call: &Call<'_>) -> Answer {
    let place = call.place();
    let mut waiting: Vec<Database> =
        data::databases(&place).into_iter().filter(|d| d.pending.is_some()).collect();
    if let Some(asked) = call.text("ResourceIdentifier") {
        waiting.retain(|d| arn(&place, &d.id) == asked);
    }
    for (name, values) in filters(call, &["db-cluster-id", "db-instance-id"])? {
        waiting.retain(|d| {
            name == "db-instance-id" && values.iter().any(|v| *v == d.id || *v == arn(&place, &d.id))
        });
    }
    let page = paged(call, waiting)?;
    let actions: Vec<Json> = page
        .items
        .iter()
        .map(|d| {
            record! {
                "ResourceIdentifier" => arn(&place, &d.id),
                "PendingMaintenanceActionDetails" => vec![record! {
                    "Action" => d.pending,
                    "Description" => "New Operating System update is available",
                }],
            }
        })
        .collect();
    Ok(record! { "PendingMaintenanceActions" => actions, "Marker" => page.next })
}

fn describe_orderable_options(call: &Call<'_>) -> Answer {
    let place = call.place();
    let engine = call.required("Engine");
    let version = call.text("EngineVersion");
    let class = call.text("DBInstanceClass");
    let versions: &[&str] = match engine {
        "postgres" => &["13.15", "16.4"],
        "mysql" => &["8.0.39"],
        "mariadb" => &["10.11.9"],
        "docdb" => &["5.0.0"],
        _ => {
            return Err(ApiError::bad(
                "InvalidParameterValue",
                format!("Unrecognized engine name: {engine}"),
            ));
        }
    };
    let license = if engine == "postgres" { "postgresql-license" } else { "general-public-license" };
    let mut options = Vec::new();
    let classes: &[&str] = match engine {
        "docdb" => &["db.r6g.large"],
        _ => &["db.t3.medium", "db.m5.large", "db.r6g.xlarge", "db.t4g.micro"],
    };
    for offered in classes.iter().copied() {
        for known in versions {
            if class.is_some_and(|c| c != offered) || version.is_some_and(|v| v != *known) {
                continue;
            }
            let zones: Vec<Json> = ["a", "b", "c"]
                .iter()
                .map(|z| record! { "Name" => format!("{}{z}", place.region) })
                .collect();
            options.push(record! {
                "Engine" => engine,
                "EngineVersion" => *known,
                "DBInstanceClass" => offered,
                "LicenseModel" => license,
                "AvailabilityZones" => zones,
                "MultiAZCapable" => true,
                "ReadReplicaCapable" => true,
                "Vpc" => true,
                "SupportsStorageEncryption" => true,
                "StorageType" => "gp3",
                "SupportsIops" => true,
                "SupportsEnhancedMonitoring" => true,
                "SupportsIAMDatabaseAuthentication" => true,
                "SupportsPerformanceInsights" => true,
                "MinStorageSize" => 20_i64,
                "MaxStorageSize" => 65_536_i64,
            });
        }
    }
    let page = paged(call, options)?;
    Ok(record! { "OrderableDBInstanceOptions" => page.items, "Marker" => page.next })
}
