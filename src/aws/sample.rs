//! Settings for this room's tests.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::model::{Partition, Region, Scope};
use crate::settings::{
    CredentialSettings, FanOutSettings, NetworkSettings, OrganizationSource, Paths, RoleSetting, Settings,
};

pub fn settings() -> Settings {
    let nowhere = PathBuf::from("/nonexistent");
    Settings {
        context: None,
        partition: Partition::Aws,
        home_region: Region::new("us-east-1"),
        scope: Scope::default(),
        organization: OrganizationSource::Auto,
        credentials: CredentialSettings {
            profile: None,
            hub_role: RoleSetting::None,
            member_role: "ReadOnlyQueryRole".into(),
            external_id: None,
            session_name: "canvass".into(),
            source_identity: None,
            session_duration: Duration::from_secs(3600),
            mfa_serial: None,
            account_profiles: BTreeMap::new(),
            identity_center: None,
        },
        network: NetworkSettings {
            connect_timeout: Duration::from_secs(3),
            call_timeout: Duration::from_secs(10),
            max_attempts: 3,
            ..NetworkSettings::default()
        },
        fan_out: FanOutSettings { concurrency: 8, unit_timeout: Duration::from_secs(60) },
        demo: None,
        now: None,
        paths: Paths {
            config: nowhere.clone(),
            cache: nowhere.clone(),
            data: nowhere.clone(),
            state: nowhere,
        },
    }
}
