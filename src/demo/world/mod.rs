//! What exists in the simulated organization, apart from how it is asked for.
//!
//! Nothing is stored but the accounts: what a region of an account holds is worked out from the seed
//! whenever someone asks, and comes out the same every time. `incidents.rs` lists what is wrong in it.

pub mod buckets;
pub mod compute;
pub mod data;
pub mod identities;
pub mod incidents;
pub mod invocations;
pub mod network;
pub mod organization;
pub mod place;
pub mod regions;
pub mod serverless;
pub mod tags;

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::catalog::Catalog;
use crate::demo::identity::{Keyring, OwnPolicies};
use crate::demo::knobs::Knobs;
use crate::demo::mishaps::Attempts;
use crate::demo::quota::Quotas;
use crate::demo::services::InsightsQueries;
use crate::demo::services::iam::report::Reports;
use crate::demo::statistics::Statistics;
use crate::demo::wire::Router;
use crate::error::{Error, Result};
use crate::model::Timestamp;
use organization::{OrgAccount, Organization, Purpose};
use place::Place;
use regions::{KNOWN, OptIn, WITHOUT_OPT_IN};

/// An object's key, time and contents.
pub(in crate::demo) type Written = (String, i64, Bytes);
/// What Config found for the last expressions, so that their next pages need not be worked out again.
pub(in crate::demo) type Selected = parking_lot::Mutex<Vec<(String, Arc<Vec<String>>)>>;

/// A simulated AWS Organization; cheap to make at any size.
pub struct World {
    pub(in crate::demo) knobs: Knobs,
    pub(in crate::demo) organization: Organization,
    /// Midnight (UTC) of the world's day, in epoch seconds; every age counts from here.
    pub(in crate::demo) today: i64,
    /// The world's time when it was made, in epoch seconds: what happens in minutes counts from here.
    pub(in crate::demo) now: i64,
    /// When it was made: its own time, and the machine's.
    made: (i64, std::time::Instant),
    /// Objects that somebody asked for, by their folder.
    pub(in crate::demo) written: Mutex<HashMap<String, Vec<Written>>>,
    pub(in crate::demo) router: Router,
    pub(in crate::demo) keyring: Keyring,
    pub(in crate::demo) policies: OwnPolicies,
    pub(in crate::demo) attempts: Attempts,
    pub(in crate::demo) quotas: Quotas,
    pub(in crate::demo) statistics: Statistics,
    pub(in crate::demo) reports: Reports,
    pub(in crate::demo) insights: InsightsQueries,
    pub(in crate::demo) selected: Selected,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("knobs", &self.knobs).finish_non_exhaustive()
    }
}

impl World {
    /// The world as of `now`, unless the knobs name another time.
    pub fn new(knobs: &Knobs, now: Timestamp, catalog: Arc<Catalog>) -> Result<World> {
        let now = knobs.now.unwrap_or(now);
        let today = now.timestamp().div_euclid(86_400) * 86_400;
        let organization = Organization::new(knobs.seed, knobs.accounts, today)?;
        let mut knobs = knobs.clone();
        if let Some(hanging) = knobs.hang.take() {
            let account = organization
                .account(&hanging)
                .or_else(|| organization.account_named(&hanging))
                .ok_or_else(|| Error::usage(format!("demo setting hang: there is no account '{hanging}'")))?;
            knobs.hang = Some(account.id.clone());
        }
        Ok(World {
            keyring: Keyring::new(knobs.seed),
            router: Router::new(catalog),
            policies: OwnPolicies::default(),
            attempts: Attempts::default(),
            quotas: Quotas::default(),
            statistics: Statistics::default(),
            reports: Reports::default(),
            insights: InsightsQueries::default(),
            selected: Selected::default(),
            organization,
            today,
            now: now.timestamp(),
            written: Mutex::default(),
            made: (now.timestamp(), std::time::Instant::now()),
            knobs,
        })
    }

    /// The world's time, in epoch seconds; it goes on.
    pub(in crate::demo) fn now(&self) -> i64 {
        let (then, at) = self.made;
        then + i64::try_from(at.elapsed().as_secs()).unwrap_or_default()
    }

    pub(in crate::demo) fn region_codes(&self) -> impl Iterator<Item = &'static str> {
        KNOWN.iter().take(self.knobs.regions).map(|(code, _)| *code)
    }

    pub(in crate::demo) fn has_region(&self, code: &str) -> bool {
        self.region_codes().any(|r| r == code)
    }

    pub(in crate::demo) fn opt_in(&self, account: &OrgAccount, region: &str) -> OptIn {
        if incidents::region_is_off(account, region) {
            return OptIn::NotOptedIn;
        }
        match KNOWN.iter().position(|(code, _)| *code == region) {
            Some(at) if at < WITHOUT_OPT_IN => OptIn::NotRequired,
            // Nobody opts in for a sandbox.
            _ if account.purpose == Purpose::Sandbox => OptIn::NotOptedIn,
            _ => OptIn::OptedIn,
        }
    }

    pub(in crate::demo) fn place<'a>(&'a self, account: &'a OrgAccount, region: &'a str) -> Place<'a> {
        Place { world: self, account, region }
    }

    /// The account's regions where things run, the main one first.
    pub(in crate::demo) fn home_regions(&self, account: &OrgAccount) -> Vec<&'static str> {
        place::home_regions(self, account)
    }
}
