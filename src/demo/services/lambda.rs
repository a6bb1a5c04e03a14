//! AWS Lambda: functions.

use super::paging::page;
use super::{Answer, Call, Service, tag_map};
use crate::demo::wire::ApiError;
use crate::demo::world::network;
use crate::demo::world::place::Place;
use crate::demo::world::serverless::{self, Function};
use crate::model::Json;

pub const SERVICE: Service = Service {
    id: "lambda",
    signing_name: "lambda",
    operations: &[
        ("GetFunction", get_function),
        ("GetFunctionUrlConfig", get_function_url_config),
        ("GetPolicy", get_policy),
        ("ListFunctions", list_functions),
    ],
};

/// Lambda gives at most this many a page, whatever is asked for.
const LARGEST_PAGE: i64 = 50;

fn arn(place: &Place<'_>, name: &str) -> String {
    place.arn("lambda", &format!("function:{name}"))
}

/// `2026-02-27T08:31:05.000+0000`
fn lambda_time(epoch: i64) -> String {
    crate::demo::wire::rfc3339(epoch as f64, true).replace('Z', "+0000")
}

fn list_functions(call: &Call<'_>) -> Answer {
    let place = call.place();
    let size = call.int("MaxItems").unwrap_or(LARGEST_PAGE).clamp(1, LARGEST_PAGE) as usize;
    let page = page(call, serverless::functions(&place), call.text("Marker"), size)
        .ok_or_else(|| ApiError::bad("InvalidParameterValueException", "Invalid Marker."))?;
    let functions: Vec<Json> = page.items.iter().map(|f| configuration(&place, f, false)).collect();
    Ok(record! { "Functions" => functions, "NextMarker" => page.next })
}

/// By name, `account:name` or ARN.
fn find(call: &Call<'_>) -> Result<Function, ApiError> {
    let place = call.place();
    let asked = call.required("FunctionName");
    let name = asked.rsplit(':').next().unwrap_or(asked);
    serverless::functions(&place).into_iter().find(|f| f.name == name).ok_or_else(|| {
        ApiError::new(404, "ResourceNotFoundException", format!("Function not found: {}", arn(&place, name)))
    })
}

/// `GetFunction` tells the state, lists do not.
fn configuration(place: &Place<'_>, function: &Function, with_state: bool) -> Json {
    let network = function.in_vpc.then(|| {
        let vpc = network::main_vpc(place);
        let subnets: Vec<String> = vpc.subnets.iter().filter(|s| !s.public).map(|s| s.id.clone()).collect();
        record! {
            "SubnetIds" => subnets,
            "SecurityGroupIds" => vec![network::main_group_id(place, "app")],
            "VpcId" => vpc.id,
            "Ipv6AllowedForDualStack" => false,
        }
    });
    let variables = Json::object(function.environment.iter().map(|(k, v)| (*k, Json::string(v.as_str()))));
    let known = |word: &str| with_state.then(|| word.to_owned());
    record! {
        "FunctionName" => function.name.as_str(),
        "FunctionArn" => arn(place, &function.name),
        "Runtime" => function.runtime,
        "Role" => format!("arn:aws:iam::{}:role/lambda-execution-role", place.account.id),
        "Handler" => function.runtime.map(|_| function.handler),
        "CodeSize" => function.code_size,
        "Description" => function.description,
        "Timeout" => function.timeout,
        "MemorySize" => function.memory,
        "LastModified" => lambda_time(function.modified),
        "CodeSha256" => function.code_sha.as_str(),
        "Version" => "$LATEST",
        "VpcConfig" => network,
        "DeadLetterConfig" => function.dead_letter.as_ref().map(|arn| record! { "TargetArn" => arn.as_str() }),
        "Environment" => record! { "Variables" => variables },
        "TracingConfig" => record! { "Mode" => if function.traced { "Active" } else { "PassThrough" } },
        "RevisionId" => function.revision.as_str(),
        "State" => known("Active"),
        "LastUpdateStatus" => known("Successful"),
        "PackageType" => if function.runtime.is_some() { "Zip" } else { "Image" },
        "Architectures" => vec![if function.arm { "arm64" } else { "x86_64" }],
        "EphemeralStorage" => record! { "Size" => 512_i64 },
        "SnapStart" => record! { "ApplyOn" => "None", "OptimizationStatus" => "Off" },
        "LoggingConfig" => record! { "LogFormat" => "Text", "LogGroup" => format!("/aws/lambda/{}", function.name) },
    }
}

fn get_function(call: &Call<'_>) -> Answer {
    let function = find(call)?;
    let place = call.place();
    let code = match function.runtime {
        Some(_) => record! {
            "RepositoryType" => "S3",
            "Location" => format!(
                "https://awslambda-{0}-tasks.s3.{0}.amazonaws.com/snapshots/{1}/{2}",
                place.region, place.account.id, function.name
            ),
        },
        None => {
            let image =
                format!("{}.dkr.ecr.{}.amazonaws.com/{}", place.account.id, place.region, function.name);
            record! { "RepositoryType" => "ECR", "ImageUri" => format!("{image}:latest") }
        }
    };
    let tags = (!function.tags.is_empty()).then(|| tag_map(&function.tags));
    let reserved = function.reserved.map(|n| record! { "ReservedConcurrentExecutions" => n });
    Ok(record! {
        "Configuration" => configuration(&place, &function, true),
        "Code" => code,
        "Tags" => tags,
        "Concurrency" => reserved,
    })
}

fn get_policy(call: &Call<'_>) -> Answer {
    let function = find(call)?;
    match function.policy {
        Some(policy) => Ok(record! { "Policy" => policy, "RevisionId" => function.revision }),
        None => {
            Err(ApiError::new(404, "ResourceNotFoundException", "The resource you requested does not exist."))
        }
    }
}

fn get_function_url_config(call: &Call<'_>) -> Answer {
    let function = find(call)?;
    let place = call.place();
    let Some(auth) = function.url_auth else {
        return Err(ApiError::new(
            404,
            "ResourceNotFoundException",
            "The resource you requested does not exist.",
        ));
    };
    let id = place.dice(&function.name, 7).lowercase(32);
    Ok(record! {
        "FunctionUrl" => format!("https://{id}.lambda-url.{}.on.aws/", place.region),
        "FunctionArn" => arn(&place, &function.name),
        "AuthType" => auth,
        "CreationTime" => lambda_time(function.modified),
        "LastModifiedTime" => lambda_time(function.modified),
        "InvokeMode" => "BUFFERED",
    })
}
