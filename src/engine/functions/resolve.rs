//! Which of several functions or operators of one name is meant: PostgreSQL manual, "Type Conversion",
//! sections 10.2 (operators) and 10.3 (functions).

use crate::engine::types::PgType;
use crate::engine::types::cast::{is_implicit, prefers};

/// What a declared parameter takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Param {
    Is(PgType),
    /// Any type, taken as it is (`"any"`).
    Any,
    /// The same, but no array (`anynonarray`).
    NonArray,
    /// Any one type, the same wherever it stands (`anyelement`).
    Element,
    /// An array of that (`anyarray`).
    Array,
}

/// What a function returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Returns {
    Is(PgType),
    Element,
    Array,
}

#[derive(Clone, Debug)]
pub struct Declared {
    pub params: Vec<Param>,
    /// The last parameter may come any number of times, also never.
    pub variadic: bool,
    /// Trailing parameters that may be left out.
    pub optional: usize,
    pub returns: Returns,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// Which of the declared.
    pub index: usize,
    /// What each argument is to become.
    pub arguments: Vec<PgType>,
    pub returns: PgType,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unresolved {
    NoneFits,
    /// Several do and none better than the others.
    NotUnique,
}

struct Candidate {
    index: usize,
    arguments: Vec<PgType>,
    /// What is declared for each; `None` where that is any type.
    declared: Vec<Option<PgType>>,
    returns: PgType,
    /// Arguments that are of the declared type already; one declared as any type is not.
    exact: usize,
}

pub fn resolve<'a>(
    declared: impl IntoIterator<Item = &'a Declared>,
    given: &[PgType],
) -> Result<Resolved, Unresolved> {
    let candidates: Vec<Candidate> =
        declared.into_iter().enumerate().filter_map(|(index, d)| candidate(index, d, given)).collect();
    let chosen = choose(candidates, given)?;
    Ok(Resolved { index: chosen.index, arguments: chosen.arguments, returns: chosen.returns })
}

/// `None` where the arguments cannot be made what is declared.
fn candidate(index: usize, declared: &Declared, given: &[PgType]) -> Option<Candidate> {
    let params = spread(declared, given.len())?;
    let element = element_of(&params, given);
    let mut arguments = Vec::with_capacity(given.len());
    let mut exact = 0;
    let plain = |param: &Param| match param {
        Param::Is(kind) => Some(kind.clone()),
        _ => None,
    };
    let kinds = params.iter().map(plain).collect();
    for (param, given) in params.iter().zip(given) {
        let wanted = match param {
            Param::Is(kind) => {
                exact += usize::from(kind == given);
                kind.clone()
            }
            Param::NonArray if given.element().is_some() => return None,
            Param::Any | Param::NonArray if *given == PgType::Unknown => PgType::Text,
            Param::Any | Param::NonArray => given.clone(),
            Param::Element => element.clone()?,
            Param::Array => element.clone()?.array(),
        };
        if given != &wanted && !is_implicit(given, &wanted) {
            return None;
        }
        arguments.push(wanted);
    }
    let returns = match &declared.returns {
        Returns::Is(kind) => kind.clone(),
        Returns::Element => element?,
        Returns::Array => element?.array(),
    };
    Some(Candidate { index, arguments, declared: kinds, returns, exact })
}

/// One parameter per argument.
fn spread(declared: &Declared, count: usize) -> Option<Vec<Param>> {
    let params = &declared.params;
    if declared.variadic {
        let (last, fixed) = params.split_last()?;
        let more = count.checked_sub(fixed.len())?;
        return Some(fixed.iter().cloned().chain(std::iter::repeat_n(last.clone(), more)).collect());
    }
    let fits = count <= params.len() && count + declared.optional >= params.len();
    fits.then(|| params.iter().take(count).cloned().collect())
}

/// The type that stands for `anyelement`: of the arrays given, else the common one of the elements.
fn element_of(params: &[Param], given: &[PgType]) -> Option<PgType> {
    let mut elements = Vec::new();
    for (param, kind) in params.iter().zip(given) {
        match param {
            Param::Array => elements.extend(kind.element().cloned()),
            Param::Element => elements.push(kind.clone()),
            _ => {}
        }
    }
    common(&elements)
}

/// The type several values are brought to in CASE, UNION, ARRAY and the like; `None` where there is none.
pub fn common(kinds: &[PgType]) -> Option<PgType> {
    let mut chosen = PgType::Unknown;
    for kind in kinds {
        if *kind == PgType::Unknown || *kind == chosen {
            continue;
        }
        if chosen == PgType::Unknown || (is_implicit(&chosen, kind) && !prefers_over(&chosen, kind)) {
            chosen = kind.clone();
        } else if !is_implicit(kind, &chosen) {
            return None;
        }
    }
    Some(if chosen == PgType::Unknown { PgType::Text } else { chosen })
}

/// Both ways are open (text and varchar): the preferred type stays.
fn prefers_over(chosen: &PgType, other: &PgType) -> bool {
    is_implicit(other, chosen) && prefers(chosen)
}

