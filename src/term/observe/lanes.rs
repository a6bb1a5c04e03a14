//! Where a span is drawn: a process per account, in it a thread per region, and more of those where
//! calls overlap. Spans of one thread must nest, or viewers draw them wrong.

use std::collections::BTreeMap;

/// Of one thread in the trace.
pub type LaneId = u64;

#[derive(Debug, Default)]
pub struct Lanes {
    lanes: Vec<Lane>,
    processes: BTreeMap<String, u64>,
    by_place: BTreeMap<(u64, String), Vec<usize>>,
}

#[derive(Debug)]
struct Lane {
    process: u64,
    /// Spans that are open on it, the outermost first.
    open: Vec<u64>,
}

/// A lane for a span, and what has to be said about it first.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    pub process: u64,
    pub lane: LaneId,
    pub new_process: bool,
    /// The lane's name, if nothing was drawn on it before.
    pub new_lane: Option<String>,
}

impl Lanes {
    /// Opens a span: on the lane of its parent if that is the innermost there, else on a free one.
    pub fn open(&mut self, span: u64, parent: Option<(LaneId, u64)>, account: &str, place: &str) -> Found {
        let next = self.processes.len() as u64 + 1;
        let new_process = !self.processes.contains_key(account);
        let process = *self.processes.entry(account.to_owned()).or_insert(next);
        if let Some((lane, parent)) = parent
            && let Some(found) = self.lanes.get_mut(index(lane))
            && found.process == process
            && found.open.last() == Some(&parent)
        {
            found.open.push(span);
            return Found { process, lane, new_process, new_lane: None };
        }
        let here = self.by_place.entry((process, place.to_owned())).or_default();
        let free =
            here.iter().copied().find(|at| self.lanes.get(*at).is_some_and(|lane| lane.open.is_empty()));
        if let Some(at) = free
            && let Some(lane) = self.lanes.get_mut(at)
        {
            lane.open.push(span);
            return Found { process, lane: id(at), new_process, new_lane: None };
        }
        let at = self.lanes.len();
        self.lanes.push(Lane { process, open: vec![span] });
        here.push(at);
        let name = if here.len() == 1 { place.to_owned() } else { format!("{place} #{}", here.len()) };
        Found { process, lane: id(at), new_process, new_lane: Some(name) }
    }

    pub fn close(&mut self, span: u64, lane: LaneId) {
        if let Some(lane) = self.lanes.get_mut(index(lane)) {
            lane.open.retain(|open| *open != span);
        }
    }
}

/// Numbers in the trace begin at one.
fn id(index: usize) -> LaneId {
    index as u64 + 1
}

fn index(id: LaneId) -> usize {
    usize::try_from(id).unwrap_or_default().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_one_after_the_other_stay_on_their_units_lane_and_overlapping_ones_get_their_own() {
        let mut lanes = Lanes::default();
        let unit = lanes.open(1, None, "a", "eu-west-1");
        assert_eq!((unit.process, unit.lane, unit.new_lane.as_deref()), (1, 1, Some("eu-west-1")));
        let parent = Some((unit.lane, 1));
        let first = lanes.open(2, parent, "a", "eu-west-1");
        let second = lanes.open(3, parent, "a", "eu-west-1");
        assert_eq!((first.lane, second.lane), (1, 2));
        assert_eq!(second.new_lane.as_deref(), Some("eu-west-1 #2"));
        lanes.close(2, first.lane);
        lanes.close(3, second.lane);
        assert_eq!(lanes.open(4, parent, "a", "eu-west-1").lane, 1);
        assert_eq!(
            lanes.open(5, parent, "a", "eu-west-1"),
            Found { process: 1, lane: 2, new_process: false, new_lane: None }
        );
    }

    #[test]
    fn accounts_and_regions_are_apart() {
        let mut lanes = Lanes::default();
        let (a, b) = (lanes.open(1, None, "a", "eu-west-1"), lanes.open(2, None, "b", "eu-west-1"));
        let c = lanes.open(3, Some((a.lane, 1)), "b", "us-east-1");
        assert_eq!((a.process, b.process, c.process), (1, 2, 2));
        assert_ne!(b.lane, c.lane);
    }
}
