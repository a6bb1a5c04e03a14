//! Bodies over 100 KB, which Bedrock moves to objects of their own.
//!
//! A record says where its bodies are, and a record is text that anyone may have written: only what lies
//! beside the logs themselves, under the names that Bedrock gives, is read.

use std::sync::Arc;

use super::record::Part;
use super::tree::join;
use crate::model::{Fault, FaultKind, Json};
use crate::sources::objects::{Body, Files, Location, Object};

/// Bedrock takes requests of 25 MB at most; what unpacks to more is no body.
const MOST: usize = 64 << 20;

/// The paths below the location where the body that a record in `file` names may lie, best first.
pub fn places(location: &Location, file: &str, named: &str) -> Result<Vec<String>, Fault> {
    let outside = || {
        let message = format!(
            "a body is said to be at '{}', which is not beside the logs: it was not read",
            shown(named)
        );
        Fault::new(FaultKind::Rejected, message).with_code("BodyElsewhere")
    };
    let (bucket, key) =
        named.strip_prefix("s3://").and_then(|rest| rest.split_once('/')).ok_or_else(outside)?;
    let parts: Vec<&str> = key.split('/').collect();
    let is_body = |name: &str| {
        let stem = name.strip_suffix(".gz").unwrap_or(name);
        let stem = stem.strip_suffix(".json").unwrap_or(stem);
        stem.ends_with("_input") || stem.ends_with("_output")
    };
    let (name, folders) = parts.split_last().ok_or_else(outside)?;
    let is_plain = parts.iter().all(|part| !matches!(*part, "" | "." | "..") && !part.contains('\\'));
    if !is_plain || !is_body(name) || folders.last() != Some(&"data") {
        return Err(outside());
    }
    match location {
        Location::S3 { bucket: own, prefix } => {
            let below = match prefix.as_str() {
                "" => Some(key),
                prefix => key.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('/')),
            };
            match below {
                Some(below) if own == bucket => Ok(vec![below.to_owned()]),
                _ => Err(outside()),
            }
        }
        Location::Local(_) => {
            let beside = file.rsplit_once('/').map_or("", |(folder, _)| folder);
            let mut places = vec![join(beside, &format!("data/{name}"))];
            // The same tree, wherever it begins in the folder.
            let top = parts.iter().position(|part| *part == "AWSLogs");
            let tree = top.map(|top| parts[top..].join("/"));
            let begins = file.find("AWSLogs/").map(|at| &file[..at]);
            places.extend(tree.zip(begins).map(|(tree, begins)| format!("{begins}{tree}")));
            Ok(places)
        }
    }
}

/// The start of what somebody else wrote, printable.
fn shown(text: &str) -> String {
    text.chars().take(120).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

pub async fn read(files: &Arc<dyn Files>, location: &Location, file: &str, named: &str) -> Part {
    let mut last = None;
    for place in places(location, file, named)? {
        match Body::new(Arc::clone(files), Object::named(place)).whole(MOST).await {
            Ok(bytes) => {
                return Json::parse_bytes(&bytes).map_err(|why| {
                    let message = format!("the body at {} is not JSON: {why}", shown(named));
                    Fault::new(FaultKind::BadResponse, message).with_code("UnreadableBody")
                });
            }
            Err(fault) => last = Some(fault),
        }
    }
    Err(last.unwrap_or_else(|| Fault::new(FaultKind::Rejected, "the body lies nowhere")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "p/AWSLogs/100000000012/BedrockModelInvocationLogs/us-east-1/2026/03/01/10/data/r1_output.json.gz";

    fn of(location: &str, named: &str) -> Result<Vec<String>, Fault> {
        places(&Location::parse(location).unwrap(), "x/AWSLogs/1/10/log.json.gz", named)
    }

    #[test]
    fn a_body_lies_beside_its_log() {
        let named = format!("s3://logs/{KEY}");
        assert_eq!(of("s3://logs/p", &named).unwrap(), [KEY.strip_prefix("p/").unwrap()]);
        assert_eq!(of("s3://logs", &named).unwrap(), [KEY]);
        let local = of("/copy", &named).unwrap();
        assert_eq!(local[0], "x/AWSLogs/1/10/data/r1_output.json.gz");
        assert_eq!(local[1], format!("x/{}", KEY.strip_prefix("p/").unwrap()));
    }

    #[test]
    fn a_record_cannot_point_anywhere_else() {
        for (location, named) in [
            ("s3://logs/p", "s3://other/p/AWSLogs/data/r1_output.json.gz"),
            ("s3://logs/p", "s3://logs/q/data/r1_output.json.gz"),
            ("s3://logs/p", "s3://logs/payroll/data/r1_output.json.gz"),
            ("s3://logs/p", "s3://logs/p/data/../../secrets/data/r1_output.json.gz"),
            ("s3://logs", "s3://logs/backup.sql"),
            ("/copy", "s3://logs/AWSLogs/../../../etc/data/passwd_output"),
            ("/copy", "/etc/passwd"),
            ("/copy", "s3://logs//data/r1_output.json.gz"),
            ("/copy", "file:///etc/data/x_output.json"),
        ] {
            let fault = of(location, named).unwrap_err();
            assert_eq!(fault.code.as_deref(), Some("BodyElsewhere"), "{named}");
        }
        let odd = of("/copy", "s3://x/\u{1b}[31mred").unwrap_err();
        assert!(!odd.message.contains('\u{1b}'));
    }
}
