//! Log events as the generic read call finds them; a log group that is not there is said so.

use futures::stream::{BoxStream, StreamExt as _};

use crate::sources::api::call::CompiledCall;
use crate::sources::api::rows::{self, Page, Walk};
use crate::sources::logs::Absent;

pub fn of_table<'a>(absent: Absent, walk: Walk<'a>, calls: &'a [CompiledCall]) -> BoxStream<'a, Page> {
    rows::of_table(Walk { tells_absence: true, ..walk }, calls)
        .map(move |page| match page {
            Err(fault) if fault.code.as_deref() == Some("ResourceNotFoundException") => {
                absent.is_so();
                Ok(Vec::new())
            }
            page => page,
        })
        .boxed()
}
