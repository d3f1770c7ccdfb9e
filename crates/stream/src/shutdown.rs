//! Closes the streams of a node that shuts down, spread over up to three seconds: if they closed
//! all at once, their readers would reconnect to the other nodes all at once.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::jitter;

/// How many streams close per second, unless [`MAX_WINDOW`] asks for more.
const STREAMS_PER_SECOND: u32 = 1_000;

/// How long closing all streams may take, however many there are.
pub const MAX_WINDOW: Duration = Duration::from_secs(3);

/// Whether the node shuts down, and in which window its streams close. Clones share their state.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    begun: CancellationToken,
    window: Arc<OnceLock<Window>>,
}

impl Shutdown {
    /// Starts to close the open streams. `streams` is their number, from which follows how long it
    /// takes. Later calls change nothing.
    pub fn begin(&self, streams: usize) {
        self.window
            .get_or_init(|| Window { begin: Instant::now(), length: window_length(streams) });
        self.begun.cancel();
    }

    /// Whether it has begun. From then on no stream may be opened.
    pub fn has_begun(&self) -> bool {
        self.begun.is_cancelled()
    }

    /// Waits until the stream with this offset has to close: forever, unless the node shuts down.
    pub async fn wait_to_close(&self, offset: CloseOffset) {
        self.begun.cancelled().await;
        if let Some(window) = self.window.get() {
            sleep_until(window.closes_at(offset)).await;
        }
    }
}

/// When a stream closes within the window, as a fraction of its length. Each stream draws its own.
#[derive(Clone, Copy, Debug)]
pub struct CloseOffset(f64);

impl CloseOffset {
    /// A random offset.
    pub fn random() -> Self {
        Self(jitter::fraction())
    }
}

#[derive(Clone, Copy, Debug)]
struct Window {
    begin: Instant,
    length: Duration,
}

impl Window {
    fn closes_at(self, offset: CloseOffset) -> Instant {
        self.begin + self.length.mul_f64(offset.0)
    }
}

fn window_length(streams: usize) -> Duration {
    let streams = u32::try_from(streams).unwrap_or(u32::MAX);
    (Duration::from_secs(1) * streams / STREAMS_PER_SECOND).min(MAX_WINDOW)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn window_grows_with_the_number_of_streams_up_to_its_maximum() {
        assert_eq!(window_length(5_000), MAX_WINDOW);
        assert_eq!(window_length(usize::MAX), MAX_WINDOW);
        assert_eq!(window_length(10), Duration::from_millis(10));
    }

    #[test]
    fn close_offsets_are_spread_evenly() {
        let window = Window { begin: Instant::now(), length: MAX_WINDOW };
        let mut seconds = [0; 3];
        for _ in 0..3_000 {
            let wait = window.closes_at(CloseOffset::random()) - window.begin;
            seconds[usize::try_from(wait.as_secs()).unwrap().min(2)] += 1;
        }
        assert!(seconds.iter().all(|closed| (800..1_200).contains(closed)), "{seconds:?}");
    }

    #[tokio::test]
    async fn streams_close_only_once_shutdown_has_begun() {
        let shutdown = Shutdown::default();
        assert!(shutdown.wait_to_close(CloseOffset(0.0)).now_or_never().is_none());
        assert!(!shutdown.has_begun());
        shutdown.begin(1);
        shutdown.wait_to_close(CloseOffset(1.0)).await;
        assert!(shutdown.has_begun());
    }
}
