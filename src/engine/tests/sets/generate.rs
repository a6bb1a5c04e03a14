//! Statements made up from a seed, as trees and as SQL.

use std::fmt::Write as _;

use crate::model::Json;

/// A value of `t.a` or `t.b`, or of a set.
pub type Value = Option<Json>;

pub struct Statement {
    /// `id`, `a`, `b`
    pub rows: Vec<(i64, Value, Value)>,
    pub items: Vec<Item>,
    pub conditions: Vec<Condition>,
    /// Sets in the SELECT list.
    pub selected: Vec<Source>,
}

/// A set in FROM.
pub struct Item {
    pub alias: String,
    pub source: Source,
    pub as_text: bool,
    pub ordinality: bool,
    pub join: Join,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Join {
    Comma,
    Cross,
    On(&'static str),
    LeftAlways,
    /// Rows whose text is not this.
    Left(&'static str),
}

/// What a set is made of: nothing that is not an array.
#[derive(Clone)]
pub enum Source {
    A,
    B,
    /// The `l` of an element of an earlier item, or the element itself.
    Member(usize),
    Element(usize),
}

pub enum Condition {
    IdAbove(i64),
    /// An item's text is, or is not, this.
    Is(usize, &'static str, bool),
    IsNull(usize),
    /// An element of the source has the text of an item.
    Exists {
        source: Source,
        item: usize,
        negated: bool,
    },
    In {
        source: Source,
        text: &'static str,
        negated: bool,
    },
    /// How many elements the source has, those with a text aside.
    Count {
        source: Source,
        without: &'static str,
        is: i64,
    },
}

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn chance(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }
}

const TEXTS: &[&str] = &["1", "2", "\"x\"", "[]"];

fn scalar(random: &mut Random) -> Json {
    match random.below(5) {
        0 => Json::int(1),
        1 => Json::int(2),
        2 => Json::from("x"),
        3 => Json::Null,
        _ => Json::Array(Vec::new()),
    }
}

fn list(random: &mut Random) -> Json {
    Json::Array((0..random.below(4)).map(|_| scalar(random)).collect())
}

fn array(random: &mut Random) -> Value {
    if random.chance(6) {
        return None;
    }
    let element = |random: &mut Random| match random.below(3) {
        0 => scalar(random),
        1 => list(random),
        _ => Json::object([("k", scalar(random)), ("l", list(random))]),
    };
    Some(Json::Array((0..random.below(4)).map(|_| element(random)).collect()))
}

fn source(random: &mut Random, items: usize) -> Source {
    match random.below(4) {
        0 if items > 0 => Source::Member(random.below(items)),
        1 if items > 0 => Source::Element(random.below(items)),
        2 => Source::B,
        _ => Source::A,
    }
}

pub fn statement(seed: u64) -> Statement {
    let random = &mut Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    (0..8).for_each(|_| {
        random.below(2);
    });
    let rows = (0..1 + random.below(4)).map(|id| (id as i64, array(random), array(random))).collect();
    // Names that clash with columns of `t` and of the sets are among them.
    let mut aliases = vec!["x", "y", "e", "a", "id", "Tag"];
    let mut items: Vec<Item> = Vec::new();
    for at in 0..1 + random.below(3) {
        let alias = aliases.remove(random.below(aliases.len())).to_owned();
        let text = random.of(TEXTS);
        items.push(Item {
            alias,
            source: source(random, at),
            as_text: random.chance(3),
            ordinality: random.chance(4),
            join: random.of(&[
                Join::Comma,
                Join::Comma,
                Join::Cross,
                Join::On(text),
                Join::LeftAlways,
                Join::Left(text),
            ]),
        });
    }
    let count = items.len();
    let conditions = (0..random.below(3))
        .map(|_| {
            let (item, text) = (random.below(count), random.of(TEXTS));
            match random.below(6) {
                0 => Condition::IdAbove(random.below(3) as i64),
                1 => Condition::Is(item, text, random.chance(2)),
                2 => Condition::IsNull(item),
                3 => Condition::Exists { source: source(random, count), item, negated: random.chance(2) },
                4 => Condition::In { source: source(random, count), text, negated: random.chance(2) },
                _ => Condition::Count {
                    source: source(random, count),
                    without: text,
                    is: random.below(3) as i64,
                },
            }
        })
        .collect();
    let selected = (0..random.below(3)).map(|_| source(random, count)).collect();
    Statement { rows, items, conditions, selected }
}

impl Item {
    /// The alias as it is written: quoted where it has capitals.
    fn written(&self) -> String {
        if self.alias.chars().any(char::is_uppercase) {
            format!("\"{}\"", self.alias)
        } else {
            self.alias.clone()
        }
    }

    /// The value: by the alias alone where that is not the name of a column.
    fn value(&self) -> String {
        let clashes = ["id", "a", "b", "value"].contains(&self.alias.as_str());
        match self.ordinality || clashes {
            true => format!("{}.value", self.written()),
            false => self.written(),
        }
    }
}

impl Statement {
    /// The source, as an expression that is an array or NULL.
    fn array(&self, source: &Source) -> String {
        let item = |at: usize| self.items[at].value();
        let json = |at: usize| match self.items[at].as_text {
            // Text of an element is JSON only by chance.
            true => "'[]'::jsonb".to_owned(),
            false => item(at),
        };
        match source {
            Source::A => "t.a".to_owned(),
            Source::B => "t.b".to_owned(),
            Source::Member(at) => format!("({} -> 'l')", json(*at)),
            Source::Element(at) => {
                let value = json(*at);
                format!("case jsonb_typeof({value}) when 'array' then {value} else '[]' end")
            }
        }
    }

    fn text(&self, item: usize) -> String {
        format!("{}::text", self.items[item].value())
    }

    pub fn to_sql(&self) -> String {
        let literal = |value: &Value| match value {
            Some(json) => format!("'{}'::jsonb", json.to_jsonb()),
            None => "null::jsonb".to_owned(),
        };
        let rows: Vec<String> =
            self.rows.iter().map(|(id, a, b)| format!("({id}, {}, {})", literal(a), literal(b))).collect();
        let mut sql = format!("with t(id, a, b) as (values {})\nselect t.id", rows.join(", "));
        for (at, item) in self.items.iter().enumerate() {
            let _ = write!(sql, ", {} as v{at}", self.text(at));
            if item.ordinality {
                let _ = write!(sql, ", {}.n as n{at}", item.written());
            }
        }
        for (at, source) in self.selected.iter().enumerate() {
            let _ = write!(sql, ", jsonb_array_elements({})::text as s{at}", self.array(source));
        }
        sql.push_str("\nfrom t");
        for (at, item) in self.items.iter().enumerate() {
            let function = if item.as_text { "jsonb_array_elements_text" } else { "jsonb_array_elements" };
            let names = if item.ordinality { "(value, n)" } else { "" };
            let ordinality = if item.ordinality { " with ordinality" } else { "" };
            let set =
                format!("{function}({}){ordinality} as {}{names}", self.array(&item.source), item.written());
            let text = self.text(at);
            let _ = match item.join {
                Join::Comma if at == 0 || self.items[..at].iter().all(|i| i.join == Join::Comma) => {
                    write!(sql, "\n, {set}")
                }
                // After a JOIN a comma would close what may be looked at.
                Join::Comma | Join::Cross => write!(sql, "\ncross join {set}"),
                Join::On(not) => write!(sql, "\njoin {set} on {text} <> '{not}'"),
                Join::LeftAlways => write!(sql, "\nleft join lateral {set} on true"),
                Join::Left(not) => write!(sql, "\nleft join {set} on {text} <> '{not}'"),
            };
        }
        for (at, condition) in self.conditions.iter().enumerate() {
            sql.push_str(if at == 0 { "\nwhere " } else { "\nand " });
            sql.push_str(&self.condition(condition));
        }
        sql
    }

    fn condition(&self, condition: &Condition) -> String {
        let not = |negated: &bool| if *negated { "not " } else { "" };
        match condition {
            Condition::IdAbove(id) => format!("t.id > {id}"),
            Condition::Is(item, text, true) => format!("{} = '{text}'", self.text(*item)),
            Condition::Is(item, text, false) => format!("{} <> '{text}'", self.text(*item)),
            Condition::IsNull(item) => format!("{} is null", self.items[*item].value()),
            Condition::Exists { source, item, negated } => format!(
                "{}exists (select 1 from jsonb_array_elements({}) as inner_one where inner_one::text = {})",
                not(negated),
                self.array(source),
                self.text(*item)
            ),
            Condition::In { source, text, negated } => format!(
                "'{text}' {}in (select inner_one::text from jsonb_array_elements({}) as inner_one)",
                not(negated),
                self.array(source)
            ),
            Condition::Count { source, without, is } => format!(
                "(select count(*) from jsonb_array_elements({}) as inner_one where inner_one::text <> '{without}') = {is}",
                self.array(source)
            ),
        }
    }
}
