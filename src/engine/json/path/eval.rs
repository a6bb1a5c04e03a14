//! Following a `jsonpath` through a value.
//!
//! Lax mode (the default) takes arrays apart where a member is asked of them, and a value for an array
//! of one where an element is; what is not there is nothing. In strict mode each of these is an error.
//! Inside a condition an error is neither true nor false.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::engine::json::path::numbers;
use crate::engine::json::path::tree::{Comparison, Method, Node, Path, Step, Test};
use crate::model::Json;

/// Why a path does not fit a value, in PostgreSQL's words.
pub type Misfit = String;

type Items<'a> = Vec<Cow<'a, Json>>;
type Found<'a> = Result<Items<'a>, Misfit>;

pub fn items<'a>(path: &'a Path, value: &'a Json, variables: Option<&'a Json>) -> Found<'a> {
    let walk = Walk { strict: path.strict, root: value, variables };
    walk.node(&path.root, &Inside::default())
}

struct Walk<'a> {
    strict: bool,
    root: &'a Json,
    variables: Option<&'a Json>,
}

/// What `@` and `last` stand for.
#[derive(Clone, Default)]
struct Inside<'a> {
    current: Option<Cow<'a, Json>>,
    last: Option<usize>,
}

impl<'a> Walk<'a> {
    fn node(&self, node: &'a Node, inside: &Inside<'a>) -> Found<'a> {
        Ok(match node {
            Node::Root => vec![Cow::Borrowed(self.root)],
            Node::Current => inside.current.iter().cloned().collect(),
            Node::Last => match inside.last {
                Some(last) => vec![Cow::Owned(Json::int(i64::try_from(last).unwrap_or(i64::MAX)))],
                None => return Err("LAST is allowed only in array subscripts".to_owned()),
            },
            Node::Variable(name) => match self.variables.and_then(|v| v.get(name)) {
                Some(value) => vec![Cow::Borrowed(value)],
                None => return Err(format!("could not find jsonpath variable \"{name}\"")),
            },
            Node::Literal(value) => vec![Cow::Borrowed(value)],
            Node::Test(test) => vec![Cow::Owned(self.test(test, inside).map_or(Json::Null, Json::Bool))],
            Node::Step(from, step) => {
                let mut found = Vec::new();
                for item in self.node(from, inside)? {
                    self.step(item, step, inside, &mut found)?;
                }
                found
            }
            Node::Negated(of) => {
                let items = self.unwrapped(self.node(of, inside)?);
                let negated = |item: Cow<'a, Json>| match &*item {
                    Json::Number(text) => Ok(Cow::Owned(Json::Number(numbers::negated(text).into()))),
                    _ => Err("operand of unary jsonpath operator - is not a numeric value".to_owned()),
                };
                items.into_iter().map(negated).collect::<Result<_, _>>()?
            }
            Node::Arithmetic(operation, a, b) => {
                let one = |node: &'a Node, side: &str| match self
                    .unwrapped(self.node(node, inside)?)
                    .as_slice()
                {
                    [item] => match &**item {
                        Json::Number(text) => Ok(text.clone()),
                        _ => {
                            Err(format!("{side} operand of jsonpath operator is not a single numeric value"))
                        }
                    },
                    _ => Err(format!("{side} operand of jsonpath operator is not a single numeric value")),
                };
                let (a, b) = (one(a, "left")?, one(b, "right")?);
                match numbers::computed(*operation, &a, &b) {
                    Some(text) => vec![Cow::Owned(Json::Number(text.into()))],
                    None => return Err("a number of the jsonpath is out of range".to_owned()),
                }
            }
        })
    }

    /// In lax mode arrays are taken apart, once.
    fn unwrapped(&self, items: Items<'a>) -> Items<'a> {
        if self.strict {
            return items;
        }
        items.into_iter().flat_map(apart).collect()
    }

    fn step(
        &self,
        item: Cow<'a, Json>,
        step: &'a Step,
        inside: &Inside<'a>,
        found: &mut Items<'a>,
    ) -> Result<(), Misfit> {
        match step {
            Step::Member(_) | Step::AnyMember | Step::Filter(_)
                if !self.strict && matches!(&*item, Json::Array(_)) =>
            {
                for element in apart(item) {
                    self.on_one(element, step, inside, found)?;
                }
                Ok(())
            }
            Step::Method(method) if !matches!(method, Method::Type | Method::Size) => {
                for element in self.unwrapped(vec![item]) {
                    found.push(called(*method, &element)?);
                }
                Ok(())
            }
            _ => self.on_one(item, step, inside, found),
        }
    }

    fn on_one(
        &self,
        item: Cow<'a, Json>,
        step: &'a Step,
        inside: &Inside<'a>,
        found: &mut Items<'a>,
    ) -> Result<(), Misfit> {
        match step {
            Step::Member(key) => match &*item {
                Json::Object(_) => match member(item, key) {
                    Some(value) => found.push(value),
                    None if self.strict => {
                        return Err(format!("JSON object does not contain key \"{key}\""));
                    }
                    None => {}
                },
                _ if self.strict => {
                    return Err("jsonpath member accessor can only be applied to an object".to_owned());
                }
                _ => {}
            },
            Step::AnyMember => match &*item {
                Json::Object(_) => found.extend(values(item)),
                _ if self.strict => {
                    return Err(
                        "jsonpath wildcard member accessor can only be applied to an object".to_owned()
                    );
                }
                _ => {}
            },
            Step::Descendants { from, until } => descend(item, 0, *from, *until, found),
            Step::AnyElement => match &*item {
                Json::Array(_) => found.extend(apart(item)),
                _ if self.strict => {
                    return Err("jsonpath wildcard array accessor can only be applied to an array".to_owned());
                }
                _ => found.push(item),
            },
            Step::Elements(ranges) => self.elements(item, ranges, inside, found)?,
            Step::Filter(test) => {
                let inner = Inside { current: Some(item.clone()), last: inside.last };
                if self.test(test, &inner) == Some(true) {
                    found.push(item);
                }
            }
            Step::Method(Method::Type) => found.push(Cow::Owned(Json::from(type_name(&item)))),
            Step::Method(Method::Size) => match &*item {
                Json::Array(items) => {
                    found.push(Cow::Owned(Json::int(i64::try_from(items.len()).unwrap_or(0))))
                }
                _ if self.strict => {
                    return Err("jsonpath item method .size() can only be applied to an array".to_owned());
                }
                _ => found.push(Cow::Owned(Json::int(1))),
            },
            Step::Method(method) => found.push(called(*method, &item)?),
        }
        Ok(())
    }

    fn elements(
        &self,
        item: Cow<'a, Json>,
        ranges: &'a [(Node, Option<Node>)],
        inside: &Inside<'a>,
        found: &mut Items<'a>,
    ) -> Result<(), Misfit> {
        let elements: Items<'a> = match &*item {
            Json::Array(_) => apart(item),
            _ if self.strict => {
                return Err("jsonpath array accessor can only be applied to an array".to_owned());
            }
            _ => vec![item],
        };
        let inner = Inside { current: inside.current.clone(), last: Some(elements.len().saturating_sub(1)) };
        let bound = |node: &'a Node| match self.node(node, &inner)?.as_slice() {
            [one] => match &**one {
                Json::Number(text) => numbers::truncated(text)
                    .ok_or_else(|| "jsonpath array subscript is out of integer range".to_owned()),
                _ => Err("jsonpath array subscript is not a single numeric value".to_owned()),
            },
            _ => Err("jsonpath array subscript is not a single numeric value".to_owned()),
        };
        let length = i64::try_from(elements.len()).unwrap_or(i64::MAX);
        for (from, until) in ranges {
            let from = bound(from)?;
            let until = until.as_ref().map(&bound).transpose()?.unwrap_or(from);
            if self.strict && (from < 0 || from > until || until >= length) {
                return Err("jsonpath array subscript is out of bounds".to_owned());
            }
            let start = usize::try_from(from.max(0)).unwrap_or(usize::MAX);
            let end = usize::try_from(until.saturating_add(1).max(0)).unwrap_or(0).min(elements.len());
            found.extend(elements.iter().take(end).skip(start).cloned());
        }
        Ok(())
    }

    /// `None` is unknown.
    fn test(&self, test: &'a Test, inside: &Inside<'a>) -> Option<bool> {
        match test {
            Test::And(a, b) => match self.test(a, inside) {
                Some(false) => Some(false),
                left => match self.test(b, inside) {
                    Some(true) => left,
                    right => right.filter(|r| !r).or(None),
                },
            },
            Test::Or(a, b) => match self.test(a, inside) {
                Some(true) => Some(true),
                left => match self.test(b, inside) {
                    Some(false) => left,
                    right => right,
                },
            },
            Test::Not(of) => self.test(of, inside).map(|held| !held),
            Test::IsUnknown(of) => Some(self.test(of, inside).is_none()),
            Test::Exists(path) => self.node(path, inside).ok().map(|items| !items.is_empty()),
            Test::Compare(comparison, a, b) => {
                let (a, b) = (self.operand(a, inside)?, self.operand(b, inside)?);
                self.any(a.iter().flat_map(|a| b.iter().map(move |b| compared(*comparison, a, b))))
            }
            Test::Regex(of, regex) => {
                let items = self.operand(of, inside)?;
                self.any(items.iter().map(|item| item.as_str().map(|text| regex.is_match(text))))
            }
            Test::StartsWith(of, start) => {
                let start = self.operand(start, inside)?;
                let [start] = start.as_slice() else { return None };
                let start = start.as_str()?;
                let items = self.operand(of, inside)?;
                self.any(items.iter().map(|item| item.as_str().map(|text| text.starts_with(start))))
            }
        }
    }

    fn operand(&self, node: &'a Node, inside: &Inside<'a>) -> Option<Items<'a>> {
        self.node(node, inside).ok().map(|items| self.unwrapped(items))
    }

    /// True where one is; in strict mode an unknown one decides, in lax mode only if none is true.
    fn any(&self, tests: impl Iterator<Item = Option<bool>>) -> Option<bool> {
        let (mut held, mut unknown) = (false, false);
        for test in tests {
            match test {
                Some(true) if !self.strict => return Some(true),
                Some(true) => held = true,
                Some(false) => {}
                None if self.strict => return None,
                None => unknown = true,
            }
        }
        match (held, unknown) {
            (true, _) => Some(true),
            (false, true) => None,
            (false, false) => Some(false),
        }
    }
}

