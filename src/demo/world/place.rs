//! One region of one account: where dice are rolled.

use super::World;
use super::organization::{OrgAccount, Purpose};
use crate::demo::dice::Dice;

#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub world: &'a World,
    pub account: &'a OrgAccount,
    pub region: &'a str,
}

impl<'a> Place<'a> {
    /// A stream of its own for the `number`th thing of a kind.
    pub fn dice(&self, kind: &str, number: usize) -> Dice {
        Dice::new(self.world.knobs.seed, &[&self.account.id, self.region, kind]).fork(kind, number)
    }

    /// Whether anything but what AWS puts there by itself is in the region.
    pub fn is_home(&self) -> bool {
        self.world.home_regions(self.account).contains(&self.region)
    }

    /// The account's first home region.
    pub fn is_main(&self) -> bool {
        self.world.home_regions(self.account).first() == Some(&self.region)
    }

    pub fn is(&self, account: &str) -> bool {
        self.account.name == account
    }

    /// How many of a kind there are: from `low` to `high` in production, fewer elsewhere, scaled by
    /// the `resources` knob; none outside the home regions.
    pub fn count(&self, kind: &str, low: usize, high: usize) -> usize {
        if !self.is_home() {
            return 0;
        }
        let share = match self.account.purpose {
            Purpose::Production => 1.0,
            Purpose::Staging => 0.6,
            Purpose::Shared | Purpose::Development => 0.5,
            Purpose::Sandbox => 0.3,
        };
        let mut dice = self.dice(kind, usize::MAX);
        let usual = dice.between(low, high) as f64 * share;
        (usual * self.world.knobs.resources).round() as usize
    }

    /// Seconds since the epoch, some days before the world's today.
    pub fn days_ago(&self, dice: &mut Dice, low: usize, high: usize) -> i64 {
        self.world.today - dice.between(low, high) as i64 * 86_400 + dice.below(86_400) as i64
            - if low == 0 { 86_400 } else { 0 }
    }

    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account.id)
    }

    /// Unique id of the account's instance profile, which is the same in every region.
    pub fn profile_id(&self) -> String {
        Dice::new(self.world.knobs.seed, &["instance profile", &self.account.id]).unique_id("AIPA")
    }

    /// The region's prefix in availability zone ids: `use1`.
    pub fn zone_prefix(&self) -> &'static str {
        super::regions::KNOWN.iter().find(|(code, _)| *code == self.region).map_or("xx1", |(_, p)| p)
    }
}

pub fn home_regions(world: &World, account: &OrgAccount) -> Vec<&'static str> {
    let mut dice = Dice::new(world.knobs.seed, &["home regions", &account.id]);
    let mut homes = vec![super::regions::KNOWN[0].0];
    let more = match account.purpose {
        Purpose::Production => dice.between(1, 3),
        Purpose::Staging | Purpose::Development => dice.between(0, 2),
        Purpose::Shared => dice.between(0, 1),
        Purpose::Sandbox => 0,
    };
    let others: Vec<&'static str> = world.region_codes().skip(1).collect();
    for _ in 0..more.min(others.len()) {
        let candidate = dice.pick(&others);
        if !homes.contains(&candidate) && !super::incidents::region_is_denied(account, candidate) {
            homes.push(candidate);
        }
    }
    homes
}
