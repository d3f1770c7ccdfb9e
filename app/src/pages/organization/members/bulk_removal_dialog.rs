//! The dialog to remove the selected members.

use leptos::prelude::*;

use super::member_count::member_count;
use super::state::MembersState;
use super::state::bulk_removal::Stage;
use crate::components::Dialog;
use crate::pages::lazy;

/// The dialog. Its content is loaded when it first opens.
#[component]
pub fn BulkRemovalDialog(state: MembersState) -> impl IntoView {
    let removal = state.bulk_removal;
    let title = move || match removal.stage.get() {
        Stage::Done(failed) => format!("Couldn't remove {}", member_count(failed.len())),
        _ => format!("Remove {}?", member_count(removal.members.with(Vec::len))),
    };
    view! {
        <Dialog id="remove-members" open=removal.open title=Signal::derive(title)>
            {lazy::secondary::BulkRemovalForm(state)}
        </Dialog>
    }
    .into_any()
}
