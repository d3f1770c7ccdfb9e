//! The end of a node's streams: spread over a few seconds, so that their readers don't all turn to
//! the other nodes at once.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::jitter;

/// How many streams end in a second, while that doesn't take too long.
const PACE: u32 = 1_000;

/// How long it takes at most, however many there are.
const LONGEST: Duration = Duration::from_secs(3);

/// Whether the node is draining, and from when to when. Clones tell the same.
#[derive(Clone, Debug, Default)]
pub struct Drain {
    begun: CancellationToken,
    window: Arc<OnceLock<Window>>,
}

impl Drain {
    /// Ends the streams that are open, of which there are so many: a handful at once, a crowd one
    /// after the other.
    pub fn begin(&self, streams: usize) {
        self.window.get_or_init(|| Window { begin: Instant::now(), length: length(streams) });
        self.begun.cancel();
    }

    /// Whether it has begun: no stream is opened any more.
    pub fn has_begun(&self) -> bool {
        self.begun.is_cancelled()
    }

    /// Waits until it is that stream's turn to end.
    pub async fn reaches(&self, turn: Turn) {
        self.begun.cancelled().await;
        if let Some(window) = self.window.get() {
            sleep_until(window.moment(turn)).await;
        }
    }
}

/// When within a drain a stream ends. Each draws its own.
#[derive(Clone, Copy, Debug)]
pub struct Turn(f64);

impl Turn {
    /// One at random.
    pub fn draw() -> Self {
        Self(jitter::share())
    }
}

#[derive(Clone, Copy, Debug)]
struct Window {
    begin: Instant,
    length: Duration,
}

impl Window {
    fn moment(self, turn: Turn) -> Instant {
        self.begin + self.length.mul_f64(turn.0)
    }
}

fn length(streams: usize) -> Duration {
    let streams = u32::try_from(streams).unwrap_or(u32::MAX);
    (Duration::from_secs(1) * streams / PACE).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn a_crowd_ends_one_after_the_other_and_a_handful_at_once() {
        assert_eq!(length(5_000), LONGEST);
        assert_eq!(length(usize::MAX), LONGEST);
        assert_eq!(length(10), Duration::from_millis(10));
    }

    #[test]
    fn turns_are_spread_evenly() {
        let window = Window { begin: Instant::now(), length: LONGEST };
        let mut seconds = [0; 3];
        for _ in 0..3_000 {
            let wait = window.moment(Turn::draw()) - window.begin;
            seconds[usize::try_from(wait.as_secs()).unwrap().min(2)] += 1;
        }
        assert!(seconds.iter().all(|ends| (800..1_200).contains(ends)), "{seconds:?}");
    }

    #[tokio::test]
    async fn nothing_ends_before_it_has_begun_and_everything_after() {
        let drain = Drain::default();
        assert!(drain.reaches(Turn(0.0)).now_or_never().is_none());
        assert!(!drain.has_begun());
        drain.begin(1);
        drain.reaches(Turn(1.0)).await;
        assert!(drain.has_begun());
    }
}
