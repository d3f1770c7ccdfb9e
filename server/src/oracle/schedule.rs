//! The steps of a run, all derived from its seed, so that the run can be repeated with fewer of them.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::rng::Rng;

/// A step of a round. What it does depends only on the seed and on its number, not on earlier steps:
/// when some steps are left out, the others stay the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Step {
    pub(super) round: u64,
    pub(super) number: u64,
}

/// The kind of an operation or a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepKind {
    HttpOperation,
    SqlOperation,
    BrowserFault,
    AccountOperation,
    SystemFault,
}

impl Step {
    /// The random numbers that decide what the step does.
    pub(super) fn rng(self, seed: u64) -> Rng {
        Rng::new(seed).fork(self.round).fork(self.number + 1)
    }

    /// The kind of the step: the first draw from its random numbers.
    pub(super) fn kind(rng: &mut Rng) -> StepKind {
        match rng.below(100) {
            0..=49 => StepKind::HttpOperation,
            50..=76 => StepKind::SqlOperation,
            77..=92 => StepKind::BrowserFault,
            93 | 94 => StepKind::AccountOperation,
            _ => StepKind::SystemFault,
        }
    }

    /// A number that is unique to the step, for the names that it assigns.
    pub(super) const fn label(self) -> u64 {
        self.round * MAX_STEPS + self.number
    }
}

/// More than any round has.
const MAX_STEPS: u64 = 100;

/// The number of steps of a round.
pub(super) fn step_count(seed: u64, round: u64) -> u64 {
    10 + Rng::new(seed).fork(round).next() % 30
}

/// The steps of a run.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    pub(super) seed: u64,
    pub(super) length: RunLength,
    /// Whether faults damage what the log is read from, or make the database read-only.
    pub(super) source_faults: bool,
}

/// When a run ends.
#[derive(Clone, Debug)]
pub(super) enum RunLength {
    /// After the round in which this time is over.
    Time(Duration),
    /// After these steps; all others are left out.
    Steps(Steps),
}

/// Steps, written as `1.4-6,3.2`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Steps(pub(super) BTreeSet<Step>);

impl Steps {
    pub(super) fn last_round(&self) -> u64 {
        self.0.last().map_or(0, |step| step.round)
    }
}

impl fmt::Display for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.iter().copied().peekable();
        let mut separator = "";
        while let Some(first) = rest.next() {
            let mut last = first;
            while let Some(next) =
                rest.next_if(|next| *next == Step { number: last.number + 1, ..last })
            {
                last = next;
            }
            write!(f, "{separator}{}.{}", first.round, first.number)?;
            if last != first {
                write!(f, "-{}", last.number)?;
            }
            separator = ",";
        }
        Ok(())
    }
}

impl FromStr for Steps {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut steps = BTreeSet::new();
        for part in text.split(',') {
            let range = part.split_once('.').and_then(|(round, numbers)| {
                let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
                Some((round.parse().ok()?, first.parse::<u64>().ok()?, last.parse::<u64>().ok()?))
            });
            let Some((round, first, last)) = range else {
                return Err(format!("steps are written as 1.4-6,3.2, not {text}"));
            };
            steps.extend((first..=last).map(|number| Step { round, number }));
        }
        Ok(Self(steps))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_survive_a_round_trip_through_text() {
        let steps: Steps = "1.4-6,1.9,3.2".parse().unwrap();
        assert_eq!(steps.0.len(), 5);
        assert_eq!(steps.last_round(), 3);
        assert_eq!(steps.to_string(), "1.4-6,1.9,3.2");
        assert!("1".parse::<Steps>().is_err() && "".parse::<Steps>().is_err());
    }

    #[test]
    fn step_is_independent_of_earlier_steps() {
        let draw = |number| Step { round: 3, number }.rng(7).next();
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}
