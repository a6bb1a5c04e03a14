//! A cursor over an XML document: elements, attributes and texts, nothing else.
//!
//! Namespaces are ignored, as AWS's own clients do. Only the predefined entities and character
//! references are known, so nothing can expand; a document type is refused.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{DecodeError, excerpt};

pub struct Cursor<'a> {
    reader: Reader<&'a [u8]>,
    /// An empty element was opened; its end is due.
    closing: bool,
    /// Elements opened and not yet closed.
    depth: usize,
}

/// An opened element. Its name stays in the document: a copy of each would cost more than the reading.
pub struct Element<'a> {
    start: BytesStart<'a>,
    /// Qualified name and value; almost always none.
    attributes: Vec<(String, String)>,
}

impl Element<'_> {
    /// Without its namespace prefix.
    pub fn name(&self) -> &str {
        self.start.local_name().into_inner()
    }

    pub fn attribute(&self, name: &str) -> Option<&str> {
        let local = |qualified: &str| qualified.rsplit(':').next() == Some(name);
        self.attributes.iter().find(|(n, _)| n == name || local(n)).map(|(_, v)| v.as_str())
    }
}

fn broken(error: impl std::fmt::Display) -> DecodeError {
    DecodeError(format!("the answer is not well-formed XML: {error}"))
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { reader: Reader::from_str(text), closing: false, depth: 0 }
    }

    /// The document's root element.
    pub fn root(&mut self) -> Result<Element<'a>, DecodeError> {
        loop {
            match self.event()? {
                Event::Start(start) => return self.open(start, false),
                Event::Empty(start) => return self.open(start, true),
                Event::Text(text) if text.xml10_content().trim().is_empty() => {}
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
                Event::Eof => return Err(DecodeError("the answer is empty where XML was due".to_owned())),
                other => {
                    return Err(DecodeError(format!("the answer is not XML: {}", excerpt(shown(&other)))));
                }
            }
        }
    }

    /// The next child of the element the cursor is in; `None` at its end, which is then behind.
    pub fn child(&mut self) -> Result<Option<Element<'a>>, DecodeError> {
        if std::mem::take(&mut self.closing) {
            self.depth -= 1;
            return Ok(None);
        }
        loop {
            match self.event()? {
                Event::Start(start) => return self.open(start, false).map(Some),
                Event::Empty(start) => return self.open(start, true).map(Some),
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(None);
                }
                Event::Eof => return Err(cut_short()),
                _ => {}
            }
        }
    }

    /// The text of the element the cursor is in; its end is then behind.
    pub fn text(&mut self) -> Result<String, DecodeError> {
        let mut out = String::new();
        if std::mem::take(&mut self.closing) {
            self.depth -= 1;
            return Ok(out);
        }
        loop {
            match self.event()? {
                Event::Text(text) => out.push_str(&text.xml10_content()),
                Event::CData(text) => out.push_str(&text.xml10_content()),
                Event::GeneralRef(reference) => match reference.resolve_char_ref().map_err(broken)? {
                    Some(character) => out.push(character),
                    None => {
                        let name = reference.xml10_content();
                        let known = quick_xml::escape::resolve_predefined_entity(&name);
                        out.push_str(known.ok_or_else(|| broken(format!("unknown entity '&{name};'")))?);
                    }
                },
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(out);
                }
                // A value with elements inside is no value; what surrounds them still counts.
                Event::Start(start) => {
                    self.open(start, false)?;
                    self.skip()?;
                }
                Event::Eof => return Err(cut_short()),
                _ => {}
            }
        }
    }

    /// Passes over the rest of the element the cursor is in, however deep, without recursion.
    pub fn skip(&mut self) -> Result<(), DecodeError> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            self.child()?;
        }
        Ok(())
    }

    fn event(&mut self) -> Result<Event<'a>, DecodeError> {
        match self.reader.read_event().map_err(broken)? {
            Event::DocType(_) => Err(DecodeError("the answer has a document type".to_owned())),
            event => Ok(event),
        }
    }

    fn open(&mut self, start: BytesStart<'a>, empty: bool) -> Result<Element<'a>, DecodeError> {
        self.depth += 1;
        self.closing = empty;
        let mut attributes = Vec::new();
        if !start.attributes_raw().trim().is_empty() {
            for attribute in start.attributes() {
                let attribute = attribute.map_err(broken)?;
                let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).map_err(broken)?;
                attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
            }
        }
        Ok(Element { start, attributes })
    }
}

fn cut_short() -> DecodeError {
    DecodeError("the answer is cut short".to_owned())
}

fn shown<'e>(event: &'e Event<'_>) -> &'e [u8] {
    match event {
        Event::Text(text) => text.as_ref().as_bytes(),
        _ => b"",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(document: &str) -> Result<String, DecodeError> {
        let mut cursor = Cursor::new(document);
        cursor.root()?;
        cursor.text()
    }

    #[test]
    fn texts_join_entities_references_and_cdata() {
        assert_eq!(text_of("<a>x &lt;&#65;&#x42; <![CDATA[<&>]]> é</a>").unwrap(), "x <AB <&> é");
    }

    #[test]
    fn nothing_expands() {
        let bomb = r#"<!DOCTYPE a [<!ENTITY x "xx"><!ENTITY y "&x;&x;">]><a>&y;</a>"#;
        assert!(text_of(bomb).is_err());
        assert!(text_of("<a>&y;</a>").is_err());
    }

    #[test]
    fn skipping_passes_over_any_depth() {
        let deep = format!("<r><a>{}{}</a><b>2</b></r>", "<x>".repeat(50_000), "</x>".repeat(50_000));
        let mut cursor = Cursor::new(&deep);
        cursor.root().unwrap();
        assert_eq!(cursor.child().unwrap().unwrap().name(), "a");
        cursor.skip().unwrap();
        assert_eq!(cursor.child().unwrap().unwrap().name(), "b");
        assert_eq!(cursor.text().unwrap(), "2");
        assert!(cursor.child().unwrap().is_none());
    }

    #[test]
    fn attributes_are_found_with_and_without_their_prefix() {
        let mut cursor = Cursor::new(r#"<Grantee xmlns:xsi="urn:x" xsi:type="Group"/>"#);
        let root = cursor.root().unwrap();
        assert_eq!(root.attribute("xsi:type"), Some("Group"));
        assert_eq!(root.attribute("type"), Some("Group"));
    }
}
