//! Text with `{...}` in it: `arn:aws:kms:{region}:{account}:key/{KeyId}`.

/// Parts in order.
#[derive(Debug)]
pub struct Template(pub Vec<Part>);

#[derive(Debug)]
pub enum Part {
    Literal(String),
    Filled(Expression),
}

/// What stands between braces: a path (`vpc.VpcId`), or a function and its words (`days_ago 20 900`).
#[derive(Debug)]
pub enum Expression {
    Path(Vec<String>),
    Function(Function, Vec<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `hex 17`, `upper 26`, `lower 8`, `digits 6`, `uuid`
    Hex,
    Upper,
    Lower,
    Digits,
    Uuid,
    /// `int 5 100`, `float 1 9`: both ends are possible.
    Int,
    Float,
    /// `pick a b c`
    Pick,
    /// `days_ago 20 900`: epoch seconds, before the world's today.
    DaysAgo,
    /// `minutes_ago 5 90`: before the request came.
    MinutesAgo,
    /// `plus Field 3600`, `times Field 0.5`, `over Field Other`, `millis Field`
    Plus,
    Times,
    Over,
    Millis,
    /// `arn kms`: `arn:aws:kms:us-east-1:100000000006`
    Arn,
    /// `dice key 0 uuid`: what Rust's side of the world rolls for its `key` number 0.
    Dice,
    /// `last Field`: what follows the last `/` or `:`.
    Last,
    /// `date Field`: `2026-03-01`
    Date,
    /// `range Field`: the list of numbers below it.
    Range,
    /// `size Field`: how long a list is.
    Size,
    /// `address subnet.CidrBlock 10 250`: one of the block's addresses.
    Address,
    /// `capital Field`, `small Field`
    Capital,
    Small,
}

const FUNCTIONS: [(&str, Function); 23] = [
    ("hex", Function::Hex),
    ("upper", Function::Upper),
    ("lower", Function::Lower),
    ("digits", Function::Digits),
    ("uuid", Function::Uuid),
    ("int", Function::Int),
    ("float", Function::Float),
    ("pick", Function::Pick),
    ("days_ago", Function::DaysAgo),
    ("minutes_ago", Function::MinutesAgo),
    ("plus", Function::Plus),
    ("times", Function::Times),
    ("over", Function::Over),
    ("millis", Function::Millis),
    ("arn", Function::Arn),
    ("dice", Function::Dice),
    ("last", Function::Last),
    ("date", Function::Date),
    ("range", Function::Range),
    ("size", Function::Size),
    ("address", Function::Address),
    ("capital", Function::Capital),
    ("small", Function::Small),
];

impl Template {
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let (before, after) = rest.split_at(open);
            let close = after.find('}').ok_or_else(|| format!("a brace is not closed in '{text}'"))?;
            if !before.is_empty() {
                parts.push(Part::Literal(before.to_owned()));
            }
            parts.push(Part::Filled(Expression::parse(after.get(1..close).unwrap_or_default())?));
            rest = after.get(close + 1..).unwrap_or_default();
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Ok(Self(parts))
    }
}

impl Expression {
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let first = words.next().ok_or("nothing stands between the braces")?;
        let words: Vec<String> = words.map(str::to_owned).collect();
        match FUNCTIONS.iter().find(|(name, _)| *name == first) {
            Some((_, function)) if !words.is_empty() || *function == Function::Uuid => {
                Ok(Expression::Function(*function, words))
            }
            _ if words.is_empty() => Ok(Expression::Path(first.split('.').map(str::to_owned).collect())),
            _ => Err(format!("'{first}' is not a function")),
        }
    }
}
