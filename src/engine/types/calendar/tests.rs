//! Expected texts are PostgreSQL 15's answers, its clock at 2026-11-20 12:00 UTC.

use super::*;

const NOW: Read = Read { now: 1_795_176_000_000_000 };

fn tz(text: &str) -> String {
    match read_timestamptz(text, NOW) {
        Ok(micros) => timestamp_text(micros, "+00").unwrap(),
        Err(e) => format!("{e:?}"),
    }
}

fn at(text: &str) -> i64 {
    read_timestamp(text, NOW).unwrap()
}

#[test]
fn instants_are_read_in_every_common_spelling() {
    for (text, expected) in [
        ("2026-01-02", "2026-01-02 00:00:00+00"),
        ("2026-01-02T03:04:05Z", "2026-01-02 03:04:05+00"),
        ("2026-01-02 03:04:05.123456+05:30", "2026-01-01 21:34:05.123456+00"),
        ("2026-01-02T03:04:05.5-0800", "2026-01-02 11:04:05.5+00"),
        ("2026-01-02 03:04 PM", "2026-01-02 15:04:00+00"),
        ("2026-07-02 12:00 Europe/Berlin", "2026-07-02 10:00:00+00"),
        ("2026-01-02 12:00 EST", "2026-01-02 17:00:00+00"),
        ("20260102", "2026-01-02 00:00:00+00"),
        ("20260102T030405", "2026-01-02 03:04:05+00"),
        ("1/2/2026", "2026-01-02 00:00:00+00"),
        ("Jan 2, 2026 10:00", "2026-01-02 10:00:00+00"),
        ("2 January 2026", "2026-01-02 00:00:00+00"),
        ("Fri Nov 20 12:00:00 2026", "2026-11-20 12:00:00+00"),
        ("now", "2026-11-20 12:00:00+00"),
        ("yesterday", "2026-11-19 00:00:00+00"),
        ("epoch", "1970-01-01 00:00:00+00"),
        ("0044-03-15 BC", "0044-03-15 00:00:00+00 BC"),
        ("2026-01-02 24:00", "2026-01-03 00:00:00+00"),
        ("2026-13-01", "FieldOutOfRange"),
        ("2026-02-30", "FieldOutOfRange"),
        ("2026-01-02 25:00", "FieldOutOfRange"),
        ("30 days", "Syntax"),
        ("abc", "Syntax"),
        ("", "Syntax"),
        ("infinity", "Infinite"),
    ] {
        assert_eq!(tz(text), expected, "{text}");
    }
}

#[test]
fn a_timestamp_without_zone_skips_the_zone() {
    assert_eq!(timestamp_text(at("2026-01-02 03:00+05"), "").unwrap(), "2026-01-02 03:00:00");
    assert_eq!(date_text(read_date("2026-01-02T23:00-09", NOW).unwrap()).unwrap(), "2026-01-02");
}

#[test]
fn months_are_added_before_days_and_cut_to_the_month() {
    let months = |text, months| {
        timestamp_text(plus(at(text), Interval { months, ..Interval::default() }).unwrap(), "").unwrap()
    };
    assert_eq!(months("2026-01-31", 1), "2026-02-28 00:00:00");
    assert_eq!(months("2024-02-29", 12), "2025-02-28 00:00:00");
    assert_eq!(months("2026-03-31", -1), "2026-02-28 00:00:00");
}

#[test]
fn ages_are_counted_as_birthdays() {
    let text = |a, b| age(at(a), at(b)).unwrap().text();
    assert_eq!(text("2026-03-01", "2026-01-31"), "1 mon 1 day");
    assert_eq!(text("2026-01-31", "2026-03-01"), "-1 mons -1 days");
    assert_eq!(text("2024-03-30", "2023-02-28 05:00"), "1 year 1 mon 1 day 19:00:00");
    assert_eq!(minus(at("2026-01-03 10:00"), at("2026-01-01 12:00")).unwrap().text(), "1 day 22:00:00");
}

#[test]
fn parts_and_truncations_are_postgresqls() {
    let of = |p, text| part(Part::named(p).unwrap(), at(text)).unwrap().to_string();
    let text = "2026-11-20 12:34:56.789";
    for (name, expected) in [
        ("day", "20"),
        ("dow", "5"),
        ("isodow", "5"),
        ("doy", "324"),
        ("week", "47"),
        ("quarter", "4"),
        ("epoch", "1795178096.789000"),
        ("second", "56.789000"),
        ("milliseconds", "56789.000"),
        ("microseconds", "56789000"),
        ("century", "21"),
        ("decade", "202"),
    ] {
        assert_eq!(of(name, text), expected, "{name}");
    }
    let to = |p, text| timestamp_text(truncated(Part::named(p).unwrap(), at(text)).unwrap(), "").unwrap();
    assert_eq!(to("week", text), "2026-11-16 00:00:00");
    assert_eq!(to("quarter", text), "2026-10-01 00:00:00");
    assert_eq!(to("hour", text), "2026-11-20 12:00:00");
    assert_eq!(to("century", "0050-01-01 BC"), "0100-01-01 00:00:00 BC");
}
