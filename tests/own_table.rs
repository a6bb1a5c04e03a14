//! The table that CONTRIBUTING.md shows is added as a user would add it, and asked.

use std::fs;

use crate::support::canvass::Canvass;

fn from_the_page() -> String {
    let page = include_str!("../CONTRIBUTING.md");
    let (_, rest) = page.split_once("```yaml\n").unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

#[test]
fn one_yaml_file_in_the_settings_folder_is_a_table_that_answers() {
    let canvass = Canvass::new();
    let folder = canvass.path().join(".config/canvass/tables");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("team_subnet.yaml"), from_the_page()).unwrap();
    let sql = "select s.account_name, s.region, count(*) as subnets from team_subnet s \
               join aws_vpc v on v.vpc_id = s.vpc_id where s.account_name = 'payments-prod' group by 1, 2";
    let run = canvass.demo(&["query", "-o", "json", sql]);
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    let rows = run.json()["rows"].as_array().unwrap().clone();
    assert!(!rows.is_empty());
    assert!(
        rows.iter().all(|r| r["account_name"] == "payments-prod" && r["subnets"].as_i64().unwrap() > 0),
        "{rows:?}"
    );
}

#[test]
fn a_mistake_in_it_is_named_with_its_line() {
    let canvass = Canvass::new();
    let folder = canvass.path().join(".config/canvass/tables");
    fs::create_dir_all(&folder).unwrap();
    let wrong = from_the_page().replace("ec2:DescribeSubnets", "ec2:DescribeSubnts");
    fs::write(folder.join("team_subnet.yaml"), wrong).unwrap();
    let run = canvass.run(&["tables"]);
    assert_eq!(run.code, 2);
    assert!(run.stdout.is_empty());
    assert!(
        run.stderr.contains(
            "team_subnet.yaml:10:11: 'ec2:DescribeSubnts' is not among the operations that a table may call \
             (did you mean 'ec2:DescribeSubnets'?)"
        ),
        "{}",
        run.stderr
    );
}