/// The elements of an array; anything else as it is.
fn apart(item: Cow<'_, Json>) -> Items<'_> {
    match item {
        Cow::Borrowed(Json::Array(items)) => items.iter().map(Cow::Borrowed).collect(),
        Cow::Owned(Json::Array(items)) => items.into_iter().map(Cow::Owned).collect(),
        other => vec![other],
    }
}

fn member<'a>(item: Cow<'a, Json>, key: &str) -> Option<Cow<'a, Json>> {
    match item {
        Cow::Borrowed(value) => value.get(key).map(Cow::Borrowed),
        Cow::Owned(value) => value.get(key).cloned().map(Cow::Owned),
    }
}

fn values(item: Cow<'_, Json>) -> Items<'_> {
    match item {
        Cow::Borrowed(Json::Object(members)) => members.iter().map(|(_, v)| Cow::Borrowed(v)).collect(),
        Cow::Owned(Json::Object(members)) => members.into_iter().map(|(_, v)| Cow::Owned(v)).collect(),
        _ => Vec::new(),
    }
}

fn descend<'a>(item: Cow<'a, Json>, level: usize, from: usize, until: usize, found: &mut Items<'a>) {
    if level >= from {
        // `last` alone means the leaves.
        let is_leaf = !matches!(&*item, Json::Array(_) | Json::Object(_));
        if from != usize::MAX || is_leaf {
            found.push(item.clone());
        }
    } else if from == usize::MAX && !matches!(&*item, Json::Array(_) | Json::Object(_)) {
        found.push(item.clone());
    }
    if level < until {
        let below = match &*item {
            Json::Array(_) => apart(item),
            Json::Object(_) => values(item),
            _ => Vec::new(),
        };
        below.into_iter().for_each(|below| descend(below, level + 1, from, until, found));
    }
}

