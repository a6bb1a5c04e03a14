//! What was called: the id of a model, of an inference profile, or the ARN of either.

/// Geographies that a cross-region inference profile puts before a model's id, as AWS's list of supported
/// profiles has them; `global` may answer anywhere and has prices of its own.
const GEOGRAPHIES: [&str; 10] = ["us", "us-gov", "eu", "apac", "jp", "au", "ca", "sa", "amer", "global"];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    /// The model's id; the profile's own where nobody can tell which model is behind it.
    pub id: String,
    /// Id or ARN of the inference profile that was called.
    pub profile: Option<String>,
    pub is_global: bool,
    /// Charged by the hour or by other rules than tokens on demand.
    pub is_own: bool,
}

impl Model {
    /// `known` says which model is behind a profile, where somebody wrote it down.
    pub fn read(raw: &str, known: impl Fn(&str) -> Option<String>) -> Model {
        if let Some(id) = known(raw) {
            return Model { profile: Some(raw.to_owned()), ..Model::of_id(&id) };
        }
        let Some(resource) = raw.strip_prefix("arn:").and_then(|rest| rest.splitn(5, ':').nth(4)) else {
            return Model::of_id(raw);
        };
        match resource.split_once('/') {
            Some(("foundation-model", id)) => Model::of_id(id),
            Some(("inference-profile", id)) => Model { profile: Some(id.to_owned()), ..Model::of_id(id) },
            Some(("application-inference-profile", id)) => match known(id) {
                Some(model) => Model { profile: Some(raw.to_owned()), ..Model::of_id(&model) },
                None => Model {
                    id: resource.to_owned(),
                    profile: Some(raw.to_owned()),
                    is_own: true,
                    ..Model::default()
                },
            },
            _ => Model { id: resource.to_owned(), is_own: true, ..Model::default() },
        }
    }

    fn of_id(id: &str) -> Model {
        let (geography, rest) = match id.split_once('.') {
            Some((first, rest)) if GEOGRAPHIES.contains(&first) && rest.contains('.') => (Some(first), rest),
            _ => (None, id),
        };
        Model {
            id: without_window(rest).to_owned(),
            profile: geography.map(|_| id.to_owned()),
            is_global: geography == Some("global"),
            is_own: false,
        }
    }

    /// `anthropic` of `anthropic.claude-3-haiku-20240307-v1:0`.
    pub fn provider(&self) -> Option<&str> {
        self.id.split_once('.').map(|(provider, _)| provider).filter(|_| !self.is_own)
    }
}

/// The same model with a context window of its own: `anthropic.claude-3-sonnet-20240229-v1:0:200k`.
fn without_window(id: &str) -> &str {
    match id.rsplit_once(':') {
        Some((rest, window))
            if window.ends_with('k') && window.trim_end_matches('k').parse::<u32>().is_ok() =>
        {
            rest
        }
        _ => id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> Model {
        Model::read(raw, |name| {
            (name == "a1b2c3").then(|| "us.anthropic.claude-3-haiku-20240307-v1:0".to_owned())
        })
    }

    #[test]
    fn a_model_is_the_same_whatever_it_was_called_by() {
        const HAIKU: &str = "anthropic.claude-3-haiku-20240307-v1:0";
        for (raw, profile) in [
            (HAIKU.to_owned(), None),
            (format!("{HAIKU}:200k"), None),
            (format!("arn:aws:bedrock:us-east-1::foundation-model/{HAIKU}"), None),
            (format!("us.{HAIKU}"), Some(format!("us.{HAIKU}"))),
            (format!("us-gov.{HAIKU}"), Some(format!("us-gov.{HAIKU}"))),
            (
                format!("arn:aws:bedrock:us-east-1:100000000012:inference-profile/eu.{HAIKU}"),
                Some(format!("eu.{HAIKU}")),
            ),
            (
                "arn:aws:bedrock:us-east-1:100000000012:application-inference-profile/a1b2c3".to_owned(),
                Some(
                    "arn:aws:bedrock:us-east-1:100000000012:application-inference-profile/a1b2c3".to_owned(),
                ),
            ),
        ] {
            let model = read(&raw);
            assert_eq!((model.id.as_str(), &model.profile), (HAIKU, &profile), "{raw}");
            assert_eq!((model.provider(), model.is_own), (Some("anthropic"), false), "{raw}");
        }
        assert!(read(&format!("global.{HAIKU}")).is_global);
    }

    #[test]
    fn what_nobody_can_tell_keeps_its_own_name() {
        let profile = read("arn:aws:bedrock:us-east-1:100000000012:application-inference-profile/zzz");
        assert_eq!((profile.id.as_str(), profile.is_own), ("application-inference-profile/zzz", true));
        let provisioned = read("arn:aws:bedrock:us-east-1:100000000012:provisioned-model/abc");
        assert_eq!(
            (provisioned.id.as_str(), provisioned.provider(), provisioned.profile.as_ref()),
            ("provisioned-model/abc", None, None)
        );
        for odd in ["", "arn:", "arn:aws:bedrock", "x", "us.", "us.x", ":9k"] {
            read(odd);
        }
        assert_eq!(read("us.x").id, "us.x");
    }
}
