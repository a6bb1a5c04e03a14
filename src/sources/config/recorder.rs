//! What a configuration recorder records, as the recorder itself says or as Config records the recorder.

use serde::{Deserialize, Serialize};

use crate::model::Json;

/// Recorded only where the recorder is told to, once for all regions.
const GLOBAL: [&str; 4] = ["AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::Role", "AWS::IAM::Policy"];

/// The type under which Config records its recorders, without being asked to.
pub const KIND: &str = "AWS::Config::ConfigurationRecorder";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorder {
    pub is_on: bool,
    which: Which,
    daily: bool,
    /// Types that are recorded at another pace than the rest, and whether that is daily.
    overrides: Vec<(Vec<String>, bool)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Which {
    All { global: bool },
    These(Vec<String>),
    AllBut(Vec<String>),
}

/// How a type is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recording {
    Continuous,
    Daily,
    LeftOut,
    Stopped,
}

impl Recorder {
    /// From the recorder's own description (`RecordingGroup`, `RecordingMode`). `None` where it does not say
    /// what it records: that is not known then.
    pub fn of(recorder: &Json, is_on: bool) -> Option<Recorder> {
        let group = recorder.get("RecordingGroup")?;
        let texts = |value: Option<&Json>| -> Vec<String> {
            let items = value.and_then(Json::as_array).unwrap_or_default();
            items.iter().filter_map(Json::as_str).map(str::to_owned).collect()
        };
        let flag = |name: &str| group.get(name).and_then(Json::as_bool).unwrap_or(false);
        let strategy = group.get("RecordingStrategy").and_then(|s| s.get("UseOnly")).and_then(Json::as_str);
        let these = texts(group.get("ResourceTypes"));
        let which = match strategy {
            Some("EXCLUSION_BY_RESOURCE_TYPES") => {
                let left_out = group.get("ExclusionByResourceTypes").and_then(|e| e.get("ResourceTypes"));
                Which::AllBut(texts(left_out))
            }
            Some("INCLUSION_BY_RESOURCE_TYPES") => Which::These(these),
            Some("ALL_SUPPORTED_RESOURCE_TYPES") => Which::All { global: flag("IncludeGlobalResourceTypes") },
            Some(_) => return None,
            None if flag("AllSupported") => Which::All { global: flag("IncludeGlobalResourceTypes") },
            None => Which::These(these),
        };
        let mode = recorder.get("RecordingMode");
        let is_daily =
            |of: &Json| of.get("RecordingFrequency").and_then(Json::as_str).map(|f| f != "CONTINUOUS");
        let overrides = mode.and_then(|m| m.get("RecordingModeOverrides")).and_then(Json::as_array);
        let overrides = overrides.unwrap_or_default().iter();
        Some(Recorder {
            is_on,
            which,
            // Recorders from before there was a choice are continuous.
            daily: mode.and_then(is_daily).unwrap_or(false),
            overrides: overrides
                .map(|o| (texts(o.get("ResourceTypes")), is_daily(o).unwrap_or(true)))
                .collect(),
        })
    }

    pub fn records(&self, kind: &str) -> Recording {
        let named = |types: &[String]| types.iter().any(|other| other == kind);
        let is_recorded = match &self.which {
            Which::All { global } => *global || !GLOBAL.contains(&kind),
            Which::These(types) => named(types),
            Which::AllBut(types) => !named(types),
        };
        let own = self.overrides.iter().find(|(types, _)| named(types)).map(|(_, daily)| *daily);
        match (self.is_on, is_recorded, own.unwrap_or(self.daily)) {
            (false, _, _) => Recording::Stopped,
            (_, false, _) => Recording::LeftOut,
            (_, _, true) => Recording::Daily,
            _ => Recording::Continuous,
        }
    }
}

