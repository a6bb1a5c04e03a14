//! The demo's own half of the wire: requests read and responses written by the catalog's shapes.
//!
//! Shares nothing with `aws/`, which reads what is written here: two sides that share a codec agree
//! in the same mistake. Values travel as [`Json`](crate::model::Json) under model member names;
//! timestamps in it are epoch seconds.

mod delivery;
mod error;
mod form;
mod json;
mod refusal;
mod request;
mod response;
mod route;
mod xml;

pub use delivery::{Delivery, Sent, Tear};
pub use error::ApiError;
pub use refusal::Refusal;
pub use request::Incoming;
pub use response::{failure, success};
pub use route::{Routed, Router};

use bytes::Bytes;

/// What goes back over the wire.
pub type Outgoing = http::Response<Bytes>;

/// RFC 3339 in UTC, with milliseconds where the service writes them.
pub fn rfc3339(epoch: f64, millis: bool) -> String {
    let time = chrono::DateTime::from_timestamp_millis((epoch * 1000.0).round() as i64).unwrap_or_default();
    time.format(if millis { "%Y-%m-%dT%H:%M:%S%.3fZ" } else { "%Y-%m-%dT%H:%M:%SZ" }).to_string()
}

/// Undoes percent-encoding; `+` is a space in forms only.
pub fn decoded(text: &str, form: bool) -> String {
    let plain = if form { text.replace('+', " ") } else { text.to_owned() };
    percent_encoding::percent_decode_str(&plain).decode_utf8_lossy().into_owned()
}

/// Name and value of every part of a query string or form.
pub fn pairs(text: &str, form: bool) -> Vec<(String, String)> {
    text.split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decoded(name, form), decoded(value, form))
        })
        .collect()
}
