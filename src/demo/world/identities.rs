//! IAM users and roles, and what their policies say.

use super::incidents;
use super::organization::{OrgAccount, Purpose};
use super::tags::{self, Tags};
use super::{World, place::Place};

/// The operator: whose keys the demo hands out.
pub const OPERATOR: &str = "operator";
pub const HUB_ROLE: &str = "OrganizationQueryRole";
pub const MEMBER_ROLE: &str = "ReadOnlyQueryRole";
/// Six digits that every MFA device of the demo shows.
pub const MFA_CODE: &str = "123456";

#[derive(Clone, Debug)]
pub struct User {
    pub name: String,
    pub id: String,
    pub path: &'static str,
    pub created: i64,
    pub password_used: Option<i64>,
    /// When the password was set.
    pub login: Option<i64>,
    /// When the device was enabled.
    pub mfa: Option<i64>,
    pub groups: Vec<&'static str>,
    pub inline: Vec<(&'static str, String)>,
    pub attached: Vec<String>,
    pub boundary: Option<String>,
    pub tags: Tags,
}

#[derive(Clone, Debug)]
pub struct Role {
    pub name: String,
    pub id: String,
    pub path: &'static str,
    pub created: i64,
    pub trust: String,
    pub description: &'static str,
    pub max_session: i64,
    /// When, and in which region.
    pub used: Option<(i64, String)>,
    pub profile: Option<&'static str>,
    pub inline: Vec<(&'static str, String)>,
    pub attached: Vec<String>,
    pub boundary: Option<String>,
    pub tags: Tags,
}

const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const ASSUME: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:AssumeRole","sts:SetSourceIdentity","sts:TagSession"],"Resource":"*"}]}"#;

/// What the managed policies that appear here allow; none for those only their names matter.
pub fn managed_policy(arn: &str) -> Option<&'static str> {
    match arn {
        ADMINISTRATOR => {
            Some(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#)
        }
        READ_ONLY => Some(
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["*:Describe*","*:List*","*:Get*","*:BatchGet*","*:Select*","*:Search*","*:Lookup*","*:Filter*","*:View*","*:Generate*Report","logs:StartQuery","logs:StopQuery"],"Resource":"*"}]}"#,
        ),
        _ => None,
    }
}

/// Aliases of an account: one at most, as IAM allows.
pub fn aliases(account: &OrgAccount) -> Vec<String> {
    match account.purpose {
        Purpose::Sandbox => Vec::new(),
        _ => vec![format!("acme-{}", account.name)],
    }
}

/// Users by name.
pub fn users(world: &World, account: &OrgAccount) -> Vec<User> {
    let place = home(world, account);
    let management = account.id == world.organization.management().id;
    let mut names: Vec<&str> = Vec::new();
    if management {
        names.push(OPERATOR);
    }
    if management || ["payments-prod", "sandbox-alice"].contains(&account.name.as_str()) {
        names.push("jsmith");
    }
    if account.name == "shared-services" || account.purpose == Purpose::Production {
        names.push("terraform-ci");
    }
    let others = ["mchen", "apatel", "deploy-bot", "kowalski", "legacy-sync"];
    names.extend((0..place.count("users", 0, 5)).filter_map(|n| others.get(n)));
    names.sort_unstable();
    names.into_iter().map(|name| user(&place, name)).collect()
}

fn user(place: &Place<'_>, name: &str) -> User {
    let mut dice = place.dice("user", name.len()).fork(name, 0);
    let robot = matches!(name, "terraform-ci" | "deploy-bot" | "legacy-sync");
    let created = place.days_ago(&mut dice, 100, 1_800);
    let careless = name == "jsmith" && place.is("payments-prod");
    let login = (!robot && (careless || dice.chance(0.8))).then_some(created + 3_600);
    let mfa = (!robot && !careless && (name == OPERATOR || dice.chance(0.8))).then_some(created + 7_200);
    let used = login.filter(|_| careless || dice.chance(0.8)).map(|_| place.days_ago(&mut dice, 0, 200));
    let mut attached = Vec::new();
    let mut inline = Vec::new();
    let mut groups = Vec::new();
    match name {
        OPERATOR => {
            attached.push(READ_ONLY.to_owned());
            inline.push(("AssumeQueryRoles", ASSUME.to_owned()));
        }
        "terraform-ci" => attached.push(ADMINISTRATOR.to_owned()),
        _ if careless => attached.push(ADMINISTRATOR.to_owned()),
        _ => {
            groups.push(if robot { "automation" } else { "developers" });
            if dice.chance(0.3) {
                attached.push("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess".to_owned());
            }
            if dice.chance(0.3) {
                inline.push((
                    "read-deployments",
                    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["codedeploy:Get*","codedeploy:List*"],"Resource":"*"}]}"#.to_owned(),
                ));
            }
        }
    }
    User {
        id: dice.unique_id("AIDA"),
        path: if robot { "/automation/" } else { "/" },
        created,
        password_used: used.map(|u| u.max(created)),
        login,
        mfa,
        groups,
        inline,
        attached,
        boundary: (robot && dice.chance(0.5))
            .then(|| format!("arn:aws:iam::{}:policy/automation-boundary", place.account.id)),
        tags: tags::of(place, &mut dice, None),
        name: name.to_owned(),
    }
}

