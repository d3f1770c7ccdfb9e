//! Values of queries that left the page, for when they can't be fetched the next time (usually
//! without a network).
//!
//! Stream messages keep patching them. While the stream is disconnected, the status badge tells the person that
//! the data may be old.

use std::any::Any;
use std::collections::VecDeque;

use super::patch::{Patch, Patched};
use contract::{StreamMessage, UserId};

/// How many values are retained. The oldest is evicted first.
const MAX_VALUES: usize = 24;

/// The values by type and key of their query, the oldest first.
#[derive(Default)]
pub(super) struct RetainedQueries {
    entries: VecDeque<Box<dyn RetainedValue>>,
}

trait RetainedValue: Any + Send + Sync {
    fn patch(&mut self, message: &StreamMessage, reader: UserId) -> Patched;
}

struct Entry<K, T> {
    key: K,
    value: T,
}

impl<K: Send + Sync + 'static, T: Patch + Send + Sync + 'static> RetainedValue for Entry<K, T> {
    fn patch(&mut self, message: &StreamMessage, reader: UserId) -> Patched {
        self.value.patch(message, reader)
    }
}

impl RetainedQueries {
    /// Stores the value for that key and replaces an older one.
    pub(super) fn insert<K, T>(&mut self, key: K, value: T)
    where
        K: PartialEq + Send + Sync + 'static,
        T: Patch + Send + Sync + 'static,
    {
        self.entries.retain(|entry| value_for::<K, T>(entry.as_ref(), &key).is_none());
        self.entries.push_back(Box::new(Entry { key, value }));
        if self.entries.len() > MAX_VALUES {
            self.entries.pop_front();
        }
    }

    /// Returns the value for that key, with all messages since applied.
    pub(super) fn get<K, T>(&self, key: &K) -> Option<T>
    where
        K: PartialEq + 'static,
        T: Clone + 'static,
    {
        self.entries.iter().find_map(|entry| value_for::<K, T>(entry.as_ref(), key)).cloned()
    }

    /// Patches every value, and drops those that only a fetch could update.
    pub(super) fn on_message(&mut self, message: &StreamMessage, reader: UserId) {
        self.entries.retain_mut(|entry| entry.patch(message, reader) != Patched::Stale);
    }

    /// Drops everything, because messages may have been missed.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }
}

fn value_for<'a, K, T>(entry: &'a dyn RetainedValue, key: &K) -> Option<&'a T>
where
    K: PartialEq + 'static,
    T: 'static,
{
    let entry: &dyn Any = entry;
    entry.downcast_ref::<Entry<K, T>>().filter(|entry| entry.key == *key).map(|entry| &entry.value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::fixtures::*;
    use crate::cache::{Members, Menu};
    use contract::Role;
    use contract::view::MembershipView;

    fn menu(name: &str) -> Menu {
        Menu::new(vec![in_menu(1, name, 1.0)])
    }

    #[test]
    fn value_is_found_by_its_type_and_key_only() {
        let mut retained = RetainedQueries::default();
        retained.insert("here", menu("Alpha"));
        assert_eq!(retained.get::<_, Menu>(&"here"), Some(menu("Alpha")));
        assert_eq!(retained.get::<_, Menu>(&"there"), None);
        assert_eq!(retained.get::<_, Members>(&"here"), None);
        retained.insert("here", menu("Beta"));
        assert_eq!(retained.get::<_, Menu>(&"here"), Some(menu("Beta")));
    }

    #[test]
    fn messages_patch_retained_values() {
        let mut retained = RetainedQueries::default();
        let before = menu("Alpha");
        retained.insert((), before.clone());
        retained
            .on_message(&renamed(before.items[0].organization.as_ref().unwrap(), "Beta"), READER);
        let after = retained.get::<_, Menu>(&()).unwrap();
        assert_eq!(after.items[0].organization.as_ref().unwrap().name.as_str(), "Beta");
    }

    #[test]
    fn stale_value_is_dropped() {
        let mut retained = RetainedQueries::default();
        let mine = of_reader(member(ORGANIZATION, 1, "Ada"));
        retained.insert((), Members::new(ORGANIZATION, vec![mine.clone()]));
        let promoted = MembershipView { role: Role::Admin, ..newer(mine) };
        retained.on_message(&role_changed(promoted), READER);
        assert_eq!(retained.get::<_, Members>(&()), None);
    }

    #[test]
    fn oldest_value_is_evicted() {
        let mut retained = RetainedQueries::default();
        for number in 0..=MAX_VALUES {
            retained.insert(number, menu("Alpha"));
        }
        assert_eq!(retained.get::<_, Menu>(&0_usize), None);
        assert!(retained.get::<_, Menu>(&MAX_VALUES).is_some());
    }
}
