//! The dialog to create an organization. Buttons on several pages open it.

pub mod form;

use leptos::prelude::*;

use crate::components::Dialog;
use crate::pages::lazy;

/// Whether the dialog is open, as a context.
#[derive(Clone, Copy, Debug)]
pub struct NewOrganization(RwSignal<bool>);

impl NewOrganization {
    /// Provides the context to the components below, with the dialog closed.
    pub fn provide() {
        provide_context(Self(RwSignal::new(false)));
    }

    /// Returns the context of this page.
    #[must_use]
    pub fn from_context() -> Self {
        expect_context()
    }

    /// Opens the dialog.
    pub fn open(self) {
        self.0.set(true);
    }
}

/// The dialog. Its form is loaded when it first opens.
#[component]
pub fn NewOrganizationDialog() -> impl IntoView {
    let NewOrganization(open) = NewOrganization::from_context();
    view! {
        <Dialog id="new-organization" open title="New organization">
            {lazy::secondary::NewOrganizationForm(open)}
        </Dialog>
    }
    .into_any()
}
