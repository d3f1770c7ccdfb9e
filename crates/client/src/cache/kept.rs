//! What was shown and left, for where it can't be read again: without a network above all.
//!
//! Messages keep it true as long as they come; the badge says when they don't.

use std::any::Any;
use std::collections::VecDeque;

use super::patch::{Patch, Patched};
use contract::{StreamMessage, UserId};

/// How many values are kept; the one that was left first gives way.
const MOST: usize = 24;

/// The values, by type and key of their query.
#[derive(Default)]
pub(super) struct Kept {
    left: VecDeque<Box<dyn Value>>,
}

trait Value: Any + Send + Sync {
    fn patch(&mut self, message: &StreamMessage, reader: UserId) -> Patched;
}

struct Left<K, T> {
    key: K,
    value: T,
}

impl<K: Send + Sync + 'static, T: Patch + Send + Sync + 'static> Value for Left<K, T> {
    fn patch(&mut self, message: &StreamMessage, reader: UserId) -> Patched {
        self.value.patch(message, reader)
    }
}

impl Kept {
    /// Keeps the value instead of what there was for that key.
    pub(super) fn keep<K, T>(&mut self, key: K, value: T)
    where
        K: PartialEq + Send + Sync + 'static,
        T: Patch + Send + Sync + 'static,
    {
        self.left.retain(|left| look::<K, T>(left.as_ref(), &key).is_none());
        self.left.push_back(Box::new(Left { key, value }));
        if self.left.len() > MOST {
            self.left.pop_front();
        }
    }

    /// What there is for that key.
    pub(super) fn find<K, T>(&self, key: &K) -> Option<T>
    where
        K: PartialEq + 'static,
        T: Clone + 'static,
    {
        self.left.iter().find_map(|left| look::<K, T>(left.as_ref(), key)).cloned()
    }

    /// Keeps what messages keep true, and lets go of the rest.
    pub(super) fn hear(&mut self, message: &StreamMessage, reader: UserId) {
        self.left.retain_mut(|left| left.patch(message, reader) != Patched::Stale);
    }

    /// Lets go of everything: it may have missed changes.
    pub(super) fn forget(&mut self) {
        self.left.clear();
    }
}

fn look<'a, K, T>(left: &'a dyn Value, key: &K) -> Option<&'a T>
where
    K: PartialEq + 'static,
    T: 'static,
{
    let left: &dyn Any = left;
    left.downcast_ref::<Left<K, T>>().filter(|left| left.key == *key).map(|left| &left.value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::fixtures::*;
    use crate::cache::{Members, Menu};
    use contract::Role;
    use contract::view::MembershipView;

    fn menu(name: &str) -> Menu {
        Menu::of(vec![in_menu(1, name, 1.0)])
    }

    #[test]
    fn a_value_is_found_by_its_type_and_key_only() {
        let mut kept = Kept::default();
        kept.keep("here", menu("Alpha"));
        assert_eq!(kept.find::<_, Menu>(&"here"), Some(menu("Alpha")));
        assert_eq!(kept.find::<_, Menu>(&"there"), None);
        assert_eq!(kept.find::<_, Members>(&"here"), None);
        kept.keep("here", menu("Beta"));
        assert_eq!(kept.find::<_, Menu>(&"here"), Some(menu("Beta")));
    }

    #[test]
    fn messages_keep_it_true() {
        let mut kept = Kept::default();
        let before = menu("Alpha");
        kept.keep((), before.clone());
        kept.hear(&renamed(before.items[0].organization.as_ref().unwrap(), "Beta"), READER);
        let after = kept.find::<_, Menu>(&()).unwrap();
        assert_eq!(after.items[0].organization.as_ref().unwrap().name.as_str(), "Beta");
    }

    #[test]
    fn what_only_reading_again_could_tell_is_let_go() {
        let mut kept = Kept::default();
        let mine = of_reader(member(ORGANIZATION, 1, "Ada"));
        kept.keep((), Members::of(ORGANIZATION, vec![mine.clone()]));
        let promoted = MembershipView { role: Role::Admin, ..newer(mine) };
        kept.hear(&role_changed(promoted), READER);
        assert_eq!(kept.find::<_, Members>(&()), None);
    }

    #[test]
    fn what_was_left_first_gives_way() {
        let mut kept = Kept::default();
        for number in 0..=MOST {
            kept.keep(number, menu("Alpha"));
        }
        assert_eq!(kept.find::<_, Menu>(&0_usize), None);
        assert!(kept.find::<_, Menu>(&MOST).is_some());
    }
}
