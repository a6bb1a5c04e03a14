//! A service's refusal, before its protocol gives it a form.

use std::borrow::Cow;

/// An error in a service's own words.
#[derive(Clone, Debug)]
pub struct ApiError {
    pub status: u16,
    pub code: Cow<'static, str>,
    pub message: String,
    /// More elements of S3's error document.
    pub details: Vec<(&'static str, String)>,
    pub headers: Vec<(&'static str, String)>,
    /// The code of the old query protocol, where the service moved to JSON (SQS).
    pub query_code: Option<&'static str>,
}

impl ApiError {
    pub fn new(status: u16, code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            details: Vec::new(),
            headers: Vec::new(),
            query_code: None,
        }
    }

    pub fn bad(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    #[must_use]
    pub fn detail(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.details.push((name, value.into()));
        self
    }

    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    #[must_use]
    pub fn query_code(mut self, code: &'static str) -> Self {
        self.query_code = Some(code);
        self
    }
}
