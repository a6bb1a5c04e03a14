//! A template of dates taken apart: fields with their modifiers, and text between them.

/// A field's spelling decides its letters: `MONTH`, `Month`, `month`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    Upper,
    Capital,
    Lower,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Hour12,
    Hour24,
    Minute,
    Second,
    Millisecond,
    Microsecond,
    /// `FF1` to `FF6`: so many digits of a second.
    Fraction(u32),
    SecondOfDay,
    /// `AM`; with points `A.M.`
    HalfDay {
        points: bool,
    },
    /// Last digits of the year; of the ISO year.
    Year {
        digits: usize,
        iso: bool,
    },
    /// `Y,YYY`
    YearWithComma,
    Era {
        points: bool,
    },
    MonthName,
    MonthShort,
    Month,
    DayName,
    DayShort,
    DayOfYear {
        iso: bool,
    },
    Day,
    DayOfWeek {
        iso: bool,
    },
    WeekOfMonth,
    Week {
        iso: bool,
    },
    Century,
    Julian,
    Quarter,
    RomanMonth,
    Zone,
    ZoneHour,
    ZoneMinute,
    ZoneOffset,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    /// A letter that stands for itself; scanning treats blanks and signs of these loosely.
    Letter(char),
    Field {
        field: Field,
        case: Case,
        /// `FM`: no padding.
        fill: bool,
        /// `TH`, `th`: 1st, 2nd.
        ordinal: Option<Case>,
    },
}

/// Longest first within a letter. A name in capitals is also known in lower case.
const FIELDS: &[(&str, Field)] = &[
    ("A.D.", Field::Era { points: true }),
    ("A.M.", Field::HalfDay { points: true }),
    ("AD", Field::Era { points: false }),
    ("AM", Field::HalfDay { points: false }),
    ("B.C.", Field::Era { points: true }),
    ("BC", Field::Era { points: false }),
    ("CC", Field::Century),
    ("DAY", Field::DayName),
    ("DDD", Field::DayOfYear { iso: false }),
    ("DD", Field::Day),
    ("DY", Field::DayShort),
    ("D", Field::DayOfWeek { iso: false }),
    ("FF1", Field::Fraction(1)),
    ("FF2", Field::Fraction(2)),
    ("FF3", Field::Fraction(3)),
    ("FF4", Field::Fraction(4)),
    ("FF5", Field::Fraction(5)),
    ("FF6", Field::Fraction(6)),
    ("HH24", Field::Hour24),
    ("HH12", Field::Hour12),
    ("HH", Field::Hour12),
    ("IDDD", Field::DayOfYear { iso: true }),
    ("ID", Field::DayOfWeek { iso: true }),
    ("IW", Field::Week { iso: true }),
    ("IYYY", Field::Year { digits: 4, iso: true }),
    ("IYY", Field::Year { digits: 3, iso: true }),
    ("IY", Field::Year { digits: 2, iso: true }),
    ("I", Field::Year { digits: 1, iso: true }),
    ("J", Field::Julian),
    ("MI", Field::Minute),
    ("MM", Field::Month),
    ("MONTH", Field::MonthName),
    ("MON", Field::MonthShort),
    ("MS", Field::Millisecond),
    ("OF", Field::ZoneOffset),
    ("P.M.", Field::HalfDay { points: true }),
    ("PM", Field::HalfDay { points: false }),
    ("Q", Field::Quarter),
    ("RM", Field::RomanMonth),
    ("SSSSS", Field::SecondOfDay),
    ("SSSS", Field::SecondOfDay),
    ("SS", Field::Second),
    ("TZH", Field::ZoneHour),
    ("TZM", Field::ZoneMinute),
    ("TZ", Field::Zone),
    ("US", Field::Microsecond),
    ("WW", Field::Week { iso: false }),
    ("W", Field::WeekOfMonth),
    ("Y,YYY", Field::YearWithComma),
    ("YYYY", Field::Year { digits: 4, iso: false }),
    ("YYY", Field::Year { digits: 3, iso: false }),
    ("YY", Field::Year { digits: 2, iso: false }),
    ("Y", Field::Year { digits: 1, iso: false }),
];

/// Fields that are words and so may be capitalised.
const WORDS: &[&str] = &["DAY", "DY", "MONTH", "MON"];

pub fn pieces(template: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut rest = template;
    while let Some(letter) = rest.chars().next() {
        let (fill, after_fill) = match rest.get(..2) {
            Some("FM" | "fm") => (true, rest.get(2..).unwrap_or("")),
            _ => (false, rest),
        };
        let after_fill = match after_fill.get(..2) {
            // Translation and exactness change nothing here.
            Some("TM" | "tm") if field(after_fill.get(2..).unwrap_or("")).is_some() => {
                after_fill.get(2..).unwrap_or("")
            }
            _ => after_fill,
        };
        if let Some((found, case, length)) = field(after_fill) {
            rest = after_fill.get(length..).unwrap_or("");
            let ordinal = match rest.get(..2) {
                Some("TH") => Some(Case::Upper),
                Some("th") => Some(Case::Lower),
                _ => None,
            };
            if ordinal.is_some() {
                rest = rest.get(2..).unwrap_or("");
            }
            out.push(Piece::Field { field: found, case, fill, ordinal });
            continue;
        }
        if fill || matches!(rest.get(..2), Some("FX" | "fx")) {
            rest = rest.get(2..).unwrap_or("");
            continue;
        }
        if letter == '"' {
            let (text, length) = quoted(rest);
            out.push(Piece::Text(text));
            rest = rest.get(length..).unwrap_or("");
            continue;
        }
        if let Some(after) = rest.strip_prefix('\\')
            && let Some(escaped @ '"') = after.chars().next()
        {
            out.push(Piece::Letter(escaped));
            rest = after.get(1..).unwrap_or("");
            continue;
        }
        out.push(Piece::Letter(letter));
        rest = rest.get(letter.len_utf8()..).unwrap_or("");
    }
    out
}

fn field(text: &str) -> Option<(Field, Case, usize)> {
    FIELDS.iter().find_map(|(name, field)| {
        let given = text.get(..name.len())?;
        let case = if given == *name {
            Case::Upper
        } else if given == name.to_ascii_lowercase() {
            Case::Lower
        } else if WORDS.contains(name) && given == capital(name) {
            Case::Capital
        } else {
            return None;
        };
        Some((*field, case, name.len()))
    })
}

pub fn capital(word: &str) -> String {
    let lower = word.to_lowercase();
    let mut letters = lower.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// `"..."`, where a backslash takes the next letter as it is.
fn quoted(text: &str) -> (String, usize) {
    let mut out = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (out, at + 1),
            '\\' => out.extend(letters.next().map(|(_, c)| c)),
            other => out.push(other),
        }
    }
    (out, text.len())
}
