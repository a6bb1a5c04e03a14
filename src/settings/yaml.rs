//! A YAML document that still knows where each of its entries stands.
//!
//! The YAML library tells line and column only through errors. So an entry is found again by
//! walking to it and failing there on purpose: exact, and paid for only when a place is shown.
//! The text may be a stranger's, so no walk is made once per entry.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Positions of entries from the top: the third entry of a mapping, then its first item.
pub type Path = Vec<usize>;

/// Line and column, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub line: usize,
    pub column: usize,
}

/// What stands at one entry.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    Null,
    Text(String),
    /// A number or a boolean, as spelled: an external id written as `0x10` must not become `16`.
    Plain(String),
    List(Vec<Node>),
    /// In order, duplicates included: the reader reports them.
    Map(Vec<(String, Node)>),
}

#[derive(Debug)]
pub struct Document {
    text: String,
    root: Node,
}

/// The text is not YAML, or not the plain sort that settings are written in.
#[derive(Debug)]
pub struct NotYaml {
    pub message: String,
    pub place: Option<Place>,
}

impl Document {
    pub fn parse(text: String) -> Result<Self, NotYaml> {
        if brackets_are_deep(&text) {
            return Err(NotYaml { message: "brackets are nested too deeply".to_owned(), place: None });
        }
        let mut root = NodeSeed.deserialize(serde_yaml::Deserializer::from_str(&text))?;
        Spelling(&mut root).deserialize(serde_yaml::Deserializer::from_str(&text))?;
        Ok(Self { text, root })
    }

    pub fn root(&self) -> &Node {
        &self.root
    }

    /// Where the entry's key stands, or the item of a list.
    pub fn place_of(&self, path: &[usize]) -> Option<Place> {
        self.seek(Seek { path, value: false })
    }

    /// Where the entry's value stands.
    pub fn place_of_value(&self, path: &[usize]) -> Option<Place> {
        self.seek(Seek { path, value: true })
    }

    fn seek(&self, seek: Seek<'_>) -> Option<Place> {
        place(&seek.deserialize(serde_yaml::Deserializer::from_str(&self.text)).err()?)
    }
}

impl From<serde_yaml::Error> for NotYaml {
    fn from(error: serde_yaml::Error) -> Self {
        let mut message = error.to_string();
        // The library's own words hold the place, which is told apart here.
        if let Some((before, after)) = message.split_once(" at line ") {
            let rest = after.split_once(", ").map(|(_, rest)| format!(", {rest}"));
            message = format!("{before}{}", rest.unwrap_or_default());
        }
        Self { message, place: place(&error) }
    }
}

/// The library's time grows with the square of the depth: a hundred kilobytes of `[` are minutes.
/// Brackets in text count too, which is no harm: nobody leaves that many open.
fn brackets_are_deep(text: &str) -> bool {
    const MOST: usize = 100;
    let mut depth: usize = 0;
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MOST {
            return true;
        }
    }
    false
}

fn place(error: &serde_yaml::Error) -> Option<Place> {
    error.location().map(|l| Place { line: l.line(), column: l.column() })
}

struct NodeSeed;

impl<'de> DeserializeSeed<'de> for NodeSeed {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for NodeSeed {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("plain YAML without tags")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Plain(String::new()))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Plain(String::new()))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Plain(String::new()))
    }

    fn visit_i128<E>(self, _: i128) -> Result<Node, E> {
        Ok(Node::Plain(String::new()))
    }

    fn visit_u128<E>(self, _: u128) -> Result<Node, E> {
        Ok(Node::Plain(String::new()))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Plain(String::new()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(NodeSeed)? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut map = Vec::new();
        // Keys are read as text whatever they look like: account ids are digits.
        while let Some(key) = entries.next_key::<String>()? {
            map.push((key, entries.next_value_seed(NodeSeed)?));
        }
        Ok(Node::Map(map))
    }
}

/// A second walk, along what the first one found: the library tells the spelling of a number only
/// to those who ask for text.
struct Spelling<'a>(&'a mut Node);

impl<'de> DeserializeSeed<'de> for Spelling<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.0 {
            Node::Plain(_) => deserializer.deserialize_str(self),
            Node::List(_) | Node::Map(_) => deserializer.deserialize_any(self),
            Node::Null | Node::Text(_) => deserializer.deserialize_ignored_any(IgnoredAny).map(|_| ()),
        }
    }
}

impl<'de> Visitor<'de> for Spelling<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what was there before")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        *self.0 = Node::Plain(text.to_owned());
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        if let Node::List(list) = self.0 {
            for node in list {
                items.next_element_seed(Spelling(node))?;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        if let Node::Map(map) = self.0 {
            for (_, node) in map {
                entries.next_key::<IgnoredAny>()?;
                entries.next_value_seed(Spelling(node))?;
            }
        }
        Ok(())
    }
}

