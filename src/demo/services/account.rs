//! AWS Account Management: which regions an account has.

use super::paging::page;
use super::{Answer, Call, Service};
use crate::demo::wire::ApiError;
use crate::model::Json;

pub const SERVICE: Service =
    Service { id: "account", signing_name: "account", operations: &[("ListRegions", list_regions)] };

fn list_regions(call: &Call<'_>) -> Answer {
    let wanted = call.texts("RegionOptStatusContains");
    let regions: Vec<Json> = call
        .world
        .region_codes()
        .map(|region| (region, call.world.opt_in(call.account, region).account_status()))
        .filter(|(_, status)| wanted.is_empty() || wanted.contains(status))
        .map(|(region, status)| record! { "RegionName" => region, "RegionOptStatus" => status })
        .collect();
    let size = call.int("MaxResults").unwrap_or(50).clamp(1, 50) as usize;
    let page = page(call, regions, call.text("NextToken"), size)
        .ok_or_else(|| ApiError::bad("ValidationException", "Invalid NextToken"))?;
    Ok(record! { "NextToken" => page.next, "Regions" => page.items })
}
