//! The report of a run.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use super::catch_up_counts::CatchUpCounts;
use super::schedule::{Step, Steps};

/// How many of the last operations and faults a failure lists.
const MAX_LAST_EVENTS: usize = 40;

/// Counts, and the last operations and faults.
#[derive(Clone, Debug, Default)]
pub(super) struct Report {
    pub(super) rounds: u64,
    operations: BTreeMap<&'static str, u64>,
    faults: BTreeMap<&'static str, u64>,
    pub(super) connections: u64,
    pub(super) resets: u64,
    pub(super) messages: u64,
    pub(super) comparisons: u64,
    pub(super) catch_ups: CatchUpCounts,
    last: VecDeque<String>,
    taken: Steps,
    step: Option<Step>,
}

/// The first failed check, which ended the run.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    message: String,
    report: Report,
}

impl Report {
    pub(super) fn begin(&mut self, step: Step) {
        self.taken.0.insert(step);
        self.step = Some(step);
    }

    pub(super) fn operation(&mut self, kind: &'static str, description: String) {
        *self.operations.entry(kind).or_default() += 1;
        self.record(description);
    }

    pub(super) fn fault(&mut self, kind: &'static str, description: String) {
        *self.faults.entry(kind).or_default() += 1;
        self.record(description);
    }

    fn record(&mut self, description: String) {
        if self.last.len() == MAX_LAST_EVENTS {
            self.last.pop_front();
        }
        let step = self.step.map(|step| format!("{}.{}", step.round, step.number));
        self.last.push_back(format!("{}: {description}", step.unwrap_or_default()));
    }

    /// A failure with this message and everything that is recorded so far.
    pub(super) fn failure(&self, message: String) -> Failure {
        Failure { message, report: self.clone() }
    }
}

impl Failure {
    /// The first line of the message.
    pub(super) fn summary(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }

    /// The steps that were taken before.
    pub(super) const fn steps(&self) -> &Steps {
        &self.report.taken
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { message, report } = self;
        writeln!(f, "in round {}: {message}", report.rounds)?;
        writeln!(f, "the last operations and faults, by step:")?;
        report.last.iter().try_for_each(|event| writeln!(f, "  {event}"))?;
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
        writeln!(f, "catch-ups    {}", self.catch_ups)?;
        writeln!(f, "messages     {}", self.messages)?;
        write!(f, "comparisons  {}", self.comparisons)
    }
}
