//! What a run is told from outside.

use std::time::Duration;

/// Which run, and how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) seed: u64,
    pub(super) time: Duration,
}

impl Settings {
    /// `TORTURE_SEED` (a new one each time by default) and `TORTURE_SECONDS`.
    pub(super) fn read(usual: Duration) -> Self {
        let number = |name: &str| {
            let text = std::env::var(name).ok().filter(|text| !text.is_empty())?;
            Some(text.parse::<u64>().unwrap_or_else(|_| panic!("{name} is a number, not {text}")))
        };
        Self {
            seed: number("TORTURE_SEED").unwrap_or_else(fresh_seed),
            time: number("TORTURE_SECONDS").map_or(usual, Duration::from_secs),
        }
    }
}

/// Short enough to be typed.
fn fresh_seed() -> u64 {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).unwrap();
    u64::from(u32::from_le_bytes(bytes))
}
