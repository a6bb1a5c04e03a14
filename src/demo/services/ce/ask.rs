//! What a request asks: periods, an expression that lines must meet, keys to group by.

use chrono::{DateTime, Datelike as _, Months, NaiveDate, NaiveDateTime, TimeDelta, Timelike as _, Utc};

use super::Call;
use super::bill::Line;
use crate::demo::wire::ApiError;
use crate::model::Json;

/// Months kept without asking for more: the current one and thirteen before it.
const MONTHS: u32 = 13;

pub fn today(call: &Call<'_>) -> NaiveDate {
    // The world's day; the real clock only decides how long sessions live.
    DateTime::<Utc>::from_timestamp(call.world.today, 0).unwrap_or_default().date_naive()
}

pub fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::bad("ValidationException", message)
}

/// From one instant to before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub start: NaiveDateTime,
    pub end: NaiveDateTime,
}

impl Period {
    pub fn days(&self) -> (NaiveDate, NaiveDate) {
        (self.start.date(), self.end.date())
    }

    pub fn shown(&self, hourly: bool) -> Json {
        let text = |at: NaiveDateTime| match hourly {
            true => at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            false => at.format("%Y-%m-%d").to_string(),
        };
        record! { "Start" => text(self.start), "End" => text(self.end) }
    }
}

