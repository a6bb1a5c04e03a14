//! `Filters=[{Name, Values}]`: any value of each filter must match, wildcards allowed.

use super::Call;
use crate::demo::wildcard;
use crate::demo::wire::ApiError;
use crate::demo::world::tags::Tags;
use crate::model::Json;

/// The filters one kind of resource knows, and how its values are found.
pub struct Filters<'f, T> {
    pub names: &'f [&'f str],
    /// Values of a named filter; a resource without the attribute has none.
    pub values: &'f dyn Fn(&T, &str) -> Vec<String>,
    pub tags: fn(&T) -> &Tags,
}

impl<T> Filters<'_, T> {
    pub fn apply(&self, call: &Call<'_>, mut items: Vec<T>) -> Result<Vec<T>, ApiError> {
        for filter in call.input.get("Filters").and_then(Json::as_array).unwrap_or_default() {
            let name = filter.get("Name").and_then(Json::as_str).unwrap_or_default();
            let values = filter.get("Values").and_then(Json::as_array).unwrap_or_default();
            let wanted: Vec<&str> = values.iter().filter_map(Json::as_str).collect();
            let known = self.names.contains(&name) || name == "tag-key" || name.starts_with("tag:");
            if !known {
                return Err(ApiError::bad(
                    "InvalidParameterValue",
                    format!("The filter '{name}' is invalid"),
                ));
            }
            items.retain(|item| {
                let found = match name.strip_prefix("tag:") {
                    Some(key) => {
                        (self.tags)(item).iter().filter(|(k, _)| *k == key).map(|(_, v)| v.clone()).collect()
                    }
                    None if name == "tag-key" => {
                        (self.tags)(item).iter().map(|(k, _)| (*k).to_owned()).collect()
                    }
                    None => (self.values)(item, name),
                };
                found.iter().any(|value| wanted.iter().any(|pattern| wildcard::matches(pattern, value)))
            });
        }
        Ok(items)
    }
}
