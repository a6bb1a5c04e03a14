//! Statements made from a seed, typed as PostgreSQL types them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::world::World;

/// SplitMix64: small, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        (self.next() % most.max(1) as u64) as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Bool,
    Int,
    Big,
    Numeric,
    Float,
    Text,
    Instant,
    Date,
    Span,
    Json,
    Inet,
}

use Kind::*;

const KINDS: [Kind; 11] = [Bool, Int, Big, Numeric, Float, Text, Instant, Date, Span, Json, Inet];

pub struct Maker<'a> {
    dice: Dice,
    world: &'a World,
    /// Columns in reach, by type.
    columns: BTreeMap<Kind, Vec<String>>,
}

impl<'a> Maker<'a> {
    pub fn new(seed: u64, world: &'a World) -> Self {
        Self { dice: Dice(seed.wrapping_mul(0x5851_f42d_4c95_7f2d)), world, columns: BTreeMap::new() }
    }

    fn add_table(&mut self, alias: &str) -> String {
        let (name, columns) = self.dice.pick(&self.world.tables).clone();
        for column in columns {
            let kind = match column.pg_type.as_str() {
                "boolean" => Bool,
                "bigint" => Big,
                "double precision" => Float,
                "text" => Text,
                "timestamp with time zone" => Instant,
                "jsonb" => Json,
                "inet" | "cidr" => Inet,
                _ => continue,
            };
            self.columns.entry(kind).or_default().push(format!("{alias}.{}", column.name));
        }
        name
    }

    pub fn statement(&mut self) -> String {
        let mut from = format!("{} a", self.add_table("a"));
        if self.dice.chance(35) {
            let table = self.add_table("b");
            let join = *self.dice.pick(&["join", "left join"]);
            let on = *self.dice.pick(&["account_id", "region", "account_id"]);
            let _ = write!(from, " {join} {table} b on a.{on} = b.{on}");
        }
        if self.dice.chance(35) {
            from.push_str(&self.set());
        }
        let condition =
            if self.dice.chance(60) { format!(" where {}", self.expr(Bool, 2)) } else { String::new() };
        match self.dice.below(10) {
            0..=4 => self.plain(&from, &condition),
            5..=8 => self.grouped(&from, &condition),
            _ => self.united(&from, &condition),
        }
    }

    /// A function that returns sets, next to the tables.
    fn set(&mut self) -> String {
        let json = self.column(Json);
        let (text, columns): (String, &[(Kind, &str)]) = match (self.dice.below(6), json) {
            (0, _) => (", generate_series(1, 3) as g".to_owned(), &[(Int, "g")]),
            (1, _) => (", unnest(array['x', 'y', null]) as u".to_owned(), &[(Text, "u")]),
            (2, _) => (
                " cross join generate_series(timestamptz '2026-10-01', '2026-11-01', '1 month') as m"
                    .to_owned(),
                &[(Instant, "m")],
            ),
            (3, Some(json)) => (
                format!(
                    ", jsonb_array_elements(case jsonb_typeof({json}) when 'array' then {json} else '[]' end) as e"
                ),
                &[(Json, "e")],
            ),
            (4, Some(json)) => (
                format!(
                    " left join jsonb_each_text(case jsonb_typeof({json}) when 'object' then {json} else '{{}}' end) as kv on true"
                ),
                &[(Text, "kv.key"), (Text, "kv.value")],
            ),
            (_, _) => (
                ", string_to_array(a.region, '-') as parts, unnest(parts) with ordinality as p(part, at)"
                    .to_owned(),
                &[(Text, "p.part"), (Big, "p.at")],
            ),
        };
        for (kind, name) in columns {
            self.columns.entry(*kind).or_default().push((*name).to_owned());
        }
        text
    }

