//! What was probably meant, and what to do.

use crate::catalog::Catalog;
use crate::catalog::convert::Wrong;
use crate::model::closest;

/// A mistake in the words for whoever made it.
pub struct Told {
    pub message: String,
    pub hints: Vec<String>,
    /// The whole text that was meant.
    pub instead: Option<String>,
}

/// More names than this are counted, not listed.
const MOST_NAMES: usize = 24;

/// How the names of operations that read begin.
const READS: [&str; 11] = [
    "BatchGet", "Describe", "Filter", "Get", "Head", "List", "Lookup", "Query", "Search", "Select",
    "Simulate",
];

pub fn did_you_mean(name: &str) -> String {
    format!("did you mean '{name}'?")
}

pub fn one_of<T: AsRef<str>>(names: &[T]) -> String {
    let shown: Vec<&str> = names.iter().take(MOST_NAMES).map(AsRef::as_ref).collect();
    let more = names.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("one of: {}{more}", shown.join(", "))
}

/// The name that was meant: one letter or two beside it, or the only one that holds it.
pub fn near<'a>(wrong: &str, names: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    if let Some(name) = closest(wrong, names.clone()) {
        return Some(name);
    }
    let wrong = wrong.to_lowercase();
    if wrong.len() < 3 {
        return None;
    }
    let mut holding = names.filter(|name| {
        let name = name.to_lowercase();
        name.contains(&wrong) || (name.len() > 3 && wrong.contains(name.trim_end_matches(':')))
    });
    let first = holding.next()?;
    holding.next().is_none().then_some(first)
}

/// The type that other databases and languages call otherwise.
pub fn type_of_others(name: &str) -> Option<&'static str> {
    Some(match name.to_lowercase().as_str() {
        "string" | "varchar" | "char" | "str" => "text",
        "integer" | "bigint" | "smallint" | "long" | "int64" | "int32" => "int",
        "float" | "number" | "real" | "double precision" => "double",
        "decimal" | "money" => "numeric",
        "boolean" => "bool",
        "datetime" | "date" | "time" | "timestamptz" => "timestamp",
        "jsonb" | "object" | "map" | "list" | "array" => "json",
        "ip" | "ipaddr" | "ip_address" => "inet",
        _ => return None,
    })
}

pub fn told(wrong: &Wrong, catalog: &Catalog) -> Told {
    let plain = Told { message: wrong.message.clone(), hints: Vec::new(), instead: None };
    let Some(sought) = &wrong.sought else { return with_advice(plain, wrong) };
    if wrong.key == "call" {
        return operation(&sought.name, catalog);
    }
    if wrong.section == "examples" {
        let tables = catalog.table_names();
        let names = sought.among.iter().map(String::as_str).chain(tables);
        return replaced(plain, wrong, &sought.name, names);
    }
    replaced(plain, wrong, &sought.name, sought.among.iter().map(String::as_str))
}

fn replaced<'a>(
    told: Told,
    wrong: &Wrong,
    sought: &str,
    names: impl Iterator<Item = &'a str> + Clone,
) -> Told {
    let Some(meant) = near(sought, names.clone()) else {
        let names: Vec<&str> = names.collect();
        if names.is_empty() && wrong.message.contains("there is no detail '") {
            let hint = format!("details: {{{sought}: {{call: 'service:Operation', params: {{...}}}}}}");
            return Told { hints: vec![hint], ..told };
        }
        // The message lists members itself.
        let listed = wrong.message.contains(", only ") || names.is_empty() || names.len() > 200;
        let hints = if listed { Vec::new() } else { vec![one_of(&names)] };
        return Told { message: shortened(&told.message), hints, ..told };
    };
    let instead = quoted_text(wrong, sought).map(|text| text.replacen(sought, meant, 1));
    Told { message: unlisted(&told.message), hints: vec![did_you_mean(meant)], instead }
}

/// The text in which a name was sought: `Tags[].Nmae` for `Nmae`.
fn quoted_text<'w>(wrong: &'w Wrong, sought: &'w str) -> Option<&'w str> {
    let mut quoted = wrong.message.split('\'').skip(1).step_by(2);
    quoted.find(|text| text.contains(sought)).or(Some(sought))
}

/// Without the names that there are, where the one that was meant is known.
fn unlisted(message: &str) -> String {
    message.split(", only ").next().unwrap_or(message).to_owned()
}

fn shortened(message: &str) -> String {
    let Some((head, names)) = message.split_once(", only ") else { return message.to_owned() };
    let names: Vec<&str> = names.split(", ").collect();
    format!("{head}, only {}", one_of(&names).trim_start_matches("one of: "))
}

