//! What will be spent: the last weeks carried on, with bounds that widen the further they lie ahead.

use chrono::Days;

use super::ask::{Period, invalid, periods_ahead, today};
use super::bill::{self, Spent, shown, shown_usage};
use super::{Answer, Call, meant};
use crate::demo::wire::ApiError;
use crate::model::Json;

/// Days that a forecast rests on.
const LOOKS_BACK: i64 = 28;

pub fn get_cost_forecast(call: &Call<'_>) -> Answer {
    let amount: fn(Spent) -> i64 = match call.text("Metric") {
        Some("AMORTIZED_COST") => |spent| spent.amortized,
        Some("NET_UNBLENDED_COST") => |spent| spent.net,
        Some("NET_AMORTIZED_COST") => |spent| spent.net_amortized,
        Some("UNBLENDED_COST" | "BLENDED_COST") => |spent| spent.unblended,
        other => return Err(invalid(format!("Metric {} is invalid", other.unwrap_or("null")))),
    };
    forecast(call, amount, shown, "USD")
}

pub fn get_usage_forecast(call: &Call<'_>) -> Answer {
    let filter = call.input.get("Filter").map(Json::to_json).unwrap_or_default();
    if !filter.contains("USAGE_TYPE") {
        return Err(invalid("The filter must have a USAGE_TYPE or a USAGE_TYPE_GROUP"));
    }
    match call.text("Metric") {
        Some("USAGE_QUANTITY") => forecast(call, |spent| spent.usage, shown_usage, "N/A"),
        other => Err(invalid(format!("Metric {} is invalid", other.unwrap_or("null")))),
    }
}

fn forecast(call: &Call<'_>, amount: fn(Spent) -> i64, shown: fn(i64) -> String, unit: &str) -> Answer {
    let lines = meant(call)?;
    let today = today(call);
    let since = today.checked_sub_days(Days::new(LOOKS_BACK.unsigned_abs())).unwrap_or(today);
    let a_day = bill::by_day(&lines, since, today, today).into_values().map(amount).sum::<i64>() / LOOKS_BACK;
    if a_day == 0 {
        return Err(ApiError::bad("DataUnavailableException", "Insufficient amount of historical data"));
    }
    let level = call.int("PredictionIntervalLevel").unwrap_or(80).clamp(51, 99) as f64;
    let (mut results, mut total) = (Vec::new(), 0);
    for period in periods_ahead(call)? {
        let mean = mean(a_day, period, today);
        total += mean;
        let ahead = (period.end.date() - today).num_days() as f64;
        let share = (0.03 + ahead / 1_000.0) * level / 80.0;
        let wide = (mean as f64 * share).round() as i64;
        results.push(record! {
            "TimePeriod" => period.shown(false),
            "MeanValue" => shown(mean),
            "PredictionIntervalLowerBound" => shown(mean - wide),
            "PredictionIntervalUpperBound" => shown(mean + wide),
        });
    }
    Ok(record! {
        "Total" => record! { "Amount" => shown(total), "Unit" => unit },
        "ForecastResultsByTime" => results,
    })
}

fn mean(a_day: i64, period: Period, today: chrono::NaiveDate) -> i64 {
    let (start, end) = period.days();
    let ahead = (start - today).num_days();
    a_day * (end - start).num_days() / 1_500 * (1_500 + ahead)
}
