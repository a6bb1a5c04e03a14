//! Amazon SQS, over JSON with the error codes of its query days.

use super::paging::page;
use super::{Answer, Call, Service, tag_map};
use crate::demo::wire::ApiError;
use crate::demo::world::place::Place;
use crate::demo::world::serverless::{self, Queue};
use crate::model::Json;

pub const SERVICE: Service = Service {
    id: "sqs",
    signing_name: "sqs",
    operations: &[
        ("GetQueueAttributes", get_queue_attributes),
        ("ListQueueTags", list_queue_tags),
        ("ListQueues", list_queues),
    ],
};

fn url(place: &Place<'_>, name: &str) -> String {
    format!("https://sqs.{}.amazonaws.com/{}/{name}", place.region, place.account.id)
}

/// All queues at once, and at most a thousand, unless a page size is asked for.
fn list_queues(call: &Call<'_>) -> Answer {
    let place = call.place();
    let prefix = call.text("QueueNamePrefix").unwrap_or_default();
    let urls: Vec<String> = serverless::queues(&place)
        .iter()
        .filter(|q| q.name.starts_with(prefix))
        .map(|q| url(&place, &q.name))
        .collect();
    let size = call.int("MaxResults").unwrap_or(1_000);
    if !(1..=1_000).contains(&size) {
        return Err(ApiError::bad(
            "InvalidParameterValue",
            "MaxResults must be an integer between 1 and 1000.",
        )
        .query_code("InvalidParameterValue"));
    }
    let mut page = page(call, urls, call.text("NextToken"), size as usize).ok_or_else(|| {
        ApiError::bad("InvalidParameterValue", "Invalid NextToken value.").query_code("InvalidParameterValue")
    })?;
    if call.int("MaxResults").is_none() && call.world.knobs.page_size.is_none() {
        page.next = None;
    }
    Ok(record! { "QueueUrls" => page.items, "NextToken" => page.next })
}

fn find(call: &Call<'_>) -> Result<Queue, ApiError> {
    let asked = call.required("QueueUrl");
    let mut parts = asked.rsplit('/');
    let (name, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let own = account == call.account.id;
    serverless::queues(&call.place()).into_iter().find(|q| own && q.name == name).ok_or_else(|| {
        ApiError::bad("QueueDoesNotExist", "The specified queue does not exist.")
            .query_code("AWS.SimpleQueueService.NonExistentQueue")
    })
}

fn get_queue_attributes(call: &Call<'_>) -> Answer {
    let queue = find(call)?;
    let place = call.place();
    let mut attributes: Vec<(&str, String)> = vec![
        ("QueueArn", place.arn("sqs", &queue.name)),
        ("ApproximateNumberOfMessages", queue.messages.to_string()),
        ("ApproximateNumberOfMessagesNotVisible", "0".to_owned()),
        ("ApproximateNumberOfMessagesDelayed", "0".to_owned()),
        ("CreatedTimestamp", queue.created.to_string()),
        ("LastModifiedTimestamp", queue.created.to_string()),
        ("VisibilityTimeout", queue.visibility.to_string()),
        ("MaximumMessageSize", queue.max_size.to_string()),
        ("MessageRetentionPeriod", queue.retention.to_string()),
        ("DelaySeconds", queue.delay.to_string()),
        ("ReceiveMessageWaitTimeSeconds", queue.wait.to_string()),
    ];
    match &queue.key {
        Some(key) => {
            attributes.push(("KmsMasterKeyId", key.clone()));
            attributes.push(("KmsDataKeyReusePeriodSeconds", "300".to_owned()));
            attributes.push(("SqsManagedSseEnabled", "false".to_owned()));
        }
        None => attributes.push(("SqsManagedSseEnabled", queue.managed_encryption.to_string())),
    }
    if let Some(policy) = &queue.policy {
        attributes.push(("Policy", policy.clone()));
    }
    if let Some(target) = &queue.dead_letters {
        let arn = place.arn("sqs", target);
        attributes
            .push(("RedrivePolicy", format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":5}}"#)));
    }
    if queue.fifo {
        attributes.push(("FifoQueue", "true".to_owned()));
        attributes.push(("ContentBasedDeduplication", "false".to_owned()));
        attributes.push(("DeduplicationScope", "queue".to_owned()));
        attributes.push(("FifoThroughputLimit", "perQueue".to_owned()));
    }
    let asked = call.texts("AttributeNames");
    let all = asked.contains(&"All");
    let kept = attributes.into_iter().filter(|(name, _)| all || asked.contains(name));
    let object = Json::object(kept.map(|(name, value)| (name, Json::from(value))));
    Ok(record! { "Attributes" => object })
}

fn list_queue_tags(call: &Call<'_>) -> Answer {
    let queue = find(call)?;
    // A queue without tags answers an empty object.
    if queue.tags.is_empty() {
        return Ok(Json::Object(Vec::new()));
    }
    Ok(record! { "Tags" => tag_map(&queue.tags) })
}