/// Roles by name.
pub fn roles(world: &World, account: &OrgAccount) -> Vec<Role> {
    let place = home(world, account);
    let management = &world.organization.management().id;
    let service = |principal: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{principal}"}},"Action":"sts:AssumeRole"}}]}}"#
        )
    };
    let attached = |name: &str| vec![format!("arn:aws:iam::aws:policy/{name}")];
    let mut all = Vec::new();
    if account.id == *management {
        let trust = trusting(&format!(r#""arn:aws:iam::{management}:user/{OPERATOR}""#), None);
        let mut hub = role(&place, HUB_ROLE, trust);
        hub.description = "asks the organization's accounts, reads only";
        hub.attached = vec![READ_ONLY.to_owned()];
        hub.inline = vec![("AssumeQueryRoles", ASSUME.to_owned())];
        hub.used = Some((world.today, "us-east-1".to_owned()));
        all.push(hub);
    } else {
        let mut access = role(
            &place,
            "OrganizationAccountAccessRole",
            trusting(&format!(r#""arn:aws:iam::{management}:root""#), None),
        );
        access.attached = vec![ADMINISTRATOR.to_owned()];
        all.push(access);
        if incidents::has_member_role(account) {
            let trusted = format!(
                r#"["arn:aws:iam::{management}:role/{HUB_ROLE}","arn:aws:iam::{management}:user/{OPERATOR}"]"#
            );
            let mut member =
                role(&place, MEMBER_ROLE, trusting(&trusted, world.knobs.external_id.as_deref()));
            member.description = "read-only access for the organization's queries";
            member.attached = vec![READ_ONLY.to_owned()];
            member.used = Some((world.today, "us-east-1".to_owned()));
            all.push(member);
        }
    }
    let mut app = role(&place, "app-instance-role", service("ec2.amazonaws.com"));
    app.profile = Some("app-instance-profile");
    app.attached = attached("AmazonSSMManagedInstanceCore");
    app.inline = vec![(
        "read-artifacts",
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":["s3:GetObject"],"Resource":"arn:aws:s3:::{}-artifacts-*/*"}}]}}"#,
            account.name
        ),
    )];
    all.push(app);
    let mut lambda = role(&place, "lambda-execution-role", service("lambda.amazonaws.com"));
    lambda.attached = attached("service-role/AWSLambdaBasicExecutionRole");
    all.push(lambda);
    let mut monitoring = role(&place, "rds-monitoring-role", service("monitoring.rds.amazonaws.com"));
    monitoring.attached = attached("service-role/AmazonRDSEnhancedMonitoringRole");
    all.push(monitoring);
    let mut config = role(&place, "AWSServiceRoleForConfig", service("config.amazonaws.com"));
    config.path = "/aws-service-role/config.amazonaws.com/";
    config.attached = attached("aws-service-role/AWSConfigServiceRolePolicy");
    all.push(config);
    if account.purpose == Purpose::Production {
        let mut deploy = role(
            &place,
            "github-deploy",
            format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::{}:oidc-provider/token.actions.githubusercontent.com"}},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{{"StringLike":{{"token.actions.githubusercontent.com:sub":"repo:acme/*"}}}}}}]}}"#,
                account.id
            ),
        );
        deploy.boundary = Some(format!("arn:aws:iam::{}:policy/automation-boundary", account.id));
        deploy.attached = attached("PowerUserAccess");
        all.push(deploy);
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn role(place: &Place<'_>, name: &str, trust: String) -> Role {
    let mut dice = place.dice("role", 0).fork(name, 0);
    let created = place.days_ago(&mut dice, 100, 1_800);
    Role {
        name: name.to_owned(),
        id: dice.unique_id("AROA"),
        path: "/",
        created,
        trust,
        description: "",
        max_session: 3_600,
        used: dice
            .chance(0.7)
            .then(|| (place.days_ago(&mut dice, 0, 90).max(created), "us-east-1".to_owned())),
        profile: None,
        inline: Vec::new(),
        attached: Vec::new(),
        boundary: None,
        tags: tags::of(place, &mut dice, None),
    }
}

/// A trust policy for AWS principals (JSON text), with an external id where one is asked for.
fn trusting(principals: &str, external_id: Option<&str>) -> String {
    let condition = external_id.map_or_else(String::new, |id| {
        let id = crate::model::Json::string(id).to_json();
        format!(r#","Condition":{{"StringEquals":{{"sts:ExternalId":{id}}}}}"#)
    });
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":{principals}}},"Action":["sts:AssumeRole","sts:SetSourceIdentity","sts:TagSession"]{condition}}}]}}"#
    )
}

fn home<'a>(world: &'a World, account: &'a OrgAccount) -> Place<'a> {
    world.place(account, super::regions::KNOWN[0].0)
}
