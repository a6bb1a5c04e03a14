//! Paths walked over shapes instead of values: where a path leads, and whether what lies there fits a
//! column's type.
//!
//! This file is also compiled into the build script.

use super::path::{Path, Step};
use super::shape::{Operation, Shape, ShapeId};
use super::table::{ColumnType, Transform};

/// Where a path has led to.
#[derive(Clone, Copy, Debug)]
pub struct Place<'o> {
    operation: &'o Operation,
    /// `None` inside a free-form document.
    shape: Option<ShapeId>,
    /// Some step fanned out: the value is a list of what is here.
    many: bool,
}

/// What sort of value a place holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Whole,
    Fraction,
    Bool,
    Instant,
    Bytes,
    Object,
    List,
    /// Nobody can tell before it is there.
    Any,
}

/// Why a path leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Astray {
    pub message: String,
    /// The name that is not there and those that are, where it is a matter of names.
    pub sought: Option<(String, Vec<String>)>,
}

impl Astray {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), sought: None }
    }

    fn seeking(mut self, name: &str, among: Vec<String>) -> Self {
        self.sought = Some((name.to_owned(), among));
        self
    }
}

impl<'o> Place<'o> {
    /// The response of an operation; `None` where it answers with nothing.
    pub fn response(operation: &'o Operation) -> Option<Place<'o>> {
        operation.output.map(|id| Place { operation, shape: Some(id), many: false })
    }

    /// The responses of the last call of a chain.
    pub fn responses(operation: &'o Operation) -> Option<Place<'o>> {
        Place::response(operation).map(|place| Place { many: true, ..place })
    }

    /// One row of the rows that a path leads to.
    pub fn row(operation: &'o Operation, rows: &Path) -> Result<Place<'o>, Astray> {
        let response = Place::response(operation).ok_or_else(|| {
            Astray::new(format!("{} answers with nothing to take rows from", operation.id()))
        })?;
        let place = response.walk(rows)?;
        if place.kind() == Kind::List && !place.many {
            return Err(Astray::new("the rows are a list: end the path with []"));
        }
        Ok(Place { many: false, ..place })
    }

    pub fn walk(self, path: &Path) -> Result<Place<'o>, Astray> {
        path.steps.iter().try_fold(self, Place::step)
    }

    fn step(self, step: &Step) -> Result<Place<'o>, Astray> {
        let Some(shape) = self.shape.map(|id| self.operation.shape(id)) else { return Ok(self) };
        let to = |shape, many| Place { shape, many: self.many || many, ..self };
        match (step, shape) {
            (_, Shape::Structure { document: true, .. }) => Ok(to(None, false)),
            (_, Shape::String { json: true, .. }) => Ok(to(None, false)),
            (Step::Member(name), Shape::Structure { members, .. }) => match shape.member(name) {
                Some(member) => Ok(to(Some(member.shape), false)),
                None => {
                    let known: Vec<String> = members.iter().map(|m| m.name.to_string()).collect();
                    let message = format!("there is no '{name}' here, only {}", known.join(", "));
                    Err(Astray::new(message).seeking(name, known))
                }
            },
            (Step::Member(_), Shape::Map { value, .. }) => Ok(to(Some(*value), false)),
            (Step::Each, Shape::List { element, .. }) => Ok(to(Some(*element), true)),
            (Step::Index(_) | Step::Same, Shape::List { element, .. }) => Ok(to(Some(*element), false)),
            (Step::Where { member, .. }, Shape::List { element, .. }) => {
                match self.operation.shape(*element).member(member) {
                    Some(_) => Ok(to(Some(*element), true)),
                    None => {
                        let members = self.operation.shape(*element).members();
                        let known = members.iter().map(|m| m.name.to_string()).collect();
                        let message = format!("the elements have no '{member}' to choose by");
                        Err(Astray::new(message).seeking(member, known))
                    }
                }
            }
            (Step::Values, Shape::Map { value, .. }) => Ok(to(Some(*value), true)),
            (Step::Member(name), Shape::List { .. }) => {
                Err(Astray::new(format!("'{name}' is sought in a list: put [] before it")))
            }
            (Step::Member(name), _) => Err(Astray::new(format!("'{name}' is sought in a plain value"))),
            (Step::Each | Step::Index(_) | Step::Same | Step::Where { .. }, _) => {
                Err(Astray::new("[] stands after what is no list"))
            }
            (Step::Values, _) => Err(Astray::new("* stands after what is no map")),
        }
    }

    /// The members of the structure here, or of the list's elements.
    pub fn has_members(&self, names: &[&str]) -> bool {
        let element = match self.shape.map(|id| self.operation.shape(id)) {
            Some(Shape::List { element, .. }) => self.operation.shape(*element),
            Some(shape) => shape,
            None => return true,
        };
        names.iter().all(|name| element.member(name).is_some())
    }

    /// Walks as JSON's operators do over the value of what is here: what fanned out is a list.
    pub fn inside(self, steps: &[Step]) -> Result<Place<'o>, Astray> {
        steps.iter().try_fold(self, |place, step| match step {
            Step::Each | Step::Index(_) if place.many => Ok(Place { many: false, ..place }),
            Step::Member(name) if place.many => Err(Astray::new(format!("'{name}' is sought in a list"))),
            step => Ok(Place { many: false, ..place.step(step)? }),
        })
    }

