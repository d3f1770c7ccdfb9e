//! Which steps a run takes, so that it can be done again with fewer.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::rng::Rng;

/// One step of a round. What it does depends only on the seed and its place, not on the steps
/// before: a run without some of them does the others alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Step {
    pub(super) round: u64,
    pub(super) number: u64,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Request,
    Sql,
    Browser,
    Account,
    System,
}

impl Step {
    /// The source of what it does.
    pub(super) fn source(self, seed: u64) -> Rng {
        Rng::new(seed).fork(self.round).fork(self.number + 1)
    }

    /// The first thing that the source says.
    pub(super) fn kind(source: &mut Rng) -> Kind {
        match source.below(100) {
            0..=49 => Kind::Request,
            50..=76 => Kind::Sql,
            77..=92 => Kind::Browser,
            93 | 94 => Kind::Account,
            _ => Kind::System,
        }
    }

    /// What names that it gives end with: no other step's do.
    pub(super) const fn label(self) -> u64 {
        self.round * MOST_STEPS + self.number
    }
}

/// More than any round has.
const MOST_STEPS: u64 = 100;

/// How many steps a round has.
pub(super) fn steps_of(seed: u64, round: u64) -> u64 {
    10 + Rng::new(seed).fork(round).next() % 30
}

/// What to do.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) extent: Extent,
}

/// How much of what the seed says.
#[derive(Clone, Debug)]
pub(super) enum Extent {
    /// Round after round, as long as this.
    For(Duration),
    /// These steps alone.
    Only(Steps),
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
    fn steps_read_as_they_are_written() {
        let steps: Steps = "1.4-6,1.9,3.2".parse().unwrap();
        assert_eq!(steps.0.len(), 5);
        assert_eq!(steps.last_round(), 3);
        assert_eq!(steps.to_string(), "1.4-6,1.9,3.2");
        assert!("1".parse::<Steps>().is_err() && "".parse::<Steps>().is_err());
    }

    #[test]
    fn a_step_does_the_same_whatever_was_done_before() {
        let draw = |number| Step { round: 3, number }.source(7).next();
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}
