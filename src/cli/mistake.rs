//! What is wrong with a command line, in the words of this house: clap has words of its own.

use clap::error::{ContextKind, ContextValue, ErrorKind as Kind};

use crate::error::Error;

/// `None` for what is help, not a mistake.
pub fn said(error: &clap::Error) -> Option<Error> {
    let one = |kind| texts(error, kind).into_iter().next();
    let argument = one(ContextKind::InvalidArg);
    let value = one(ContextKind::InvalidValue).filter(|value| !value.is_empty());
    let message = match (error.kind(), argument, value) {
        (Kind::DisplayHelpOnMissingArgumentOrSubcommand, ..) => return None,
        (Kind::InvalidSubcommand, ..) => {
            format!("there is no command '{}'", one(ContextKind::InvalidSubcommand)?)
        }
        (Kind::MissingSubcommand, ..) => "a command is needed".to_owned(),
        (Kind::UnknownArgument, Some(flag), _) if flag.starts_with('-') => {
            format!("there is no flag '{flag}'")
        }
        (Kind::UnknownArgument, Some(argument), _) => format!("'{argument}' is one argument too many"),
        (Kind::MissingRequiredArgument, ..) => {
            let missing = texts(error, ContextKind::InvalidArg);
            format!("{} {} needed", missing.join(" and "), if missing.len() == 1 { "is" } else { "are" })
        }
        (Kind::ArgumentConflict, Some(argument), _) => {
            let prior = texts(error, ContextKind::PriorArg);
            match prior.as_slice() {
                [other] if *other == argument => format!("{argument} can be given only once"),
                others => format!("{argument} cannot be used with {}", others.join(" and ")),
            }
        }
        (Kind::InvalidValue | Kind::ValueValidation, Some(argument), Some(value)) => {
            let why = std::error::Error::source(error).map(|why| format!(": {why}"));
            format!("'{value}' is not a value of {argument}{}", why.unwrap_or_default())
        }
        (Kind::InvalidValue, Some(argument), None) => format!("{argument} needs a value"),
        _ => plain(&error.render().to_string()),
    };
    let mut mistake = Error::usage(message);
    let near = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    for near in near.into_iter().flat_map(|kind| texts(error, kind)) {
        mistake = mistake.hint(format!("did you mean '{near}'?"));
    }
    let valid = texts(error, ContextKind::ValidValue);
    if !valid.is_empty() {
        mistake = mistake.hint(format!("one of: {}", valid.join(", ")));
    }
    Some(mistake.hint(format!("'{} --help' says more", command(error))))
}

fn texts(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

/// The words of the usage line before its arguments: `canvass accounts`.
fn command(error: &clap::Error) -> String {
    let usage = match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) => usage.to_string(),
        _ => String::new(),
    };
    let words = usage.split_whitespace().skip_while(|word| *word != "canvass");
    let words: Vec<&str> = words.take_while(|word| !word.starts_with(['-', '<', '['])).collect();
    if words.is_empty() { "canvass".to_owned() } else { words.join(" ") }
}

/// The first line of what clap would have printed.
fn plain(rendered: &str) -> String {
    let first = rendered.lines().next().unwrap_or_default();
    first.strip_prefix("error: ").unwrap_or(first).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(words: &[&str]) -> String {
        let error = crate::cli::command().try_get_matches_from(words).unwrap_err();
        let said = said(&error).unwrap();
        format!("{} ({})", said, said.hints().join("; "))
    }

    #[test]
    fn each_mistake_is_named_and_leads_on() {
        for (words, expected) in [
            (
                &["canvass", "querry"][..],
                "there is no command 'querry' (did you mean 'query'?; 'canvass --help' says more)",
            ),
            (&["canvass", "query"], "<SQL> is needed ('canvass query --help' says more)"),
            (
                &["canvass", "query", "--explian", "select 1"],
                "there is no flag '--explian' (did you mean '--explain'?; 'canvass query --help' says more)",
            ),
            (
                &["canvass", "inspect", "a", "b"],
                "'b' is one argument too many ('canvass inspect --help' says more)",
            ),
            (
                &["canvass", "tables", "-o"],
                "--output <FORMAT> needs a value (one of: table, json, ndjson, csv, markdown, line; 'canvass --help' says more)",
            ),
            (
                &["canvass", "demo", "serve", "--port", "x"],
                "'x' is not a value of --port <PORT>: invalid digit found in string ('canvass --help' says more)",
            ),
            (
                &["canvass", "--config", "a", "--config", "b", "tables"],
                "--config <FILE> can be given only once ('canvass --help' says more)",
            ),
        ] {
            assert_eq!(told(words), expected);
        }
    }
}
