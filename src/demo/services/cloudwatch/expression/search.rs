//! `SEARCH('{AWS/Lambda,FunctionName} MetricName="Errors"', ...)`: series by words.

use crate::demo::services::cloudwatch::series::Series;

/// The series that a search expression finds.
pub fn found<'s>(all: &'s [Series], words: &str) -> Result<Vec<&'s Series>, String> {
    let words = words.trim();
    let (schema, rest) = match words.strip_prefix('{') {
        Some(inside) => {
            let (schema, rest) =
                inside.split_once('}').ok_or("Unterminated schema in the search expression")?;
            let names: Vec<String> =
                schema.split(',').map(|n| n.trim().trim_matches('"').to_owned()).collect();
            (Some(names), rest)
        }
        None => (None, words),
    };
    let terms = terms(rest);
    let mut found = Vec::new();
    for series in all {
        let fits = schema.as_ref().is_none_or(|names| match names.split_first() {
            Some((namespace, dimensions)) => {
                series.namespace == namespace
                    && series.dimensions.len() == dimensions.len()
                    && dimensions.iter().all(|name| series.dimension(name).is_some())
            }
            None => true,
        });
        if fits && holds(series, &terms) {
            found.push(series);
        }
    }
    Ok(found)
}

/// Words and what is quoted, parentheses apart.
fn terms(text: &str) -> Vec<String> {
    let (mut all, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.push(c);
            }
            ' ' | '(' | ')' if !quoted => {
                all.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
                all.extend((c != ' ').then(|| c.to_string()));
            }
            _ => word.push(c),
        }
    }
    all.extend((!word.is_empty()).then_some(word));
    all
}

/// OR is looser than AND, which may be left out; NOT is of the next word.
fn holds(series: &Series, terms: &[String]) -> bool {
    let mut depth = 0;
    let mut alternatives: Vec<Vec<String>> = vec![Vec::new()];
    for term in terms {
        depth += i32::from(term == "(") - i32::from(term == ")");
        match term.as_str() {
            "OR" if depth == 0 => alternatives.push(Vec::new()),
            _ => alternatives.last_mut().into_iter().for_each(|all| all.push(term.clone())),
        }
    }
    alternatives.iter().any(|all| every(series, all))
}

fn every(series: &Series, terms: &[String]) -> bool {
    let mut at = 0;
    let mut wanted = true;
    while let Some(term) = terms.get(at) {
        at += 1;
        let met = match term.as_str() {
            "AND" => continue,
            "NOT" => {
                wanted = !wanted;
                continue;
            }
            "(" => {
                let mut depth = 1;
                let from = at;
                while depth > 0 {
                    match terms.get(at).map(String::as_str) {
                        Some("(") => depth += 1,
                        Some(")") => depth -= 1,
                        Some(_) => {}
                        None => break,
                    }
                    at += 1;
                }
                holds(series, terms.get(from..at.saturating_sub(1)).unwrap_or_default())
            }
            term => met(series, term),
        };
        if met != wanted {
            return false;
        }
        wanted = true;
    }
    true
}

fn met(series: &Series, term: &str) -> bool {
    let is = |value: &str, wanted: &str| match wanted.strip_prefix('"').and_then(|w| w.strip_suffix('"')) {
        Some(exact) => value == exact,
        None => value.to_lowercase().contains(&wanted.to_lowercase()),
    };
    match term.split_once('=') {
        Some(("MetricName", wanted)) => is(series.metric, wanted),
        Some(("Namespace", wanted)) => is(series.namespace, wanted),
        Some((name, wanted)) => {
            series.dimension(name.trim_matches('"')).is_some_and(|value| is(value, wanted))
        }
        None => {
            is(series.metric, term)
                || is(series.namespace, term)
                || series.dimensions.iter().any(|(name, value)| is(name, term) || is(value, term))
        }
    }
}
