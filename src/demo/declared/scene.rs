//! What the declarations come to in one region of one account.
//!
//! Things are made when they are asked for, each kind once a request, with dice of their own: a thing
//! is the same whoever asks, and a field keeps its value when others are added beside it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::env::{Env, Made, Things};
use super::file::{Incident, Number, Thing, Where};
use super::fit::Ledger;
use super::look::{below, flattened, is_true, without_nulls};
use super::template::{Expression, Function, Part, Template};
use super::value::{Selector, Source, Value};
use crate::demo::dice::Dice;
use crate::demo::services::{self, Call};
use crate::demo::world::organization::Purpose;
use crate::demo::world::place::Place;
use crate::demo::world::tags;
use crate::model::{Json, Key};

/// One request's view of the declared world.
pub struct Scene<'a> {
    pub call: &'a Call<'a>,
    made: RefCell<HashMap<(String, String), Things>>,
    /// Kinds being made, so that one that needs itself is found out.
    making: RefCell<Vec<String>>,
    /// What is wrong with the declarations; only tests read it.
    pub defects: RefCell<Vec<String>>,
    /// Which members were shown; only tests keep one.
    pub ledger: Option<RefCell<Ledger>>,
}

impl<'a> Scene<'a> {
    pub fn new(call: &'a Call<'a>) -> Self {
        Self {
            call,
            made: RefCell::default(),
            making: RefCell::default(),
            defects: RefCell::default(),
            ledger: None,
        }
    }

    pub fn defect(&self, text: String) {
        self.defects.borrow_mut().push(text);
    }