/// The best that any of a place's recorders does for a type: there may be one of the customer's and several
/// of services.
pub fn best(recorders: &[Recorder], kind: &str) -> Option<Recording> {
    let rank = |recording: &Recording| match recording {
        Recording::Continuous => 3,
        Recording::Daily => 2,
        Recording::LeftOut => 1,
        Recording::Stopped => 0,
    };
    recorders.iter().map(|recorder| recorder.records(kind)).max_by_key(rank)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VM: &str = "AWS::EC2::Instance";

    fn records(text: &str, kind: &str) -> Option<Recording> {
        Recorder::of(&Json::parse(text).unwrap(), true).map(|recorder| recorder.records(kind))
    }

    #[test]
    fn everything_is_recorded_but_what_belongs_to_no_region() {
        let all = r#"{"RecordingGroup": {"AllSupported": true}}"#;
        assert_eq!(records(all, VM), Some(Recording::Continuous));
        assert_eq!(records(all, "AWS::IAM::Role"), Some(Recording::LeftOut));
        let global = r#"{"RecordingGroup": {"RecordingStrategy": {"UseOnly": "ALL_SUPPORTED_RESOURCE_TYPES"},
            "IncludeGlobalResourceTypes": true}, "RecordingMode": {"RecordingFrequency": "CONTINUOUS"}}"#;
        assert_eq!(records(global, "AWS::IAM::Role"), Some(Recording::Continuous));
    }

    #[test]
    fn types_are_named_or_left_out() {
        let these = r#"{"RecordingGroup": {"AllSupported": false, "ResourceTypes": ["AWS::S3::Bucket"]}}"#;
        assert_eq!(records(these, VM), Some(Recording::LeftOut));
        assert_eq!(records(these, "AWS::S3::Bucket"), Some(Recording::Continuous));
        let but = r#"{"RecordingGroup": {"RecordingStrategy": {"UseOnly": "EXCLUSION_BY_RESOURCE_TYPES"},
            "ExclusionByResourceTypes": {"ResourceTypes": ["AWS::EC2::Instance"]}}}"#;
        assert_eq!(records(but, VM), Some(Recording::LeftOut));
        assert_eq!(records(but, "AWS::IAM::Role"), Some(Recording::Continuous));
    }

    #[test]
    fn a_type_may_have_a_pace_of_its_own() {
        let text = r#"{"RecordingGroup": {"AllSupported": true}, "RecordingMode": {
            "RecordingFrequency": "DAILY",
            "RecordingModeOverrides": [{"ResourceTypes": ["AWS::EC2::Instance"], "RecordingFrequency": "CONTINUOUS"}]}}"#;
        assert_eq!(records(text, VM), Some(Recording::Continuous));
        assert_eq!(records(text, "AWS::EC2::VPC"), Some(Recording::Daily));
    }

    #[test]
    fn what_is_stopped_or_not_understood_records_nothing_that_is_known() {
        let text = r#"{"RecordingGroup": {"AllSupported": true}}"#;
        let stopped = Recorder::of(&Json::parse(text).unwrap(), false).unwrap();
        assert_eq!(stopped.records(VM), Recording::Stopped);
        assert_eq!(records("{}", VM), None);
        assert_eq!(records(r#"{"RecordingGroup": {"RecordingStrategy": {"UseOnly": "SOME"}}}"#, VM), None);
    }

    #[test]
    fn one_recorder_that_records_is_enough() {
        let of = |text: &str, on| Recorder::of(&Json::parse(text).unwrap(), on).unwrap();
        let customer = of(r#"{"RecordingGroup": {"AllSupported": true}}"#, false);
        let linked = of(r#"{"RecordingGroup": {"ResourceTypes": ["AWS::EC2::Instance"]}}"#, true);
        let both = [customer, linked];
        assert_eq!(best(&both, VM), Some(Recording::Continuous));
        assert_eq!(best(&both, "AWS::EC2::VPC"), Some(Recording::LeftOut));
        assert_eq!(best(&[], VM), None);
    }
}
