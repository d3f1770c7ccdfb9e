//! Closes the streams of a node that shuts down, spread over up to three seconds: if they closed
//! all at once, their readers would reconnect to the other nodes all at once.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::Instant;

use super::jitter;

/// How many streams close per second, unless [`MAX_WINDOW`] asks for more.
const STREAMS_PER_SECOND: u32 = 1_000;

/// How long closing all streams may take, however many there are.
pub const MAX_WINDOW: Duration = Duration::from_secs(3);

/// Whether the node shuts down, and in which window its streams close. Clones share their state.
#[derive(Clone, Debug, Default)]
pub struct Shutdown(Arc<OnceLock<Window>>);

impl Shutdown {
    /// Starts to close the open streams. `streams` is their number, from which follows how long it
    /// takes. Later calls change nothing.
    pub fn begin(&self, streams: usize) {
        self.0.get_or_init(|| Window { begin: Instant::now(), length: window_length(streams) });
    }

    /// Whether it has begun. From then on no stream may be opened.
    pub fn has_begun(&self) -> bool {
        self.0.get().is_some()
    }

    /// When the stream with this offset has to close. None unless the node shuts down.
    pub fn closes_at(&self, offset: CloseOffset) -> Option<Instant> {
        self.0.get().map(|window| window.closes_at(offset))
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

    #[test]
    fn streams_close_only_once_shutdown_has_begun() {
        let shutdown = Shutdown::default();
        assert_eq!(shutdown.closes_at(CloseOffset(0.0)), None);
        assert!(!shutdown.has_begun());
        let before = Instant::now();
        shutdown.begin(1000);
        assert!(shutdown.has_begun());
        let [first, last] = [0.0, 1.0].map(|it| shutdown.closes_at(CloseOffset(it)).unwrap());
        assert!(first >= before);
        assert_eq!(last - first, Duration::from_secs(1));
        shutdown.begin(5000);
        assert_eq!(shutdown.closes_at(CloseOffset(1.0)), Some(last), "the first call decides");
    }
}