    /// The values that a text here may have, where the model names them.
    pub fn values(&self) -> Vec<String> {
        match self.shape.map(|id| self.operation.shape(id)) {
            Some(Shape::String { values, .. }) if !self.many => {
                values.iter().map(|v| v.to_string()).collect()
            }
            _ => Vec::new(),
        }
    }

    pub fn kind(&self) -> Kind {
        if self.many {
            return Kind::List;
        }
        match self.shape.map(|id| self.operation.shape(id)) {
            None | Some(Shape::Structure { document: true, .. } | Shape::String { json: true, .. }) => {
                Kind::Any
            }
            Some(Shape::Structure { .. } | Shape::Map { .. }) => Kind::Object,
            Some(Shape::List { .. }) => Kind::List,
            Some(Shape::String { .. }) => Kind::Text,
            Some(Shape::Integer | Shape::Long) => Kind::Whole,
            Some(Shape::Float | Shape::Double) => Kind::Fraction,
            Some(Shape::Boolean) => Kind::Bool,
            Some(Shape::Blob) => Kind::Bytes,
            Some(Shape::Timestamp(_)) => Kind::Instant,
        }
    }
}

/// What a transform makes of a value; an error where it cannot take it.
pub fn transformed(kind: Kind, transform: &Transform) -> Result<Kind, String> {
    use Kind::{Any, Bool, Fraction, Instant, List, Object, Text, Whole};
    let (takes, makes): (&[Kind], Kind) = match transform {
        Transform::ToArray => return Ok(List),
        Transform::ToText => return Ok(Text),
        Transform::NullIf(_) => (&[Text, Whole, Bool], kind),
        Transform::Contains(_) => (&[Text], Bool),
        Transform::Either(..) => (&[Bool], Text),
        Transform::NullIfEmpty => (&[Text, List, Object], kind),
        Transform::NullIfZero => (&[Text, Whole, Fraction], kind),
        Transform::ToBool => (&[Text, Bool, Whole], Bool),
        Transform::ParseJson | Transform::TryJson => (&[Text], Any),
        Transform::At(_) => (&[], Any),
        Transform::PriceFilters => (&[Object], List),
        Transform::EqualsFilters => (&[Text, List], List),
        Transform::Floor => (&[Whole, Fraction], Whole),
        Transform::PolicyCanonical => (&[Text, Object], Object),
        Transform::UrlDecode
        | Transform::Base64Decode
        | Transform::ArnLastPart
        | Transform::Lower
        | Transform::Trim
        | Transform::After(_)
        | Transform::Before(_)
        | Transform::Word(_)
        | Transform::Part(..)
        | Transform::Replace(..)
        | Transform::LikePrefix
        | Transform::LikePart
        | Transform::SqlLiteral
        | Transform::If(_) => (&[Text], Text),
        Transform::EpochMs | Transform::EpochS => (&[Text, Whole, Fraction], Instant),
        Transform::First => (&[List], Any),
        Transform::Pairs(..) => (&[List], Object),
        Transform::ToEpochMs | Transform::ToEpochS => (&[Text, Instant], Whole),
        Transform::ToDay | Transform::ToMonth | Transform::ToHour => (&[Text, Instant], Text),
    };
    if kind == Any || takes.is_empty() || takes.contains(&kind) {
        Ok(makes)
    } else {
        Err(format!("{} cannot take {}", transform.name(), name(kind)))
    }
}

/// Whether a column of this type can hold such a value.
pub fn fits(kind: Kind, column: ColumnType) -> bool {
    use Kind::{Any, Bool, Fraction, Instant, Text, Whole};
    match column {
        ColumnType::Json | ColumnType::Text => true,
        _ if kind == Any => true,
        // Services write numbers and switches as texts.
        ColumnType::Int => matches!(kind, Whole | Fraction | Text),
        ColumnType::Double | ColumnType::Numeric => matches!(kind, Whole | Fraction | Text),
        ColumnType::Bool => matches!(kind, Bool | Text),
        ColumnType::Timestamp => matches!(kind, Instant | Text),
        ColumnType::Inet | ColumnType::Cidr | ColumnType::Ltree => kind == Text,
    }
}

/// The kind in words.
pub fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "a text",
        Kind::Whole => "a whole number",
        Kind::Fraction => "a number",
        Kind::Bool => "a boolean",
        Kind::Instant => "an instant",
        Kind::Bytes => "bytes",
        Kind::Object => "an object",
        Kind::List => "a list",
        Kind::Any => "anything",
    }
}
