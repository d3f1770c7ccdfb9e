//! The settings of a run, from environment variables.

use std::fmt::Debug;
use std::str::FromStr;
use std::time::Duration;

use super::schedule::{RunLength, Schedule};

/// The settings of a run.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) schedule: Schedule,
    /// How long the shrinker may run after a failure.
    pub(super) shrink_time: Duration,
}

impl Settings {
    /// Reads `TORTURE_SEED` (random by default), `TORTURE_SECONDS` (`default_time` by default) or
    /// `TORTURE_STEPS`, `TORTURE_SOURCE_FAULTS` (false by default), and `TORTURE_SHRINK_SECONDS` (0 by default).
    pub(super) fn from_env(default_time: Duration) -> Self {
        let seconds = |name| variable(name).map(Duration::from_secs);
        let length = variable("TORTURE_STEPS").map_or_else(
            || RunLength::Time(seconds("TORTURE_SECONDS").unwrap_or(default_time)),
            RunLength::Steps,
        );
        Self {
            schedule: Schedule {
                seed: variable("TORTURE_SEED").unwrap_or_else(random_seed),
                length,
                source_faults: variable("TORTURE_SOURCE_FAULTS").unwrap_or(false),
            },
            shrink_time: seconds("TORTURE_SHRINK_SECONDS").unwrap_or_default(),
        }
    }
}

fn variable<T: FromStr<Err: Debug>>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|error| panic!("{name}={text} is invalid: {error:?}")))
}

/// Short enough to be typed.
fn random_seed() -> u64 {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).unwrap();
    u64::from(u32::from_le_bytes(bytes))
}
