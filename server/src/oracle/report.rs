//! What a run has seen.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use super::plan::{Step, Steps};

/// How many of the last things a failure tells.
const REMEMBERED: usize = 40;

/// Counts, and the last things that happened.
#[derive(Clone, Debug, Default)]
pub(super) struct Report {
    pub(super) rounds: u64,
    operations: BTreeMap<&'static str, u64>,
    faults: BTreeMap<&'static str, u64>,
    pub(super) connections: u64,
    pub(super) resets: u64,
    pub(super) messages: u64,
    pub(super) comparisons: u64,
    last: VecDeque<String>,
    taken: Steps,
    step: Option<Step>,
}

/// The first thing that was wrong, which ended the run.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    told: String,
    report: Report,
}

impl Report {
    pub(super) fn begin(&mut self, step: Step) {
        self.taken.0.insert(step);
        self.step = Some(step);
    }

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
        let step = self.step.map(|step| format!("{}.{}", step.round, step.number));
        self.last.push_back(format!("{}: {told}", step.unwrap_or_default()));
    }

    /// What ends the run.
    pub(super) fn failure(&self, told: String) -> Failure {
        Failure { told, report: self.clone() }
    }
}

impl Failure {
    /// What was wrong, on one line.
    pub(super) fn summary(&self) -> &str {
        self.told.lines().next().unwrap_or_default()
    }

    /// The steps that led to it.
    pub(super) const fn steps(&self) -> &Steps {
        &self.report.taken
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { told, report } = self;
        writeln!(f, "in round {}: {told}", report.rounds)?;
        writeln!(f, "the last that was done before, by step:")?;
        report.last.iter().try_for_each(|told| writeln!(f, "  {told}"))?;
        write!(f, "{report}")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = |counts: &BTreeMap<_, u64>| counts.values().sum::<u64>();
        let each = |counts: &BTreeMap<&str, u64>| {
            counts.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>()
        };
        writeln!(f, "rounds       {}", self.rounds)?;
        let (operations, faults) = (&self.operations, &self.faults);
        writeln!(f, "operations   {} ({})", total(operations), each(operations).join(", "))?;
        writeln!(f, "faults       {} ({})", total(faults), each(faults).join(", "))?;
        writeln!(f, "connections  {} ({} resets)", self.connections, self.resets)?;
        writeln!(f, "messages     {}", self.messages)?;
        write!(f, "comparisons  {}", self.comparisons)
    }
}
