//! Amazon DynamoDB.

use super::{Answer, Call, Service, tag_list};
use crate::demo::wire::ApiError;
use crate::demo::world::data::{self, Table};
use crate::demo::world::place::Place;
use crate::model::Json;

pub const SERVICE: Service = Service {
    id: "dynamodb",
    signing_name: "dynamodb",
    operations: &[
        ("DescribeContinuousBackups", describe_continuous_backups),
        ("DescribeKinesisStreamingDestination", describe_streaming_destination),
        ("DescribeTable", describe_table),
        ("ListTables", list_tables),
        ("ListTagsOfResource", list_tags_of_resource),
    ],
};

/// Tables are paged by name: the last of one page is where the next starts.
fn list_tables(call: &Call<'_>) -> Answer {
    let limit = call.int("Limit").unwrap_or(100);
    if !(1..=100).contains(&limit) {
        return Err(ApiError::bad(
            "ValidationException",
            format!(
                "1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 100"
            ),
        ));
    }
    let limit = (limit as usize).min(call.world.knobs.page_size.unwrap_or(usize::MAX));
    let after = call.text("ExclusiveStartTableName").unwrap_or_default();
    let names: Vec<String> =
        data::tables(&call.place()).into_iter().map(|t| t.name).filter(|n| n.as_str() > after).collect();
    let more = names.len() > limit;
    let names: Vec<String> = names.into_iter().take(limit).collect();
    let last = names.last().filter(|_| more).cloned();
    Ok(record! { "TableNames" => names, "LastEvaluatedTableName" => last })
}

fn find(call: &Call<'_>) -> Result<Table, ApiError> {
    let asked = call.required("TableName");
    let name = asked.rsplit('/').next().unwrap_or(asked);
    data::tables(&call.place()).into_iter().find(|t| t.name == name).ok_or_else(|| {
        ApiError::bad(
            "ResourceNotFoundException",
            format!("Requested resource not found: Table: {name} not found"),
        )
    })
}

fn arn(place: &Place<'_>, table: &Table) -> String {
    place.arn("dynamodb", &format!("table/{}", table.name))
}

fn describe_table(call: &Call<'_>) -> Answer {
    let table = find(call)?;
    let arn = arn(&call.place(), &table);
    let key = |name: &str, kind: &str| record! { "AttributeName" => name, "KeyType" => kind };
    let attribute = |name: &str| record! { "AttributeName" => name, "AttributeType" => "S" };
    let (mut keys, mut attributes) = (vec![key("pk", "HASH")], vec![attribute("pk")]);
    if table.range_key {
        keys.push(key("sk", "RANGE"));
        attributes.push(attribute("sk"));
    }
    let (read, write) = if table.on_demand { (0, 0) } else { table.capacity };
    let billing = table.on_demand.then(|| {
        record! { "BillingMode" => "PAY_PER_REQUEST", "LastUpdateToPayPerRequestDateTime" => table.created }
    });
    let stream = table
        .stream_label
        .as_ref()
        .map(|_| record! { "StreamEnabled" => true, "StreamViewType" => "NEW_AND_OLD_IMAGES" });
    let encryption = table
        .key_arn
        .as_ref()
        .map(|key| record! { "Status" => "ENABLED", "SSEType" => "KMS", "KMSMasterKeyArn" => key.as_str() });
    let class = table.infrequent.then(|| record! { "TableClass" => "STANDARD_INFREQUENT_ACCESS" });
    Ok(record! {
        "Table" => record! {
            "TableName" => table.name.as_str(),
            "TableArn" => arn.as_str(),
            "TableId" => table.id.as_str(),
            "TableStatus" => "ACTIVE",
            "CreationDateTime" => table.created,
            "AttributeDefinitions" => attributes,
            "KeySchema" => keys,
            "ProvisionedThroughput" => record! {
                "NumberOfDecreasesToday" => 0_i64,
                "ReadCapacityUnits" => read,
                "WriteCapacityUnits" => write,
            },
            "BillingModeSummary" => billing,
            "TableSizeBytes" => table.bytes,
            "ItemCount" => table.items,
            "StreamSpecification" => stream,
            "LatestStreamLabel" => table.stream_label.clone(),
            "LatestStreamArn" => table.stream_label.as_ref().map(|label| format!("{arn}/stream/{label}")),
            "SSEDescription" => encryption,
            "TableClassSummary" => class,
            "DeletionProtectionEnabled" => table.protected,
        },
    })
}

fn describe_continuous_backups(call: &Call<'_>) -> Answer {
    let table = find(call)?;
    let today = call.world.today;
    let recovery = if table.point_in_time {
        record! {
            "PointInTimeRecoveryStatus" => "ENABLED",
            "RecoveryPeriodInDays" => 35_i64,
            "EarliestRestorableDateTime" => table.created.max(today - 35 * 86_400),
            "LatestRestorableDateTime" => today - 300,
        }
    } else {
        record! { "PointInTimeRecoveryStatus" => "DISABLED" }
    };
    Ok(record! {
        "ContinuousBackupsDescription" => record! {
            "ContinuousBackupsStatus" => "ENABLED",
            "PointInTimeRecoveryDescription" => recovery,
        },
    })
}

fn describe_streaming_destination(call: &Call<'_>) -> Answer {
    let table = find(call)?;
    Ok(record! { "TableName" => table.name, "KinesisDataStreamDestinations" => Json::Array(Vec::new()) })
}

fn list_tags_of_resource(call: &Call<'_>) -> Answer {
    let place = call.place();
    let asked = call.required("ResourceArn");
    let table = data::tables(&place).into_iter().find(|t| arn(&place, t) == asked).ok_or_else(|| {
        ApiError::bad(
            "ResourceNotFoundException",
            format!("Requested resource not found: ResourceArn: {asked} not found"),
        )
    })?;
    Ok(record! { "Tags" => tag_list(&table.tags) })
}
