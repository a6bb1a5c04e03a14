//! `SelectResourceConfig` and `SelectAggregateResourceConfig`: an expression over what was recorded.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::paging::page;
use super::super::{Answer, Call};
use super::items::{Place, RECORDED, RECORDER};
use super::query::Query;
use super::{aggregator_is_here, invalid_token};
use crate::demo::dice::Dice;
use crate::demo::wire::ApiError;
use crate::demo::world::incidents;
use crate::demo::world::organization::OrgAccount;
use crate::model::Json;

/// Results of a page, at most and where nobody says.
const MOST: i64 = 100;
const USUAL: i64 = 25;
const USUAL_OF_GROUPS: usize = 500;

/// Expressions whose results are kept for their next pages.
const KEPT: usize = 64;

pub fn own(call: &Call<'_>) -> Answer {
    answer(call, &[(call.account, call.region)], false)
}

pub fn aggregate(call: &Call<'_>) -> Answer {
    aggregator_is_here(call, &[call.required("ConfigurationAggregatorName")])?;
    let gathered: Vec<_> =
        places(call).into_iter().filter(|(account, _)| incidents::is_aggregated(account)).collect();
    answer(call, &gathered, true)
}

/// Every account that is there, with the regions that are on in it.
pub fn places<'a>(call: &Call<'a>) -> Vec<(&'a OrgAccount, &'a str)> {
    let accounts = call.world.organization.accounts.iter().filter(|account| account.is_active());
    let regions = |account: &'a OrgAccount| {
        let on = call.world.region_codes().filter(move |region| !incidents::region_is_off(account, region));
        on.map(move |region| (account, region))
    };
    accounts.flat_map(regions).collect()
}

fn answer(call: &Call<'_>, places: &[(&OrgAccount, &str)], gathered: bool) -> Answer {
    let expression = call.required("Expression");
    let query = Query::parse(expression).map_err(|why| {
        ApiError::bad("InvalidExpressionException", format!("The expression is not valid: {why}"))
    })?;
    let limit = call.int("Limit").or(call.int("MaxResults")).filter(|limit| *limit > 0);
    if let Some(limit) = limit.filter(|limit| *limit > MOST) {
        return Err(ApiError::bad(
            "InvalidLimitException",
            format!("The specified limit {limit} is outside the allowable range of 0 to {MOST}."),
        ));
    }
    let size = match limit {
        None if query.is_aggregate() => USUAL_OF_GROUPS,
        limit => limit.unwrap_or(USUAL) as usize,
    };
    let place =
        if gathered { "everywhere".to_owned() } else { format!("{} {}", call.account.id, call.region) };
    let key = format!("{place}\n{expression}");
    let known =
        call.world.selected.lock().iter().find(|(known, _)| *known == key).map(|(_, r)| Arc::clone(r));
    let results = known.unwrap_or_else(|| {
        let members = query.members();
        let of = |place: &(&OrgAccount, &str)| recorded(call, *place, &query, members.as_ref());
        let mut items: Vec<Json> = places.iter().flat_map(of).collect();
        // In no order that means anything.
        items.sort_by_cached_key(|item| {
            let text = item.get("resourceId").and_then(Json::as_str).unwrap_or_default();
            let account = item.get("accountId").and_then(Json::as_str).unwrap_or_default();
            Dice::new(call.world.knobs.seed, &["selected", account, text]).next()
        });
        let results = Arc::new(query.results(&items).iter().map(Json::to_json).collect::<Vec<_>>());
        let mut kept = call.world.selected.lock();
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((key, Arc::clone(&results)));
        results
    });
    let page =
        page(call, (0..results.len()).collect(), call.text("NextToken"), size).ok_or_else(invalid_token)?;
    let shown = page.items.into_iter().filter_map(|at| Some(Json::string(results.get(at)?.as_str())));
    let fields = query.names().into_iter().map(|name| record! { "Name" => name }).collect();
    Ok(record! {
        "Results" => Json::Array(shown.collect()),
        "QueryInfo" => record! { "SelectFields" => Json::Array(fields) },
        "NextToken" => page.next,
    })
}

/// The items of an account and region that the expression takes.
fn recorded(
    call: &Call<'_>,
    (account, region): (&OrgAccount, &str),
    query: &Query,
    members: Option<&BTreeSet<String>>,
) -> Vec<Json> {
    let place = Place { call, account, region, members };
    let may_be = |kind: &str| {
        let region = if kind.starts_with("AWS::IAM::") { "global" } else { region };
        query.may_take(&record! {
            "accountId" => account.id.as_str(),
            "awsRegion" => region,
            "resourceType" => kind,
        })
    };
    let mut items = Vec::new();
    if may_be(RECORDER) {
        items.extend(place.recorder());
    }
    for kind in RECORDED.iter().filter(|kind| may_be(kind.kind) && place.records(kind)) {
        items.extend(place.items(kind));
    }
    items.retain(|item| query.takes(item));
    items
}
