//! AWS Signature Version 4, checked as the services do.

use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::Caller;
use super::keys::mac;
use crate::demo::wire::{Incoming, Refusal, pairs};
use crate::demo::world::World;

/// How far a signer's clock may be off, in seconds.
const TOLERANCE: i64 = 300;

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The parsed `Authorization` header.
pub struct Scope<'a> {
    pub access_key: &'a str,
    pub date: &'a str,
    pub region: &'a str,
    /// The signing name: `elasticloadbalancing`.
    pub service: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

/// `AWS4-HMAC-SHA256 Credential=AKIA/20260301/us-east-1/ec2/aws4_request, SignedHeaders=..., Signature=...`
pub fn scope(incoming: &Incoming) -> Result<Scope<'_>, Refusal> {
    let header = incoming.header("authorization").ok_or(Refusal::Unsigned)?;
    let fields = header.strip_prefix("AWS4-HMAC-SHA256").ok_or(Refusal::Unsigned)?;
    let field = |name: &str| {
        fields
            .split(',')
            .find_map(|f| f.trim().strip_prefix(name)?.strip_prefix('='))
            .ok_or(Refusal::BadSignature)
    };
    let mut credential = field("Credential")?.split('/');
    let mut next = || credential.next().ok_or(Refusal::BadSignature);
    let (access_key, date, region, service, end) = (next()?, next()?, next()?, next()?, next()?);
    if end != "aws4_request" {
        return Err(Refusal::BadSignature);
    }
    Ok(Scope {
        access_key,
        date,
        region,
        service,
        signed_headers: field("SignedHeaders")?,
        signature: field("Signature")?,
    })
}

/// The identity behind a request, or why there is none. `now` is the real time in epoch seconds:
/// signatures and sessions live in it, whatever the world's clock says.
pub fn authenticate(
    world: &World,
    incoming: &Incoming,
    scope: &Scope<'_>,
    now: i64,
) -> Result<Arc<Caller>, Refusal> {
    let stamp = incoming.header("x-amz-date").ok_or(Refusal::Unsigned)?;
    let signed = chrono::NaiveDateTime::parse_from_str(stamp, "%Y%m%dT%H%M%SZ")
        .map_err(|_| Refusal::BadSignature)?
        .and_utc()
        .timestamp();
    let token = incoming.header("x-amz-security-token");
    let management = &world.organization.management().id;
    let caller = world.keyring.caller(scope.access_key, token, management)?;
    let text = format!(
        "AWS4-HMAC-SHA256\n{stamp}\n{}/{}/{}/aws4_request\n{}",
        scope.date,
        scope.region,
        scope.service,
        hex(&Sha256::digest(canonical(incoming, scope)?))
    );
    let mut key = mac(format!("AWS4{}", caller.secret).as_bytes(), &[scope.date.as_bytes()]);
    for part in [scope.region, scope.service, "aws4_request", &text] {
        key = mac(&key, &[part.as_bytes()]);
    }
    if hex(&key) != scope.signature || !stamp.starts_with(scope.date) {
        return Err(Refusal::BadSignature);
    }
    if (now - signed).abs() > TOLERANCE {
        let at = |epoch: i64| {
            let time = chrono::DateTime::from_timestamp(epoch, 0).unwrap_or_default();
            time.format("%Y%m%dT%H%M%SZ").to_string()
        };
        let (from, to) = (at(now - TOLERANCE), at(now + TOLERANCE));
        return Err(Refusal::Skewed(if signed < now {
            format!("Signature expired: {stamp} is now earlier than {from} ({} - 5 min.)", at(now))
        } else {
            format!("Signature not yet current: {stamp} is still later than {to} ({} + 5 min.)", at(now))
        }));
    }
    if caller.expires.is_some_and(|end| now >= end) {
        return Err(Refusal::Expired);
    }
    Ok(caller)
}

fn canonical(incoming: &Incoming, scope: &Scope<'_>) -> Result<String, Refusal> {
    let payload = hex(&Sha256::digest(&incoming.body));
    let stated = incoming.header("x-amz-content-sha256");
    if stated.is_some_and(|hash| hash != payload && hash != "UNSIGNED-PAYLOAD") {
        return Err(Refusal::BadSignature);
    }
    let path = if incoming.path.is_empty() { "/" } else { &incoming.path };
    // Every service but S3 encodes the encoded path once more.
    let path = if scope.service == "s3" {
        path.to_owned()
    } else {
        let segments: Vec<String> =
            path.split('/').map(|s| utf8_percent_encode(s, UNRESERVED).to_string()).collect();
        segments.join("/")
    };
    let encoded = |text: &str| utf8_percent_encode(text, UNRESERVED).to_string();
    let mut query: Vec<String> =
        pairs(&incoming.query, false).iter().map(|(n, v)| format!("{}={}", encoded(n), encoded(v))).collect();
    query.sort();
    let mut headers = String::new();
    for name in scope.signed_headers.split(';') {
        let value = if name == "host" {
            incoming.host.clone()
        } else {
            let values: Vec<String> = incoming
                .headers
                .get_all(name)
                .iter()
                .map(|v| {
                    String::from_utf8_lossy(v.as_bytes()).split_whitespace().collect::<Vec<_>>().join(" ")
                })
                .collect();
            if values.is_empty() {
                return Err(Refusal::BadSignature);
            }
            values.join(",")
        };
        headers.push_str(&format!("{name}:{value}\n"));
    }
    Ok(format!(
        "{}\n{path}\n{}\n{headers}\n{}\n{}",
        incoming.method,
        query.join("&"),
        scope.signed_headers,
        stated.unwrap_or(&payload)
    ))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    out
}
