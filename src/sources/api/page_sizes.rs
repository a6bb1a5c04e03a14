//! How large a page of a list may be asked for: larger pages are fewer calls.

use std::collections::HashMap;
use std::sync::LazyLock;

/// An operation a line; the file says where its numbers are from.
const SIZES: &str = include_str!("page_sizes.txt");

static BY_OPERATION: LazyLock<HashMap<&'static str, Bounds>> = LazyLock::new(|| lines().collect());

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    pub smallest: usize,
    pub largest: usize,
}

fn lines() -> impl Iterator<Item = (&'static str, Bounds)> {
    SIZES.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut parts = line.split('\t');
        let (operation, smallest, largest) = (parts.next()?, parts.next()?, parts.next()?);
        Some((operation, Bounds { smallest: smallest.parse().ok()?, largest: largest.parse().ok()? }))
    })
}

/// `None` where an operation's own page is the largest there is.
pub fn bounds(operation: &str) -> Option<Bounds> {
    BY_OPERATION.get(operation).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn every_line_is_a_list_of_the_catalog_whose_pages_can_be_sized() {
        let catalog = Catalog::builtin().unwrap();
        let written = SIZES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
        assert_eq!((lines().count(), BY_OPERATION.len()), (written, written), "unreadable, or twice");
        for (operation, Bounds { smallest, largest }) in lines() {
            let known = catalog.operation(operation).unwrap_or_else(|| panic!("{operation} is unknown"));
            let key = known.paginator.as_ref().and_then(|paginator| paginator.limit_key.clone());
            let key = key.unwrap_or_else(|| panic!("{operation} has no member for it"));
            assert!(known.input_members().iter().any(|member| member.name == key), "{operation}");
            assert!(smallest >= 1 && smallest <= largest && largest <= 1000, "{operation}");
        }
    }
}
