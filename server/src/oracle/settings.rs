//! What a run is told from outside.

use std::fmt::Debug;
use std::str::FromStr;
use std::time::Duration;

use super::plan::{Extent, Plan};

/// Which run, how long, and what to do when it fails.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) plan: Plan,
    /// How long to look for fewer steps that still fail.
    pub(super) shrinking: Duration,
}

impl Settings {
    /// `TORTURE_SEED` (a new one each time by default), `TORTURE_SECONDS` or `TORTURE_STEPS`, and
    /// `TORTURE_SHRINK_SECONDS` (0 by default).
    pub(super) fn read(usual: Duration) -> Self {
        let seconds = |name| variable(name).map(Duration::from_secs);
        let extent = variable("TORTURE_STEPS")
            .map_or_else(|| Extent::For(seconds("TORTURE_SECONDS").unwrap_or(usual)), Extent::Only);
        Self {
            plan: Plan { seed: variable("TORTURE_SEED").unwrap_or_else(fresh_seed), extent },
            shrinking: seconds("TORTURE_SHRINK_SECONDS").unwrap_or_default(),
        }
    }
}

fn variable<T: FromStr<Err: Debug>>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|error| panic!("{name} can't be {text}: {error:?}")))
}

/// Short enough to be typed.
fn fresh_seed() -> u64 {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).unwrap();
    u64::from(u32::from_le_bytes(bytes))
}
