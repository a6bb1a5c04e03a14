//! AWS Config: who records, who gathers what was recorded, and what was.

mod items;
mod query;
mod select;

use super::paging::page;
use super::{Answer, Call, Service};
use crate::demo::wire::ApiError;
use crate::demo::world::incidents::{self, Recorder};
use crate::demo::world::organization::OrgAccount;
use crate::model::Json;

pub const SERVICE: Service = Service {
    id: "config",
    signing_name: "config",
    operations: &[
        ("DescribeConfigurationAggregatorSourcesStatus", describe_sources_status),
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

fn recorder_arn(call: &Call<'_>, account: &OrgAccount, region: &str) -> String {
    let place = call.world.place(account, region);
    let id = place.dice("recorder", 0).lowercase(10);
    place.arn("config", &format!("configuration-recorder/default/{id}"))
}

/// What the recorder of a place is told to record.
fn recorder_group(state: Recorder, is_main: bool) -> [(&'static str, Json); 2] {
    let volumes = (state == Recorder::WithoutVolumes).then_some("AWS::EC2::Volume");
    let left_out: Vec<Json> = items::LEFT_OUT.iter().copied().chain(volumes).map(Json::from).collect();
    let group = record! {
        "AllSupported" => false,
        // What belongs to no region is recorded once, in the main region.
        "IncludeGlobalResourceTypes" => is_main,
        "ResourceTypes" => Json::Array(Vec::new()),
        "ExclusionByResourceTypes" => record! { "ResourceTypes" => Json::Array(left_out) },
        "RecordingStrategy" => record! { "UseOnly" => "EXCLUSION_BY_RESOURCE_TYPES" },
    };
    let frequency = if state == Recorder::Daily { "DAILY" } else { "CONTINUOUS" };
    [("RecordingGroup", group), ("RecordingMode", record! { "RecordingFrequency" => frequency })]
}

fn role_arn(account: &OrgAccount) -> String {
    format!("arn:aws:iam::{}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig", account.id)
}

fn describe_recorders(call: &Call<'_>) -> Answer {
    let recorders: Vec<Json> = recorder(call)?
        .map(|state| {
            let mut members: Vec<(crate::model::Key, Json)> = vec![
                ("Arn".into(), Json::string(recorder_arn(call, call.account, call.region))),
                ("Name".into(), "default".into()),
                ("RoleARN".into(), Json::string(role_arn(call.account))),
                ("RecordingScope".into(), "PAID".into()),
            ];
            let group = recorder_group(state, call.place().is_main());
            members.extend(group.map(|(name, value)| (name.into(), value)));
            Json::Object(members)
        })
        .into_iter()
        .collect();
    Ok(record! { "ConfigurationRecorders" => recorders })
}

fn describe_recorder_status(call: &Call<'_>) -> Answer {
    let today = call.world.today;
    let statuses: Vec<Json> = recorder(call)?
        .map(|state| {
            let on = state != Recorder::Stopped;
            record! {
                "Arn" => recorder_arn(call, call.account, call.region),
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

/// Whether the call is made where the aggregator is; an error where another is asked for by name.
fn aggregator_is_here(call: &Call<'_>, names: &[&str]) -> Result<bool, ApiError> {
    let place = call.place();
    let here = place.is(AGGREGATOR.0) && place.is_main();
    match names.iter().find(|n| !here || **n != AGGREGATOR.1) {
        None => Ok(here),
        Some(unknown) => Err(ApiError::bad(
            "NoSuchConfigurationAggregatorException",
            format!("The configuration aggregator does not exist: {unknown}"),
        )),
    }
}

fn invalid_token() -> ApiError {
    ApiError::bad("InvalidNextTokenException", "The specified next token is not valid.")
}

fn describe_aggregators(call: &Call<'_>) -> Answer {
    let place = call.place();
    let mut aggregators = Vec::new();
    if aggregator_is_here(call, &call.texts("ConfigurationAggregatorNames"))? {
        let id = place.dice("aggregator", 0).lowercase(8);
        aggregators.push(record! {
            "ConfigurationAggregatorName" => AGGREGATOR.1,
            "ConfigurationAggregatorArn" => place.arn("config", &format!("config-aggregator/config-aggregator-{id}")),
            "OrganizationAggregationSource" => record! {
                "RoleArn" => role_arn(place.account),
                "AllAwsRegions" => true,
            },
            "CreationTime" => place.account.joined + 86_400,
            "LastUpdatedTime" => place.account.joined + 86_400,
        });
    }
    let size = call.int("Limit").unwrap_or(100).clamp(1, 100) as usize;
    let page = page(call, aggregators, call.text("NextToken"), size).ok_or_else(invalid_token)?;
    Ok(record! { "ConfigurationAggregators" => page.items, "NextToken" => page.next })
}

/// Where the aggregator gathers: the organization, and every account and region that has a recorder.
fn describe_sources_status(call: &Call<'_>) -> Answer {
    aggregator_is_here(call, &[call.required("ConfigurationAggregatorName")])?;
    let wanted = call.texts("UpdateStatus");
    let is_wanted = |status: &str| wanted.is_empty() || wanted.contains(&status);
    let gathered = call.world.today - 300;
    let mut sources = Vec::new();
    if is_wanted("SUCCEEDED") {
        sources.push(record! {
            "SourceId" => call.world.organization.id.as_str(),
            "SourceType" => "ORGANIZATION",
            "AwsRegion" => call.region,
            "LastUpdateStatus" => "SUCCEEDED",
            "LastUpdateTime" => gathered,
        });
    }
    for (account, region) in select::places(call) {
        let status = if incidents::is_aggregated(account) { "SUCCEEDED" } else { "FAILED" };
        if incidents::recorder(account) == Recorder::Missing || !is_wanted(status) {
            continue;
        }
        let failed = status == "FAILED";
        sources.push(record! {
            "SourceId" => account.id.as_str(),
            "SourceType" => "ACCOUNT",
            "AwsRegion" => region,
            "LastUpdateStatus" => status,
            "LastUpdateTime" => gathered,
            "LastErrorCode" => failed.then_some("ACCESS_DENIED"),
            "LastErrorMessage" => failed.then_some("Data collection from the account is not authorized."),
        });
    }
    let size = call.int("Limit").unwrap_or(100).clamp(1, 100) as usize;
    let page = page(call, sources, call.text("NextToken"), size).ok_or_else(invalid_token)?;
    Ok(record! { "AggregatedSourceStatusList" => page.items, "NextToken" => page.next })
}
