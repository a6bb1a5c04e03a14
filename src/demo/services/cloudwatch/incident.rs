//! The world's incidents as metrics show them.

use std::ops::RangeInclusive;

use crate::demo::world::incidents::{
    DATABASE_FULL_MINUTES_AGO, FAILING_FUNCTION, FULL_DATABASE, FUNCTION_FAILED_MINUTES_AGO, PLAIN_DATABASE,
};
use crate::demo::world::place::Place;

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

#[derive(Clone, Debug, PartialEq)]
enum When {
    Always,
    /// First hour and hours that it lasts, in the morning and twelve hours later, today and yesterday.
    Hours(i64, i64),
    /// Before the world's now.
    MinutesAgo(RangeInclusive<i64>),
}

/// Account, thing, metric, when, and the value then; counts are those of five minutes.
const INCIDENTS: [(&str, &str, &str, When, f64); 17] = [
    ("checkout-prod", FAILING_FUNCTION, "Errors", When::MinutesAgo(FUNCTION_FAILED_MINUTES_AGO), 64.0),
    ("checkout-prod", FAILING_FUNCTION, "Errors", When::Hours(2, 1), 64.0),
    ("checkout-prod", FAILING_FUNCTION, "Duration", When::MinutesAgo(FUNCTION_FAILED_MINUTES_AGO), 2_900.0),
    ("checkout-prod", FAILING_FUNCTION, "Duration", When::Hours(2, 1), 2_900.0),
    (
        "checkout-prod",
        FULL_DATABASE,
        "DatabaseConnections",
        When::MinutesAgo(DATABASE_FULL_MINUTES_AGO),
        405.0,
    ),
    ("checkout-prod", FULL_DATABASE, "DatabaseConnections", When::Hours(5, 2), 405.0),
    ("checkout-prod", FULL_DATABASE, "CPUUtilization", When::MinutesAgo(DATABASE_FULL_MINUTES_AGO), 96.0),
    ("checkout-prod", FULL_DATABASE, "CPUUtilization", When::Hours(5, 2), 96.0),
    (PLAIN_DATABASE.0, PLAIN_DATABASE.1, "FreeStorageSpace", When::Always, 3_100_000_000.0),
    ("checkout-prod", "orders-queue", "ApproximateNumberOfMessagesVisible", When::Hours(3, 2), 12_400.0),
    ("checkout-prod", "orders-queue", "ApproximateAgeOfOldestMessage", When::Hours(3, 2), 5_400.0),
    ("checkout-prod", "orders-queue", "NumberOfMessagesReceived", When::Hours(3, 2), 3.0),
    ("data-platform-prod", "data-orders", "WriteThrottleEvents", When::Hours(4, 1), 900.0),
    ("data-platform-prod", "data-orders", "ReadThrottleEvents", When::Hours(4, 1), 40.0),
    ("data-platform-prod", "data-orders", "ThrottledRequests", When::Hours(4, 1), 940.0),
    ("web-prod", "web-alb", "HTTPCode_Target_5XX_Count", When::Hours(6, 1), 210.0),
    ("web-prod", "web-alb", "TargetResponseTime", When::Hours(6, 1), 1.9),
];

/// What happens to one metric of one thing.
pub struct Incidents(Vec<(When, f64)>);

impl Incidents {
    pub fn of(place: Place<'_>, metric: &str, named: &str) -> Self {
        let is_it = |thing: &str| named == thing || named.split('/').nth(1) == Some(thing);
        let own = INCIDENTS.iter().filter(|(account, thing, of, ..)| {
            *of == metric && place.is(account) && place.is_main() && is_it(thing)
        });
        Incidents(own.map(|(.., when, value)| (when.clone(), *value)).collect())
    }

    /// The value of an hour, if it is one of an incident's.
    pub fn of_hour(&self, today: i64, hour: i64) -> Option<f64> {
        let of_day = hour.rem_euclid(DAY) / HOUR;
        let lately = (today - DAY..today + DAY).contains(&hour);
        let is_then = |when: &When| match when {
            When::Always => true,
            When::Hours(first, hours) => {
                lately && [*first, first + 12].iter().any(|start| (*start..start + hours).contains(&of_day))
            }
            When::MinutesAgo(_) => false,
        };
        self.0.iter().find(|(when, _)| is_then(when)).map(|(_, value)| *value)
    }

    /// The value of a minute, where an incident is shorter than its hour.
    pub fn of_minute(&self, now: i64, at: i64) -> Option<f64> {
        let is_then = |when: &When| match when {
            When::MinutesAgo(minutes) => minutes.contains(&((now - at).div_euclid(60))),
            _ => false,
        };
        self.0.iter().find(|(when, _)| is_then(when)).map(|(_, value)| *value)
    }

    /// Whether an incident begins or ends within the hour.
    pub fn splits(&self, now: i64, hour: i64) -> bool {
        let within = |when: &When| match when {
            When::MinutesAgo(minutes) => {
                now - minutes.end() * 60 < hour + HOUR && now - minutes.start() * 60 + 60 > hour
            }
            _ => false,
        };
        self.0.iter().any(|(when, _)| within(when))
    }
}
