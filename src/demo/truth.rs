//! What is true of the world, for whoever checks an answer against it: no request, no signature.

use std::collections::BTreeMap;

use super::declared;
use super::identity::{Caller, Principal};
use super::mishaps::{self, Mishap};
use super::services::Call;
use super::world::regions::OptIn;
use super::world::{World, identities, incidents, invocations, network};
use crate::model::Json;

impl World {
    /// Ids of the accounts that are not suspended.
    pub fn active_accounts(&self) -> impl Iterator<Item = &str> {
        self.organization.accounts.iter().filter(|a| a.is_active()).map(|a| a.id.as_str())
    }

    /// Regions that are on in an account.
    pub fn enabled_regions<'w>(&'w self, account: &'w str) -> impl Iterator<Item = &'static str> + 'w {
        let account = self.organization.account(account);
        let is_on = move |region: &&str| account.is_some_and(|a| self.opt_in(a, region) != OptIn::NotOptedIn);
        self.region_codes().filter(is_on)
    }

    /// Whether the member role is there.
    pub fn has_member_role(&self, account: &str) -> bool {
        self.organization.account(account).is_some_and(incidents::has_member_role)
    }

    /// Whether a service control policy denies everything regional.
    pub fn is_denied_by_policy(&self, account: &str, region: &str) -> bool {
        self.organization.account(account).is_some_and(|a| incidents::region_is_denied(a, region))
    }

    /// Ids of the VPCs in a region of an account.
    pub fn vpc_ids(&self, account: &str, region: &str) -> Vec<String> {
        let account = self.organization.account(account);
        let vpcs = account.map(|account| network::vpcs(&self.place(account, region)));
        vpcs.unwrap_or_default().into_iter().map(|vpc| vpc.id).collect()
    }

    /// Metrics of AWS/Bedrock in a region of an account, each with the `ModelId` it is of.
    pub fn model_metrics(&self, account: &str, region: &str) -> Vec<(&'static str, &'static str)> {
        let Some(account) = self.organization.account(account) else { return Vec::new() };
        let models = invocations::metric_models(&self.place(account, region));
        invocations::METRICS
            .iter()
            .flat_map(|metric| models.iter().map(move |model| (*metric, *model)))
            .collect()
    }

    /// What such a metric measured from one instant to before another (epoch seconds); of all models without one.
    pub fn model_samples(
        &self,
        (account, region): (&str, &str),
        metric: &str,
        model: Option<&str>,
        (from, until): (i64, i64),
    ) -> Vec<f64> {
        let Some(account) = self.organization.account(account) else { return Vec::new() };
        invocations::samples(&self.place(account, region), metric, model, from, until)
    }

    /// Tables whose rows the world can count by itself.
    pub fn counted_tables() -> Vec<&'static str> {
        let mut tables: Vec<_> = declared::tables().into_iter().map(|counted| counted.table).collect();
        tables.sort_unstable();
        tables.dedup();
        tables
    }

    /// How many rows a table has in an account: by region, or all under no region.
    pub fn rows(&self, table: &str, account: &str) -> Vec<(Option<&'static str>, usize)> {
        let Some(owner) = self.organization.account(account) else { return Vec::new() };
        let mut rows: BTreeMap<Option<&'static str>, usize> = BTreeMap::new();
        let caller = Caller::new(account, Principal::User(identities::OPERATOR.to_owned()));
        for counted in declared::tables().into_iter().filter(|counted| counted.table == table) {
            let of_account = counted.of_account;
            for region in self.enabled_regions(account).take(if of_account { 1 } else { usize::MAX }) {
                let call = Call {
                    world: self,
                    account: owner,
                    region,
                    caller: &caller,
                    operation: "",
                    input: &Json::Null,
                    now: chrono::Utc::now().timestamp(),
                    shapes: None,
                    whole: true,
                };
                *rows.entry((!of_account).then_some(region)).or_default() += declared::count(&call, &counted);
            }
        }
        rows.into_iter().collect()
    }

    /// What every attempt meets in a unit.
    pub fn fate(&self, account: &str, region: &str, service: &str) -> Option<Mishap> {
        mishaps::fate(&self.knobs, account, region, service)
    }
}