    fn plain(&mut self, from: &str, condition: &str) -> String {
        let count = 1 + self.dice.below(4);
        let list: Vec<String> = (0..count)
            .map(|at| {
                let kind = *self.dice.pick(&KINDS);
                format!("{} as c{at}", self.expr(kind, 3))
            })
            .collect();
        let distinct = if self.dice.chance(20) { "distinct " } else { "" };
        let limit = if self.dice.chance(30) { " limit 7" } else { " limit 400" };
        format!(
            "select {distinct}{} from {from}{condition} order by {}{limit}",
            list.join(", "),
            places(count)
        )
    }

    fn grouped(&mut self, from: &str, condition: &str) -> String {
        let keys: Vec<String> = (0..self.dice.below(3))
            .map(|_| {
                let kind = *self.dice.pick(&[Text, Bool, Date, Numeric, Json, Int]);
                self.expr(kind, 1)
            })
            .collect();
        let aggregates: Vec<String> = (0..1 + self.dice.below(3)).map(|_| self.aggregate()).collect();
        let list: Vec<String> =
            keys.iter().chain(&aggregates).enumerate().map(|(at, e)| format!("{e} as c{at}")).collect();
        let by = if keys.is_empty() { String::new() } else { format!(" group by {}", places(keys.len())) };
        let having = if self.dice.chance(20) { " having count(*) > 1" } else { "" };
        format!(
            "select {} from {from}{condition}{by}{having} order by {}",
            list.join(", "),
            places(list.len())
        )
    }

    fn united(&mut self, from: &str, condition: &str) -> String {
        let kind = *self.dice.pick(&[Int, Big, Numeric, Text, Bool]);
        let other = if self.dice.chance(50) { kind } else { Int };
        let other = if matches!(kind, Int | Big | Numeric) { other } else { kind };
        let (a, b) = (self.expr(kind, 2), self.expr(other, 1));
        let word = *self.dice.pick(&["union", "union all", "except", "intersect"]);
        format!("select {a} as c from {from}{condition} {word} select {b} from {from} order by 1 limit 300")
    }

    fn aggregate(&mut self) -> String {
        let distinct = if self.dice.chance(20) { "distinct " } else { "" };
        let filter = match self.dice.chance(15) {
            true => format!(" filter (where {})", self.expr(Bool, 1)),
            false => String::new(),
        };
        let call = match self.dice.below(12) {
            0 => "count(*)".to_owned(),
            1 => {
                let kind = *self.dice.pick(&KINDS);
                format!("count({distinct}{})", self.expr(kind, 1))
            }
            2 => {
                let kind = *self.dice.pick(&[Int, Big, Numeric]);
                format!("sum({distinct}{})", self.expr(kind, 1))
            }
            3 => {
                let kind = *self.dice.pick(&[Int, Big, Numeric]);
                format!("avg({distinct}{})", self.expr(kind, 1))
            }
            4 | 5 => {
                let kind = *self.dice.pick(&[Int, Big, Numeric, Text, Instant, Date]);
                let name = *self.dice.pick(&["min", "max"]);
                format!("{name}({})", self.expr(kind, 1))
            }
            6 => {
                let name = *self.dice.pick(&["bool_and", "bool_or", "every"]);
                format!("{name}({})", self.expr(Bool, 1))
            }
            7 => {
                let text = self.expr(Text, 1);
                format!("string_agg({text}, ',' order by {text})")
            }
            8 => {
                let kind = *self.dice.pick(&[Int, Text, Numeric, Bool, Date]);
                let value = self.expr(kind, 1);
                format!("array_agg({value} order by {value})")
            }
            9 => {
                let kind = *self.dice.pick(&[Int, Text, Numeric, Json]);
                let value = self.expr(kind, 1);
                format!("jsonb_agg({value} order by {value})")
            }
            10 => {
                let kind = *self.dice.pick(&[Int, Big, Numeric]);
                let name = *self.dice.pick(&["stddev", "variance", "var_pop"]);
                format!("{name}({})", self.expr(kind, 1))
            }
            _ => format!("sum({})", self.expr(Span, 1)),
        };
        call + &filter
    }

    fn column(&mut self, kind: Kind) -> Option<String> {
        let columns = self.columns.get(&kind)?;
        let at = self.dice.below(columns.len());
        Some(columns[at].clone())
    }

