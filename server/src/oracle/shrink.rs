//! Looks for fewer steps that still fail.

use std::time::{Duration, Instant};

use super::plan::{Extent, Kind, Plan, Step, Steps};
use super::report::Failure;
use super::world::World;

/// How many times fewer steps are tried: what happens at the same time may come in another order.
const ATTEMPTS: usize = 2;

/// Goes on from `steps`, which failed, until none can be left out or the time is over.
pub(super) async fn shrink(seed: u64, steps: &Steps, time: Duration) -> Steps {
    let mut least = Shrinking { seed, steps: steps.clone(), end: Instant::now() + time };
    let last = least.steps.last_round();
    least.keep(|step, _| step.round == last).await;
    for without in [Kind::System, Kind::Account, Kind::Browser, Kind::Sql, Kind::Request] {
        least.keep(|_, kind| kind != without).await;
    }
    least.leave_out_parts().await;
    least.steps
}

struct Shrinking {
    seed: u64,
    /// These fail.
    steps: Steps,
    end: Instant,
}

impl Shrinking {
    async fn keep(&mut self, kept: impl Fn(Step, Kind) -> bool) {
        let seed = self.seed;
        let kept = |step: &Step| kept(*step, Step::kind(&mut step.source(seed)));
        let fewer = Steps(self.steps.0.iter().copied().filter(kept).collect());
        self.attempt(fewer).await;
    }

    /// Halves, then quarters, and so on.
    async fn leave_out_parts(&mut self) {
        let mut size = self.steps.0.len().div_ceil(2);
        while size > 0 && !self.is_over() {
            let mut first = 0;
            while first < self.steps.0.len() {
                let places = self.steps.0.iter().copied().enumerate();
                let fewer = places.filter(|(place, _)| !(first..first + size).contains(place));
                let fewer = Steps(fewer.map(|(_, step)| step).collect());
                if !self.attempt(fewer).await {
                    first += size;
                }
            }
            size = if size == 1 { 0 } else { size.div_ceil(2) };
        }
    }

    /// Takes the fewer steps if they fail too.
    async fn attempt(&mut self, fewer: Steps) -> bool {
        if fewer.0.is_empty() || fewer == self.steps {
            return false;
        }
        for _ in 0..ATTEMPTS {
            if self.is_over() {
                return false;
            }
            let plan = Plan { seed: self.seed, extent: Extent::Only(fewer.clone()) };
            if let Err(failure) = run(plan).await {
                println!("fails with {} of {} steps", fewer.0.len(), self.steps.0.len());
                println!("  {}", failure.summary());
                self.steps = fewer;
                return true;
            }
        }
        false
    }

    fn is_over(&self) -> bool {
        Instant::now() > self.end
    }
}

async fn run(plan: Plan) -> Result<(), Failure> {
    World::start(plan).await.run().await.map(|_| ())
}
