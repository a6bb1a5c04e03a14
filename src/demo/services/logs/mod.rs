//! Amazon CloudWatch Logs: events, streams, and queries over them. Which groups there are is declared.

mod events;
mod filtering;
mod insights;
mod lines;
mod pattern;

pub use insights::Queries;

use super::{Answer, Call, Service};
use crate::demo::wire::ApiError;
use crate::model::Json;
use events::Group;

pub const SERVICE: Service = Service {
    id: "logs",
    signing_name: "logs",
    operations: &[
        ("DescribeLogStreams", filtering::describe_log_streams),
        ("DescribeQueries", insights::describe_queries),
        ("FilterLogEvents", filtering::filter_log_events),
        ("GetLogRecord", get_log_record),
        ("GetQueryResults", insights::get_query_results),
        ("StartQuery", insights::start_query),
        ("StopQuery", insights::stop_query),
    ],
};

/// By name or ARN.
fn find(call: &Call<'_>, asked: &str) -> Option<Group> {
    let name = asked.split_once(":log-group:").map_or(asked, |(_, name)| name.trim_end_matches(":*"));
    events::groups(call, |group| group == name).pop()
}

fn absent(what: &str) -> ApiError {
    ApiError::bad("ResourceNotFoundException", format!("The specified {what} does not exist."))
}

fn get_log_record(call: &Call<'_>) -> Answer {
    let wrong = || ApiError::bad("InvalidParameterException", "The log record pointer is not valid.");
    let (name, named) = events::pointed(call.required("LogRecordPointer")).ok_or_else(wrong)?;
    let group = find(call, &name).ok_or_else(wrong)?;
    let mut minute = Vec::new();
    group.minute(named.minute, &mut minute);
    let event = minute.into_iter().find(|e| (e.number, e.part) == (named.number, named.part));
    let event = event.ok_or_else(|| absent("log record"))?;
    let fields = insights::every_field(&group, event);
    let record = Json::object(fields.into_iter().map(|(name, value)| (name, Json::String(value))));
    Ok(record! { "LogRecord" => record })
}
