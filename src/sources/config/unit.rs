//! One unit from its own recorder: whether that records the type, then what it holds.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::catalog::table::RecordedPlace;
use crate::model::{Fault, FaultKind, Json, Region};
use crate::settings::Settings;
use crate::sources::UnitTask;
use crate::sources::budget::ScanBytes;
use crate::sources::config::calls::{At, Size, list, pages};
use crate::sources::config::expression::Question;
use crate::sources::config::gather::add;
use crate::sources::config::items::{self, Head};
use crate::sources::config::recorder::{Recorder, Recording, best};
use crate::sources::reader::Reader;

const RECORDERS: &str = "config:DescribeConfigurationRecorders";
const STATUS: &str = "config:DescribeConfigurationRecorderStatus";
const SELECT: &str = "config:SelectResourceConfig";

/// What a unit's session must allow.
pub const OPERATIONS: [&str; 3] = [RECORDERS, STATUS, SELECT];

/// The items of a unit that records them now; `not_recorded` for one that does not.
pub async fn items(
    reader: &Arc<dyn Reader>,
    settings: &Settings,
    bytes: &Arc<ScanBytes>,
    question: &Question,
    task: &UnitTask,
) -> Result<Vec<Box<str>>, Fault> {
    let table = &task.request.table;
    let not_recorded = |why: &str| Fault::new(FaultKind::NotRecorded, why);
    let recorded = items::recorded(table).ok_or_else(|| not_recorded("AWS Config does not record this"))?;
    let region = match &recorded.place {
        RecordedPlace::Unit => task.region.clone(),
        RecordedPlace::Anywhere => settings.home_region.clone(),
        RecordedPlace::Only(region) => Region::new(region),
        RecordedPlace::Everywhere => {
            return Err(not_recorded("what lies in any region is asked only through an aggregator"));
        }
    };
    let at = At {
        account: task.account.id.clone(),
        region,
        actions: task.request.actions.clone(),
        meter: Arc::clone(&task.meter),
    };
    match best(&recorders(reader, bytes, &at).await?, &recorded.kind) {
        Some(Recording::Continuous | Recording::Daily) => {}
        Some(Recording::LeftOut) => return Err(not_recorded("the recorder leaves the type out")),
        Some(Recording::Stopped) => return Err(not_recorded("the recorder is stopped")),
        None => return Err(not_recorded("there is no recorder")),
    }
    let unaskable = || Fault::new(FaultKind::Rejected, "no expression is short enough for AWS Config");
    let mut rows: BTreeMap<String, (String, Box<str>)> = BTreeMap::new();
    for expression in question.expressions(&[]).ok_or_else(unaskable)? {
        let input = Json::object([("Expression", Json::String(expression))]);
        pages(reader, bytes, &at, SELECT, input, Size::Largest, |output, _| {
            for text in list(output, "Results").iter().filter_map(Json::as_str) {
                if let Some(head) = Json::parse(text).ok().as_ref().and_then(|item| Head::of(item, None)) {
                    add(&mut rows, head, text);
                }
            }
            Ok(())
        })
        .await?;
    }
    Ok(rows.into_values().map(|(_, text)| text).collect())
}

async fn recorders(
    reader: &Arc<dyn Reader>,
    bytes: &Arc<ScanBytes>,
    at: &At,
) -> Result<Vec<Recorder>, Fault> {
    let none = || Json::Object(Vec::new());
    let name = |of: &Json, member: &str| of.get(member).and_then(Json::as_str).map(str::to_owned);
    let mut on: HashSet<String> = HashSet::new();
    pages(reader, bytes, at, STATUS, none(), Size::Largest, |output, _| {
        let running = list(output, "ConfigurationRecordersStatus")
            .iter()
            .filter(|status| status.get("Recording").and_then(Json::as_bool) == Some(true));
        on.extend(running.filter_map(|status| name(status, "Name")));
        Ok(())
    })
    .await?;
    let mut recorders = Vec::new();
    pages(reader, bytes, at, RECORDERS, none(), Size::Largest, |output, _| {
        for recorder in list(output, "ConfigurationRecorders") {
            let is_on = name(recorder, "Name").is_some_and(|name| on.contains(&name));
            recorders.extend(Recorder::of(recorder, is_on));
        }
        Ok(())
    })
    .await?;
    Ok(recorders)
}
