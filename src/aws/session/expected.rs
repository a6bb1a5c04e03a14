//! How many roles a run will assume, as far as this machine can tell.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{SessionKey, Sessions, policy};
use crate::aws::ActionSet;
use crate::model::AccountId;

impl Sessions {
    /// AssumeRole calls that calls with these needs will cost in an account: one for each policy they are
    /// made under, but for sessions that are there. Asks nobody that this run has not asked.
    pub async fn to_open(
        self: &Arc<Self>,
        account: &AccountId,
        actions: &ActionSet,
        needs: &[Vec<String>],
    ) -> u64 {
        let by_profile = self.settings.credentials.account_profiles.contains_key(account);
        if self.identity_center.is_some() || by_profile || self.closed.lock().contains_key(account) {
            return 0;
        }
        let Ok(hub) = self.find_hub().await else { return 0 };
        if hub.account == *account && hub.role.is_none() {
            return 0;
        }
        let limit = self.policy_limit.load(Ordering::Relaxed);
        let texts: BTreeSet<_> =
            needs.iter().filter_map(|needed| policy::share(actions, needed, limit).ok()).collect();
        let mut missing = 0;
        for text in texts {
            let key = match hub.account == *account {
                true => SessionKey::Hub(text),
                false => SessionKey::Member(account.clone(), text),
            };
            missing += u64::from(!self.slots.holds(&key) && !self.is_kept(&hub, &key).await);
        }
        missing
    }

    async fn is_kept(self: &Arc<Self>, hub: &super::Hub, key: &SessionKey) -> bool {
        let Some(kept) = &self.kept else { return false };
        let place = self.place(hub, key).await;
        place.is_some_and(|place| kept.get(&place).is_some())
    }
}