    /// An expression of this type.
    fn expr(&mut self, kind: Kind, depth: usize) -> String {
        if depth == 0 || self.dice.chance(25) {
            return self.leaf(kind);
        }
        let depth = depth - 1;
        if self.dice.chance(12) {
            let (a, b) = (self.expr(kind, depth), self.expr(kind, depth));
            let condition = self.expr(Bool, depth);
            return match self.dice.below(4) {
                0 => format!("case when {condition} then {a} else {b} end"),
                1 => format!("coalesce({a}, {b})"),
                2 => format!("nullif({a}, {b})"),
                _ if kind != Json => format!("greatest({a}, {b})"),
                _ => format!("coalesce({a}, {b})"),
            };
        }
        self.node(kind, depth)
    }

    fn node(&mut self, kind: Kind, depth: usize) -> String {
        match kind {
            Bool => self.condition(depth),
            Int => {
                let (a, b) = (self.expr(Int, depth), self.expr(Int, depth));
                match self.dice.below(10) {
                    0 => format!("({a} + {b})"),
                    1 => format!("({a} - {b})"),
                    2 => format!("({a} * {b})"),
                    3 => format!("({a} / nullif({b}, 0))"),
                    4 => format!("({a} % 7)"),
                    5 => format!("abs({a})"),
                    6 => format!("length({})", self.expr(Text, depth)),
                    7 => format!("({} - {})", self.expr(Date, depth), self.expr(Date, depth)),
                    8 => format!("nullif({a}, {})", self.expr(Big, depth)),
                    _ => format!("masklen({})", self.expr(Inet, depth)),
                }
            }
            Big => {
                let (a, b) = (self.expr(Big, depth), self.expr(Int, depth));
                match self.dice.below(4) {
                    0 => format!("({a} + {b})"),
                    1 => format!("({a} / 3)"),
                    2 => format!("({b}::bigint * 2)"),
                    _ => format!("mod({a}, 10)"),
                }
            }
            Numeric => {
                let inner = *self.dice.pick(&[Int, Big, Numeric, Numeric]);
                let (a, b) = (self.expr(Numeric, depth), self.expr(inner, depth));
                match self.dice.below(10) {
                    0 => format!("({a} + {b})"),
                    1 => format!("({a} - {b})"),
                    2 => format!("({a} * {b})"),
                    3 => format!("({a} / nullif({b}, 0))"),
                    4 => format!("round({a}, {})", self.dice.below(5)),
                    9 => format!("nullif({b}, {a})"),
                    5 => format!("({b})::numeric"),
                    6 => format!(
                        "extract({} from {})",
                        self.dice.pick(&["day", "epoch", "year", "dow"]),
                        self.expr(Instant, depth)
                    ),
                    7 => format!("trunc({a}, 1)"),
                    _ => format!("(({a})::numeric(20, 3))"),
                }
            }
            Float => {
                let inner = *self.dice.pick(&[Int, Float]);
                let a = self.expr(inner, depth);
                match self.dice.below(4) {
                    0 => format!("({a})::float8"),
                    1 => format!("({a} * 0.5::float8)"),
                    2 => format!("power({a}, 2)"),
                    _ => format!("date_part('day', {})", self.expr(Span, depth)),
                }
            }
            Text => {
                let (a, b) = (self.expr(Text, depth), self.expr(Text, depth));
                match self.dice.below(16) {
                    0 => format!("({a} || {b})"),
                    1 => format!("upper({a})"),
                    2 => format!("left({a}, {})", self.small()),
                    3 => format!("right({a}, {})", self.small()),
                    4 => format!("split_part({a}, '-', {})", 1 + self.dice.below(3)),
                    5 => format!("replace({a}, 'a', {b})"),
                    6 => format!("substring({a} from {} for 3)", 1 + self.dice.below(4)),
                    7 => format!("concat({a}, {}, {b})", self.expr(Int, depth)),
                    8 => {
                        let kind = *self.dice.pick(&[Int, Numeric, Bool, Date, Instant, Json, Inet, Span]);
                        format!("({})::text", self.expr(kind, depth))
                    }
                    9 => format!("initcap({a})"),
                    10 => format!("to_char({}, 'YYYY-MM-DD HH24:MI')", self.expr(Instant, depth)),
                    11 => format!("({} ->> {})", self.expr(Json, depth), self.key()),
                    12 => format!("regexp_replace({a}, '[0-9]+', '#', 'g')"),
                    13 => format!("lpad({a}, 8, '*')"),
                    14 => format!("reverse({a})"),
                    _ => format!("concat_ws('/', {a}, {b})"),
                }
            }
            Instant => {
                let a = self.expr(Instant, depth);
                match self.dice.below(4) {
                    0 => format!("({a} + {})", self.expr(Span, depth)),
                    1 => format!("({a} - {})", self.expr(Span, depth)),
                    2 => format!(
                        "date_trunc('{}', {a})",
                        self.dice.pick(&["day", "month", "hour", "week", "year"])
                    ),
                    _ => format!("({})::timestamptz", self.expr(Date, depth)),
                }
            }
            Date => match self.dice.below(3) {
                0 => format!("({})::date", self.expr(Instant, depth)),
                1 => format!("({} + {})", self.expr(Date, depth), self.small()),
                _ => format!("({} - {})", self.expr(Date, depth), self.small()),
            },
            Span => match self.dice.below(5) {
                0 => format!("({} - {})", self.expr(Instant, depth), self.expr(Instant, depth)),
                1 => format!("({} + {})", self.expr(Span, depth), self.expr(Span, depth)),
                2 => format!("({} * {})", self.expr(Span, depth), self.small()),
                3 => format!("age({}, {})", self.expr(Instant, depth), self.expr(Instant, depth)),
                _ => format!("justify_days({})", self.expr(Span, depth)),
            },
            Json => {
                let a = self.expr(Json, depth);
                match self.dice.below(6) {
                    0 => format!("({a} -> {})", self.key()),
                    1 => format!("({a} -> {})", self.small()),
                    2 => {
                        let kind = *self.dice.pick(&[Int, Text, Numeric, Bool, Instant, Json]);
                        format!("to_jsonb({})", self.expr(kind, depth))
                    }
                    3 => format!(
                        "jsonb_build_object('k', {}, 'n', {})",
                        self.expr(Text, depth),
                        self.expr(Int, depth)
                    ),
                    4 => format!("jsonb_build_array({a}, {})", self.expr(Numeric, depth)),
                    _ => format!("({a} #> '{{0,Name}}')"),
                }
            }
            Inet => match self.dice.below(3) {
                0 => format!("network({})", self.expr(Inet, depth)),
                1 => format!("broadcast({})", self.expr(Inet, depth)),
                _ => format!("set_masklen({}, 8)", self.expr(Inet, depth)),
            },
        }
    }

