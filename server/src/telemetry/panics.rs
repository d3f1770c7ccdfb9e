//! Logs panics like other errors: in the log's format, with the ids of the request or stream, and a
//! panic that repeats only once a minute.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::{self, PanicHookInfo};

use tracing::error;

/// Replaces the default hook, which writes to standard error.
pub fn log_panics() {
    panic::set_hook(Box::new(log));
}

fn log(panic: &PanicHookInfo<'_>) {
    let cause = panic.payload_as_str().unwrap_or("(not a text)");
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    // Captured when `RUST_BACKTRACE` is set.
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        error!(cause, location, %backtrace, "A thread panicked");
    } else {
        error!(cause, location, "A thread panicked");
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};
    use std::thread;

    use tracing::info_span;
    use tracing::subscriber::with_default;

    use super::*;

    #[derive(Clone, Default)]
    struct Output(Arc<Mutex<Vec<u8>>>);

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn panic_is_a_line_with_its_message_its_place_and_the_ids_of_its_span() {
        // Other tests that panic meanwhile use the hook before.
        let (default, this_thread) = (panic::take_hook(), thread::current().id());
        panic::set_hook(Box::new(move |panic| match thread::current().id() == this_thread {
            true => log(panic),
            false => default(panic),
        }));
        let output = Output::default();
        let writer = output.clone();
        let lines = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false);
        with_default(lines.finish(), || {
            let panicked = panic::catch_unwind(|| {
                info_span!("request", request_id = 42).in_scope(|| panic!("on purpose"));
            });
            assert!(panicked.is_err());
        });
        let text = String::from_utf8(output.0.lock().unwrap().clone()).unwrap();
        for part in ["ERROR", "request_id=42", "\"on purpose\"", "panics.rs:"] {
            assert!(text.contains(part), "{part} isn't in {text}");
        }
    }
}
