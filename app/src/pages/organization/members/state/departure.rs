//! Removing one member, and leaving the organization: which dialog is open, and its request.

use leptos::prelude::*;

use crate::components::Submission;
use contract::view::MembershipView;

/// The state of both dialogs.
#[derive(Clone, Copy, Debug)]
pub struct Departure {
    /// Whether the dialog to remove a member is open.
    pub is_removing: RwSignal<bool>,
    /// Whether the dialog to leave is open.
    pub is_leaving: RwSignal<bool>,
    /// The member to remove. Kept when the dialog closes, so that its text stays while it fades.
    pub member: RwSignal<Option<MembershipView>>,
    /// The request of the open dialog.
    pub request: Submission,
}

impl Departure {
    /// Creates the state with both dialogs closed.
    #[must_use]
    pub fn new() -> Self {
        Self {
            is_removing: RwSignal::new(false),
            is_leaving: RwSignal::new(false),
            member: RwSignal::new(None),
            request: Submission::new(),
        }
    }

    /// Opens the dialog to remove that member.
    pub fn confirm_removal(self, member: MembershipView) {
        self.request.clear();
        self.member.set(Some(member));
        self.is_removing.set(true);
    }

    /// Opens the dialog to leave.
    pub fn confirm_leaving(self) {
        self.request.clear();
        self.is_leaving.set(true);
    }
}
