//! Lists in pages, with tokens that say nothing to the caller.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::Call;
use crate::demo::dice::Dice;

pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// `IsTruncated` of IAM.
    pub fn is_truncated(&self) -> bool {
        self.next.is_some()
    }
}

/// The page at `token`, of at most `size` items and never more than the `page_size` knob says;
/// `None` where the token is not one of this list's.
pub fn page<T>(call: &Call<'_>, items: Vec<T>, token: Option<&str>, size: usize) -> Option<Page<T>> {
    if call.whole {
        return Some(Page { items, next: None });
    }
    let start = match token {
        Some(token) => offset(call, token).filter(|o| *o <= items.len())?,
        None => 0,
    };
    let size = size.min(call.world.knobs.page_size.unwrap_or(usize::MAX)).max(1);
    let end = start.saturating_add(size).min(items.len());
    let next = (end < items.len()).then(|| make(call, end));
    Some(Page { items: items.into_iter().skip(start).take(size).collect(), next })
}

fn seal(call: &Call<'_>, offset: usize) -> u64 {
    let words = ["page", &call.account.id, call.region, call.operation];
    Dice::new(call.world.knobs.seed, &words).fork("offset", offset).next()
}

fn make(call: &Call<'_>, offset: usize) -> String {
    let mut bytes = (offset as u64).to_le_bytes().to_vec();
    bytes.extend(seal(call, offset).to_le_bytes());
    STANDARD_NO_PAD.encode(bytes)
}

fn offset(call: &Call<'_>, token: &str) -> Option<usize> {
    let bytes = STANDARD_NO_PAD.decode(token).ok()?;
    let (offset, sealed) = bytes.split_first_chunk::<8>()?;
    let offset = u64::from_le_bytes(*offset) as usize;
    (sealed == seal(call, offset).to_le_bytes()).then_some(offset)
}
