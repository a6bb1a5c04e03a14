//! What went wrong with what is kept: no run depends on it, an operator may want to know.

use parking_lot::Mutex;

/// Each thing once, however often it happens.
#[derive(Debug, Default)]
pub struct Notes(Mutex<Vec<String>>);

impl Notes {
    pub fn add(&self, note: String) {
        let mut notes = self.0.lock();
        if !notes.contains(&note) {
            tracing::warn!("{note}");
            notes.push(note);
        }
    }

    pub fn all(&self) -> Vec<String> {
        self.0.lock().clone()
    }
}
