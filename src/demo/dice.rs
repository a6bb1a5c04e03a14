//! Chance that is not: every draw is a hash of the seed and of what is being drawn.
//!
//! Two dice made of the same words roll the same numbers, in whatever order or thread they are made.

/// A stream of numbers named by the words it was made of.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64, words: &[&str]) -> Self {
        let mut state = mix(seed ^ 0x9e37_79b9_7f4a_7c15);
        for word in words {
            // FNV-1a over the word, then mixed, so that ["ab", "c"] and ["a", "bc"] differ.
            let hash = word
                .bytes()
                .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
            state = mix(state ^ hash).wrapping_add(word.len() as u64);
        }
        Self(state)
    }

    /// Another stream, told from its siblings by `word` and `number`.
    pub fn fork(&self, word: &str, number: usize) -> Self {
        Self::new(self.0.wrapping_add(mix(number as u64)), &[word])
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// `0..bound`; zero where the bound is zero.
    pub fn below(&mut self, bound: usize) -> usize {
        if bound == 0 { 0 } else { (self.next() % bound as u64) as usize }
    }

    /// From `low` to `high`, both included.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// From 0 to below 1.
    pub fn unit(&mut self) -> f64 {
        ((self.next() >> 11) as f64) / ((1_u64 << 53) as f64)
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of a list that is never empty.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// `length` characters of `alphabet`.
    pub fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(self.pick(alphabet))).collect()
    }

    pub fn hex(&mut self, length: usize) -> String {
        self.text(b"0123456789abcdef", length)
    }

    /// What follows `AIDA` or `AROA` in a unique id.
    pub fn unique_id(&mut self, prefix: &str) -> String {
        format!("{prefix}{}", self.text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 21 - prefix.len()))
    }

    pub fn lowercase(&mut self, length: usize) -> String {
        self.text(b"abcdefghijklmnopqrstuvwxyz0123456789", length)
    }

    pub fn uuid(&mut self) -> String {
        let hex = self.hex(32);
        format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
    }
}

fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_roll_the_same() {
        let roll = || Dice::new(7, &["100000000006", "us-east-1", "instance"]).hex(17);
        assert_eq!(roll(), roll());
    }

    #[test]
    fn where_a_word_ends_matters() {
        assert_ne!(Dice::new(7, &["ab", "c"]).next(), Dice::new(7, &["a", "bc"]).next());
    }

    #[test]
    fn a_chance_comes_about_as_often_as_it_says() {
        let mut dice = Dice::new(7, &["chance"]);
        let hits = (0..10_000).filter(|_| dice.chance(0.05)).count();
        assert!((400..600).contains(&hits), "{hits}");
    }
}
