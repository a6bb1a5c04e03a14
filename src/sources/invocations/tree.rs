//! The folders that Bedrock writes its logs to, and which of them hold what is wanted:
//! `AWSLogs/<account>/BedrockModelInvocationLogs/<region>/YYYY/MM/DD/HH/`.

use std::sync::Arc;

use futures::future::BoxFuture;

use super::window::{Date, Wanted, Window};
use crate::model::{AccountId, Fault, Region};
use crate::sources::objects::{Files, Level, Location};

const TOP: &str = "AWSLogs";
const SERVICE: &str = "BedrockModelInvocationLogs";

/// Fewer hours of a day than this are listed one by one; of more the whole day is, and the others dropped.
const FEW_HOURS: usize = 9;

/// How far below a local folder the logs are looked for.
const DEEP: usize = 3;

/// Where the tree stands in a location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// Below the location, at this path.
    Below(String),
    /// The location lies within the tree: the folders between the top and it.
    Within(Vec<String>),
    /// No such folders: files are all there is.
    Flat,
}

/// A part of the tree to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    pub folder: String,
    pub date: Date,
}

impl Tree {
    /// What the location itself says.
    pub fn within(location: &Location) -> Option<Tree> {
        let text = location.to_string();
        let parts: Vec<&str> = text.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
        let top = parts.iter().rposition(|part| *part == TOP)?;
        let fixed = parts.get(top + 1..)?.iter().take_while(|part| !part.contains(['*', '?', '[', '{']));
        Some(Tree::Within(fixed.map(|part| (*part).to_owned()).collect()))
    }

    /// Looks for it in the folders of this machine.
    pub async fn find(location: &Location, files: &dyn Files) -> Result<Tree, Fault> {
        if let Some(tree) = Self::within(location) {
            return Ok(tree);
        }
        let mut level = vec![String::new()];
        for _ in 0..DEEP {
            let mut next = Vec::new();
            for folder in &level {
                for below in files.level(folder).await?.folders {
                    if below == TOP || below.ends_with(&format!("/{TOP}")) {
                        return Ok(Tree::Below(below));
                    }
                    next.push(below);
                }
            }
            level = next;
        }
        Ok(Tree::Flat)
    }

    /// The accounts and regions of the tree.
    pub async fn units(&self, files: &dyn Files) -> Result<Vec<(AccountId, Vec<Region>)>, Fault> {
        let (top, fixed) = match self {
            Tree::Below(top) => (top.clone(), &[][..]),
            Tree::Within(fixed) => (String::new(), fixed.as_slice()),
            Tree::Flat => return Ok(Vec::new()),
        };
        let mut units = Vec::new();
        for account in part(files, &top, fixed.first()).await? {
            let Ok(id) = account.name.parse::<AccountId>() else { continue };
            let service = part(files, &account.folder, fixed.get(1)).await?;
            let Some(service) = service.into_iter().find(|part| part.name == SERVICE) else { continue };
            let regions = part(files, &service.folder, fixed.get(2)).await?;
            units.push((id, regions.iter().map(|part| Region::new(&part.name)).collect()));
        }
        Ok(units)
    }

    /// The folder of an account's region, and the date that the location is confined to; `None` where the
    /// location is of another.
    pub fn branch(&self, account: &AccountId, region: &Region) -> Option<(String, Vec<String>)> {
        let wanted = [account.as_str(), SERVICE, region.as_str()];
        let (mut folder, fixed) = match self {
            Tree::Below(top) => (top.clone(), &[][..]),
            Tree::Within(fixed) => (String::new(), fixed.as_slice()),
            Tree::Flat => return None,
        };
        for (at, part) in wanted.into_iter().enumerate() {
            match fixed.get(at) {
                Some(fixed) if fixed == part => {}
                Some(_) => return None,
                None => folder = join(&folder, part),
            }
        }
        Some((folder, fixed.get(wanted.len()..).unwrap_or_default().to_vec()))
    }
}

struct Part {
    name: String,
    folder: String,
}

