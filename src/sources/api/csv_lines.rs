//! The lines of a CSV text inside a response, as objects named by its first line.

use base64::Engine as _;

use crate::catalog::path::{Path, Step};
use crate::model::{Fault, FaultKind, Json, Key};

/// The response with a list of objects where the text was. Services send such texts in base64.
pub fn unfolded(output: Json, path: &Path, operation: &str) -> Result<Json, Fault> {
    let Some(Step::Member(name)) = path.steps.first() else { return Ok(output) };
    let Json::Object(mut members) = output else { return Ok(output) };
    if let Some((_, value)) = members.iter_mut().find(|(key, _)| **key == **name)
        && let Json::String(text) = value
    {
        let lines = lines(text).map_err(|reason| {
            Fault::new(FaultKind::BadResponse, format!("{name} is no CSV: {reason}")).in_operation(operation)
        })?;
        *value = Json::Array(lines);
    }
    Ok(Json::Object(members))
}

fn lines(text: &str) -> Result<Vec<Json>, String> {
    let decoded = base64::engine::general_purpose::STANDARD.decode(text.trim());
    let bytes = decoded.unwrap_or_else(|_| text.as_bytes().to_vec());
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let header: Vec<Key> =
        reader.headers().map_err(|e| e.to_string())?.iter().map(|name| Key::from(name.trim())).collect();
    let lines = reader.records().map(|record| {
        let record = record.map_err(|e| e.to_string())?;
        let values = record.iter().map(Json::string);
        Ok(Json::Object(header.iter().cloned().zip(values).collect()))
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unfold(response: &str) -> String {
        let path = Path::parse("Content").unwrap();
        match unfolded(Json::parse(response).unwrap(), &path, "iam:GetCredentialReport") {
            Ok(output) => output.to_json(),
            Err(fault) => fault.to_string(),
        }
    }

    #[test]
    fn each_line_is_an_object_named_by_the_first() {
        let plain = "{\"Content\":[{\"user\":\"a\",\"mfa\":\"true\"},{\"user\":\"b, c\",\"mfa\":\"\"}]}";
        assert_eq!(unfold(r#"{"Content": "user,mfa\na,true\n\"b, c\",\n"}"#), plain);
        assert_eq!(unfold(r#"{"Content": "dXNlcixtZmEKYSx0cnVlCiJiLCBjIiwK"}"#), plain);
    }

    #[test]
    fn what_is_no_csv_is_said_and_what_is_absent_stays_absent() {
        let wrong = unfold(r#"{"Content": "user,mfa\na\n"}"#);
        assert!(wrong.contains("Content is no CSV") && wrong.contains("GetCredentialReport"), "{wrong}");
        assert_eq!(unfold(r#"{"Other": 1}"#), r#"{"Other":1}"#);
    }
}
