//! The credential report: IAM makes it when asked to, and keeps it for hours.

use std::collections::HashMap;

use base64::Engine as _;
use parking_lot::Mutex;

use super::{Answer, Call};
use crate::demo::declared;
use crate::demo::dice::Dice;
use crate::demo::wire::ApiError;
use crate::demo::world::identities;
use crate::demo::world::organization::Purpose;
use crate::model::Json;

const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

/// How often each account was asked to make its report.
#[derive(Debug, Default)]
pub struct Reports(Mutex<HashMap<String, u32>>);

/// Whose report nobody has asked for, and whose is too old.
const NOT_PRESENT: &str = "sandbox-alice";
const EXPIRED: &str = "ml-research";

pub fn generate_credential_report(call: &Call<'_>) -> Answer {
    let mut reports = call.world.reports.0.lock();
    let asked = reports.entry(call.account.id.clone()).or_default();
    *asked += 1;
    // It takes IAM a while.
    Ok(match *asked {
        1 => {
            record! { "State" => "STARTED", "Description" => "No report exists. Starting a new report generation task" }
        }
        _ => record! { "State" => "COMPLETE" },
    })
}

pub fn get_credential_report(call: &Call<'_>) -> Answer {
    let asked = call.world.reports.0.lock().get(&call.account.id).copied().unwrap_or(0);
    let gone = |code: &'static str, message: &str| Err(ApiError::new(410, code, message));
    match (asked, call.account.name.as_str()) {
        (0, NOT_PRESENT) => return gone("ReportNotPresent", "No report present."),
        (0, EXPIRED) => return gone("ReportExpired", "The most recent credential report has expired."),
        (1, NOT_PRESENT | EXPIRED) => {
            return Err(ApiError::new(404, "ReportInProgress", "Report generation is in progress."));
        }
        _ => {}
    }
    let mut lines = vec![HEADER.to_owned(), root(call)];
    let whole = Call { whole: true, ..*call };
    let keys = declared::Things::of(&whole).all("iam:access_key");
    for user in identities::users(call.world, call.account) {
        let own = keys.iter().filter(|k| k.get("UserName").and_then(Json::as_str) == Some(&user.name));
        lines.push(line(call, &user, own.take(2)));
    }
    let content = base64::engine::general_purpose::STANDARD.encode(lines.join("\n"));
    Ok(
        record! { "Content" => content, "ReportFormat" => "text/csv", "GeneratedTime" => call.world.now - 1_500 },
    )
}

fn time(at: Option<i64>, otherwise: &str) -> String {
    let instant = at.and_then(|at| chrono::DateTime::from_timestamp(at, 0));
    instant.map_or_else(|| otherwise.to_owned(), |at| at.format("%Y-%m-%dT%H:%M:%S+00:00").to_string())
}

fn root(call: &Call<'_>) -> String {
    let account = &call.account.id;
    let mut dice = Dice::new(call.world.knobs.seed, &["root", account]);
    let since = call.world.today - dice.between(1_500, 2_500) as i64 * 86_400;
    let careful = match call.account.purpose {
        Purpose::Sandbox => dice.chance(0.3),
        Purpose::Production | Purpose::Shared => true,
        _ => dice.chance(0.8),
    };
    let key = dice.chance(0.15);
    format!(
        "<root_account>,arn:aws:iam::{account}:root,{},not_supported,no_information,not_supported,not_supported,{careful},{key},{},N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A",
        time(Some(since), "N/A"),
        time(key.then_some(since + 86_400), "N/A"),
    )
}

fn line<'k>(call: &Call<'_>, user: &identities::User, keys: impl Iterator<Item = &'k Json>) -> String {
    let password = user.login.is_some();
    let used = if password { time(user.password_used, "no_information") } else { "N/A".to_owned() };
    let mut line = format!(
        "{},arn:aws:iam::{}:user{}{},{},{password},{used},{},N/A,{}",
        user.name,
        call.account.id,
        user.path,
        user.name,
        time(Some(user.created), "N/A"),
        time(user.login, "N/A"),
        user.mfa.is_some(),
    );
    let mut keys: Vec<&Json> = keys.collect();
    keys.truncate(2);
    for nth in 0..2 {
        let key = keys.get(nth).copied();
        let text = |member: &str| key.and_then(|k| k.get(member)).and_then(Json::to_text);
        let at = |member: &str| text(member).and_then(|t| t.parse::<f64>().ok()).map(|t| t as i64);
        let used = at("_used");
        let or_none =
            |text: Option<String>| text.filter(|_| used.is_some()).unwrap_or_else(|| "N/A".to_owned());
        line.push_str(&format!(
            ",{},{},{},{},{}",
            text("Status").as_deref() == Some("Active"),
            time(at("CreateDate"), "N/A"),
            time(used, "N/A"),
            or_none(Some("us-east-1".to_owned())),
            or_none(text("_service")),
        ));
    }
    line.push_str(",false,N/A,false,N/A");
    line
}