    /// Where things of a kind are kept, asked for from `place`.
    pub fn home_of(&self, thing: &Thing, place: Place<'a>) -> Place<'a> {
        match self.call.world.region_codes().next() {
            Some(region) if thing.of_account => Place { region, ..place },
            _ => place,
        }
    }

    /// Things of a kind, as seen from a region.
    pub fn things(&self, kind: &str, place: Place<'a>) -> Things {
        let declared = kind
            .split_once(':')
            .and_then(|(service, name)| Some((service, super::file(service)?.things.get(name)?)));
        let Some((service, thing)) = declared else {
            self.defect(format!("{kind} is not declared"));
            return Rc::default();
        };
        let place = self.home_of(thing, place);
        let key = (kind.to_owned(), place.region.to_owned());
        if let Some(found) = self.made.borrow().get(&key) {
            return found.clone();
        }
        if self.making.borrow().iter().any(|k| k == kind) {
            self.defect(format!("{kind} needs itself: {:?}", self.making.borrow()));
            return Rc::default();
        }
        self.making.borrow_mut().push(kind.to_owned());
        let things: Things = Rc::new(match &thing.answered {
            _ if !self.is_wanted(kind, thing, place) => Vec::new(),
            Some((operation, asking, at)) => {
                self.answered(service, kind, thing, (operation, asking, at), place)
            }
            None => self.declared(kind, thing, place),
        });
        self.making.borrow_mut().pop();
        self.made.borrow_mut().insert(key, things.clone());
        things
    }

    /// Things that Rust's handler tells about.
    fn answered(
        &self,
        service: &str,
        kind: &str,
        thing: &'static Thing,
        (operation, asking, at): (&str, &Value, &str),
        place: Place<'a>,
    ) -> Vec<Rc<Made>> {
        let Some(handler) = services::handler(service, operation) else {
            self.defect(format!("{kind}: {service} does not answer {operation}"));
            return Vec::new();
        };
        let mut env = Env::bare(place, kind);
        let input = self.value(&mut env, asking, &mut Dice::new(0, &["asking"]));
        let asked = Call { input: &input, region: place.region, operation, whole: true, ..*self.call };
        // Where the handler refuses, there is nothing.
        let answer = handler(&asked).unwrap_or_default();
        let mut all = Vec::new();
        for (number, item) in flattened(&answer, at).into_iter().enumerate() {
            let fields = match item {
                Json::Object(_) => item.clone(),
                scalar => Json::object([("_value", scalar.clone())]),
            };
            let mut env = Env { number, ..Env::bare(place, kind) };
            env.fields = fields.as_object().unwrap_or_default().to_vec();
            let made = self.filled(env, thing, None);
            all.extend(made.map(Rc::new));
        }
        all
    }

    fn declared(&self, kind: &str, thing: &'static Thing, place: Place<'a>) -> Vec<Rc<Made>> {
        let there = match thing.place {
            Where::Always => true,
            Where::Home => place.is_home(),
            Where::Main => place.is_main(),
        };
        let mut all = Vec::new();
        if !there {
            return all;
        }
        let mut parents: Vec<Vec<(String, Rc<Json>)>> = vec![Vec::new()];
        for (name, source) in &thing.each {
            let mut longer = Vec::new();
            for bound in parents {
                let mut env = Env { bound: bound.clone(), ..Env::bare(place, kind) };
                let more = match source {
                    Source::Things(selector) => {
                        let made = self.selected(&env, selector);
                        made.iter().map(|m| (m.bound.clone(), m.fields.clone())).collect()
                    }
                    Source::Items(list) => {
                        match self.expression(&mut env, list, &mut Dice::new(0, &[name])) {
                            Json::Array(items) => {
                                items.into_iter().map(|i| (Vec::new(), Rc::new(i))).collect()
                            }
                            _ => Vec::new(),
                        }
                    }
                };
                for (theirs, fields) in more {
                    let mut all = bound.clone();
                    all.extend(theirs);
                    all.push((name.clone(), fields));
                    longer.push(all);
                }
            }
            parents = longer;
        }
        let mut number = 0;
        for (nth, bound) in parents.iter().enumerate() {
            for _ in 0..self.how_many(kind, thing, place, nth) {
                let mut dice = place.dice(kind, number).fork("exists", 0);
                if thing.chance >= 1.0 || dice.chance(thing.chance) {
                    let env = Env { number, bound: bound.clone(), ..Env::bare(place, kind) };
                    all.extend(self.filled(env, thing, None).map(Rc::new));
                }
                number += 1;
            }
        }
        for (nth, incident) in thing.incidents.iter().enumerate() {
            if place.is(&incident.account) && place.is_main() {
                let bound = parents.first().cloned().unwrap_or_default();
                let env = Env { number: 900 + nth, bound, ..Env::bare(place, kind) };
                all.extend(self.filled(env, thing, Some(incident)).map(Rc::new));
            }
        }
        all
    }

    fn is_wanted(&self, kind: &str, thing: &Thing, place: Place<'a>) -> bool {
        let Some(only) = &thing.only else { return true };
        let mut env = Env::bare(place, kind);
        let mut dice = env.dice("only");
        is_true(&self.value(&mut env, only, &mut dice))
    }

    fn how_many(&self, kind: &str, thing: &Thing, place: Place<'_>, parent: usize) -> usize {
        match thing.number {
            Number::One => 1,
            Number::Exactly(count) => count,
            Number::Between(low, high) if thing.each.is_empty() => {
                place.count(kind, low, high).max(thing.least)
            }
            Number::Between(low, high) => place.dice(kind, parent).fork("count", 0).between(low, high),
        }
    }

    /// Gives a thing its references and fields; `None` where what it refers to is not there.
    fn filled(
        &self,
        mut env: Env<'a>,
        thing: &'static Thing,
        incident: Option<&'static Incident>,
    ) -> Option<Made> {
        for (name, selector) in &thing.with {
            let candidates = self.selected(&env, selector);
            let mut dice = env.dice(name);
            let fields = match candidates.get(dice.below(candidates.len())) {
                Some(made) => made.fields.clone(),
                None if selector.optional => Rc::new(Json::Null),
                None => return None,
            };
            env.bound.push((name.clone(), fields));
        }
        let usual = env.number.checked_rem(thing.names.len()).and_then(|nth| thing.names.get(nth));
        env.name = match (incident.and_then(|i| i.name.clone()), usual) {
            (Some(own), _) => own,
            (None, Some(template)) => {
                let mut dice = env.dice("name");
                let text = self.template(&mut env, template, &mut dice).to_text().unwrap_or_default();
                // Children of several things have the same names below each.
                match env.number / thing.names.len() * usize::from(thing.each.is_empty()) {
                    0 => text,
                    round => format!("{text}-{}", round + 1),
                }
            }
            (None, None) => String::new(),
        };
        let own = incident.map(|i| i.fields.as_slice()).unwrap_or_default();
        let is_own = |name: &str| own.iter().any(|(n, _)| n == name);
        let usual = thing.fields.iter().filter(|(name, _)| !is_own(name));
        env.undone = own.iter().chain(usual).map(|(name, value)| (name.as_str(), value)).collect();
        while let Some((name, _)) = env.undone.first().copied() {
            self.work_out(&mut env, name);
        }
        Some(Made {
            kind: env.kind,
            number: env.number,
            name: env.name,
            fields: Rc::new(Json::Object(env.fields)),
            bound: env.bound,
        })
    }

    /// Gives a field its value, if it has none yet.
    fn work_out(&self, env: &mut Env<'a>, name: &str) {
        let Some(at) = env.undone.iter().position(|(n, _)| *n == name) else { return };
        let (name, value) = env.undone.remove(at);
        let mut dice = env.dice(name);
        let value = self.value(env, value, &mut dice);
        env.fields.retain(|(key, _)| **key != *name);
        env.fields.push((name.into(), value));
    }

    /// Things of the selector's kind that meet its conditions.
    pub fn selected(&self, env: &Env<'a>, selector: &Selector) -> Vec<Rc<Made>> {
        let mut all = self.things(&selector.kind, env.place).as_ref().clone();
        for (field, equal, template) in &selector.conditions {
            let mut own = Env {
                place: env.place,
                kind: env.kind.clone(),
                number: env.number,
                name: env.name.clone(),
                fields: env.fields.clone(),
                bound: env.bound.clone(),
                undone: env.undone.clone(),
            };
            let mut dice = env.dice(field);
            let wanted = self.template(&mut own, template, &mut dice).to_text();
            all.retain(|made| {
                let found = flattened(&made.fields, field);
                found.iter().any(|value| value.to_text() == wanted) == *equal
            });
        }
        all
    }

    pub fn value(&self, env: &mut Env<'a>, value: &Value, dice: &mut Dice) -> Json {
        match value {
            Value::Plain(json) => json.clone(),
            Value::Text(template) => self.template(env, template, dice),
            Value::List(items) => Json::Array(items.iter().map(|v| self.value(env, v, dice)).collect()),
            Value::Object(members) => {
                let of = |(key, v): &(Key, Value)| (key.clone(), self.value(env, v, dice));
                Json::Object(members.iter().map(of).collect())
            }
            Value::Pick(items) => {
                let chosen = dice.below(items.len());
                items.get(chosen).map_or(Json::Null, |v| self.value(env, v, dice))
            }
            Value::Chance(often) => Json::Bool(dice.chance(*often)),
            Value::Maybe(often, value) => match dice.chance(*often) {
                true => self.value(env, value, dice),
                false => Json::Null,
            },
            Value::If(condition, value, other) => match is_true(&self.value(env, condition, dice)) {
                true => self.value(env, value, dice),
                false => self.value(env, other, dice),
            },
            Value::Match(subject, cases) => {
                let subject = self.value(env, subject, dice).to_text().unwrap_or_default();
                let case = cases.iter().find(|(key, _)| key == "_" || key.split('|').any(|k| k == subject));
                case.map_or(Json::Null, |(_, v)| self.value(env, v, dice))
            }
            Value::Is(subject, others) => {
                let subject = self.value(env, subject, dice).to_text();
                Json::Bool(others.iter().any(|other| self.value(env, other, dice).to_text() == subject))
            }
            Value::Not(value) => Json::Bool(!is_true(&self.value(env, value, dice))),
            Value::All(values) => Json::Bool(values.iter().all(|v| is_true(&self.value(env, v, dice)))),
            Value::Any(values) => Json::Bool(values.iter().any(|v| is_true(&self.value(env, v, dice)))),
            Value::Per(source, value, most) => {
                let items: Vec<Rc<Json>> = match source {
                    Source::Things(selector) => {
                        self.selected(env, selector).iter().map(|made| made.fields.clone()).collect()
                    }
                    Source::Items(expression) => match self.expression(env, expression, dice) {
                        Json::Array(items) => items.into_iter().map(Rc::new).collect(),
                        _ => Vec::new(),
                    },
                };
                let items = items.into_iter().take(*most).enumerate();
                Json::Array(items.map(|(i, item)| self.with_item(env, item, i, value, dice)).collect())
            }
            Value::Repeat(low, high, value) => {
                let times = dice.between(*low, *high);
                let one = |i| self.with_item(env, Rc::new(Json::Null), i, value, dice);
                Json::Array((0..times).map(one).collect())
            }
            Value::Concat(lists) => {
                let mut all = Vec::new();
                for list in lists {
                    match self.value(env, list, dice) {
                        Json::Array(items) => all.extend(items),
                        Json::Null => {}
                        one => all.push(one),
                    }
                }
                Json::Array(all)
            }
            Value::Document(value) => match without_nulls(self.value(env, value, dice)) {
                Json::Null => Json::Null,
                value => Json::String(value.to_json()),
            },
            Value::Encoded(value) => match without_nulls(self.value(env, value, dice)) {
                Json::Null => Json::Null,
                value => {
                    let all = percent_encoding::NON_ALPHANUMERIC;
                    Json::String(percent_encoding::utf8_percent_encode(&value.to_json(), all).to_string())
                }
            },
            Value::Lines(lines) => {
                let mut text = String::new();
                for line in lines {
                    match self.value(env, line, dice) {
                        Json::Null => {}
                        Json::Array(items) => {
                            for item in items.iter().filter_map(Json::to_text) {
                                text.push_str(&item);
                                text.push('\n');
                            }
                        }
                        one => {
                            text.push_str(&one.to_text().unwrap_or_default());
                            text.push('\n');
                        }
                    }
                }
                Json::String(text)
            }
            Value::Base64(value) => match self.value(env, value, dice).to_text() {
                Some(text) => Json::String(STANDARD.encode(text)),
                None => Json::Null,
            },
            Value::Time(value) => match self.value(env, value, dice).as_i64() {
                Some(epoch) => Json::String(crate::demo::wire::rfc3339(epoch as f64, true)),
                None => Json::Null,
            },
            Value::Number(selector) => Json::int(self.selected(env, selector).len() as i64),
            Value::Tags(name) => {
                let name = self.value(env, name, dice).to_text();
                let tags = tags::of(&env.place, dice, name.as_deref());
                Json::object(tags.into_iter().map(|(k, v)| (k, Json::String(v))))
            }
        }
    }

    fn with_item(&self, env: &mut Env<'a>, item: Rc<Json>, i: usize, value: &Value, dice: &mut Dice) -> Json {
        env.bound.push(("item".to_owned(), item));
        env.bound.push(("i".to_owned(), Rc::new(Json::int(i as i64))));
        let made = self.value(env, value, dice);
        env.bound.truncate(env.bound.len() - 2);
        made
    }

    /// Text; or, where one brace is everything, whatever it stands for.
    fn template(&self, env: &mut Env<'a>, template: &Template, dice: &mut Dice) -> Json {
        if let [Part::Filled(expression)] = template.0.as_slice() {
            return self.expression(env, expression, dice);
        }
        let mut text = String::new();
        for part in &template.0 {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Filled(expression) => {
                    text.push_str(&self.expression(env, expression, dice).to_text().unwrap_or_default());
                }
            }
        }
        Json::String(text)
    }

