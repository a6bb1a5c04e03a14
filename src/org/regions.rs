//! The regions of an account: what is asked, and what the answer means.

use serde::{Deserialize, Serialize};

use crate::model::{Fault, FaultKind, Json, Region};

pub const OPERATION: &str = "ec2:DescribeRegions";

/// A region of one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionState {
    pub region: Region,
    pub enabled: bool,
}

/// Without `AllRegions` the regions that are off would be missing, not off.
pub fn input() -> Json {
    Json::object([("AllRegions", Json::Bool(true))])
}

/// Sorted by region. An answer without any region is not an answer: every account has some.
pub fn states(output: &Json) -> Result<Vec<RegionState>, Fault> {
    let regions = output.get("Regions").and_then(Json::as_array).unwrap_or_default();
    let mut states: Vec<RegionState> = regions
        .iter()
        .filter_map(|region| {
            let code = region.get("RegionName")?.as_str()?;
            let opt_in = region.get("OptInStatus").and_then(Json::as_str);
            Some(RegionState { region: Region::new(code), enabled: opt_in != Some("not-opted-in") })
        })
        .collect();
    states.sort_by(|a, b| a.region.cmp(&b.region));
    if states.is_empty() {
        return Err(Fault::new(FaultKind::BadResponse, "the answer names no region").in_operation(OPERATION));
    }
    Ok(states)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regions_not_opted_in_are_off() {
        let output = Json::parse(
            r#"{"Regions": [{"RegionName": "us-east-1", "OptInStatus": "opt-in-not-required"},
                {"RegionName": "af-south-1", "OptInStatus": "not-opted-in"},
                {"RegionName": "me-south-1", "OptInStatus": "opted-in"}, {"RegionName": "old"}, {}]}"#,
        )
        .unwrap();
        let shown: Vec<_> =
            states(&output).unwrap().iter().map(|s| format!("{} {}", s.region, s.enabled)).collect();
        assert_eq!(shown, ["af-south-1 false", "me-south-1 true", "old true", "us-east-1 true"]);
    }

    #[test]
    fn no_region_at_all_is_no_answer() {
        for output in ["{}", r#"{"Regions": []}"#, "null"] {
            assert_eq!(states(&Json::parse(output).unwrap()).unwrap_err().kind, FaultKind::BadResponse);
        }
    }
}
