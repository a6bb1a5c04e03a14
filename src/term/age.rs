//! How old something is, as people say it: the largest unit alone.

use std::time::Duration;

pub fn in_words(age: Duration) -> String {
    let seconds = age.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_unit_says_enough() {
        let words = |seconds| in_words(Duration::from_secs(seconds));
        assert_eq!(
            [0, 59, 60, 3599, 7199, 172_799, 172_800].map(words),
            ["0s", "59s", "1m", "59m", "1h", "47h", "2d"]
        );
    }
}
