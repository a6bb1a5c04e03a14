//! Undoes gzip a little at a time: a small file can hide gigabytes, and only what it was given may grow.

use std::io::{self, Write as _};

use flate2::write::MultiGzDecoder;

/// Deflate makes at most 1,032 bytes of one: eight MiB of each slice.
pub const SLICE: usize = 8 * 1024;

pub struct Gunzip(MultiGzDecoder<Vec<u8>>);

impl Gunzip {
    pub fn new() -> Self {
        Self(MultiGzDecoder::new(Vec::new()))
    }

    pub fn is_gzip(start: &[u8]) -> bool {
        start.starts_with(&[0x1f, 0x8b])
    }

    /// What the next bytes (no more than [`SLICE`]) hold.
    pub fn push(&mut self, bytes: &[u8]) -> (Vec<u8>, io::Result<()>) {
        let outcome = self.0.write_all(bytes);
        (std::mem::take(self.0.get_mut()), outcome)
    }

    /// What was held back, and whether the file was whole.
    pub fn finish(&mut self) -> (Vec<u8>, io::Result<()>) {
        let outcome = self.0.try_finish();
        (std::mem::take(self.0.get_mut()), outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::objects::tests::gzip;

    fn undone(bytes: &[u8]) -> (Vec<u8>, bool) {
        let mut gunzip = Gunzip::new();
        let mut all = Vec::new();
        for slice in bytes.chunks(SLICE) {
            let (out, outcome) = gunzip.push(slice);
            all.extend(out);
            if outcome.is_err() {
                return (all, false);
            }
        }
        let (out, outcome) = gunzip.finish();
        all.extend(out);
        (all, outcome.is_ok())
    }

    #[test]
    fn several_members_are_one_text() {
        let two = [gzip(b"one\n"), gzip(b"two\n")].concat();
        assert_eq!(undone(&two), (b"one\ntwo\n".to_vec(), true));
    }

    #[test]
    fn a_file_that_ends_in_the_middle_keeps_what_came_before() {
        let text: Vec<u8> =
            (0..20_000).flat_map(|n| format!("{n} {}\n", n * 7919 % 10_007).into_bytes()).collect();
        let whole = gzip(&text);
        let (out, is_whole) = undone(&whole[..whole.len() / 2]);
        assert!(!is_whole && !out.is_empty() && text.starts_with(&out));
        let (_, is_whole) = undone(&whole[..whole.len() - 4]);
        assert!(!is_whole, "without its check sum nobody knows");
    }

    #[test]
    fn a_bomb_grows_no_faster_than_it_is_fed() {
        let bomb = gzip(&vec![0; 64 << 20]);
        let mut gunzip = Gunzip::new();
        let most = bomb.chunks(SLICE).map(|slice| gunzip.push(slice).0.len()).max().unwrap();
        assert!(most <= SLICE * 1100, "{most}");
    }
}
