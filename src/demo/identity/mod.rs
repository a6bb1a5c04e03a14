//! Who is asking, and what they may do.

mod actions;
mod authorize;
mod keys;
mod policy;
mod sigv4;
mod trust;

pub use authorize::{OwnPolicies, authorize};
pub use keys::{ACCESS_KEY, Issued, Keyring, PORTAL_TOKEN, SECRET_KEY, SessionRequest};
pub use policy::Policy;
pub use sigv4::{SigningKeys, authenticate, scope, sender};
pub use trust::may_assume;

/// An identity, and how it proves itself.
#[derive(Debug)]
pub struct Caller {
    /// Account id.
    pub account: String,
    pub principal: Principal,
    /// What the session was narrowed to when it was made.
    pub session_policy: Option<std::sync::Arc<Policy>>,
    pub with_mfa: bool,
    /// Epoch seconds; long-lived keys have none.
    pub expires: Option<i64>,
    pub access_key: String,
    pub secret: String,
    /// Made of the secret, by date, region and service.
    pub signing_keys: SigningKeys,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    User(String),
    Role { name: String, session: String },
}

impl Caller {
    /// Without keys, session policy, MFA or end.
    pub fn new(account: &str, principal: Principal) -> Self {
        Self {
            account: account.to_owned(),
            principal,
            session_policy: None,
            with_mfa: false,
            expires: None,
            access_key: String::new(),
            secret: String::new(),
            signing_keys: SigningKeys::default(),
        }
    }

    /// `arn:aws:sts::100000000006:assumed-role/ReadOnlyQueryRole/canvass`
    pub fn arn(&self) -> String {
        match &self.principal {
            Principal::User(name) => format!("arn:aws:iam::{}:user/{name}", self.account),
            Principal::Role { name, session } => {
                format!("arn:aws:sts::{}:assumed-role/{name}/{session}", self.account)
            }
        }
    }

    /// The ARN that trust policies name.
    pub fn principal_arn(&self) -> String {
        match &self.principal {
            Principal::User(_) => self.arn(),
            Principal::Role { name, .. } => format!("arn:aws:iam::{}:role/{name}", self.account),
        }
    }
}
