//! Expected texts are PostgreSQL 15's answers.

use super::*;

fn n(text: &str) -> Numeric {
    text.parse().unwrap()
}

#[test]
fn text_is_read_and_written_with_the_digits_it_shows() {
    for text in
        ["0", "1", "-1", "1.50", "-0.05", "0.000", "123456789012345678901234567890.123", "NaN", "Infinity"]
    {
        assert_eq!(n(text).to_string(), text);
    }
    assert_eq!(n(" 1e3 ").to_string(), "1000");
    assert_eq!(n("1.5e-3").to_string(), "0.0015");
    assert_eq!(n(".5").to_string(), "0.5");
    assert_eq!(n("5.").to_string(), "5");
    assert_eq!(n("-0.0").to_string(), "0.0");
    for wrong in ["", "-", ".", "1e", "1.2.3", "abc", "1 2", "0x10", "--1", "1e999999999"] {
        assert!(wrong.parse::<Numeric>().is_err(), "{wrong}");
    }
}

#[test]
fn results_show_postgresqls_digits() {
    assert_eq!(n("0.1").add(&n("0.20")).to_string(), "0.30");
    assert_eq!(n("1.5").multiply(&n("2.25")).to_string(), "3.375");
    for (a, b, expected) in [
        ("1", "3", "0.33333333333333333333"),
        ("100", "3", "33.3333333333333333"),
        ("1", "3.0", "0.33333333333333333333"),
        ("10", "4", "2.5000000000000000"),
        ("1", "7777", "0.00012858428700012858"),
        ("123456", "7", "17636.571428571429"),
        ("-7", "2", "-3.5000000000000000"),
        ("0", "5", "0.00000000000000000000"),
        ("0.0001", "10000.0", "0.0000000100000000000000000000"),
        ("6", "2", "3.0000000000000000"),
    ] {
        assert_eq!(n(a).divide(&n(b)).unwrap().to_string(), expected, "{a} / {b}");
    }
    assert_eq!(n("1").divide(&n("0")), None);
    assert_eq!(n("-7.5").remainder(&n("2")).unwrap().to_string(), "-1.5");
}

#[test]
fn rounding_is_half_away_from_zero() {
    for (value, places, expected) in [
        ("2.5", 0, "3"),
        ("-2.5", 0, "-3"),
        ("2.345", 2, "2.35"),
        ("2.3", 3, "2.300"),
        ("1250", -2, "1300"),
        ("0.004", 2, "0.00"),
        ("1", -3, "0"),
    ] {
        assert_eq!(n(value).rounded(places).to_string(), expected);
    }
    assert_eq!(n("-2.1").rounded_by(0, Rounded::Up).to_string(), "-2");
    assert_eq!(n("-2.1").rounded_by(0, Rounded::Down).to_string(), "-3");
    assert!(n("99.99").fits(4, 2) && !n("100.00").fits(4, 2));
}

#[test]
fn floats_give_the_digits_that_are_sure() {
    assert_eq!(Numeric::from_float(0.1 + 0.2, 15).to_string(), "0.3");
    assert_eq!(Numeric::from_float(1e20, 15).to_string(), "100000000000000000000");
    assert_eq!(Numeric::from_float(-12.5, 15).to_string(), "-12.5");
    assert_eq!(Numeric::from_float(1.0 / 3.0, 15).to_string(), "0.333333333333333");
    assert_eq!(n("1e400").to_float(), f64::INFINITY);
}

#[test]
fn square_roots_show_postgresqls_digits() {
    for (value, expected) in [
        ("2", "1.414213562373095"),
        ("100", "10.000000000000000"),
        ("0.01", "0.10000000000000000"),
        ("1e10", "100000.00000000000"),
    ] {
        assert_eq!(n(value).square_root().unwrap().to_string(), expected, "{value}");
    }
    assert_eq!(n("-1").square_root(), None);
}

#[test]
fn the_order_of_the_bytes_is_the_order_of_the_numbers() {
    let texts = [
        "-Infinity",
        "-1e30",
        "-123.45",
        "-123.4",
        "-100",
        "-99.99",
        "-1",
        "-0.5",
        "-0.05",
        "-0.0001",
        "0",
        "0.0001",
        "0.00011",
        "0.05",
        "0.5",
        "0.99",
        "1",
        "1.01",
        "9",
        "10",
        "99",
        "99.99",
        "100",
        "101",
        "123.4",
        "123.45",
        "9999",
        "10000",
        "18446744073709551615",
        "18446744073709551616",
        "1e30",
        "Infinity",
        "NaN",
    ];
    for (at, a) in texts.iter().enumerate() {
        let bytes = n(a).to_bytes();
        assert_eq!(Numeric::from_bytes(&bytes).unwrap(), n(a), "{a}");
        for (other, b) in texts.iter().enumerate() {
            let expected = at.cmp(&other);
            assert_eq!(n(a).compare(&n(b)), expected, "{a} {b}");
            assert_eq!(bytes.cmp(&n(b).to_bytes()), expected, "{a} {b}");
        }
    }
}

#[test]
fn equal_numbers_have_one_key_and_keep_their_digits() {
    for (a, b) in [("1.0", "1.000"), ("0", "0.00"), ("-120.50", "-120.5"), ("10", "10.0")] {
        let (x, y) = (n(a).to_bytes(), n(b).to_bytes());
        assert_eq!(key_of(&x), key_of(&y));
        assert_ne!(x, y);
        assert_eq!(Numeric::from_bytes(&x).unwrap().to_string(), a);
        assert_eq!(Numeric::from_bytes(&y).unwrap().to_string(), b);
    }
    assert_eq!(Numeric::from_bytes(b""), None);
    assert_eq!(Numeric::from_bytes(&[0x99, 0, 0]), None);
}
