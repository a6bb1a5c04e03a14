//! Access keys: the operator's, and those of sessions, which carry everything about themselves.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{Caller, Policy, Principal};
use crate::demo::dice::Dice;
use crate::demo::wire::Refusal;
use crate::demo::world::identities;

/// The operator's keys: AWS's own documentation example, which secret scanners know.
pub const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
pub const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// The access token of the demo's IAM Identity Center portal.
pub const PORTAL_TOKEN: &str = "demo-portal-access-token";

/// What real tokens start with.
const PREFIX: &str = "IQoJb3JpZ2luX2Vj";

/// What a new session is to be.
pub struct SessionRequest {
    pub account: String,
    pub principal: Principal,
    /// JSON text, checked before.
    pub policy: Option<String>,
    pub with_mfa: bool,
    /// Epoch seconds.
    pub expires: i64,
}

/// Temporary credentials.
pub struct Issued {
    pub access_key: String,
    pub secret: String,
    pub token: String,
}

/// The content of a session token.
#[derive(Serialize, Deserialize)]
struct Ticket {
    account: String,
    user: Option<String>,
    role: Option<(String, String)>,
    policy: Option<String>,
    mfa: bool,
    expires: i64,
    /// Tells sessions of the same second apart.
    serial: u64,
}

/// Makes and checks keys. Sessions are not stored: their tokens are sealed with a key made of the seed.
pub struct Keyring {
    seal: [u8; 32],
    serial: std::sync::atomic::AtomicU64,
    operator: OnceLock<Arc<Caller>>,
    /// Tokens opened before.
    opened: RwLock<HashMap<String, Arc<Caller>>>,
}

const REMEMBERED: usize = 8_192;

impl Keyring {
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed, &["keyring"]);
        let mut seal = [0; 32];
        for chunk in seal.chunks_mut(8) {
            chunk.copy_from_slice(&dice.next().to_le_bytes());
        }
        Self { seal, serial: Default::default(), operator: OnceLock::new(), opened: RwLock::default() }
    }

    pub fn issue(&self, request: SessionRequest) -> Issued {
        let serial = self.serial.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let (user, role) = match request.principal {
            Principal::User(name) => (Some(name), None),
            Principal::Role { name, session } => (None, Some((name, session))),
        };
        let ticket = Ticket {
            account: request.account,
            user,
            role,
            policy: request.policy,
            mfa: request.with_mfa,
            expires: request.expires,
            serial,
        };
        // A structure of texts and numbers always serialises.
        let body = serde_json::to_vec(&ticket).unwrap_or_default();
        let mut sealed = self.mac("token", &body).to_vec();
        sealed.extend(&body);
        let token = format!("{PREFIX}{}", STANDARD.encode(&sealed));
        let access_key = self.access_key(&token);
        let secret = self.secret(&token);
        Issued { access_key, secret, token }
    }

    /// Whose key it is; expiry is the caller's business.
    pub fn caller(
        &self,
        access_key: &str,
        token: Option<&str>,
        management: &str,
    ) -> Result<Arc<Caller>, Refusal> {
        let Some(token) = token else {
            if access_key != ACCESS_KEY {
                return Err(Refusal::UnknownKey);
            }
            let operator = || {
                Arc::new(Caller {
                    access_key: ACCESS_KEY.to_owned(),
                    secret: SECRET_KEY.to_owned(),
                    ..Caller::new(management, Principal::User(identities::OPERATOR.to_owned()))
                })
            };
            return Ok(self.operator.get_or_init(operator).clone());
        };
        let known = self.opened.read().get(token).cloned();
        if let Some(caller) = known {
            return if caller.access_key == access_key { Ok(caller) } else { Err(Refusal::UnknownKey) };
        }
        let caller = self.open(token).filter(|caller| caller.access_key == access_key);
        let caller = Arc::new(caller.ok_or(Refusal::UnknownKey)?);
        let mut opened = self.opened.write();
        if opened.len() >= REMEMBERED {
            opened.clear();
        }
        opened.insert(token.to_owned(), caller.clone());
        Ok(caller)
    }

    fn open(&self, token: &str) -> Option<Caller> {
        let sealed = STANDARD.decode(token.strip_prefix(PREFIX)?).ok()?;
        let (seal, body) = sealed.split_at_checked(32)?;
        if self.mac("token", body) != *seal {
            return None;
        }
        let ticket: Ticket = serde_json::from_slice(body).ok()?;
        let principal = match (ticket.user, ticket.role) {
            (Some(name), _) => Principal::User(name),
            (None, Some((name, session))) => Principal::Role { name, session },
            (None, None) => return None,
        };
        let session_policy = match ticket.policy {
            Some(text) => Some(Arc::new(Policy::parse(&text)?)),
            None => None,
        };
        Some(Caller {
            session_policy,
            with_mfa: ticket.mfa,
            expires: Some(ticket.expires),
            access_key: self.access_key(token),
            secret: self.secret(token),
            ..Caller::new(&ticket.account, principal)
        })
    }

    fn access_key(&self, token: &str) -> String {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let mac = self.mac("access key", token.as_bytes());
        let id: String = mac.iter().take(16).map(|b| char::from(ALPHABET[usize::from(b % 32)])).collect();
        format!("ASIA{id}")
    }

    fn secret(&self, token: &str) -> String {
        let mac = self.mac("secret", token.as_bytes());
        STANDARD.encode(&mac[..30])
    }

    fn mac(&self, use_of: &str, data: &[u8]) -> [u8; 32] {
        mac(&self.seal, &[use_of.as_bytes(), &[0], data])
    }
}

/// HMAC-SHA256 over the parts one after another.
pub fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(keyring: &Keyring) -> Issued {
        keyring.issue(SessionRequest {
            account: "100000000006".to_owned(),
            principal: Principal::Role { name: "ReadOnlyQueryRole".to_owned(), session: "s".to_owned() },
            policy: None,
            with_mfa: false,
            expires: 42,
        })
    }

    #[test]
    fn a_session_is_told_by_its_token_alone() {
        let issued = session(&Keyring::new(7));
        let caller = Keyring::new(7).caller(&issued.access_key, Some(&issued.token), "1").unwrap();
        assert_eq!(caller.arn(), "arn:aws:sts::100000000006:assumed-role/ReadOnlyQueryRole/s");
        assert_eq!((caller.expires, &caller.secret), (Some(42), &issued.secret));
    }

    #[test]
    fn tokens_of_others_and_broken_ones_are_unknown() {
        let issued = session(&Keyring::new(7));
        let other = Keyring::new(8);
        assert!(other.caller(&issued.access_key, Some(&issued.token), "1").is_err());
        let mut broken = issued.token.clone();
        broken.pop();
        assert!(Keyring::new(7).caller(&issued.access_key, Some(&broken), "1").is_err());
        assert!(Keyring::new(7).caller("AKIAUNKNOWN", None, "1").is_err());
    }
}
