//! What the table and its rows work with.

use super::departure::Departing;
use super::removal::Removal;
use super::roles::Roles;
use super::selection::Selection;
use super::window::Window;
use crate::components::{Highlights, Toasts};
use crate::pages::organization::visit::Visit;
use client::cache::{LiveQuery, Members};

/// The members of a page, and what is being done with them.
#[derive(Clone, Copy)]
pub struct Desk {
    /// Who belongs here.
    pub members: LiveQuery<Members>,
    /// Where that is.
    pub visit: Visit,
    /// Who is asked about.
    pub departing: Departing,
    /// Who is selected.
    pub selection: Selection,
    /// Whose removal is asked about, of several.
    pub removal: Removal,
    /// Which roles are being given.
    pub roles: Roles,
    /// What others just changed.
    pub marks: Highlights,
    /// What is in sight.
    pub window: Window,
}

impl Desk {
    /// Nothing is being done yet.
    pub fn new(members: LiveQuery<Members>, visit: Visit) -> Self {
        Self {
            members,
            visit,
            departing: Departing::new(),
            selection: Selection::new(members),
            removal: Removal::new(),
            roles: Roles::new(members, Toasts::of_page()),
            marks: Highlights::new(),
            window: Window::new(),
        }
    }
}