    fn expression(&self, env: &mut Env<'a>, expression: &Expression, dice: &mut Dice) -> Json {
        match expression {
            Expression::Path(path) => self.path(env, path, dice),
            Expression::Function(function, words) => self.function(env, *function, words, dice),
        }
    }

    fn function(&self, env: &mut Env<'a>, function: Function, words: &[String], dice: &mut Dice) -> Json {
        let word = |nth: usize| words.get(nth).map_or("", String::as_str);
        let size = |nth: usize| word(nth).parse::<usize>().unwrap_or_default();
        if let Some(rolled) = rolled(function, &word, &size, dice) {
            return rolled;
        }
        let place = env.place;
        let mut operand = |nth: usize| {
            let path: Vec<String> = word(nth).split('.').map(str::to_owned).collect();
            match word(nth).parse::<f64>() {
                Ok(_) => Json::Number(word(nth).into()),
                Err(_) => self.path(env, &path, &mut Dice::new(0, &[word(nth)])),
            }
        };
        let number = |value: Json| value.to_text().and_then(|text| text.parse::<f64>().ok());
        match function {
            Function::DaysAgo => Json::int(place.days_ago(dice, size(0), size(1))),
            Function::MinutesAgo => {
                let now = self.call.world.now();
                let now = now - now.rem_euclid(60);
                Json::int(now - 60 * dice.between(size(0), size(1)) as i64)
            }
            Function::Arn => {
                Json::String(format!("arn:aws:{}:{}:{}", word(0), place.region, place.account.id))
            }
            Function::Dice => {
                let mut theirs = place.dice(word(0), size(1));
                match word(2) {
                    "hex" => Json::String(theirs.hex(size(3))),
                    "lower" => Json::String(theirs.lowercase(size(3))),
                    _ => Json::String(theirs.uuid()),
                }
            }
            Function::Plus | Function::Times | Function::Over => {
                let (Some(one), Some(other)) = (number(operand(0)), number(operand(1))) else {
                    return Json::Null;
                };
                let result = match function {
                    Function::Plus => one + other,
                    Function::Times => one * other,
                    _ => one / other,
                };
                if result.fract() == 0.0 {
                    Json::int(result as i64)
                } else {
                    Json::from((result * 100.0).round() / 100.0)
                }
            }
            Function::Range => {
                let below = operand(0).as_i64().unwrap_or_default();
                Json::Array((0..below).map(Json::int).collect())
            }
            Function::Millis => operand(0).as_i64().map_or(Json::Null, |seconds| Json::int(seconds * 1_000)),
            Function::Last => match operand(0).to_text() {
                Some(text) => Json::string(text.rsplit(['/', ':']).next().unwrap_or_default()),
                None => Json::Null,
            },
            Function::Date => match operand(0).as_i64() {
                Some(epoch) => {
                    let time = chrono::DateTime::from_timestamp(epoch, 0).unwrap_or_default();
                    Json::String(time.format("%Y-%m-%d").to_string())
                }
                None => Json::Null,
            },
            Function::Size => Json::int(operand(0).as_array().map_or(0, <[Json]>::len) as i64),
            Function::Address => {
                let block = operand(0).to_text().unwrap_or_default();
                let base = block.rsplit_once('.').map_or("10.0.0", |(base, _)| base);
                Json::String(format!("{base}.{}", dice.between(size(1), size(2))))
            }
            Function::Capital => match operand(0).to_text() {
                Some(text) => Json::String(text.to_uppercase()),
                None => Json::Null,
            },
            Function::Small => match operand(0).to_text() {
                Some(text) => Json::String(text.to_lowercase()),
                None => Json::Null,
            },
            _ => Json::Null,
        }
    }

