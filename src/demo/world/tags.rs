//! Tags as people leave them: most there, some forgotten.

use super::place::Place;
use crate::demo::dice::Dice;

pub type Tags = Vec<(&'static str, String)>;

const OWNERS: [&str; 8] = ["alice", "bob", "carol", "dmitri", "elena", "farid", "grace", "hiro"];
const DATA_CLASSES: [&str; 4] = ["public", "internal", "confidential", "restricted"];

/// Tags of one resource. One in twelve has none but its name; owner, cost center and data class are
/// often forgotten.
pub fn of(place: &Place<'_>, dice: &mut Dice, name: Option<&str>) -> Tags {
    let mut tags = Tags::new();
    if let Some(name) = name {
        tags.push(("Name", name.to_owned()));
    }
    if dice.chance(0.08) {
        return tags;
    }
    let account = &place.account.tags;
    let env = account.get("env").map_or("shared", String::as_str);
    tags.push(("env", env.to_owned()));
    tags.push(("team", place.account.team().to_owned()));
    if dice.chance(0.75) {
        tags.push(("owner", format!("{}@example.com", dice.pick(&OWNERS))));
    }
    if let Some(center) = account.get("cost_center").filter(|_| dice.chance(0.9)) {
        tags.push(("cost_center", center.clone()));
    }
    if dice.chance(0.5) {
        tags.push(("data_class", dice.pick(&DATA_CLASSES).to_owned()));
    }
    tags
}