    fn condition(&mut self, depth: usize) -> String {
        match self.dice.below(13) {
            0 => format!("({} and {})", self.expr(Bool, depth), self.expr(Bool, depth)),
            1 => format!("({} or {})", self.expr(Bool, depth), self.expr(Bool, depth)),
            2 => format!("(not {})", self.expr(Bool, depth)),
            3 => {
                let kind = *self.dice.pick(&KINDS);
                let not = if self.dice.chance(50) { "not " } else { "" };
                format!("({} is {not}null)", self.expr(kind, depth))
            }
            4 => {
                let kind = *self.dice.pick(&[Int, Numeric, Text, Instant, Date]);
                let (a, b, c) = (self.expr(kind, depth), self.expr(kind, depth), self.expr(kind, depth));
                let symmetric = if self.dice.chance(30) { "symmetric " } else { "" };
                format!("({a} between {symmetric}{b} and {c})")
            }
            5 => {
                let kind = *self.dice.pick(&[Int, Numeric, Text, Date, Bool]);
                let (a, b, c) = (self.expr(kind, depth), self.leaf(kind), self.leaf(kind));
                format!("({a} in ({b}, {c}))")
            }
            6 => format!(
                "({} like '{}')",
                self.expr(Text, depth),
                self.dice.pick(&["%a%", "a%", "_r%", "%-1", "%\\%%"])
            ),
            7 => format!(
                "({} ~ '{}')",
                self.expr(Text, depth),
                self.dice.pick(&["^a", "[0-9]+$", "a.*e", "\\d"])
            ),
            8 => {
                let kind = *self.dice.pick(&[Int, Numeric, Text, Bool, Json, Date]);
                let not = if self.dice.chance(50) { "not " } else { "" };
                format!("({} is {not}distinct from {})", self.expr(kind, depth), self.expr(kind, depth))
            }
            9 => format!("({} = any (array[{}, {}]))", self.expr(Int, depth), self.leaf(Int), self.leaf(Int)),
            10 => format!(
                "({} @> '{}')",
                self.expr(Json, depth),
                self.dice.pick(&["{}", "[]", r#"{"env": "prod"}"#])
            ),
            11 => format!("({} <<= '10.0.0.0/8')", self.expr(Inet, depth)),
            _ => {
                let kind = *self.dice.pick(&KINDS);
                let op = *self.dice.pick(&["=", "<>", "<", ">", "<=", ">="]);
                format!("({} {op} {})", self.expr(kind, depth), self.expr(kind, depth))
            }
        }
    }

    fn small(&mut self) -> String {
        (self.dice.below(7) as i64 - 2).to_string()
    }

    fn key(&mut self) -> &'static str {
        let key: &&'static str =
            self.dice.pick(&["'Name'", "'env'", "'Statement'", "'Version'", "'nothing'", "'Key'"]);
        key
    }

    fn leaf(&mut self, kind: Kind) -> String {
        if self.dice.chance(65)
            && let Some(column) = self.column(kind)
        {
            return column;
        }
        if self.dice.chance(6) {
            return format!("null::{}", sql_name(kind));
        }
        match kind {
            Bool => self.dice.pick(&["true", "false"]).to_string(),
            Int => (self.dice.below(40) as i64 - 8).to_string(),
            Big => format!("{}::bigint", self.dice.below(100_000)),
            Numeric => {
                self.dice.pick(&["0.5", "1.10", "-2.25", "100.00", "3", "0.001"]).to_string() + "::numeric"
            }
            Float => self.dice.pick(&["0.5", "-1.5", "1e10", "2"]).to_string() + "::float8",
            Text => self.dice.pick(&["'a'", "''", "'Prod-1'", "'x y'", "'é'", "'10'"]).to_string(),
            Instant => self
                .dice
                .pick(&["now()", "timestamptz '2026-01-31 10:20:30.5'", "timestamptz '2024-02-29'"])
                .to_string(),
            Date => self.dice.pick(&["current_date", "date '2026-01-31'", "date '2024-02-29'"]).to_string(),
            Span => self
                .dice
                .pick(&[
                    "interval '1 day'",
                    "interval '1 month'",
                    "interval '90 minutes'",
                    "interval '-2 days 03:00'",
                ])
                .to_string(),
            Json => self
                .dice
                .pick(&[
                    r#"'{"a": [1, {"b": null}], "Name": "x"}'::jsonb"#,
                    "'[1, 2.50, \"z\"]'::jsonb",
                    "'null'::jsonb",
                    "'5'::jsonb",
                ])
                .to_string(),
            Inet => self.dice.pick(&["inet '10.1.2.3/16'", "inet '192.168.0.1'", "inet '::1'"]).to_string(),
        }
    }
}

fn sql_name(kind: Kind) -> &'static str {
    match kind {
        Bool => "bool",
        Int => "int",
        Big => "bigint",
        Numeric => "numeric",
        Float => "float8",
        Text => "text",
        Instant => "timestamptz",
        Date => "date",
        Span => "interval",
        Json => "jsonb",
        Inet => "inet",
    }
}

/// `1, 2, 3`
fn places(count: usize) -> String {
    (1..=count).map(|n| n.to_string()).collect::<Vec<_>>().join(", ")
}
