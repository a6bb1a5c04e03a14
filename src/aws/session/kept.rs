//! Role sessions kept between processes, so that a second run assumes no role again.
//!
//! What is kept is good for whoever could have opened it: the file is told by the base identity and
//! everything that shaped the session, and no secret of the operator's is in it. Where it lies is the
//! business of whoever implements [`KeepSessions`].

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Sessions that end sooner are not worth finding: longer than the time before its end at which one is
/// renewed, or a renewal would find the very session it is to replace.
pub(super) const LEAST_LIFE: Duration = Duration::from_secs(7 * 60);

/// Keeps small texts under a name, in a file told by its key, until they end.
pub trait KeepSessions: Send + Sync {
    fn get(&self, key: &str, name: &str) -> Option<(String, SystemTime)>;
    fn put(&self, key: &str, name: &str, body: &str, until: SystemTime);
    /// Forgets the text under the name, if it is this one.
    fn remove(&self, key: &str, name: &str, body: &str);
}

/// Where sessions are kept, and whose world they are of.
#[derive(Clone)]
pub struct KeptSessions {
    pub keeper: Arc<dyn KeepSessions>,
    /// Two places never share a session: AWS, and each simulated organization.
    pub place: String,
}

/// One session's place among those kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Base identity, action set and whatever else shaped the session.
    pub key: String,
    /// The role's ARN, or the MFA device's.
    pub name: String,
}

impl Place {
    /// `parts` decide who may use the session; they do not show in any name.
    pub fn new(kind: &str, name: &str, parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part.len().to_le_bytes());
            hash.update(part.as_bytes());
        }
        let mut key = format!("{kind}-");
        for byte in hash.finalize() {
            let _ = write!(key, "{byte:02x}");
        }
        Self { key, name: name.to_owned() }
    }
}

#[derive(Serialize, Deserialize)]
struct Body {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
}

impl KeptSessions {
    pub fn get(&self, place: &Place) -> Option<Credentials> {
        let (body, end) = self.keeper.get(&place.key, &place.name)?;
        if end < SystemTime::now() + LEAST_LIFE {
            return None;
        }
        let body: Body = serde_json::from_str(&body).ok()?;
        let Body { access_key_id, secret_access_key, session_token } = body;
        Some(Credentials::new(access_key_id, secret_access_key, Some(session_token), Some(end), "canvass"))
    }

    /// Sessions without an end or a token are none, and stay out.
    pub fn put(&self, place: &Place, credentials: &Credentials) {
        if let (Some(end), Some(body)) = (credentials.expiry(), body(credentials)) {
            self.keeper.put(&place.key, &place.name, &body, end);
        }
    }

    pub fn remove(&self, place: &Place, credentials: &Credentials) {
        if let Some(body) = body(credentials) {
            self.keeper.remove(&place.key, &place.name, &body);
        }
    }
}

fn body(credentials: &Credentials) -> Option<String> {
    let body = Body {
        access_key_id: credentials.access_key_id().to_owned(),
        secret_access_key: credentials.secret_access_key().to_owned(),
        session_token: credentials.session_token()?.to_owned(),
    };
    serde_json::to_string(&body).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use parking_lot::Mutex;

    use super::*;

    #[derive(Default)]
    struct InMemory(Mutex<HashMap<(String, String), (String, SystemTime)>>);

    impl KeepSessions for InMemory {
        fn get(&self, key: &str, name: &str) -> Option<(String, SystemTime)> {
            self.0.lock().get(&(key.to_owned(), name.to_owned())).cloned()
        }

        fn put(&self, key: &str, name: &str, body: &str, until: SystemTime) {
            self.0.lock().insert((key.to_owned(), name.to_owned()), (body.to_owned(), until));
        }

        fn remove(&self, key: &str, name: &str, body: &str) {
            let mut kept = self.0.lock();
            let place = (key.to_owned(), name.to_owned());
            if kept.get(&place).is_some_and(|(found, _)| found == body) {
                kept.remove(&place);
            }
        }
    }

    fn session(key: &str, lasts: u64) -> Credentials {
        let end = SystemTime::now() + Duration::from_secs(lasts);
        Credentials::new(key, "secret", Some("token".to_owned()), Some(end), "test")
    }

    #[test]
    fn a_session_comes_back_as_it_was_unless_it_is_about_to_end() {
        let kept = KeptSessions { keeper: Arc::new(InMemory::default()), place: "aws".to_owned() };
        let place = Place::new("member", "arn", &["a", "b"]);
        kept.put(&place, &session("ASIA1", 3600));
        let found = kept.get(&place).unwrap();
        assert_eq!((found.access_key_id(), found.session_token()), ("ASIA1", Some("token")));
        assert!(found.expiry().is_some());
        kept.remove(&place, &session("ASIA2", 3600));
        assert!(kept.get(&place).is_some());
        kept.remove(&place, &found);
        assert!(kept.get(&place).is_none());
        kept.put(&place, &session("ASIA3", 30));
        assert!(kept.get(&place).is_none());
    }

    #[test]
    fn what_shaped_a_session_tells_its_place_and_does_not_show() {
        let place = Place::new("member", "arn", &["ab", "c", "external-id"]);
        assert_ne!(place, Place::new("member", "arn", &["a", "bc", "external-id"]));
        assert_eq!(place, Place::new("member", "arn", &["ab", "c", "external-id"]));
        assert!(!place.key.contains("external"));
    }
}