    fn path(&self, env: &mut Env<'a>, path: &[String], dice: &mut Dice) -> Json {
        let Some((first, rest)) = path.split_first() else { return Json::Null };
        self.work_out(env, first);
        if let Some((_, value)) = env.fields.iter().rev().find(|(key, _)| **key == **first) {
            return below(value, rest);
        }
        if let Some((_, value)) = env.bound.iter().rev().find(|(name, _)| name == first) {
            return below(value, rest);
        }
        let place = env.place;
        let account = place.account;
        let tag = |key: &str| account.tags.get(key).map(String::as_str);
        match (first.as_str(), rest.first().map(String::as_str)) {
            ("account", None) => Json::string(account.id.as_str()),
            ("account", Some("name")) => Json::string(account.name.as_str()),
            ("account", Some("email")) => Json::string(account.email.as_str()),
            ("account", Some("team")) => Json::string(account.team()),
            ("account", Some("env")) => Json::string(tag("env").unwrap_or("shared")),
            ("account", Some("purpose")) => Json::from(match account.purpose {
                Purpose::Shared => "shared",
                Purpose::Production => "production",
                Purpose::Staging => "staging",
                Purpose::Development => "development",
                Purpose::Sandbox => "sandbox",
            }),
            ("account", Some("management")) => {
                Json::Bool(account.id == place.world.organization.management().id)
            }
            ("org", Some("id")) => Json::string(place.world.organization.id.as_str()),
            ("org", Some("management")) => Json::string(place.world.organization.management().id.as_str()),
            ("region", None) => Json::string(place.region),
            ("zone_prefix", None) => Json::from(place.zone_prefix()),
            ("is_main", None) => Json::Bool(place.is_main()),
            ("is_home", None) => Json::Bool(place.is_home()),
            ("today", None) => Json::int(place.world.today),
            ("now", None) => Json::int(self.call.now),
            ("n", None) => Json::int(env.number as i64),
            ("name", None) => Json::string(env.name.as_str()),
            // As careful as people are in an account of this purpose.
            ("careful", None) => Json::Bool(dice.chance(match account.purpose {
                Purpose::Production | Purpose::Shared => 0.93,
                Purpose::Staging | Purpose::Development => 0.7,
                Purpose::Sandbox => 0.4,
            })),
            ("input", _) => below(self.call.input, rest),
            _ => {
                self.defect(format!("{}: nothing is called {}", env.kind, path.join(".")));
                Json::Null
            }
        }
    }
}

/// Functions that only roll.
fn rolled<'w>(
    function: Function,
    word: &impl Fn(usize) -> &'w str,
    size: &impl Fn(usize) -> usize,
    dice: &mut Dice,
) -> Option<Json> {
    let number = |nth: usize| word(nth).parse::<f64>().unwrap_or_default();
    Some(match function {
        Function::Hex => Json::String(dice.hex(size(0))),
        Function::Upper => Json::String(dice.text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", size(0))),
        Function::Lower => Json::String(dice.lowercase(size(0))),
        Function::Digits => Json::String(dice.text(b"0123456789", size(0))),
        Function::Uuid => Json::String(dice.uuid()),
        Function::Int => Json::int(dice.between(size(0), size(1)) as i64),
        Function::Float => {
            let value = number(0) + dice.unit() * (number(1) - number(0));
            Json::from((value * 100.0).round() / 100.0)
        }
        Function::Pick => {
            let mut words = Vec::new();
            while !word(words.len()).is_empty() {
                words.push(word(words.len()));
            }
            Json::from(words.get(dice.below(words.len())).copied().unwrap_or_default())
        }
        _ => return None,
    })
}