/// Why an operation cannot be called.
fn operation(id: &str, catalog: &Catalog) -> Told {
    let told = |message: String, hints: Vec<String>| Told { message, hints, instead: None };
    let Some((service, name)) = id.split_once(':') else {
        let all = catalog.callable_operations();
        let same = all.iter().find(|known| known.split(':').nth(1) == Some(id));
        let hints = match same {
            Some(known) => vec![did_you_mean(known)],
            None => vec!["an operation is written service:Operation, such as ec2:DescribeSubnets".to_owned()],
        };
        return Told { instead: same.cloned(), ..told(format!("'{id}' names no operation"), hints) };
    };
    let services = catalog.services();
    if !services.contains(&service) {
        let near_service = near(service, services.iter().copied());
        let message = format!("no service '{service}' is known");
        let Some(meant) = near_service else {
            return told(
                message,
                vec!["services are named as the AWS CLI names them: ec2, s3, elbv2".to_owned()],
            );
        };
        let whole = format!("{meant}:{name}");
        let instead = catalog.may_be_called(&whole).then(|| whole.clone());
        return Told { instead, ..told(message, vec![did_you_mean(&whole)]) };
    }
    let callable: Vec<String> = catalog
        .callable_operations()
        .into_iter()
        .filter(|known| known.starts_with(&format!("{service}:")))
        .collect();
    let names = callable.iter().filter_map(|known| known.split(':').nth(1));
    let meant = near(name, names.clone()).map(|meant| format!("{service}:{meant}"));
    let reads = READS.iter().any(|verb| name.starts_with(verb));
    if !reads {
        let mut hints =
            vec!["a table can only call operations that read; nothing in a file can change that".to_owned()];
        // A word further on is another thing, whatever it looks like.
        hints.extend(
            meant.filter(|_| name.chars().next().is_some_and(char::is_lowercase)).map(|m| did_you_mean(&m)),
        );
        return told(format!("'{id}' is not a read"), hints);
    }
    let message = format!("'{id}' is not among the operations that a table may call");
    let hints = match &meant {
        Some(meant) => vec![did_you_mean(meant)],
        None => vec![
            one_of(&names.collect::<Vec<_>>()),
            "which operations may be called is compiled in (src/aws/reads.txt), so that no file can add one"
                .to_owned(),
        ],
    };
    Told { instead: meant, ..told(message, hints) }
}

/// What to do about what is no matter of a name.
fn with_advice(told: Told, wrong: &Wrong) -> Told {
    let text = wrong.message.as_str();
    let hint = |told: Told, hint: &str| Told { hints: vec![hint.to_owned()], ..told };
    if text.ends_with("end the path with []") {
        let path = text.split('\'').nth(1).map(|path| format!("{path}[]"));
        return Told { hints: path.iter().map(|path| did_you_mean(path)).collect(), instead: path, ..told };
    }
    if text.contains(" needs the parameter '") {
        let name = text.rsplit('\'').nth(1).unwrap_or_default();
        return hint(
            told,
            &format!(
                "add it below the call: params: {{{name}: ...}}, from row:Path, qual:column or const:text"
            ),
        );
    }
    if text.contains("says nowhere where its value comes from") {
        return hint(told, "give it path, tags, name_tag_or, template, const, qual or computed");
    }
    if text.contains("says more than once") {
        return hint(told, "keep one of path, tags, name_tag_or, template, const, qual and computed");
    }
    if text.contains(" takes no filters in ") {
        return hint(told, "name the member that takes them in filters_in, or use params");
    }
    if text.contains("there is no row before this call") {
        return hint(told, "put the call whose rows it needs before it in the list");
    }
    if text.ends_with("is a column that every table has by itself") {
        return hint(told, "leave it out, or give yours another name");
    }
    if text.starts_with("no column needs the detail") {
        return hint(told, "let a column say from: with its name, or remove it");
    }
    if text.contains("no call that lists rows") {
        return hint(told, "list: [{call: 'ec2:DescribeSubnets', rows: 'Subnets[]'}]");
    }
    if text.contains("is not a name:") || text.contains("is not a column name") {
        return hint(told, "lower case letters, digits and _ make a name, such as team_subnet");
    }
    if let Some((_, calls)) = text.split_once("but the list calls '") {
        let service = calls.trim_end_matches('\'').to_owned();
        return Told { hints: vec![format!("write service: {service}")], instead: None, ..told };
    }
    if let Some(kind) =
        text.split_once("' is ").and_then(|(_, rest)| rest.split_once(", not ")).map(|(k, _)| k)
    {
        let fits = match kind {
            "a boolean" => "bool, text or json",
            "a whole number" => "int, double, text or json",
            "a number" => "double, int, text or json",
            "an instant" => "timestamp, text or json",
            _ => "json or text",
        };
        return hint(told, &format!("a type that holds it: {fits}; or transforms that make another of it"));
    }
    told
}
