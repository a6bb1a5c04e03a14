//! What a listing of tables shows, and the words by which a table is found.
//!
//! This file is also compiled into the build script.

use serde::{Deserialize, Serialize};

use super::table::{Table, TableScope};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSummary {
    pub name: String,
    pub description: String,
    /// botocore's service name: `ec2`.
    pub service: String,
    pub scope: TableScope,
    /// 1 is asked most.
    pub tier: u8,
}

impl TableSummary {
    pub fn of(table: &Table) -> TableSummary {
        TableSummary {
            name: table.name.clone(),
            description: table.description.clone(),
            service: table.service.clone(),
            scope: table.scope,
            tier: table.tier,
        }
    }
}

/// A summary and what else the search looks at.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IndexEntry {
    pub summary: TableSummary,
    synonyms: Vec<String>,
    columns: Vec<String>,
}

impl IndexEntry {
    pub fn of(table: &Table) -> IndexEntry {
        IndexEntry {
            summary: TableSummary::of(table),
            synonyms: table.synonyms.iter().map(|s| s.to_lowercase()).collect(),
            columns: table.columns.iter().map(|c| c.name.clone()).collect(),
        }
    }

    /// How well the table answers to the words; `None` where one of them is nowhere in it.
    /// A word of the name weighs most, then synonyms, the description, and columns.
    pub fn score(&self, words: &str) -> Option<u32> {
        let words = words.to_lowercase();
        let phrase = words.trim();
        let mut score = 0;
        for word in phrase.split_whitespace() {
            score += self.score_word(word).or_else(|| self.score_word(singular(word)?))?;
        }
        if phrase == self.summary.name || self.synonyms.iter().any(|s| s == phrase) {
            score += 100;
        }
        // What is asked most is meant most.
        score += match self.summary.tier {
            1 => 20,
            2 => 8,
            _ => 0,
        };
        Some(score)
    }

    fn score_word(&self, word: &str) -> Option<u32> {
        let starts = |text: &str| text.split(['_', ' ', '-']).any(|part| part.starts_with(word));
        if self.summary.name.split('_').any(|part| part == word) {
            Some(20)
        } else if self.summary.name.contains(word) {
            Some(12)
        } else if self.synonyms.iter().any(|s| starts(s)) {
            Some(10)
        } else if starts(&self.summary.description.to_lowercase()) {
            Some(4)
        } else if self.columns.iter().any(|c| starts(c) || c.contains(word)) {
            Some(2)
        } else {
            None
        }
    }
}

/// `instances` is looked for as `instance` too, `policies` as `policy`'s beginning.
fn singular(word: &str) -> Option<&str> {
    word.strip_suffix("ies").or_else(|| word.strip_suffix('s')).filter(|stem| stem.len() > 2)
}