fn choose(mut candidates: Vec<Candidate>, given: &[PgType]) -> Result<Candidate, Unresolved> {
    if candidates.is_empty() {
        return Err(Unresolved::NoneFits);
    }
    let keep_best = |candidates: &mut Vec<Candidate>, score: &dyn Fn(&Candidate) -> usize| {
        let best = candidates.iter().map(score).max().unwrap_or(0);
        candidates.retain(|c| score(c) == best);
    };
    // Exact matches first.
    keep_best(&mut candidates, &|c| c.exact);
    if candidates.len() > 1 {
        // Then preferred types where a conversion is needed.
        let preferred = |c: &Candidate| {
            let declared = c.declared.iter().zip(given).filter(|(_, g)| **g != PgType::Unknown);
            declared.filter(|(d, g)| d.as_ref().is_some_and(|d| d == *g || prefers(d))).count()
        };
        keep_best(&mut candidates, &preferred);
    }
    if candidates.len() > 1 {
        unknowns_by_category(&mut candidates, given);
    }
    if candidates.len() > 1 {
        // An unknown is taken for the type of the known ones, if those agree.
        let known: Vec<&PgType> = given.iter().filter(|g| **g != PgType::Unknown).collect();
        if let Some((first, rest)) = known.split_first()
            && rest.iter().all(|k| k == first)
        {
            let same = |c: &Candidate| c.arguments.iter().all(|a| a == *first);
            if candidates.iter().any(same) {
                candidates.retain(same);
            }
        }
    }
    match candidates.len() {
        1 => candidates.pop().ok_or(Unresolved::NoneFits),
        _ => Err(Unresolved::NotUnique),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Category {
    Boolean,
    Number,
    String,
    Date,
    Span,
    Network,
    Array,
    Other,
}

fn category(kind: &PgType) -> Category {
    match kind {
        PgType::Bool => Category::Boolean,
        PgType::Int2
        | PgType::Int4
        | PgType::Int8
        | PgType::Numeric
        | PgType::Float4
        | PgType::Float8
        | PgType::Money => Category::Number,
        PgType::Text | PgType::Varchar | PgType::Char => Category::String,
        PgType::Date | PgType::Time | PgType::Timestamp | PgType::Timestamptz => Category::Date,
        PgType::Interval => Category::Span,
        PgType::Inet | PgType::Cidr => Category::Network,
        PgType::Array(_) => Category::Array,
        _ => Category::Other,
    }
}

/// Where an argument is unknown: a string if any candidate takes one, else the category they agree on; in
/// it the preferred type.
fn unknowns_by_category(candidates: &mut Vec<Candidate>, given: &[PgType]) {
    for (at, _) in given.iter().enumerate().filter(|(_, g)| **g == PgType::Unknown) {
        let of =
            |c: &Candidate| c.declared.get(at).and_then(Option::as_ref).map_or(Category::Other, category);
        let first = candidates.first().map_or(Category::Other, of);
        let wanted = if candidates.iter().any(|c| of(c) == Category::String) {
            Category::String
        } else if candidates.iter().all(|c| of(c) == first) {
            first
        } else {
            continue;
        };
        candidates.retain(|c| of(c) == wanted);
        let preferred = |c: &Candidate| c.arguments.get(at).is_some_and(prefers);
        if candidates.iter().any(preferred) {
            candidates.retain(preferred);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PgType::*;

    fn declared(list: &[(&[PgType], PgType)]) -> Vec<Declared> {
        list.iter()
            .map(|(params, returns)| Declared {
                params: params.iter().cloned().map(Param::Is).collect(),
                variadic: false,
                optional: 0,
                returns: Returns::Is(returns.clone()),
            })
            .collect()
    }

    fn chosen(
        list: &[(&[PgType], PgType)],
        given: &[PgType],
    ) -> std::result::Result<Vec<PgType>, Unresolved> {
        resolve(&declared(list), given).map(|r| r.arguments)
    }

    #[test]
    fn the_exact_one_wins_then_the_preferred() {
        let abs = [(&[Int4][..], Int4), (&[Int8], Int8), (&[Numeric], Numeric), (&[Float8], Float8)];
        assert_eq!(chosen(&abs, &[Int8]), Ok(vec![Int8]));
        assert_eq!(chosen(&abs, &[Unknown]), Ok(vec![Float8]));
        assert_eq!(chosen(&abs, &[Text]), Err(Unresolved::NoneFits));
        let power = [(&[Float8, Float8][..], Float8), (&[Numeric, Numeric], Numeric)];
        assert_eq!(chosen(&power, &[Int4, Int4]), Ok(vec![Float8, Float8]));
        assert_eq!(chosen(&power, &[Numeric, Int4]), Ok(vec![Numeric, Numeric]));
    }

    #[test]
    fn an_unknown_is_a_string_where_that_is_possible() {
        let round = [(&[Text, Int4][..], Text), (&[Inet, Int4], Inet)];
        assert_eq!(chosen(&round, &[Unknown, Int4]), Ok(vec![Text, Int4]));
        let trunc = [
            (&[Text, Timestamp][..], Timestamp),
            (&[Text, Timestamptz], Timestamptz),
            (&[Text, Interval], Interval),
        ];
        assert_eq!(chosen(&trunc, &[Unknown, Date]), Ok(vec![Text, Timestamptz]));
    }

    #[test]
    fn several_values_have_a_common_type() {
        assert_eq!(common(&[Int4, Int8]), Some(Int8));
        assert_eq!(common(&[Numeric, Int4]), Some(Numeric));
        assert_eq!(common(&[Unknown, Unknown]), Some(Text));
        assert_eq!(common(&[Unknown, Jsonb]), Some(Jsonb));
        assert_eq!(common(&[Varchar, Text]), Some(Text));
        assert_eq!(common(&[Date, Timestamptz]), Some(Timestamptz));
        assert_eq!(common(&[Text, Int4]), None);
    }
}
