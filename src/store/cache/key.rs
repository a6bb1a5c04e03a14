//! What decides a unit's rows, as one digest: whoever differs in any of it is served nothing.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

/// Raised when the rows that a release makes of the same answer change otherwise than by its version.
const MEANING: &str = concat!(env!("CARGO_PKG_VERSION"), "/1");

/// SHA-256 over parts told apart by their lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

const HALF: usize = 16;

impl Digest {
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Digest {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Digest(hash.finalize().into())
    }

    /// Two things in one, which can be compared apart: half of each digest.
    pub fn pair<'a>(first: &'a [u8], second: &'a [u8]) -> Digest {
        let (mut both, other) = (Digest::of([first]), Digest::of([second]));
        both.0[HALF..].copy_from_slice(&other.0[HALF..]);
        both
    }

    pub fn has_same_first(&self, other: &Digest) -> bool {
        self.0[..HALF] == other.0[..HALF]
    }

    pub fn as_array(&self) -> &[u8; 32] {
        &self.0
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn read(bytes: &[u8]) -> Option<Digest> {
        bytes.try_into().ok().map(Digest)
    }
}

/// Everything but the unit itself and the columns.
#[derive(Clone, Copy, Debug)]
pub struct KeyParts<'a> {
    pub table: &'a str,
    /// How old rows of the table may be before they mislead.
    pub lifetime: Duration,
    /// Digest of the table's definition and of the operations behind it.
    pub definition: &'a [u8],
    /// Predicates that travelled to the service, in one canonical text.
    pub pushed: &'a str,
    /// `api`, `organizations`
    pub source: &'a str,
    /// Whose credentials, and the roles they assume.
    pub identity: &'a str,
    /// Partition, endpoints, context, and which simulated organization.
    pub place: &'a str,
}

/// A scan as the cache knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanKey {
    pub table: String,
    pub lifetime: Duration,
    pub(super) family: Digest,
}

impl ScanKey {
    pub fn new(parts: &KeyParts<'_>) -> ScanKey {
        let texts = [MEANING, parts.table, parts.pushed, parts.source, parts.identity, parts.place];
        let parts_of_key = texts.iter().map(|text| text.as_bytes()).chain([parts.definition]);
        ScanKey { table: parts.table.to_owned(), lifetime: parts.lifetime, family: Digest::of(parts_of_key) }
    }

    /// Tells the scans of one family apart by the columns they fetched.
    pub(super) fn with_columns(family: &Digest, columns: &str) -> Digest {
        Digest::of([family.as_bytes(), columns.as_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTS: KeyParts<'_> = KeyParts {
        table: "aws_vpc",
        lifetime: Duration::from_secs(600),
        definition: b"definition",
        pushed: "",
        source: "api",
        identity: "arn:aws:iam::100000000001:user/ops|ReadOnly",
        place: "aws",
    };

    #[test]
    fn whatever_differs_makes_another_key() {
        let family = |parts: KeyParts<'_>| ScanKey::new(&parts).family;
        let others = [
            KeyParts { table: "aws_vpcs", ..PARTS },
            KeyParts { definition: b"other", ..PARTS },
            KeyParts { pushed: "x", ..PARTS },
            KeyParts { source: "config", ..PARTS },
            KeyParts { identity: "arn:aws:iam::100000000001:user/dev|ReadOnly", ..PARTS },
            KeyParts { place: "aws|http://127.0.0.1:5000", ..PARTS },
            // The same letters, divided elsewhere.
            KeyParts { table: "aws_vpca", source: "pi", ..PARTS },
        ];
        let mut seen = std::collections::BTreeSet::from([family(PARTS)]);
        for other in others {
            assert!(seen.insert(family(other)), "{other:?}");
        }
        assert_eq!(family(PARTS), family(KeyParts { lifetime: Duration::ZERO, ..PARTS }));
    }
}
