//! What runs leave to each other: rows, and the statement that was asked last.

use std::sync::Arc;

use super::App;
use crate::aws::{Aws, surroundings};
use crate::demo::Knobs;
use crate::error::Result;
use crate::model::{Coverage, Timestamp};
use crate::settings::Settings;
use crate::sources::Reader;
use crate::sources::cached::{KeptRows, Reuse, Whose};
use crate::store::cache::RowCache;
use crate::store::last_statement::LastStatement;
use crate::store::{ROWS, Store};

impl App {
    /// Brings what was fetched to disk. What the operator should hear of what is kept.
    pub async fn finish(&self) -> Vec<String> {
        match &self.rows {
            Some(rows) => rows.finish().await,
            None => Vec::new(),
        }
    }

    /// Remembers the statement that is about to run, for `--retry-failed`.
    pub fn begin(&self, sql: &str, last: Option<&LastStatement>) -> LastStatement {
        let mut begun = LastStatement::begun(sql, &self.settings.scope);
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

/// The kept rows of all runs, for `canvass cache`.
pub fn row_cache(settings: &Settings) -> RowCache {
    RowCache::new(&settings.paths.cache.join(ROWS), settings.cache.size)
}

/// The statement asked last where these settings ask.
pub fn last_statement(settings: &Settings) -> Result<LastStatement> {
    LastStatement::of(&Store::open(&settings.paths), &place(settings)?)
}

pub fn rows(settings: &Arc<Settings>, reuse: Reuse, aws: &Arc<Aws>, place: &str) -> Arc<KeptRows> {
    let whose: Arc<dyn Whose> = Arc::clone(aws) as Arc<dyn Whose>;
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
