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

/// How many different lines are remembered. Beyond that, lines are equal when the same place in the code
/// logs them.
const CAPACITY: usize = 1_000;

/// How many bytes of each field are compared.
const COMPARED_BYTES: usize = 500;

/// The fields that are compared. Others, such as the request's id, differ each time.
const COMPARED_FIELDS: [&str; 6] = ["message", "error", "cause", "task", "location", "summary"];

/// A filter that lets the first of equal warnings and errors pass within [`WINDOW`]. Clones share the
/// counts.
///
/// Two lines are equal when their [`COMPARED_FIELDS`] differ only in words with digits, such as process
/// ids, addresses and UUIDs.
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

    /// Whether the line, which `place` logs, is to be logged at that moment.
    fn is_first(&self, line: String, place: &str, now: Instant) -> bool {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_remembered = lines.len() < CAPACITY || lines.contains_key(&line);
        let line = if is_remembered { line } else { place.to_owned() };
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

    /// Takes the lines that were repeated within a window that has ended. They begin another one; those
    /// that weren't repeated are forgotten.
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
        self.is_first(line.0, metadata.name(), Instant::now())
    }
}

/// The compared fields of an event, without words that have digits.
#[derive(Default)]
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if !COMPARED_FIELDS.contains(&field.name()) {
            return;
        }
        let text = format!("{value:?}");
        let end = text.floor_char_boundary(COMPARED_BYTES);
        let separator = if self.0.is_empty() { "" } else { ": " };
        let _ = write!(self.0, "{separator}{}", replace_numbers(&text[..end]));
    }
}

/// Replaces each word that has a digit by `#`. A UUID is one word.
fn replace_numbers(text: &str) -> String {
    let is_separator = |c: char| !(c.is_alphanumeric() || c == '-' || c == '_');
    let has_digit = |word: &str| word.contains(|c: char| c.is_ascii_digit());
    let words = text.split_inclusive(is_separator).map(|word| {
        let separator = word.chars().next_back().filter(|&c| is_separator(c));
        let separator = separator.map_or(0, char::len_utf8);
        let (word, separator) = word.split_at(word.len() - separator);
        [if has_digit(word) { "#" } else { word }, separator].concat()
    });
    words.collect()
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
        assert!(lines.is_first("request failed".to_owned(), "error.rs:1", now + WINDOW * 2));
    }

    #[test]
    fn numbers_and_ids_make_no_difference() {
        let at = |address, id| format!("row {id}: can't connect to {address} (os error 111)");
        assert_eq!(
            replace_numbers(&at("127.0.0.1:5432", "ee3a0f10-aaaa-4bcd-9eee-abcdefabcdef")),
            replace_numbers(&at("10.1.20.3:6432", "0193d5b0-0000-7000-8000-000000000000"))
        );
        assert_eq!(replace_numbers("no space left"), "no space left");
        assert_ne!(replace_numbers("src/a.rs:1:2"), replace_numbers("src/b.rs:1:2"));
    }

    #[test]
    fn flood_of_different_lines_is_bounded_and_does_not_let_repetitions_pass() {
        let (lines, now) = (RepeatedLines::default(), Instant::now());
        let mut passed = 0;
        for number in 0..CAPACITY * 3 {
            passed += usize::from(lines.is_first(format!("line {number}"), "flood.rs:1", now));
        }
        assert_eq!(passed, CAPACITY + 1, "one for the rest of them");
        assert!(!lines.is_first("line 1".to_owned(), "flood.rs:1", now), "it was logged before");
        assert!(lines.is_first("another".to_owned(), "other.rs:9", now), "other places go on");
    }
}
