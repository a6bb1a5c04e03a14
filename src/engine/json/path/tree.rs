//! What a `jsonpath` says, once it is read.

use regex::Regex;

use crate::model::Json;

#[derive(Clone, Debug)]
pub struct Path {
    /// `strict`: what does not fit is an error, not nothing.
    pub strict: bool,
    pub root: Node,
}

#[derive(Clone, Debug)]
pub enum Node {
    /// `$`
    Root,
    /// `@`, inside a filter
    Current,
    /// `last`, inside a subscript
    Last,
    /// `$name`
    Variable(String),
    Literal(Json),
    Step(Box<Node>, Step),
    Negated(Box<Node>),
    Arithmetic(Operation, Box<Node>, Box<Node>),
    /// A condition where a value is expected: `$.a == 1`.
    Test(Box<Test>),
}

#[derive(Clone, Debug)]
pub enum Step {
    Member(String),
    /// `.*`
    AnyMember,
    /// `.**{from to until}`
    Descendants {
        from: usize,
        until: usize,
    },
    /// `[*]`
    AnyElement,
    Elements(Vec<(Node, Option<Node>)>),
    Filter(Box<Test>),
    Method(Method),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Type,
    Size,
    Double,
    Ceiling,
    Floor,
    Abs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Add,
    Subtract,
    Multiply,
}

#[derive(Clone, Debug)]
pub enum Test {
    And(Box<Test>, Box<Test>),
    Or(Box<Test>, Box<Test>),
    Not(Box<Test>),
    IsUnknown(Box<Test>),
    Exists(Node),
    Compare(Comparison, Node, Node),
    Regex(Node, Regex),
    StartsWith(Node, Node),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}
