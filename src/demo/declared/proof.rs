//! The declared files against the catalog's shapes and against themselves.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::answer::{member_at, tell};
use super::fit::Ledger;
use super::scene::Scene;
use crate::catalog::Catalog;
use crate::demo::identity::{Caller, Principal};
use crate::demo::rehearsal::world;
use crate::demo::services::Call;
use crate::demo::world::World;
use crate::model::Json;

fn call<'a>(
    world: &'a World,
    caller: &'a Caller,
    account: &str,
    region: &'a str,
    input: &'a Json,
) -> Call<'a> {
    Call {
        world,
        account: world.organization.account_named(account).unwrap(),
        region,
        caller,
        operation: "",
        input,
        now: world.today + 40_000,
        shapes: None,
        whole: true,
    }
}

#[test]
fn every_file_can_be_read_and_none_is_forgotten() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/demo/declared/services");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().trim_end_matches(".yaml").to_owned())
        .collect();
    files.sort();
    assert_eq!(files, super::ALL.iter().map(|d| d.id).collect::<Vec<_>>());
    let wrong: Vec<_> = super::ALL.iter().filter_map(|d| super::read(d.id)?.as_ref().err()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Every operation, asked for everything in several accounts: what a declaration names is there, and
/// what it says has a place in some answer.
#[test]
fn every_member_that_is_declared_is_shown_and_every_name_means_something() {
    let catalog = Catalog::builtin().unwrap();
    let world = world("");
    let mut wrong: BTreeSet<String> = BTreeSet::new();
    let (mut kept, mut dropped) = (BTreeSet::new(), BTreeSet::new());
    let accounts = [
        "org-management",
        "security-tooling",
        "network-hub",
        "payments-prod",
        "web-prod",
        "sandbox-alice",
        "checkout-dev",
    ];
    for declared in super::ALL {
        let Some(file) = super::file(declared.id) else { continue };
        for (name, operation) in &file.operations {
            let id = format!("{}:{name}", declared.id);
            let Some(shapes) = catalog.operation(&id) else {
                wrong.insert(format!("{id} has no shapes"));
                continue;
            };
            if member_at(&shapes, &operation.at).is_none() {
                wrong.insert(format!("{id}: there is no member {}", operation.at));
                continue;
            }
            let members = operation.by.iter().map(|(m, _)| m).chain(operation.starts.iter().map(|(m, _)| m));
            for member in members.chain(operation.bounds.iter().map(|(m, ..)| m)) {
                let first = member.split('.').next().unwrap();
                if !shapes.input_members().iter().any(|m| &*m.name == first) {
                    wrong.insert(format!("{id} takes no {member}"));
                }
            }
            let mut told = 0;
            for account in accounts {
                let owner = world.organization.account_named(account).unwrap().id.clone();
                let caller = Caller::new(&owner, Principal::User("operator".to_owned()));
                for region in world.home_regions(world.organization.account_named(account).unwrap()) {
                    let input = Json::Object(Vec::new());
                    let call = call(&world, &caller, account, region, &input);
                    let mut scene = Scene::new(&call);
                    scene.ledger = Some(RefCell::new(Ledger::default()));
                    match tell(&scene, operation, &shapes) {
                        Ok(output) => told += usize::from(output != Json::Object(Vec::new())),
                        Err(error) if error.status == 500 => {
                            wrong.insert(format!("{id}: {error:?}"));
                        }
                        Err(_) => {}
                    }
                    wrong.extend(scene.defects.take().into_iter().map(|d| format!("{id}: {d}")));
                    let ledger = scene.ledger.unwrap().into_inner();
                    kept.extend(ledger.kept);
                    dropped.extend(ledger.dropped);
                }
            }
            if told == 0 {
                wrong.insert(format!("{id} tells nothing, wherever it is asked"));
            }
        }
    }
    let never: BTreeSet<_> = dropped.difference(&kept).collect();
    let members: BTreeSet<String> = never
        .into_iter()
        .filter(|(owner, _)| !is_answered(owner))
        .map(|(owner, path)| format!("{owner}: no answer has {path}"))
        .collect();
    wrong.extend(members);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What Rust answers may say more than the operation that tells it again.
fn is_answered(kind: &str) -> bool {
    let (service, name) = kind.split_once(':').unwrap_or_default();
    super::file(service).and_then(|f| f.things.get(name)).is_some_and(|t| t.answered.is_some())
}

#[test]
fn every_kind_that_is_referred_to_is_declared() {
    let world = world("");
    let account = world.organization.account_named("payments-prod").unwrap();
    let caller = Caller::new(&account.id, Principal::User("operator".to_owned()));
    let input = Json::Object(Vec::new());
    let call = call(&world, &caller, "payments-prod", "us-east-1", &input);
    let scene = Scene::new(&call);
    for declared in super::ALL {
        for name in super::file(declared.id).unwrap().things.keys() {
            scene.things(&format!("{}:{name}", declared.id), call.place());
        }
    }
    assert_eq!(scene.defects.take(), Vec::<String>::new());
}
