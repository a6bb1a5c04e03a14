//! What runs leave to each other: rows, and the statement that was asked last.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};

use super::App;
use crate::aws::{Aws, surroundings};
use crate::demo::Knobs;
use crate::error::{Error, Result};
use crate::model::{Coverage, Timestamp};
use crate::plan::Bill;
use crate::settings::Settings;
use crate::sources::Reader;
use crate::sources::cached::{KeptRows, Reuse, Whose};
use crate::store::cache::RowCache;
use crate::store::history::{Entry, History};
use crate::store::last_statement::LastStatement;
use crate::store::{AnswerHead, ROWS, Store};

impl App {
    /// Brings what was fetched to disk. What the operator should hear of what is kept.
    pub async fn finish(&self) -> Vec<String> {
        match &self.rows {
            Some(rows) => rows.finish().await,
            None => Vec::new(),
        }
    }

    /// Remembers the statement that is about to run, for `--retry-failed`.
    pub fn begin(&self, sql: &str, values: &[String], last: Option<&LastStatement>) -> LastStatement {
        let mut begun = LastStatement::begun(sql, values, &self.settings.scope);
        if let Some(last) = last {
            begun.since = begun.since.min(last.since);
            begun.unanswered.clone_from(&last.unanswered);
        }
        begun.keep(&self.store, &self.place);
        begun
    }

    /// Remembers what the statement still lacks.
    pub fn end(&self, mut statement: LastStatement, coverage: &Coverage) {
        let oldest = self.rows.as_ref().and_then(|rows| rows.oldest_served());
        statement.since = oldest.into_iter().fold(statement.since, Timestamp::min);
        let lacking = coverage.units.iter().filter(|unit| !unit.is_whole());
        statement.unanswered = lacking.map(|unit| unit.key.clone()).collect();
        statement.keep(&self.store, &self.place);
    }
}

impl App {
    /// Writes a statement into the history. A note where that fails.
    pub fn remember(&self, head: &AnswerHead, values: &[String], ran: &Ran<'_>) -> Option<String> {
        let totals = ran.coverage.totals();
        let entry = Entry {
            id: 0,
            at: head.started_at,
            statement: head.statement.clone(),
            values: values.to_vec(),
            plan_id: head.plan_id.clone(),
            asked_of: match (&self.settings.demo, &self.settings.context) {
                (Some(knobs), _) => format!("demo {knobs}").trim_end().to_owned(),
                (None, Some(context)) => context.clone(),
                (None, None) => "aws".to_owned(),
            },
            rows: ran.rows,
            complete: ran.error.is_none() && ran.coverage.is_complete(),
            asked: totals.asked,
            answered: totals.answered,
            spend: ran.bill.spend.clone(),
            usd: ran.bill.usd,
            duration_ms: u64::try_from(ran.duration.as_millis()).unwrap_or(u64::MAX),
            error: ran.error.map(ToString::to_string),
        };
        let kept = History::of(&self.settings.paths).add(&entry);
        kept.err().map(|why| format!("this statement is not in the history: {why}"))
    }
}

/// How a statement ended.
pub struct Ran<'a> {
    pub rows: u64,
    pub bill: &'a Bill,
    pub coverage: &'a Coverage,
    pub duration: Duration,
    pub error: Option<&'a Error>,
}

/// The kept rows of all runs, for `canvass cache`.
pub fn row_cache(settings: &Settings) -> RowCache {
    RowCache::new(&settings.paths.cache.join(ROWS), settings.cache.size)
}

/// The statement asked last where these settings ask.
pub fn last_statement(settings: &Settings) -> Result<LastStatement> {
    LastStatement::of(&Store::open(&settings.paths), &place(settings)?)
}

/// Whose rows are kept, remembered for runs that ask nobody.
pub struct Identity {
    pub aws: Arc<Aws>,
    pub store: Arc<Store>,
    /// Which AWS, with which choice of credentials.
    pub choice: String,
    pub only_memory: bool,
}

#[async_trait]
impl Whose for Identity {
    async fn identity(&self) -> Result<String, String> {
        const KIND: &str = "identity";
        let known = self.store.get(KIND, &self.choice, Duration::MAX).map(|(text, _)| text);
        if self.only_memory {
            return known.ok_or_else(|| "no earlier run had these credentials".to_owned());
        }
        let identity = self.aws.identity().await.map_err(|error| error.to_string())?;
        // Only its digest is ever compared: what shaped it need not lie on a disk.
        let digest = digest(&identity);
        if known.as_ref() != Some(&digest) {
            self.store.put(KIND, &self.choice, &digest);
        }
        Ok(digest)
    }
}

fn digest(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn rows(
    settings: &Arc<Settings>,
    reuse: Reuse,
    whose: Arc<dyn Whose>,
    aws: &Arc<Aws>,
    place: &str,
) -> Arc<KeptRows> {
    let reader: Arc<dyn Reader> = Arc::clone(aws) as Arc<dyn Reader>;
    let cache = Arc::new(row_cache(settings));
    Arc::new(KeptRows::new(cache, reuse, whose, place.to_owned(), reader, Arc::clone(settings)))
}

/// Which AWS is asked: what was learnt of one is never taken for another's.
pub fn place(settings: &Settings) -> Result<String> {
    let network = &settings.network;
    let aws = match &settings.demo {
        Some(knobs) => format!("demo {} {:?}", knobs.parse::<Knobs>()?.world(), settings.now),
        None => surroundings(),
    };
    Ok(format!(
        "{aws}\n{}\n{}\n{:?}\n{:?}\n{} {}",
        settings.partition,
        settings.home_region,
        settings.context,
        network.endpoint_url,
        network.use_fips,
        network.use_dual_stack,
    ))
}
