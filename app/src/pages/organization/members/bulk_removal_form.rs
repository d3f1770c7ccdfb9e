//! The content of the dialog to remove the selected members: asks first, then lists the members who
//! couldn't be removed.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::member_count::member_count;
use super::state::MembersState;
use super::state::bulk_removal::{BulkRemoval, Stage};
use crate::components::{Button, ButtonVariant, Toast, Toasts};

/// How many members are listed by name; the others are counted.
const MAX_LISTED: usize = 10;

/// The confirmation, and after the removal the failures.
#[component]
pub fn BulkRemovalForm(state: MembersState) -> impl IntoView {
    let removal = state.bulk_removal;
    move || match removal.stage.get() {
        Stage::Done(failed) => view! { <Failures failed removal /> }.into_any(),
        _ => view! { <Confirmation state /> }.into_any(),
    }
}

#[component]
fn Confirmation(state: MembersState) -> impl IntoView {
    let MembersState { members, bulk_removal: removal, context, window, .. } = state;
    let toasts = Toasts::from_context();
    let organization = context.name();
    let selected = removal.members.get_untracked();
    let count = selected.len();
    let own = context.map_untracked(|detail| detail.membership.id);
    let includes_own = selected.iter().any(|its| Some(its.id) == own);
    let names = selected.into_iter().map(|its| its.user.name.to_string()).collect();
    let is_removing = Signal::derive(move || matches!(removal.stage.get(), Stage::Removing(_)));
    let confirm = move |()| {
        spawn_local(async move {
            let removed = removal.remove(members, window, own).await;
            if removed > 0 {
                let text = format!("{} removed.", member_count(removed));
                toasts.show(Toast { text, link: None, failed: false });
            }
        });
    };
    let confirm_label = move || match removal.stage.get() {
        Stage::Removing(done) => format!("Removing {} of {count}", done + 1),
        _ => format!("Remove {}", member_count(count)),
    };
    view! {
        <p class="text-muted">
            {move || format!("They lose access to {} immediately.", organization.get())}
            {includes_own.then_some(" This includes you.")}
        </p>
        <NameList names />
        <div class="buttons buttons--end">
            <Button variant=ButtonVariant::Danger disabled=is_removing press=confirm>
                {confirm_label}
            </Button>
            <Button press=move |()| removal.open.set(false)>"Cancel"</Button>
        </div>
    }
    .into_any()
}

#[component]
fn Failures(failed: Vec<(String, String)>, removal: BulkRemoval) -> impl IntoView {
    let lines = failed.into_iter().map(|(name, reason)| format!("{name}: {reason}")).collect();
    view! {
        <NameList names=lines />
        <div class="buttons buttons--end">
            <Button press=move |()| removal.open.set(false)>"Close"</Button>
        </div>
    }
    .into_any()
}

#[component]
fn NameList(names: Vec<String>) -> impl IntoView {
    let more = names.len().saturating_sub(MAX_LISTED);
    let items = names.into_iter().take(MAX_LISTED).map(|name| view! { <li>{name}</li> });
    view! {
        <ul class="members__names" aria-label="Who">
            {items.collect_view()}
            {(more > 0).then(|| view! { <li class="text-muted">{format!("and {more} more")}</li> })}
        </ul>
    }
    .into_any()
}
