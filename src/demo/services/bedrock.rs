//! Amazon Bedrock: where model invocations are logged. What else it tells is declared.

use super::{Answer, Call, Service};
use crate::demo::world::invocations;
use crate::model::Json;

pub const SERVICE: Service = Service {
    id: "bedrock",
    signing_name: "bedrock",
    operations: &[("GetModelInvocationLoggingConfiguration", logging)],
};

/// Empty where nobody has switched it on.
fn logging(call: &Call<'_>) -> Answer {
    if !invocations::is_logged(&call.place()) {
        return Ok(Json::Object(Vec::new()));
    }
    Ok(record! {
        "LoggingConfig" => record! {
            "S3Config" => record! { "BucketName" => invocations::bucket_name(&call.account.name, call.region) },
            "TextDataDeliveryEnabled" => true,
            "ImageDataDeliveryEnabled" => false,
            "EmbeddingDataDeliveryEnabled" => true,
        },
    })
}
