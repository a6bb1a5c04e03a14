//! What was unusual: the spike of the incidents, as the bill shows it.

use super::ask::today;
use super::bill::{SPIKE_DOLLARS, spike};
use super::{Answer, Call, may_look};
use crate::demo::declared;
use crate::demo::dice::Dice;
use crate::demo::world::incidents::COST_SPIKE;
use crate::model::Json;

pub fn get_anomalies(call: &Call<'_>) -> Answer {
    may_look(call)?;
    let (from, to) = spike(today(call));
    let organization = &call.world.organization;
    let text = |member: &str| {
        let text =
            call.input.get("DateInterval").and_then(|interval| interval.get(member)).and_then(Json::as_str);
        text.and_then(|text| text.parse::<chrono::NaiveDate>().ok())
    };
    let monitors = declared::told(call, "ce", "GetAnomalyMonitors");
    let monitor = monitors.first().and_then(|monitor| monitor.get("MonitorArn")).and_then(Json::as_str);
    let last = to.pred_opt().unwrap_or(to);
    let is_asked = text("StartDate").is_none_or(|start| start <= last)
        && text("EndDate").is_none_or(|end| last <= end)
        && call.text("MonitorArn").is_none_or(|arn| Some(arn) == monitor);
    let account = organization.account_named(COST_SPIKE.0);
    let is_payer = call.account.id == organization.management().id;
    let (Some(account), true, true) = (account, is_asked, is_payer) else {
        return Ok(record! { "Anomalies" => Vec::<Json>::new() });
    };
    let days = (to - from).num_days() as f64;
    let impact = SPIKE_DOLLARS * days;
    let expected = 41.7 * days;
    let cents = |dollars: f64| (dollars * 100.0).round() / 100.0;
    let cause = record! {
        "Service" => "Amazon Elastic Compute Cloud - Compute",
        "Region" => COST_SPIKE.1,
        "LinkedAccount" => account.id.as_str(),
        "LinkedAccountName" => account.name.as_str(),
        "UsageType" => format!("BoxUsage:{}", COST_SPIKE.2),
        "Impact" => record! { "Contribution" => cents(impact) },
    };
    let anomaly = record! {
        "AnomalyId" => Dice::new(call.world.knobs.seed, &["anomaly", COST_SPIKE.0]).uuid(),
        "AnomalyStartDate" => format!("{from}T00:00:00Z"),
        "AnomalyEndDate" => format!("{last}T00:00:00Z"),
        "DimensionValue" => "Amazon Elastic Compute Cloud - Compute",
        "RootCauses" => vec![cause],
        "AnomalyScore" => record! { "MaxScore" => 0.94, "CurrentScore" => 0.61 },
        "Impact" => record! {
            "MaxImpact" => cents(SPIKE_DOLLARS),
            "TotalImpact" => cents(impact),
            "TotalActualSpend" => cents(impact + expected),
            "TotalExpectedSpend" => cents(expected),
            "TotalImpactPercentage" => cents(impact / expected * 100.0),
        },
        "MonitorArn" => monitor.unwrap_or_default(),
    };
    let least = call.input.get("TotalImpact").and_then(|t| t.get("StartValue")).and_then(Json::to_text);
    let large = least.and_then(|text| text.parse::<f64>().ok()).is_none_or(|least| impact >= least);
    Ok(record! { "Anomalies" => if large { vec![anomaly] } else { Vec::new() } })
}
