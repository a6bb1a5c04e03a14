//! AWS Signature Version 4, checked as the services do.

use std::sync::Arc;

use parking_lot::Mutex;
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

/// Whose key a request names; that they hold it is yet to be proved.
pub fn sender(world: &World, incoming: &Incoming, scope: &Scope<'_>) -> Result<Arc<Caller>, Refusal> {
    let token = incoming.header("x-amz-security-token");
    let management = &world.organization.management().id;
    world.keyring.caller(scope.access_key, token, management)
}

/// Whether the sender made the request, and just now. `now` is the server's time in epoch seconds:
/// signatures and sessions live in it, whatever the world's clock says.
pub fn authenticate(
    caller: &Caller,
    incoming: &Incoming,
    scope: &Scope<'_>,
    now: i64,
) -> Result<(), Refusal> {
    let stamp = incoming.header("x-amz-date").ok_or(Refusal::Unsigned)?;
    let signed = chrono::NaiveDateTime::parse_from_str(stamp, "%Y%m%dT%H%M%SZ")
        .map_err(|_| Refusal::BadSignature)?
        .and_utc()
        .timestamp();
    let text = format!(
        "AWS4-HMAC-SHA256\n{stamp}\n{}/{}/{}/aws4_request\n{}",
        scope.date,
        scope.region,
        scope.service,
        hex(&Sha256::digest(canonical(incoming, scope)?))
    );
    let key = caller.signing_keys.get(&caller.secret, scope);
    if hex(&mac(&key, &[text.as_bytes()])) != scope.signature || !stamp.starts_with(scope.date) {
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
    Ok(())
}

/// A day's, a region's and a service's key is worked out once, as AWS's services do.
#[derive(Debug, Default)]
pub struct SigningKeys(Mutex<Vec<(String, [u8; 32])>>);

/// More than a session of one day is used for; a caller cannot make the demo remember without end.
const MOST_KEYS: usize = 1_024;

impl SigningKeys {
    fn get(&self, secret: &str, scope: &Scope<'_>) -> [u8; 32] {
        let name = format!("{}/{}/{}", scope.date, scope.region, scope.service);
        let mut keys = self.0.lock();
        if let Some((_, key)) = keys.iter().find(|(known, _)| *known == name) {
            return *key;
        }
        let mut key = mac(format!("AWS4{secret}").as_bytes(), &[scope.date.as_bytes()]);
        for part in [scope.region, scope.service, "aws4_request"] {
            key = mac(&key, &[part.as_bytes()]);
        }
        if keys.len() >= MOST_KEYS {
            keys.clear();
        }
        keys.push((name, key));
        key
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::rehearsal::{Asker, world};

    fn judged(asker: &Asker, path: &str, now: i64) -> Result<Arc<Caller>, Refusal> {
        let world = world("");
        let incoming = asker.signed("GET", "lambda.us-east-1.amazonaws.com", path, &[], "");
        let scope = scope(&incoming).unwrap();
        let caller = sender(&world, &incoming, &scope)?;
        authenticate(&caller, &incoming, &scope, now).map(|()| caller)
    }

    fn now() -> i64 {
        chrono::Utc::now().timestamp()
    }

    #[test]
    fn the_sdks_signature_is_the_one_expected() {
        let path =
            "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Aa%20b?b=2&a=x%2Fy&c";
        let caller = judged(&Asker::operator("lambda", "us-east-1"), path, now()).unwrap();
        assert_eq!(caller.arn(), "arn:aws:iam::100000000001:user/operator");
    }

    #[test]
    fn a_clock_more_than_five_minutes_off_is_refused_either_way() {
        let asker = Asker::operator("lambda", "us-east-1");
        assert!(judged(&asker, "/", now() + 290).is_ok());
        assert!(
            matches!(judged(&asker, "/", now() + 310), Err(Refusal::Skewed(why)) if why.starts_with("Signature expired"))
        );
        assert!(
            matches!(judged(&asker, "/", now() - 310), Err(Refusal::Skewed(why)) if why.contains("not yet current"))
        );
    }

    #[test]
    fn a_changed_request_is_noticed() {
        let world = world("");
        let asker = Asker::operator("lambda", "us-east-1");
        let signed = asker.signed("GET", "lambda.us-east-1.amazonaws.com", "/a?b=1", &[], "body");
        let changes: [fn(&mut Incoming); 5] = [
            |r| r.method = "POST".to_owned(),
            |r| r.path = "/b".to_owned(),
            |r| r.query = "b=2".to_owned(),
            |r| r.host = "elsewhere".to_owned(),
            |r| r.body = "other".into(),
        ];
        for change in changes {
            let mut request = signed.clone();
            change(&mut request);
            let scope = scope(&request).unwrap();
            let caller = sender(&world, &request, &scope).unwrap();
            assert_eq!(
                authenticate(&caller, &request, &scope, now()).unwrap_err(),
                Refusal::BadSignature,
                "{request:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_session_ends_when_it_said() {
        let world = world("");
        let member = Asker::operator("ec2", "us-east-1").becoming(&world, "100000000006", "").await;
        let later = Asker { time: member.time + std::time::Duration::from_secs(3_700), ..member };
        let incoming = later.signed("POST", "ec2.us-east-1.amazonaws.com", "/", &[], "");
        let scope = scope(&incoming).unwrap();
        let caller = sender(&world, &incoming, &scope).unwrap();
        assert_eq!(authenticate(&caller, &incoming, &scope, now() + 3_700).unwrap_err(), Refusal::Expired);
    }

    #[test]
    fn mangled_headers_are_refused_not_a_panic() {
        for header in
            ["", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=a/b, Signature=", "Basic x", "\u{e9}"]
        {
            let request = http::Request::get("https://sts.amazonaws.com/").header("authorization", header);
            let incoming = Incoming::new(request.body(bytes::Bytes::new()).unwrap());
            assert!(scope(&incoming).is_err(), "{header}");
        }
    }
}
