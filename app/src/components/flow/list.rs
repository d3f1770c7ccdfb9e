//! A keyed list.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use leptos::prelude::*;

/// Shows a view for each item. The view of a key is kept while there is an item with that key, also
/// when it moves.
#[component]
pub fn For<I, T, K, V>(
    /// The items. Tracked.
    each: impl Fn() -> I + Send + Sync + 'static,
    /// The key of an item, unique in the list.
    key: impl Fn(&T) -> K + Send + Sync + 'static,
    /// The view of an item.
    children: impl Fn(T) -> V + Send + Sync + 'static,
) -> impl IntoView
where
    I: IntoIterator<Item = T> + 'static,
    T: Send + 'static,
    K: Hash + 'static,
    V: IntoView + 'static,
{
    let show = Arc::new(children);
    let rows = move || {
        let row = |item| {
            let (key, show) = (Key::new(&key(&item)), Arc::clone(&show));
            Row { key, show: Box::new(move || show(item).into_any()) }
        };
        each().into_iter().map(row).collect()
    };
    list(Box::new(rows))
}

/// An item with its type erased.
struct Row {
    key: Key,
    show: Box<dyn FnOnce() -> AnyView + Send>,
}

fn list(rows: Box<dyn Fn() -> Vec<Row> + Send>) -> AnyView {
    view! {
        <leptos::control_flow::For each=rows key=|row| row.key.clone() let(row)>
            {(row.show)()}
        </leptos::control_flow::For>
    }
    .into_any()
}

/// The bytes that a key writes to a hasher. They aren't hashed, so two keys are equal only if their
/// values are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Key(Vec<u8>);

impl Key {
    fn new(key: &impl Hash) -> Self {
        let mut written = Self::default();
        key.hash(&mut written);
        written
    }
}

impl Hasher for Key {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        unreachable!("the bytes are compared, not hashed")
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn keys_are_equal_exactly_if_their_values_are() {
        assert_eq!(Key::new(&(1_u64, "a")), Key::new(&(1_u64, "a")));
        assert_ne!(Key::new(&(1_u64, "a")), Key::new(&(2_u64, "a")));
        assert_ne!(Key::new(&("a", "bc")), Key::new(&("ab", "c")));
        assert_ne!(Key::new(&Some(0_u8)), Key::new(&None::<u8>));
    }
}
