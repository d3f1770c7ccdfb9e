//! The shrinker: finds fewer steps that still fail.

use std::time::{Duration, Instant};

use super::report::Failure;
use super::schedule::{RunLength, Schedule, Step, StepKind, Steps};
use super::test_run::TestRun;

/// How many times a candidate is run before it counts as passing, because concurrent steps may take
/// effect in another order.
const ATTEMPTS: usize = 2;

/// Removes steps from `steps`, which failed, until no part can be left out or the time is over.
pub(super) async fn shrink(schedule: &Schedule, steps: &Steps, time: Duration) -> Steps {
    let mut shrinker = Shrinker {
        seed: schedule.seed,
        source_faults: schedule.source_faults,
        steps: steps.clone(),
        deadline: Instant::now() + time,
    };
    let last = shrinker.steps.last_round();
    shrinker.try_only(|step, _| step.round == last).await;
    for without in [
        StepKind::SystemFault,
        StepKind::AccountOperation,
        StepKind::BrowserFault,
        StepKind::SqlOperation,
        StepKind::HttpOperation,
    ] {
        shrinker.try_only(|_, kind| kind != without).await;
    }
    shrinker.remove_parts().await;
    shrinker.steps
}

struct Shrinker {
    seed: u64,
    source_faults: bool,
    /// The fewest steps that are known to fail.
    steps: Steps,
    deadline: Instant,
}

impl Shrinker {
    async fn try_only(&mut self, is_kept: impl Fn(Step, StepKind) -> bool) {
        let seed = self.seed;
        let kept = |step: &Step| is_kept(*step, Step::kind(&mut step.rng(seed)));
        let fewer = Steps(self.steps.0.iter().copied().filter(kept).collect());
        self.try_steps(fewer).await;
    }

    /// Tries to remove halves, then quarters, and so on.
    async fn remove_parts(&mut self) {
        let mut size = self.steps.0.len().div_ceil(2);
        while size > 0 && !self.is_over() {
            let mut first = 0;
            while first < self.steps.0.len() {
                let indexed = self.steps.0.iter().copied().enumerate();
                let fewer = indexed.filter(|(index, _)| !(first..first + size).contains(index));
                let fewer = Steps(fewer.map(|(_, step)| step).collect());
                if !self.try_steps(fewer).await {
                    first += size;
                }
            }
            size = if size == 1 { 0 } else { size.div_ceil(2) };
        }
    }

    /// Runs fewer steps, and continues with them if they fail too. Returns whether they do.
    async fn try_steps(&mut self, fewer: Steps) -> bool {
        if fewer.0.is_empty() || fewer == self.steps {
            return false;
        }
        for _ in 0..ATTEMPTS {
            if self.is_over() {
                return false;
            }
            let length = RunLength::Steps(fewer.clone());
            let schedule = Schedule { seed: self.seed, length, source_faults: self.source_faults };
            if let Err(failure) = run_until(self.deadline, schedule).await {
                println!("fails with {} of {} steps", fewer.0.len(), self.steps.0.len());
                println!("  {}", failure.summary());
                self.steps = fewer;
                return true;
            }
        }
        false
    }

    fn is_over(&self) -> bool {
        Instant::now() > self.deadline
    }
}

/// Runs the schedule. What doesn't end before the deadline counts as passing.
async fn run_until(deadline: Instant, schedule: Schedule) -> Result<(), Failure> {
    let run = async { TestRun::start(schedule).await.run().await.map(|_| ()) };
    tokio::time::timeout_at(deadline.into(), run).await.unwrap_or(Ok(()))
}