fn instant(call: &Call<'_>, member: &str) -> Option<NaiveDateTime> {
    let text = call.input.get("TimePeriod")?.get(member)?.as_str()?;
    let day = text.parse::<NaiveDate>().ok().and_then(|day| day.and_hms_opt(0, 0, 0));
    day.or_else(|| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%SZ").ok())
}

/// The periods of the past that are asked for.
pub fn periods(call: &Call<'_>) -> Result<Vec<Period>, ApiError> {
    let (Some(start), Some(end)) = (instant(call, "Start"), instant(call, "End")) else {
        return Err(invalid(
            "Invalid date. Dates must be in the form YYYY-MM-DD or, for HOURLY, yyyy-MM-ddThh:mm:ssZ",
        ));
    };
    let today = today(call);
    let month = today.with_day(1).unwrap_or(today);
    if start.date() > today {
        return Err(invalid("Start date (and hour) should not be after the current date"));
    }
    let oldest = month.checked_sub_months(Months::new(MONTHS)).unwrap_or(month);
    if start.date() < oldest {
        return Err(invalid(format!(
            "You haven't enabled historical data beyond 14 months: the first day is {oldest}"
        )));
    }
    if end.date() > month.checked_add_months(Months::new(1)).unwrap_or(month) {
        return Err(invalid("end date past the beginning of next month"));
    }
    let granularity = call.text("Granularity").unwrap_or("MONTHLY");
    if granularity == "HOURLY" && (today - start.date()).num_days() > 13 {
        return Err(invalid("hourly data is only available for the past 14 days"));
    }
    cut(start, end, granularity)
}

/// The periods ahead that are asked for.
pub fn periods_ahead(call: &Call<'_>) -> Result<Vec<Period>, ApiError> {
    let (Some(start), Some(end)) = (instant(call, "Start"), instant(call, "End")) else {
        return Err(invalid("Invalid date. Dates must be in the form YYYY-MM-DD"));
    };
    let (today, granularity) = (today(call), call.text("Granularity").unwrap_or("MONTHLY"));
    if start.date() < today {
        return Err(invalid("Start date must be the current date or later"));
    }
    let most = if granularity == "DAILY" { 93 } else { 550 };
    if (end.date() - today).num_days() > most {
        return Err(invalid(format!("{granularity} forecasts end {most} days from now")));
    }
    cut(start, end, granularity)
}

fn cut(start: NaiveDateTime, end: NaiveDateTime, granularity: &str) -> Result<Vec<Period>, ApiError> {
    if start >= end {
        return Err(invalid("Start date (and hour) should be before end date (and hour)"));
    }
    let after = |at: NaiveDateTime| match granularity {
        "MONTHLY" => {
            let first = at.date().with_day(1)?.checked_add_months(Months::new(1))?;
            first.and_hms_opt(0, 0, 0)
        }
        "DAILY" => at.date().succ_opt()?.and_hms_opt(0, 0, 0),
        "HOURLY" => at.checked_add_signed(TimeDelta::hours(1)),
        _ => None,
    };
    let mut periods = Vec::new();
    let mut at = start;
    while at < end {
        let next =
            after(at).ok_or_else(|| invalid(format!("Granularity {granularity} is not known")))?.min(end);
        periods.push(Period { start: at, end: next });
        at = next;
    }
    Ok(periods)
}

pub fn hour(at: NaiveDateTime) -> i64 {
    i64::from(at.hour())
}

/// What a line shows of a dimension; `None` where there is no such.
pub fn dimension(line: &Line<'_>, key: &str) -> Option<String> {
    let or = |value: &str, none: &str| if value.is_empty() { none.to_owned() } else { value.to_owned() };
    Some(match key {
        "LINKED_ACCOUNT" => line.account.id.clone(),
        "LINKED_ACCOUNT_NAME" => line.account.name.clone(),
        "REGION" => or(line.region, "NoRegion"),
        "SERVICE" => line.service.to_owned(),
        "USAGE_TYPE" => or(&line.usage, "NoUsageType"),
        "OPERATION" => or(line.operation, "NoOperation"),
        "RECORD_TYPE" => line.record.as_str().to_owned(),
        "INSTANCE_TYPE" => or(line.instance_type().unwrap_or_default(), "NoInstanceType"),
        "PURCHASE_TYPE" => line.purchase_type().to_owned(),
        "AZ" if line.region.is_empty() => "NoAZ".to_owned(),
        "AZ" => format!("{}a", line.region),
        "PLATFORM" if line.kind == "ec2:instance" => "Linux/UNIX".to_owned(),
        "PLATFORM" => "NoPlatform".to_owned(),
        "TENANCY" if line.kind == "ec2:instance" => "Shared".to_owned(),
        "TENANCY" => "NoTenancy".to_owned(),
        "DATABASE_ENGINE" if line.kind == "rds:cluster" => "Aurora PostgreSQL".to_owned(),
        "DATABASE_ENGINE" if line.kind == "rds:instance" => "PostgreSQL".to_owned(),
        "DATABASE_ENGINE" => "NoDatabaseEngine".to_owned(),
        "LEGAL_ENTITY_NAME" => "Amazon Web Services, Inc.".to_owned(),
        _ => return None,
    })
}

/// By what groups are told apart.
pub enum Group {
    Dimension(String),
    Tag(String),
    Category(String),
}

impl Group {
    pub fn key(&self, line: &Line<'_>) -> String {
        match self {
            Group::Dimension(key) => dimension(line, key).unwrap_or_default(),
            Group::Tag(key) => format!("{key}${}", line.tag(key)),
            Group::Category(key) => format!("{key}${}", line.category(key)),
        }
    }
}

/// At most two; RESOURCE_ID is no dimension of a line, but of its things.
pub fn groups(call: &Call<'_>, probe: Option<&Line<'_>>) -> Result<Vec<Group>, ApiError> {
    let asked = call.input.get("GroupBy").and_then(Json::as_array).unwrap_or_default();
    if asked.len() > 2 {
        return Err(invalid("Only two groups are allowed in a GroupBy"));
    }
    let text =
        |group: &Json, member: &str| group.get(member).and_then(Json::as_str).unwrap_or_default().to_owned();
    asked
        .iter()
        .map(|group| {
            let key = text(group, "Key");
            match text(group, "Type").as_str() {
                "TAG" => Ok(Group::Tag(key)),
                "COST_CATEGORY" => Ok(Group::Category(key)),
                _ if key == "RESOURCE_ID" || probe.is_none_or(|line| dimension(line, &key).is_some()) => {
                    Ok(Group::Dimension(key))
                }
                _ => Err(invalid(format!("Group Definition dimension {key} is invalid"))),
            }
        })
        .collect()
}

/// Whether a line meets an expression; a line of an expression that says nothing is met by all.
pub fn meets(expression: &Json, line: &Line<'_>) -> bool {
    let all = |member: &str| expression.get(member).and_then(Json::as_array).filter(|list| !list.is_empty());
    if let Some(list) = all("And") {
        return list.iter().all(|part| meets(part, line));
    }
    if let Some(list) = all("Or") {
        return list.iter().any(|part| meets(part, line));
    }
    if let Some(part) = expression.get("Not").filter(|part| !part.is_null()) {
        return !meets(part, line);
    }
    for (member, value) in [
        (
            "Dimensions",
            (|line: &Line<'_>, key: &str| dimension(line, key)) as fn(&Line<'_>, &str) -> Option<String>,
        ),
        ("Tags", |line, key| Some(line.tag(key).to_owned())),
        ("CostCategories", |line, key| Some(line.category(key).to_owned())),
    ] {
        let Some(wanted) = expression.get(member).filter(|wanted| !wanted.is_null()) else { continue };
        let key = wanted.get("Key").and_then(Json::as_str).unwrap_or_default();
        let texts = |member: &str| -> Vec<&str> {
            let list = wanted.get(member).and_then(Json::as_array).unwrap_or_default();
            list.iter().filter_map(Json::as_str).collect()
        };
        let Some(value) = value(line, key) else { return false };
        let (values, options) = (texts("Values"), texts("MatchOptions"));
        return match options.iter().find(|option| !option.starts_with("CASE_")) {
            Some(&"ABSENT") => value.is_empty(),
            Some(&"STARTS_WITH") => values.iter().any(|v| value.starts_with(v)),
            Some(&"ENDS_WITH") => values.iter().any(|v| value.ends_with(v)),
            Some(&"CONTAINS") => values.iter().any(|v| value.contains(v)),
            _ => values.contains(&value.as_str()),
        };
    }
    true
}