/// The folders of a level, or the one that the location has gone into.
async fn part(files: &dyn Files, folder: &str, fixed: Option<&String>) -> Result<Vec<Part>, Fault> {
    if let Some(name) = fixed {
        return Ok(vec![Part { name: name.clone(), folder: folder.to_owned() }]);
    }
    let Level { folders, .. } = files.level(folder).await?;
    let part = |folder: String| Part { name: last(&folder).to_owned(), folder };
    Ok(folders.into_iter().map(part).collect())
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

pub fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// What to list of a branch; faults are of folders that could not be looked into.
pub async fn leaves(
    files: &Arc<dyn Files>,
    branch: (String, Vec<String>),
    window: &Window,
) -> (Vec<Leaf>, Vec<Fault>) {
    let (folder, fixed) = branch;
    // The last part may be the file itself.
    let date: Date = fixed.iter().map_while(|part| part.parse().ok()).take(4).collect();
    let is_file = fixed.len() > date.len();
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    match window.wants(&date) {
        Wanted::Nothing => {}
        _ if is_file => found.push(Leaf { folder, date }),
        Wanted::All => found.push(Leaf { folder, date }),
        Wanted::Part => expand(files, Leaf { folder, date }, window, &mut found, &mut faults).await,
    }
    (found, faults)
}

fn expand<'a>(
    files: &'a Arc<dyn Files>,
    leaf: Leaf,
    window: &'a Window,
    found: &'a mut Vec<Leaf>,
    faults: &'a mut Vec<Fault>,
) -> BoxFuture<'a, ()> {
    Box::pin(async move {
        let parts = match window.within(&leaf.date) {
            Some(hours) if leaf.date.len() == 3 && hours.len() >= FEW_HOURS => return found.push(leaf),
            Some(parts) => parts,
            None => match files.level(&leaf.folder).await {
                Ok(level) => {
                    // Files beside the folders of dates are nobody's.
                    level.folders.iter().filter_map(|folder| last(folder).parse().ok()).collect()
                }
                Err(fault) => return faults.push(fault),
            },
        };
        for part in parts {
            let width = if leaf.date.is_empty() { 4 } else { 2 };
            let date: Date = leaf.date.iter().copied().chain([part]).collect();
            let below = Leaf { folder: join(&leaf.folder, &format!("{part:0width$}")), date };
            match window.wants(&below.date) {
                Wanted::Nothing => {}
                Wanted::All => found.push(below),
                Wanted::Part => expand(files, below, window, found, faults).await,
            }
        }
    })
}

/// Whether a listed path is a file of records in a wanted hour: neither a moved body nor what Bedrock tried
/// its permission with.
pub fn is_log(leaf: &Leaf, path: &str, window: &Window) -> bool {
    if !is_log_name(path) {
        return false;
    }
    let below = path.strip_prefix(&leaf.folder).unwrap_or(path).trim_start_matches('/');
    let mut date = leaf.date.clone();
    let parts = below.split('/').map_while(|part| part.parse::<u32>().ok());
    date.extend(parts.take(4usize.saturating_sub(leaf.date.len())));
    date.len() < 4 || window.wants(&date) != Wanted::Nothing
}

pub fn is_log_name(path: &str) -> bool {
    let name = last(path);
    let stem = name.strip_suffix(".gz").unwrap_or(name);
    let stem = stem.strip_suffix(".json").or_else(|| stem.strip_suffix(".jsonl")).unwrap_or(stem);
    let is_body =
        path.split('/').rev().nth(1) == Some("data") || stem.ends_with("_input") || stem.ends_with("_output");
    // A location that is one file has no name left.
    (name.is_empty() || stem.len() < name.len()) && !is_body && name != "amazon-bedrock-logs-permission-check"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(text: &str) -> Option<Tree> {
        Tree::within(&Location::parse(text).unwrap())
    }

    #[test]
    fn a_location_may_lie_anywhere_in_the_tree() {
        let account = "100000000012".parse().unwrap();
        let branch = |text: &str| within(text).unwrap().branch(&account, &Region::new("us-east-1"));
        assert_eq!(within("s3://logs/prefix"), None);
        assert_eq!(
            branch("s3://logs/prefix/AWSLogs/"),
            Some(("100000000012/BedrockModelInvocationLogs/us-east-1".into(), vec![]))
        );
        assert_eq!(
            branch("/x/AWSLogs/100000000012"),
            Some(("BedrockModelInvocationLogs/us-east-1".into(), vec![]))
        );
        assert_eq!(branch("/x/AWSLogs/100000000013"), None);
        let day = "/x/AWSLogs/100000000012/BedrockModelInvocationLogs/us-east-1/2026/11";
        assert_eq!(branch(day), Some((String::new(), vec!["2026".into(), "11".into()])));
        assert_eq!(branch(&format!("{day}/*/0?/*.gz")), branch(day));
    }

    #[test]
    fn bodies_and_the_permission_check_are_no_logs() {
        let leaf = Leaf { folder: "a".into(), date: vec![2026, 3, 1] };
        let window = Window { from: Some("2026-03-01T10:00:00Z".parse().unwrap()), until: None };
        let is_log = |path: &str| is_log(&leaf, path, &window);
        assert!(is_log("a/10/20260301T101112345Z_0123456789abcdef.json.gz"));
        assert!(!is_log("a/09/20260301T091112345Z_0123456789abcdef.json.gz"));
        assert!(!is_log("a/10/data/0b5e_input.json.gz") && !is_log("a/10/data/whatever.json.gz"));
        assert!(!is_log("a/10/0b5e_output.json.gz"));
        assert!(!is_log("a/amazon-bedrock-logs-permission-check") && !is_log("a/10/.DS_Store"));
    }
}
