//! An operation's answer from its declaration: which things, what of them, in which page.

use std::rc::Rc;

use super::asked::{self, is_asked};
use super::env::{Env, Made};
use super::file::{Operation as Declared, Refused};
use super::fit::Fitting;
use super::scene::Scene;
use crate::catalog::shape::{Operation, Shape, ShapeId};
use crate::demo::services::paging::{self, Page};
use crate::demo::services::{Answer, Call};
use crate::demo::wire::ApiError;
use crate::demo::world::place::Place;
use crate::model::{Json, Key};

pub fn answer(call: &Call<'_>, declared: &Declared, operation: &Operation) -> Answer {
    tell(&Scene::new(call), declared, operation)
}

pub fn tell(scene: &Scene<'_>, declared: &Declared, operation: &Operation) -> Answer {
    let call = scene.call;
    let place = call.place();
    if let Some(under) = &declared.under
        && scene.selected(&Env::bare(place, ""), &under.thing).is_empty()
    {
        let message = under.says.replace("{account}", &call.account.id);
        return Err(ApiError::new(under.refusal.status, under.refusal.code.clone(), message));
    }
    let mut found: Vec<(Place<'_>, Rc<Made>)> = Vec::new();
    let regions: Vec<&str> = match declared.everywhere {
        true => call.world.enabled_regions(&call.account.id).collect(),
        false => vec![call.region],
    };
    for region in regions {
        let place = Place { region, ..place };
        let bare = Env::bare(place, "");
        for selector in &declared.of {
            found.extend(scene.selected(&bare, selector).into_iter().map(|made| (place, made)));
        }
    }
    asked::check_found(call, declared, &found)?;
    let unfound = asked::unfound(call, declared, &found);
    found.retain(|(_, made)| asked::wanted(call, declared, &made.fields));
    if let Some(filters) = &declared.filters {
        asked::filter(call, filters, &mut found)?;
    }
    let named = declared.by.iter().any(|(member, _)| is_asked(call, member));
    if let (true, Some(missing)) = (found.is_empty() && named, &declared.missing) {
        return Err(refused(missing, declared, call));
    }
    if let Some(needs) = &declared.needs {
        found.retain(|(place, made)| {
            let mut env = Env::of(*place, made);
            let mut dice = env.dice("needs");
            !matches!(scene.value(&mut env, needs, &mut dice), Json::Null | Json::Bool(false))
        });
        if let (true, Some(missing)) = (found.is_empty(), &declared.missing) {
            return Err(refused(missing, declared, call));
        }
    }

    let shape = member_at(operation, &declared.at)
        .ok_or_else(|| ApiError::new(500, "InternalFailure", format!("no member {}", declared.at)))?;
    let mut output = Json::Object(Vec::new());
    if matches!(operation.shape(shape), Shape::List { .. }) {
        let (page, next) = page(call, declared, operation, found)?;
        let items = page.iter().map(|(place, made)| shown(scene, declared, operation, *place, made));
        let items = Json::Array(items.collect());
        let fitted = fitting(scene, operation, owner(declared, &page, operation)).value(shape, &items, "");
        set(&mut output, &declared.at, fitted);
        follow(&mut output, operation, next);
        extra(scene, declared, operation, page.first(), &mut output);
        if let Some((member, template)) = &declared.unfound {
            let missing = unfound.into_iter().map(|name| {
                let mut env = Env::bare(place, &declared.at);
                env.bound.push(("item".to_owned(), Rc::new(name)));
                let mut dice = env.dice("unfound");
                scene.value(&mut env, template, &mut dice)
            });
            set(&mut output, member, Json::Array(missing.collect()));
        }
        return Ok(output);
    }
    if let Some((place, made)) = found.first() {
        let item = shown(scene, declared, operation, *place, made);
        let fitted = fitting(scene, operation, owner(declared, &found, operation)).value(shape, &item, "");
        match declared.at.as_str() {
            "" if declared.item.is_none() && !declared.answer.is_empty() => {}
            "" => output = fitted,
            at => set(&mut output, at, fitted),
        }
    }
    extra(scene, declared, operation, found.first(), &mut output);
    Ok(output)
}

fn refused(missing: &Refused, declared: &Declared, call: &Call<'_>) -> ApiError {
    let asked = declared.by.iter().find_map(|(member, _)| asked::texts(call, member).into_iter().next());
    let message = format!("{} was not found.", asked.unwrap_or_else(|| "The resource".to_owned()));
    ApiError::new(missing.status, missing.code.clone(), message)
}

fn fitting<'f>(scene: &'f Scene<'_>, operation: &'f Operation, owner: &'f str) -> Fitting<'f> {
    Fitting { operation, owner, ledger: scene.ledger.as_ref() }
}

/// Whose declaration an item's members are: the thing's, unless the operation says what is shown.
fn owner<'o>(declared: &Declared, found: &'o [(Place<'_>, Rc<Made>)], operation: &'o Operation) -> &'o str {
    match found.first() {
        Some((_, made)) if declared.item.is_none() => &made.kind,
        _ => &operation.name,
    }
}

fn shown<'a>(
    scene: &Scene<'a>,
    declared: &Declared,
    operation: &Operation,
    place: Place<'a>,
    made: &Made,
) -> Json {
    match &declared.item {
        None => made.fields.as_ref().clone(),
        Some(item) => {
            let mut env = Env::of(place, made);
            let mut dice = env.dice(&operation.name);
            scene.value(&mut env, item, &mut dice)
        }
    }
}

