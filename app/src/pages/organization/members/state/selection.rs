//! The selected members. Searching, filtering and sorting don't change the selection.

use std::collections::HashSet;

use leptos::prelude::*;

use client::cache::{LiveQuery, Members, memo};
use contract::MembershipId;
use contract::view::MembershipView;

/// The selection.
#[derive(Clone, Copy)]
pub struct Selection {
    selected: RwSignal<HashSet<MembershipId>>,
    members: LiveQuery<Members>,
}

impl Selection {
    /// Creates an empty selection of these members.
    pub fn new(members: LiveQuery<Members>) -> Self {
        Self { selected: RwSignal::default(), members }
    }

    /// Whether that member is selected. Tracked.
    pub fn contains(self, id: MembershipId) -> bool {
        self.selected.with(|selected| selected.contains(&id))
    }

    /// Returns how many of these members are selected. Tracked.
    pub fn count_among(self, ids: &[MembershipId]) -> usize {
        self.selected.with(|selected| ids.iter().filter(|id| selected.contains(id)).count())
    }

    /// Selects or deselects these members.
    pub fn set(self, ids: &[MembershipId], is_selected: bool) {
        self.selected.update(|selected| {
            for id in ids {
                if is_selected {
                    selected.insert(*id);
                } else {
                    selected.remove(id);
                }
            }
        });
    }

    /// Deselects all.
    pub fn clear(self) {
        self.selected.update(HashSet::clear);
    }

    /// Returns how many current members are selected. Former members don't count.
    pub fn count(self) -> Signal<usize> {
        memo(move |_| {
            self.selected.with(|selected| {
                if selected.is_empty() {
                    return 0;
                }
                let count =
                    |its: &Members| its.items.iter().filter(|it| selected.contains(&it.id)).count();
                self.members.map(count).unwrap_or_default()
            })
        })
    }

    /// Returns the selected current members. Untracked.
    pub fn members(self) -> Vec<MembershipView> {
        self.selected.with_untracked(|selected| {
            let find = |its: &Members| {
                its.items.iter().filter(|it| selected.contains(&it.id)).cloned().collect()
            };
            self.members.map_untracked(find).unwrap_or_default()
        })
    }
}
