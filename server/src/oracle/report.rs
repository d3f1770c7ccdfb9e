//! What a run has seen.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

/// How many of the last things a failure tells.
const REMEMBERED: usize = 40;

/// Counts, and the last things that happened.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) seed: u64,
    pub(super) rounds: u64,
    pub(super) operations: BTreeMap<&'static str, u64>,
    pub(super) faults: BTreeMap<&'static str, u64>,
    pub(super) connections: u64,
    pub(super) resets: u64,
    pub(super) messages: u64,
    pub(super) comparisons: u64,
    pub(super) last: VecDeque<String>,
}

impl Report {
    pub(super) fn operation(&mut self, kind: &'static str, told: String) {
        *self.operations.entry(kind).or_default() += 1;
        self.note(told);
    }

    pub(super) fn fault(&mut self, kind: &'static str, told: String) {
        *self.faults.entry(kind).or_default() += 1;
        self.note(told);
    }

    fn note(&mut self, told: String) {
        if self.last.len() == REMEMBERED {
            self.last.pop_front();
        }
        self.last.push_back(format!("round {}: {told}", self.rounds));
    }

    /// Ends the run.
    pub(super) fn fail(&self, what: &str) -> ! {
        let last = self.last.iter().map(|told| format!("\n  {told}")).collect::<String>();
        panic!("round {}: {what}\nthe last operations:{last}\n{self}", self.rounds);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = |counts: &BTreeMap<_, u64>| counts.values().sum::<u64>();
        let each = |counts: &BTreeMap<&str, u64>| {
            counts.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>()
        };
        writeln!(f, "seed         {}", self.seed)?;
        writeln!(f, "rounds       {}", self.rounds)?;
        let (operations, faults) = (&self.operations, &self.faults);
        writeln!(f, "operations   {} ({})", total(operations), each(operations).join(", "))?;
        writeln!(f, "faults       {} ({})", total(faults), each(faults).join(", "))?;
        writeln!(f, "connections  {} ({} resets)", self.connections, self.resets)?;
        writeln!(f, "messages     {}", self.messages)?;
        write!(f, "comparisons  {}", self.comparisons)
    }
}
