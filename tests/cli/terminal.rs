//! What a person sees on a terminal: the pager, tables that are too wide, text that is not theirs.

use crate::support::canvass::Canvass;

const WIDE: &str = "select account_name, account_id, region, title, tags, vpc_id from aws_vpc \
    where account_name = 'web-prod' and region = 'eu-west-1'";

/// A pager that leaves what it was given in `seen`.
const KEEPS: (&str, &str) = ("CANVASS_PAGER", "cat > seen");

#[test]
fn what_is_taller_than_the_screen_goes_to_the_pager() {
    let canvass = Canvass::new();
    let tall = ["--demo", "query", "select title from aws_vpc"];
    let Some(screen) = canvass.on_terminal((100, 10), &[KEEPS], &[], &tall) else { return };
    let seen = std::fs::read_to_string(canvass.path().join("seen")).unwrap();
    assert!(seen.starts_with("title\n") && seen.contains("accounts answered"), "{seen}");
    assert!(!screen.text.contains("title"), "{}", screen.text);
    assert_eq!(screen.code, 3);
}

#[test]
fn what_fits_or_is_for_a_program_is_never_paged() {
    let canvass = Canvass::new();
    let answer = ["query", "select title from aws_vpc"];
    for (lines, flags) in [
        (500, &["--demo"][..]),
        (10, &["--demo", "-o", "json"]),
        (10, &["--demo", "-o", "ndjson"]),
        (10, &["--demo", "-o", "csv"]),
        (10, &["--demo", "--no-pager"]),
    ] {
        let arguments = [flags, &answer[..]].concat();
        let Some(screen) = canvass.on_terminal((100, lines), &[KEEPS], &[], &arguments) else { return };
        assert!(screen.text.contains("web-prod-vpc"), "{flags:?}: {}", screen.text);
        assert!(!canvass.path().join("seen").exists(), "{flags:?}");
    }
}

#[test]
fn a_pager_that_cannot_start_is_gone_without() {
    let tall = ["--demo", "query", "select title from aws_vpc"];
    let Some(screen) =
        Canvass::new().on_terminal((100, 10), &[("CANVASS_PAGER", "no-such-pager -x")], &[], &tall)
    else {
        return;
    };
    assert!(screen.text.contains("note: the pager 'no-such-pager -x' cannot be started"), "{}", screen.text);
    assert!(screen.text.contains("\ntitle") && screen.text.contains("accounts answered"), "{}", screen.text);
    assert_eq!(screen.code, 3);
}

#[test]
fn leaving_the_pager_early_is_quiet_and_ctrl_c_is_its_own() {
    // As less does, this one lives on when Ctrl-C is pressed.
    let pager = ("CANVASS_PAGER", "trap 'echo caught' INT; head -3; echo ready; read answer < /dev/tty");
    for tall in [&["--demo", "query", "select title from aws_vpc"][..], &["inspect", "aws_s3_bucket"]] {
        let keys = [("ready", "\u{3}"), ("caught", "\n")];
        let Some(screen) = Canvass::new().on_terminal((100, 10), &[pager], &keys, tall) else { return };
        assert!(screen.text.contains("caught"), "{}", screen.text);
        assert!(!screen.text.contains("error") && !screen.text.contains("interrupted"), "{}", screen.text);
        assert_eq!(screen.code, if tall[0] == "--demo" { 3 } else { 0 }, "{}", screen.text);
    }
}

#[test]
fn a_table_that_is_too_wide_wraps_and_then_turns_into_records() {
    let show = |columns| {
        let screen = Canvass::new().on_terminal((columns, 200), &[], &[], &["--demo", "query", WIDE])?;
        assert_eq!(screen.code, 0, "{}", screen.text);
        let records = screen.text.contains("── 1 ──");
        assert_eq!(records, screen.text.contains("each row is a record"), "{}", screen.text);
        let body = screen.text.split("\n\n").next().unwrap_or_default().to_owned();
        // Every value is there, if perhaps in pieces.
        let whole: String = body.split_whitespace().collect();
        for value in ["web-prod", "100000000016", "eu-west-1", "production"] {
            assert!(whole.contains(value), "{value}: {body}");
        }
        Some((records, body))
    };
    let Some((records, body)) = show(130) else { return };
    assert!(!records && body.lines().all(|line| line.chars().count() <= 130), "{body}");
    let Some((records, _)) = show(40) else { return };
    assert!(records);
}

#[test]
fn nothing_in_a_row_moves_the_cursor_of_a_terminal() {
    let sql = "select chr(27) || '[31mred' || chr(155) || '2J' || chr(8238) || 'x' as evil";
    for format in ["table", "json", "ndjson", "csv", "markdown", "line"] {
        let arguments = ["--demo", "--color", "never", "query", "-o", format, sql];
        let Some(screen) = Canvass::new().on_terminal((200, 50), &[], &[], &arguments) else { return };
        assert!(screen.text.contains("[31mred"), "{format}: {}", screen.text);
        assert!(!screen.text.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{format}: {:?}", screen.text);
        // To a pipe, data is exact.
        let piped = Canvass::new().demo(&["query", "-o", format, sql]).stdout;
        assert_eq!(piped.contains('\u{9b}'), ["json", "ndjson", "csv"].contains(&format), "{format}");
    }
}
