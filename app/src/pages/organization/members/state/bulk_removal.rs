//! The removal of several members, and the progress of its requests.

use std::collections::HashSet;

use leptos::prelude::*;

use super::row_window::RowWindow;
use client::api;
use client::cache::{LiveQuery, Members};
use contract::view::MembershipView;
use contract::{ApiError, ErrorCode, MembershipId};

/// The state of the dialog.
#[derive(Clone, Copy)]
pub struct BulkRemoval {
    /// Whether the dialog is open.
    pub open: RwSignal<bool>,
    /// The members to remove.
    pub members: RwSignal<Vec<MembershipView>>,
    /// How far the removal is.
    pub stage: RwSignal<Stage>,
}

/// How far a removal is.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// The person hasn't confirmed it.
    Confirming,
    /// The requests for so many members are done.
    Removing(usize),
    /// All requests are done. The members who couldn't be removed, by name and reason.
    Done(Vec<(String, String)>),
}

impl BulkRemoval {
    /// Creates the state with a closed dialog.
    pub fn new() -> Self {
        Self {
            open: RwSignal::new(false),
            members: RwSignal::default(),
            stage: RwSignal::new(Stage::Confirming),
        }
    }

    /// Opens the dialog for these members. While a removal is running, it shows that one instead.
    pub fn confirm(self, members: Vec<MembershipView>) {
        if !matches!(self.stage.get_untracked(), Stage::Removing(_)) {
            self.members.set(members);
            self.stage.set(Stage::Confirming);
        }
        self.open.set(true);
    }

    /// Removes the members one after the other, as each removal locks the organization. `own` is
    /// the person's own membership, which goes last: without it, they may remove nobody.
    ///
    /// Returns how many are no longer members.
    pub async fn remove(
        self,
        list: LiveQuery<Members>,
        window: RowWindow,
        own: Option<MembershipId>,
    ) -> usize {
        let members = self.members.get_untracked().into_iter();
        let (own, others): (Vec<_>, _) = members.partition(|its| Some(its.id) == own);
        let (mut removed, mut failed, mut fatal) = (HashSet::new(), Vec::new(), None);
        for (done, member) in others.into_iter().chain(own).enumerate() {
            let _ = self.stage.try_set(Stage::Removing(done));
            let answer = match fatal.clone() {
                Some(error) => Err(error),
                None => api::memberships::remove(member.id).await,
            };
            match answer {
                Ok(()) => drop(removed.insert(member.id)),
                // Someone else removed them.
                Err(error) if error.code == ErrorCode::NotFound => drop(removed.insert(member.id)),
                Err(error) => {
                    failed.push((member.user.name.to_string(), error.message.clone()));
                    fatal = Some(error).filter(is_fatal);
                }
            }
        }
        list.update_with(|its| its.items.retain(|item| !removed.contains(&item.id)));
        if failed.is_empty() {
            let _ = self.open.try_set(false);
            window.focus_if_lost();
        }
        let _ = self.stage.try_set(Stage::Done(failed));
        removed.len()
    }
}

/// Whether the requests for the other members would fail in the same way.
const fn is_fatal(error: &ApiError) -> bool {
    matches!(error.code, ErrorCode::Unreachable | ErrorCode::NotSignedIn | ErrorCode::Forbidden)
}