fn type_name(item: &Json) -> &'static str {
    match item {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

fn called<'a>(method: Method, item: &Json) -> Result<Cow<'a, Json>, Misfit> {
    let name = match method {
        Method::Double => "double",
        Method::Ceiling => "ceiling",
        Method::Floor => "floor",
        _ => "abs",
    };
    let text: &str = match (item, method) {
        (Json::Number(text), _) => text,
        (Json::String(text), Method::Double) if text.trim().parse::<f64>().is_ok_and(f64::is_finite) => {
            text.trim()
        }
        (_, Method::Double) => {
            return Err(
                "jsonpath item method .double() can only be applied to a string or numeric value".to_owned()
            );
        }
        _ => return Err(format!("jsonpath item method .{name}() can only be applied to a numeric value")),
    };
    let text = match method {
        Method::Ceiling => numbers::ceiling(text),
        Method::Floor => numbers::floor(text),
        Method::Abs => text.trim_start_matches('-').to_owned(),
        _ => text.to_owned(),
    };
    Ok(Cow::Owned(Json::Number(text.into())))
}

fn compared(comparison: Comparison, a: &Json, b: &Json) -> Option<bool> {
    let order = match (a, b) {
        (Json::Null, Json::Null) => Ordering::Equal,
        (Json::Null, _) | (_, Json::Null) => return Some(comparison == Comparison::NotEqual),
        (Json::Bool(a), Json::Bool(b)) => a.cmp(b),
        (Json::Number(a), Json::Number(b)) => numbers::compared(a, b),
        (Json::String(a), Json::String(b)) => a.cmp(b),
        _ => return None,
    };
    Some(match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    })
}
