//! What the operating system says this process has used. Linux tells in `/proc`; elsewhere nothing is
//! said.

use std::time::Duration;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub cpu: Option<Duration>,
    /// Bytes in memory at the most.
    pub peak_memory: Option<u64>,
}

pub fn usage() -> Usage {
    let read = |file: &str| std::fs::read_to_string(format!("/proc/self/{file}")).ok();
    Usage {
        cpu: read("stat").as_deref().and_then(cpu),
        peak_memory: read("status").as_deref().and_then(peak_memory),
    }
}

/// proc(5): user and system time are fields 14 and 15, in ticks; the second field, a name in
/// parentheses, may hold anything.
fn cpu(stat: &str) -> Option<Duration> {
    // What the kernel tells programs is in hundredths, whatever it counts in itself (USER_HZ).
    const TICK: Duration = Duration::from_millis(10);
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks: u32 = fields.next()?.parse::<u32>().ok()?.checked_add(fields.next()?.parse().ok()?)?;
    Some(TICK * ticks)
}

fn peak_memory(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_parenthesis_confuses_nobody() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 90 0 0 0 12 34 0 0 20 0 1 0 5 1 2";
        assert_eq!(cpu(stat), Some(Duration::from_millis(460)));
        assert_eq!(cpu("7 (a"), None);
    }

    #[test]
    fn the_peak_is_in_bytes() {
        assert_eq!(peak_memory("Name:\tx\nVmHWM:\t   2048 kB\nVmRSS:\t 1 kB\n"), Some(2 * 1024 * 1024));
        assert_eq!(peak_memory("Name:\tx\n"), None);
    }
}
