//! A thing as it came out, and where its values are worked out.

use std::rc::Rc;

use super::value::Value;
use crate::demo::dice::Dice;
use crate::demo::world::place::Place;
use crate::model::{Json, Key};

/// A thing as it came out.
#[derive(Debug)]
pub struct Made {
    /// `kms:key`
    pub kind: Rc<str>,
    pub number: usize,
    pub name: String,
    pub fields: Rc<Json>,
    pub bound: Vec<(String, Rc<Json>)>,
}

pub type Things = Rc<Vec<Rc<Made>>>;

/// Where a value is worked out: what names stand for.
pub struct Env<'a> {
    pub place: Place<'a>,
    pub kind: Rc<str>,
    pub number: usize,
    pub name: String,
    pub fields: Vec<(Key, Json)>,
    pub bound: Vec<(String, Rc<Json>)>,
    /// Fields still to be worked out: when one is first named, or in their turn.
    pub undone: Vec<(&'static str, &'static Value)>,
}

impl<'a> Env<'a> {
    pub fn of(place: Place<'a>, made: &Made) -> Self {
        let fields = made.fields.as_object().unwrap_or_default().to_vec();
        Env {
            place,
            kind: made.kind.clone(),
            number: made.number,
            name: made.name.clone(),
            fields,
            bound: made.bound.clone(),
            undone: Vec::new(),
        }
    }

    pub fn bare(place: Place<'a>, kind: &str) -> Self {
        Env {
            place,
            kind: kind.into(),
            number: 0,
            name: String::new(),
            fields: Vec::new(),
            bound: Vec::new(),
            undone: Vec::new(),
        }
    }

    pub fn dice(&self, word: &str) -> Dice {
        self.place.dice(&self.kind, self.number).fork(word, 0)
    }
}