/// The members that are told besides the things.
fn extra<'a>(
    scene: &Scene<'a>,
    declared: &Declared,
    operation: &Operation,
    first: Option<&(Place<'a>, Rc<Made>)>,
    output: &mut Json,
) {
    let mut env = match first {
        Some((place, made)) => Env::of(*place, made),
        None => Env::bare(scene.call.place(), &operation.name),
    };
    // Without a thing there is nothing that the fields could be told of.
    if first.is_none() && !declared.of.is_empty() && member_is_single(operation, &declared.at) {
        return;
    }
    for (name, value) in &declared.answer {
        let mut dice = env.dice(name);
        let value = scene.value(&mut env, value, &mut dice);
        if let Some(shape) = member_at(operation, name) {
            let fitted = fitting(scene, operation, &operation.name).value(shape, &value, name);
            if !fitted.is_null() {
                set(output, name, fitted);
            }
        } else {
            scene.defect(format!("{}: there is no member {name}", operation.id()));
        }
    }
}

fn member_is_single(operation: &Operation, at: &str) -> bool {
    member_at(operation, at).is_some_and(|shape| !matches!(operation.shape(shape), Shape::List { .. }))
}

pub fn member_at(operation: &Operation, path: &str) -> Option<ShapeId> {
    let mut shape = operation.output?;
    for step in path.split('.').filter(|s| !s.is_empty()) {
        shape = operation.shape(shape).member(step)?.shape;
    }
    Some(shape)
}

/// Cuts the page that is asked for; its token, where there is another.
fn page<T>(
    call: &Call<'_>,
    declared: &Declared,
    operation: &Operation,
    items: Vec<T>,
) -> Result<(Vec<T>, Option<String>), ApiError> {
    let Some(paginator) = &operation.paginator else { return Ok((items, None)) };
    let asked = paginator.limit_key.as_ref().and_then(|key| call.input.get(key)).and_then(Json::to_text);
    let asked = asked.and_then(|text| text.parse::<usize>().ok());
    let (low, high) = declared.limits.unwrap_or((1, 1_000));
    if let Some(size) = asked.filter(|size| declared.limits.is_some() && !(low..=high).contains(size)) {
        return Err(ApiError::bad(
            "InvalidParameterValue",
            format!("Invalid value {size} for the size of a page. Must be between {low} and {high}"),
        ));
    }
    let size = asked.unwrap_or(declared.page).clamp(low, high);
    let token = paginator.input_token.first().and_then(|member| call.text(member));
    let Page { items, next } = paging::page(call, items, token, size)
        .ok_or_else(|| ApiError::bad("InvalidParameterValue", "The token is not valid."))?;
    Ok((items, next))
}

fn follow(output: &mut Json, operation: &Operation, next: Option<String>) {
    let Some(paginator) = &operation.paginator else { return };
    let plain = |path: &str| path.chars().all(|c| c.is_alphanumeric() || c == '.' || c == '_');
    if let Some(more) = paginator.more_results.as_ref().filter(|path| plain(path)) {
        set(output, more, Json::Bool(next.is_some()));
    }
    let path = paginator.output_token.first().filter(|path| plain(path));
    if let (Some(path), Some(next)) = (path, next) {
        set(output, path, Json::String(next));
    }
}

/// Sets a member of an object, and the objects on the way to it.
fn set(output: &mut Json, path: &str, value: Json) {
    let Json::Object(members) = output else { return };
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let at = match members.iter().position(|(key, _)| **key == *first) {
        Some(at) => at,
        None => {
            members.push((Key::from(first), Json::Object(Vec::new())));
            members.len() - 1
        }
    };
    if let Some((_, member)) = members.get_mut(at) {
        match rest {
            "" => *member = value,
            rest => set(member, rest, value),
        }
    }
}
