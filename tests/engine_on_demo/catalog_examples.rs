//! The examples that the catalog shows must be statements that work.

use canvass::catalog::Catalog;

use super::{ask, demo, scope};
use crate::support::demo_tables::DEMO_TABLES;

#[tokio::test]
async fn every_example_of_every_table_is_planned_and_the_demos_answered() {
    let demo = demo("", |settings| settings.scope = scope(&["payments-prod"], &["us-east-1"]));
    let catalog = Catalog::builtin().unwrap();
    let (mut asked, mut wrong) = (0, Vec::new());
    for name in catalog.table_names() {
        for example in &catalog.table(name).unwrap().examples {
            asked += 1;
            match demo.engine.prepare(&example.sql).await {
                Err(error) => wrong.push(format!("{name}: {}\n{error}", example.sql)),
                Ok(_) if !DEMO_TABLES.contains(&name) => {}
                Ok(_) => {
                    let (_, coverage) = ask(&demo, &example.sql).await;
                    let faults: Vec<_> = coverage.exceptions().map(|u| (&u.status, &u.unknown)).collect();
                    if !faults.is_empty() {
                        wrong.push(format!("{name}: {}\n{faults:?}", example.sql));
                    }
                }
            }
        }
    }
    assert!(asked > 0, "no example was found");
    assert!(wrong.is_empty(), "{} of {asked} examples:\n{}", wrong.len(), wrong.join("\n"));
}
