//! Reading a signal while another thread of the server writes it.

use leptos::prelude::*;

/// How often a read is tried while another thread writes. A write takes microseconds.
const MAX_ATTEMPTS: usize = 1_000_000;

/// Applies `read` to the signal's value. Tracked.
///
/// On the server another thread may be writing the response. At that moment the signal can't be
/// locked; Leptos takes it for disposed of and panics. So the server tries again until it can.
pub(super) fn with_tracked<T: Send + Sync + 'static, U>(
    signal: &ArcRwSignal<T>,
    read: impl FnOnce(&T) -> U,
) -> U {
    if !cfg!(feature = "ssr") {
        return signal.with(read);
    }
    let mut read = Some(read);
    let mut read_once = |value: &T| read.take().map(|read| read(value));
    for _ in 0..MAX_ATTEMPTS {
        if let Some(result) = signal.try_with(&mut read_once).flatten() {
            return result;
        }
        std::thread::yield_now();
    }
    panic!("the thread that writes the signal has panicked")
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn signal_can_be_read_while_another_thread_writes_it() {
        let signal = ArcRwSignal::new(0);
        let written = signal.clone();
        let writing = thread::spawn(move || (0..100_000).for_each(|value| written.set(value)));
        while !writing.is_finished() {
            assert!(with_tracked(&signal, |value| *value < 100_000));
        }
        writing.join().unwrap();
    }
}