/// Walks to one entry and fails there: the error carries the place.
struct Seek<'a> {
    path: &'a [usize],
    /// At a mapping's entry: its value, not its key.
    value: bool,
}

impl Seek<'_> {
    fn rest<'a>(&self, path: &'a [usize]) -> Seek<'a> {
        Seek { path, value: self.value }
    }
}

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.path {
            [] => Stop.deserialize(deserializer),
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the entry that was there before")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Some((first, rest)) = self.path.split_first() else { return Ok(()) };
        for _ in 0..*first {
            if items.next_element::<IgnoredAny>()?.is_none() {
                return Ok(());
            }
        }
        items.next_element_seed(self.rest(rest))?;
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let Some((first, rest)) = self.path.split_first() else { return Ok(()) };
        for _ in 0..*first {
            if entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_none() {
                return Ok(());
            }
        }
        if rest.is_empty() && !self.value {
            entries.next_key_seed(Stop)?;
        } else if entries.next_key::<IgnoredAny>()?.is_some() {
            entries.next_value_seed(self.rest(rest))?;
        }
        Ok(())
    }
}

/// Fails on whatever stands there.
struct Stop;

impl<'de> DeserializeSeed<'de> for Stop {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Stop {
    type Value = ();

    // Every visit that is not written here fails by default, which is all that is wanted.
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the place that was looked for")
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(de::Error::custom("here"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Document {
        Document::parse(text.to_owned()).unwrap()
    }

    #[test]
    fn every_entry_is_found_where_it_stands() {
        let text = "# a comment\nregions: [eu-west-1, 'us-*']\ncontexts:\n  prod:\n    profile: p\n    use_fips: true\nregions: again\n";
        let doc = document(text);
        let at = |path: &[usize]| doc.place_of(path).map(|p| (p.line, p.column));
        assert_eq!(at(&[0]), Some((2, 1)));
        assert_eq!(at(&[0, 1]), Some((2, 22)));
        assert_eq!(at(&[1, 0, 1]), Some((6, 5)));
        assert_eq!(at(&[2]), Some((7, 1)), "the second of two equal keys");
        assert_eq!(at(&[9]), None);
        assert_eq!(at(&[usize::MAX]), None, "no walk without an end");
        let value = |path: &[usize]| doc.place_of_value(path).map(|p| (p.line, p.column));
        assert_eq!(value(&[0]), Some((2, 10)));
        assert_eq!(value(&[1, 0, 0]), Some((5, 14)));
        assert_eq!(value(&[0, 1]), at(&[0, 1]));
    }

    #[test]
    fn a_number_keeps_its_spelling() {
        let doc = document("external_id: 0x10\naccounts: [000000000006, 1e3]\nname: \"0x10\"\n");
        let Node::Map(entries) = doc.root() else { panic!("a mapping") };
        assert_eq!(entries[0].1, Node::Plain("0x10".to_owned()));
        // Twelve digits with leading zeros are text to the library already.
        assert_eq!(
            entries[1].1,
            Node::List(vec![Node::Text("000000000006".to_owned()), Node::Plain("1e3".to_owned())])
        );
        assert_eq!(entries[2].1, Node::Text("0x10".to_owned()));
    }

    #[test]
    fn an_empty_document_and_one_of_comments_are_null() {
        assert_eq!(document("").root(), &Node::Null);
        assert_eq!(document("# nothing here\n").root(), &Node::Null);
    }

    #[test]
    fn what_is_not_plain_yaml_is_refused_with_its_place() {
        let wrong = Document::parse("regions: [eu-west-1\nprofile: x\n".to_owned()).unwrap_err();
        assert!(wrong.place.is_some(), "{wrong:?}");
        assert!(!wrong.message.contains("at line 2"), "the place is told once: {wrong:?}");
        assert_eq!(Document::parse("a: !secret x\n".to_owned()).unwrap_err().place.map(|p| p.line), Some(1));
        assert!(Document::parse("a: 1\n---\nb: 2\n".to_owned()).is_err());
    }

    #[test]
    fn aliases_and_deep_nesting_cannot_run_away() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for i in 1..12 {
            let refs = vec![format!("*a{}", i - 1); 10].join(", ");
            bomb.push_str(&format!("a{i}: &a{i} [{refs}]\n"));
        }
        assert!(Document::parse(bomb).is_err());
        let begun = std::time::Instant::now();
        for (one, count) in [("[", 1_000_000), ("- ", 500_000), ("{a: ", 250_000), ("? ", 500_000)] {
            assert!(Document::parse(one.repeat(count)).is_err(), "{one}");
        }
        assert!(begun.elapsed().as_secs() < 30, "{:?}", begun.elapsed());
    }
}
