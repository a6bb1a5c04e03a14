//! Profiles of the AWS config file: each is a context of its account; an Identity Center login is one of
//! every account it sees; all profiles together are one of every account they lead to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::profile_file::{Profile, Profiles};
use super::{Imported, NewAccount, NewContext, Setting, exactly, role_arn};
use crate::error::{Error, Result};
use crate::settings::LoadInputs;

pub fn read(inputs: &LoadInputs, path: Option<&Path>, profiles: &Profiles) -> Result<Imported> {
    if profiles.files.is_empty() {
        let place =
            path.map_or_else(|| super::profile_file::config_path(inputs), |path| Some(path.to_owned()));
        let place = place.map(|path| format!(" {}", path.display())).unwrap_or_default();
        return Err(Error::usage(format!("there is no AWS config file{place}")));
    }
    let mut imported = Imported { files: profiles.files.clone(), ..Imported::default() };
    for (name, session) in &profiles.sso_sessions {
        let context = login(name, session, profiles, &mut imported);
        imported.add(context);
    }
    for (name, profile) in &profiles.profiles {
        if let Some(context) = one(name, profile, profiles, &mut imported) {
            imported.add(context);
        }
    }
    let context = all(profiles, &mut imported);
    imported.contexts.extend(context);
    Ok(imported)
}

/// Every account that the login of an `sso-session` sees.
fn login(name: &str, session: &Profile, profiles: &Profiles, imported: &mut Imported) -> NewContext {
    let text = |text: &str| Setting::Text(text.to_owned());
    let mut settings =
        vec![("organization", text("identity_center")), ("identity_center.sso_session", text(name))];
    settings.extend(session.get("sso_region").map(|region| ("identity_center.region", text(region))));
    let using = profiles.profiles.values().filter(|profile| profile.get("sso_session") == Some(name));
    let roles: BTreeSet<&str> = using.filter_map(|profile| profile.get("sso_role_name")).collect();
    match roles.iter().collect::<Vec<_>>().as_slice() {
        [] => {}
        [role] => settings.push(("identity_center.role_name", text(role))),
        several => {
            let names: Vec<&str> = several.iter().map(|role| **role).collect();
            let why = format!(
                "its profiles use several permission sets ({}): name one in identity_center.role_name",
                names.join(", ")
            );
            imported.leave_out(&session.file, Some(session.line), format!("role of sso-session {name}"), why);
        }
    }
    NewContext {
        name: format!("sso-{name}"),
        about: format!("every account that the login {name} sees"),
        settings,
    }
}

/// `None` for what is there only for others to start from.
fn one(name: &str, profile: &Profile, profiles: &Profiles, imported: &mut Imported) -> Option<NewContext> {
    if profile.keys.is_empty() {
        let why = "it says nothing but keys, which the profile's own name leads to: --profile";
        imported.leave_out(&profile.file, Some(profile.line), format!("profile {name}"), why);
        return None;
    }
    let text = |text: &str| Setting::Text(text.to_owned());
    let mut settings =
        vec![("profile", text(name)), ("organization", text("current")), ("hub_role", text("none"))];
    if let Some(id) = profile.account() {
        settings.push(("accounts", Setting::List(vec![id.as_str().to_owned()])));
    }
    let inherited = profile.get("source_profile").and_then(|source| profiles.region(source));
    if let Some(region) = profile.get("region").or(inherited) {
        settings.push(("home_region", text(region)));
        settings.push(("regions", Setting::List(vec![region.to_owned()])));
    } else {
        let why = "the profile has no region: its context asks every region that is on";
        imported.leave_out(&profile.file, Some(profile.line), format!("regions of {name}"), why);
    }
    let partition = profile.get("role_arn").and_then(role_arn).map(|role| role.partition);
    settings.extend(partition.filter(|p| p != "aws").map(|p| ("partition", Setting::Text(p))));
    Some(NewContext { name: name.to_owned(), about: format!("the profile {name}"), settings })
}

/// Every account that a profile is known to lead to.
fn all(profiles: &Profiles, imported: &mut Imported) -> Option<NewContext> {
    let mut accounts: Vec<NewAccount> = Vec::new();
    for (name, profile) in &profiles.profiles {
        let what = format!("{name} in aws-profiles");
        let Some(id) = profile.account() else {
            let why = format!(
                "the file does not tell its account: ask 'aws sts get-caller-identity --profile {name}', \
                 and add it to static_accounts"
            );
            imported.leave_out(&profile.file, Some(profile.line), what, why);
            continue;
        };
        if let Some(known) = accounts.iter().find(|account| account.id == id) {
            let other = known.profile.as_deref().unwrap_or_default();
            let why = format!("its account {id} is asked through the profile '{other}' already");
            imported.leave_out(&profile.file, Some(profile.line), what, why);
            continue;
        }
        let (account, profile) = (Some(name.clone()), Some(name.clone()));
        accounts.push(NewAccount { id, name: account, tags: BTreeMap::new(), profile });
    }
    if accounts.len() < 2 {
        return None;
    }
    let first = accounts.first().and_then(|account| account.profile.clone());
    let regions: BTreeSet<&str> =
        profiles.profiles.values().filter_map(|profile| profile.get("region")).collect();
    let about = format!("the {} accounts that profiles lead to", accounts.len());
    let mut settings = exactly(accounts);
    settings.extend(first.map(|profile| ("profile", Setting::Text(profile))));
    settings.push(("hub_role", Setting::Text("none".to_owned())));
    if !regions.is_empty() {
        settings.push(("regions", Setting::List(regions.into_iter().map(str::to_owned).collect())));
    }
    Some(NewContext { name: "aws-profiles".to_owned(), about, settings })
}
