//! The state of the members page that the table, its rows and the dialogs share.

pub mod bulk_removal;
pub mod departure;
pub mod role_changes;
pub mod row_window;
pub mod selection;

use self::bulk_removal::BulkRemoval;
use self::departure::Departure;
use self::role_changes::RoleChanges;
use self::row_window::RowWindow;
use self::selection::Selection;
use crate::components::{Highlights, Toasts};
use crate::pages::organization::context::OrganizationContext;
use client::cache::{LiveQuery, Lookalikes, Members};

/// The members of an organization and what the person does with them on this page.
#[derive(Clone, Copy)]
pub struct MembersState {
    /// The members.
    pub members: LiveQuery<Members>,
    /// The members whose names look like others'.
    pub lookalikes: LiveQuery<Lookalikes>,
    /// The organization.
    pub context: OrganizationContext,
    /// The dialogs to remove one member and to leave.
    pub departure: Departure,
    /// The selected members.
    pub selection: Selection,
    /// The dialog to remove the selected members.
    pub bulk_removal: BulkRemoval,
    /// Role changes that aren't confirmed yet.
    pub role_changes: RoleChanges,
    /// Members whom someone else just changed.
    pub highlights: Highlights,
    /// The rows that are rendered.
    pub window: RowWindow,
}

impl MembersState {
    /// Returns the state when the page opens: nothing selected, no dialog open, scrolled to the top.
    pub fn new(
        members: LiveQuery<Members>,
        lookalikes: LiveQuery<Lookalikes>,
        context: OrganizationContext,
    ) -> Self {
        Self {
            members,
            lookalikes,
            context,
            departure: Departure::new(),
            selection: Selection::new(members),
            bulk_removal: BulkRemoval::new(),
            role_changes: RoleChanges::new(members, Toasts::from_context()),
            highlights: Highlights::new(),
            window: RowWindow::new(),
        }
    }
}
