//! AWS Config: who records, and who gathers what was recorded.

mod select;

use super::paging::page;
use super::{Answer, Call, Service};
use crate::demo::wire::ApiError;
use crate::demo::world::incidents::{self, Recorder};
use crate::model::Json;

pub const SERVICE: Service = Service {
    id: "config",
    signing_name: "config",
    operations: &[
        ("DescribeConfigurationAggregators", describe_aggregators),
        ("DescribeConfigurationRecorderStatus", describe_recorder_status),
        ("DescribeConfigurationRecorders", describe_recorders),
        ("SelectAggregateResourceConfig", select::aggregate),
        ("SelectResourceConfig", select::own),
    ],
};

/// Where the organization's aggregator lives, in its main region.
const AGGREGATOR: (&str, &str) = ("security-tooling", "organization");

/// The region's recorder, if it has one; an error where another is asked for by name.
fn recorder(call: &Call<'_>) -> Result<Option<Recorder>, ApiError> {
    let recorder = match incidents::recorder(call.account) {
        Recorder::Missing => None,
        other => Some(other),
    };
    let names = call.texts("ConfigurationRecorderNames");
    if let Some(unknown) = names.iter().find(|n| recorder.is_none() || **n != "default") {
        return Err(ApiError::bad(
            "NoSuchConfigurationRecorderException",
            format!("Cannot find configuration recorder with the specified name '{unknown}'."),
        ));
    }
    Ok(recorder)
}

fn recorder_arn(call: &Call<'_>) -> String {
    let id = call.place().dice("recorder", 0).lowercase(10);
    call.place().arn("config", &format!("configuration-recorder/default/{id}"))
}

fn describe_recorders(call: &Call<'_>) -> Answer {
    let account = &call.account.id;
    let recorders: Vec<Json> = recorder(call)?
        .map(|_| {
            record! {
                "Arn" => recorder_arn(call),
                "Name" => "default",
                "RoleARN" => format!("arn:aws:iam::{account}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"),
                "RecordingGroup" => record! {
                    "AllSupported" => true,
                    // Global resources are recorded once, in the main region.
                    "IncludeGlobalResourceTypes" => call.place().is_main(),
                    "ResourceTypes" => Json::Array(Vec::new()),
                    "RecordingStrategy" => record! { "UseOnly" => "ALL_SUPPORTED_RESOURCE_TYPES" },
                },
                "RecordingMode" => record! { "RecordingFrequency" => "CONTINUOUS" },
                "RecordingScope" => "PAID",
            }
        })
        .into_iter()
        .collect();
    Ok(record! { "ConfigurationRecorders" => recorders })
}

fn describe_recorder_status(call: &Call<'_>) -> Answer {
    let today = call.world.today;
    let statuses: Vec<Json> = recorder(call)?
        .map(|state| {
            let on = state == Recorder::On;
            record! {
                "Arn" => recorder_arn(call),
                "Name" => "default",
                "LastStartTime" => call.account.joined + 3_600,
                "LastStopTime" => (!on).then_some(today - 40 * 86_400),
                "Recording" => on,
                "LastStatus" => if on { "SUCCESS" } else { "PENDING" },
                "LastStatusChangeTime" => if on { today - 600 } else { today - 40 * 86_400 },
            }
        })
        .into_iter()
        .collect();
    Ok(record! { "ConfigurationRecordersStatus" => statuses })
}

fn describe_aggregators(call: &Call<'_>) -> Answer {
    let place = call.place();
    let names = call.texts("ConfigurationAggregatorNames");
    let here = place.is(AGGREGATOR.0) && place.is_main();
    if let Some(unknown) = names.iter().find(|n| !here || **n != AGGREGATOR.1) {
        return Err(ApiError::bad(
            "NoSuchConfigurationAggregatorException",
            format!("The configuration aggregator does not exist: {unknown}"),
        ));
    }
    let mut aggregators = Vec::new();
    if here {
        let id = place.dice("aggregator", 0).lowercase(8);
        aggregators.push(record! {
            "ConfigurationAggregatorName" => AGGREGATOR.1,
            "ConfigurationAggregatorArn" => place.arn("config", &format!("config-aggregator/config-aggregator-{id}")),
            "OrganizationAggregationSource" => record! {
                "RoleArn" => format!("arn:aws:iam::{}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig", place.account.id),
                "AllAwsRegions" => true,
            },
            "CreationTime" => place.account.joined + 86_400,
            "LastUpdatedTime" => place.account.joined + 86_400,
        });
    }
    let size = call.int("Limit").unwrap_or(100).clamp(1, 100) as usize;
    let page = page(call, aggregators, call.text("NextToken"), size).ok_or_else(|| {
        ApiError::bad("InvalidNextTokenException", "The specified next token is not valid.")
    })?;
    Ok(record! { "ConfigurationAggregators" => page.items, "NextToken" => page.next })
}
