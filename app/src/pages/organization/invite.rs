//! The dialog to invite people.

mod addresses;
pub mod form;
mod results;

use leptos::prelude::*;

use super::context::OrganizationContext;
use crate::components::Dialog;
use crate::pages::lazy;

/// The dialog. Its form is loaded when it first opens.
#[component]
pub fn InviteDialog(open: RwSignal<bool>, context: OrganizationContext) -> impl IntoView {
    let name = context.name();
    view! {
        <Dialog
            id="invite"
            open
            wide=true
            title=Signal::derive(move || format!("Invite people to {}", name.get()))
        >
            {lazy::secondary::InviteForm(open, context)}
        </Dialog>
    }
    .into_any()
}
