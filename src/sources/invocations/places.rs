//! Where logs are read: what the statement says, else the settings, else what each account says of itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::model::{AccountId, Fault, FaultKind, Json, Region};
use crate::settings::Settings;
use crate::sources::Qual;
use crate::sources::calls::equal_values;
use crate::sources::objects::Location;
use crate::sources::reader::{Asker, Reader};

pub const LOGGING: &str = "bedrock:GetModelInvocationLoggingConfiguration";

/// One place, as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// As it was written: the column `path` must equal it.
    pub text: String,
    pub location: Location,
    /// Whose role reads the bucket; the unit's own where nobody says.
    pub account: Option<AccountId>,
}

impl Asked {
    /// A path, or `s3://[account@]bucket/prefix`.
    pub fn parse(text: &str) -> std::result::Result<Asked, String> {
        let named = text.strip_prefix("s3://").and_then(|rest| rest.split_once('@'));
        let (account, place) = match named.filter(|(account, _)| !account.contains('/')) {
            Some((account, rest)) => {
                let account =
                    account.parse().map_err(|_| format!("'{account}' is not the id of an account"))?;
                (Some(account), format!("s3://{rest}"))
            }
            None => (None, text.to_owned()),
        };
        Ok(Asked { text: text.to_owned(), location: Location::parse(&place)?, account })
    }
}

/// The places of a statement; `None` where each account is asked for its own.
pub fn asked(quals: &BTreeMap<String, Vec<Qual>>, settings: &Settings) -> Result<Option<Vec<Asked>>> {
    let written: Vec<&str> = match equal_values(quals, "path") {
        Some(values) => values.iter().filter_map(Json::as_str).collect(),
        None => settings.invocations.logs.iter().map(String::as_str).collect(),
    };
    let wrong = |text: &str, why: String| {
        Error::usage(format!("model invocation logs cannot be read from '{text}'"))
            .cause(why)
            .hint("write a folder, a file, or s3://bucket/prefix; s3://123456789012@bucket/prefix says whose role reads it")
    };
    let places: Vec<Asked> = written
        .iter()
        .map(|text| Asked::parse(text).map_err(|why| wrong(text, why)))
        .collect::<Result<_>>()?;
    let local = places.iter().filter(|place| place.location.is_local()).count();
    if local > 0 && local < places.len() {
        return Err(Error::usage("model invocation logs of this machine and of S3 are asked for at once")
            .hint("ask them one by one: where path = '...'"));
    }
    Ok((!places.is_empty()).then_some(places))
}

/// What an account says of its logging in a region.
pub enum Logging {
    To(Asked),
    Off,
}

pub async fn logging(
    asker: &Asker,
    reader: &Arc<dyn Reader>,
    region: &Region,
) -> std::result::Result<Logging, Fault> {
    let Some(operation) = reader.read_operation(LOGGING) else {
        return Err(Fault::new(FaultKind::Rejected, format!("{LOGGING} is not among the read operations")));
    };
    let (answer, _) = asker.finish(asker.start(region, &operation, Json::Object(Vec::new()))).await?;
    let Some(config) = answer.get("LoggingConfig").filter(|config| !config.is_null()) else {
        return Ok(Logging::Off);
    };
    let text = |part: &Json, member: &str| part.get(member).and_then(Json::as_str).map(str::to_owned);
    if let Some(s3) = config.get("S3Config")
        && let Some(bucket) = text(s3, "BucketName")
    {
        let prefix = text(s3, "KeyPrefix").unwrap_or_default();
        let prefix = prefix.trim_matches('/');
        let written =
            if prefix.is_empty() { format!("s3://{bucket}") } else { format!("s3://{bucket}/{prefix}") };
        let location = Location::parse(&written).map_err(|why| Fault::new(FaultKind::BadResponse, why))?;
        return Ok(Logging::To(Asked { text: written, location, account: None }));
    }
    match config.get("CloudWatchConfig").and_then(|logs| text(logs, "LogGroupName")) {
        Some(group) => {
            let message = format!(
                "calls are logged to the log group '{group}' alone, not to S3: ask aws_cloudwatch_log_event"
            );
            Err(Fault::new(FaultKind::NotRecorded, message).in_operation(LOGGING))
        }
        None => Ok(Logging::Off),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_may_say_whose_role_reads_it() {
        let place = Asked::parse("s3://100000000002@logs/p").unwrap();
        assert_eq!(
            (place.account.unwrap().as_str(), place.location.to_string().as_str()),
            ("100000000002", "s3://logs/p")
        );
        assert_eq!(Asked::parse("s3://logs/a@b").unwrap().account, None);
        assert_eq!(Asked::parse("/x@y").unwrap().location.to_string(), "/x@y");
        assert!(Asked::parse("s3://audit@logs/p").is_err());
    }
}
