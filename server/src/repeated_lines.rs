//! Logs an error that repeats once, and then how often it did.
//!
//! An outage makes every request, every retry and every node fail alike. The first line says what is
//! wrong; hundreds of equal ones would hide everything else.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber, warn};
use tracing_subscriber::layer::{Context, Filter};

/// How long a warning or error is only counted after it was logged.
const WINDOW: Duration = Duration::from_secs(60);

/// How many different lines are remembered. More of them are logged each time.
const CAPACITY: usize = 1_000;

/// A filter that lets the first of equal warnings and errors pass within [`WINDOW`]. Clones share the
/// counts.
///
/// Two lines are equal when their message and their causes differ only in digits, such as process ids.
/// Other fields, such as the request's id, don't count.
#[derive(Clone, Debug, Default)]
pub struct RepeatedLines(Arc<Mutex<HashMap<String, Repeated>>>);

#[derive(Clone, Copy, Debug)]
struct Repeated {
    since: Instant,
    times: u64,
}

impl RepeatedLines {
    /// Starts a thread that logs, once a minute, how often each line was repeated.
    ///
    /// # Errors
    /// When the system starts no more threads.
    pub fn report_periodically(&self) -> std::io::Result<()> {
        let lines = self.clone();
        let report = move || {
            loop {
                std::thread::sleep(WINDOW / 6);
                for (line, times) in lines.take_finished(Instant::now()) {
                    // The digits make this line equal to its next one, so it isn't filtered itself.
                    warn!(target: REPORT_TARGET, times, "Repeated: {line}");
                }
            }
        };
        std::thread::Builder::new().name("repeated-lines".to_owned()).spawn(report)?;
        Ok(())
    }

    /// Whether the line is to be logged at that moment.
    fn is_first(&self, line: String, now: Instant) -> bool {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() >= CAPACITY {
            return true;
        }
        match lines.entry(line) {
            Entry::Vacant(entry) => {
                entry.insert(Repeated { since: now, times: 0 });
                true
            }
            Entry::Occupied(mut entry) => {
                entry.get_mut().times += 1;
                false
            }
        }
    }

    /// The lines that were repeated within a window that has ended. They begin another one; those that
    /// weren't repeated are forgotten.
    fn take_finished(&self, now: Instant) -> Vec<(String, u64)> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut finished = Vec::new();
        lines.retain(|line, repeated| {
            if now.saturating_duration_since(repeated.since) < WINDOW {
                return true;
            }
            if repeated.times > 0 {
                finished.push((line.clone(), repeated.times));
            }
            let goes_on = repeated.times > 0;
            *repeated = Repeated { since: now, times: 0 };
            goes_on
        });
        finished
    }
}

const REPORT_TARGET: &str = "repeated_lines";

impl<S: Subscriber> Filter<S> for RepeatedLines {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        true
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        let metadata = event.metadata();
        if *metadata.level() > Level::WARN || metadata.target() == REPORT_TARGET {
            return true;
        }
        let mut line = Line::default();
        event.record(&mut line);
        self.is_first(line.0, Instant::now())
    }
}

/// The message and the causes of an event, without digits.
#[derive(Default)]
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if !matches!(field.name(), "message" | "error" | "cause" | "task") {
            return;
        }
        let text = format!("{value:?}");
        let separator = if self.0.is_empty() { "" } else { ": " };
        let _ = write!(self.0, "{separator}{}", text.replace(|c: char| c.is_ascii_digit(), ""));
    }
}

#[cfg(test)]
mod tests {
    use tracing::subscriber::with_default;
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::{Layer, Registry};

    use super::*;

    /// Counts the events that pass.
    #[derive(Clone, Default)]
    struct Counter(Arc<Mutex<Vec<String>>>);

    impl<S: Subscriber> Layer<S> for Counter {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            let mut line = Line::default();
            event.record(&mut line);
            self.0.lock().unwrap().push(line.0);
        }
    }

    #[test]
    fn repeated_error_is_logged_once_and_counted() {
        let (passed, lines) = (Counter::default(), RepeatedLines::default());
        let subscriber = Registry::default().with(passed.clone().with_filter(lines.clone()));
        with_default(subscriber, || {
            for request in 0..300 {
                warn!(request, cause = "no space left (process 41)", "request failed");
                warn!(request, cause = %format!("timeout after {request} s"), "request failed");
                tracing::info!("listening");
            }
        });
        let count =
            |text: &str| passed.0.lock().unwrap().iter().filter(|line| line.contains(text)).count();
        assert_eq!((count("no space"), count("timeout"), count("listening")), (1, 1, 300));

        let now = Instant::now();
        assert!(lines.take_finished(now).is_empty(), "the window hasn't ended");
        let finished = lines.take_finished(now + WINDOW);
        assert_eq!(finished.iter().map(|(_, times)| *times).collect::<Vec<_>>(), [299, 299]);
        assert!(lines.take_finished(now + WINDOW * 2).is_empty());
        assert!(lines.is_first("request failed".to_owned(), now + WINDOW * 2));
    }
}
