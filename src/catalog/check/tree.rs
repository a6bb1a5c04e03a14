//! What a file says, with what was meant in the place of what could not be: each part still knows where
//! it stood in the file.

use crate::settings::yaml::{Node, Path};

#[derive(Clone, Debug)]
pub enum Part {
    /// Text, or a number or boolean as it is spelled.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

#[derive(Clone, Debug)]
pub struct Tree {
    pub at: Path,
    pub part: Part,
    /// Something in it was left out or made up: what is said of it as a whole may not be the writer's
    /// mistake.
    pub patched: bool,
}

impl Tree {
    pub fn new(at: &[usize], part: Part) -> Self {
        Self { at: at.to_vec(), part, patched: false }
    }

    /// Whatever stands there; null is an empty text.
    pub fn of(node: &Node, at: &[usize]) -> Self {
        let below = |index: usize| [at, &[index]].concat();
        let part = match node {
            Node::Null => Part::Scalar { text: "null".to_owned(), plain: true },
            Node::Text(text) => Part::Scalar { text: text.clone(), plain: false },
            Node::Plain(text) => Part::Scalar { text: text.clone(), plain: true },
            Node::List(items) => {
                Part::List(items.iter().enumerate().map(|(i, item)| Tree::of(item, &below(i))).collect())
            }
            Node::Map(entries) => {
                let entries = entries.iter().enumerate();
                Part::Map(entries.map(|(i, (key, node))| (key.clone(), Tree::of(node, &below(i)))).collect())
            }
        };
        Tree::new(at, part)
    }

    pub fn get(&self, key: &str) -> Option<&Tree> {
        self.entries().iter().find(|(name, _)| name == key).map(|(_, tree)| tree)
    }

    pub fn entries(&self) -> &[(String, Tree)] {
        match &self.part {
            Part::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The parts of a list, or of a mapping.
    pub fn parts(&self) -> Vec<&Tree> {
        match &self.part {
            Part::Scalar { .. } => Vec::new(),
            Part::List(items) => items.iter().collect(),
            Part::Map(entries) => entries.iter().map(|(_, tree)| tree).collect(),
        }
    }

    pub fn text(&self) -> Option<&str> {
        match &self.part {
            Part::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The scalar that stood at a place of the file.
    pub fn text_mut(&mut self, at: &[usize]) -> Option<&mut String> {
        match &mut self.part {
            Part::Scalar { text, .. } => (self.at == at).then_some(text),
            Part::List(items) => items.iter_mut().find_map(|item| item.text_mut(at)),
            Part::Map(entries) => entries.iter_mut().find_map(|(_, tree)| tree.text_mut(at)),
        }
    }

    /// Leaves out an item of a list that has others; whether it did.
    pub fn drop_item(&mut self, at: &[usize]) -> bool {
        match &mut self.part {
            Part::Scalar { .. } => false,
            Part::List(items) if items.len() > 1 && items.iter().any(|item| item.at == at) => {
                items.retain(|item| item.at != at);
                true
            }
            Part::List(items) => items.iter_mut().any(|item| item.drop_item(at)),
            Part::Map(entries) => entries.iter_mut().any(|(_, tree)| tree.drop_item(at)),
        }
    }

    /// Whether the part that stood there is not as it was written.
    pub fn is_patched(&self, at: &[usize]) -> bool {
        let here = self.patched && self.at == at;
        here || self.parts().iter().any(|part| at.starts_with(&part.at) && part.is_patched(at))
    }

    /// As YAML in one line, for the reader of table files.
    pub fn to_yaml(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match &self.part {
            Part::Scalar { text, plain: true } => out.push_str(text),
            Part::Scalar { text, plain: false } => quoted(text, out),
            Part::List(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push_str(", ");
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Part::Map(entries) => {
                out.push('{');
                for (at, (key, tree)) in entries.iter().enumerate() {
                    if at > 0 {
                        out.push_str(", ");
                    }
                    quoted(key, out);
                    out.push_str(": ");
                    tree.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// YAML's double quotes are JSON's and more; what YAML does not print is escaped.
fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' => {
                out.push(c)
            }
            c => out.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::yaml::Document;

    #[test]
    fn a_document_written_anew_says_the_same() {
        let text =
            "a: [1, 0x10, true, 'x: y', \"t\\tn\\nq\\\"\\u0007\\u2028é\", null]\n'b #': {c: , d: []}\n";
        let read = |text: &str| Document::parse(text.to_owned()).unwrap().root().clone();
        let tree = Tree::of(&read(text), &[]);
        assert_eq!(read(&tree.to_yaml()), read(text));
    }
}
