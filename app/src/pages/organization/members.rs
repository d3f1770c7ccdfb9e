//! `/o/{slug}/members`: the members and the pending invitations.

mod bulk_removal_dialog;
pub mod bulk_removal_form;
mod departure_dialogs;
mod filters;
mod highlight_changes;
mod load_remaining;
mod member_count;
mod query;
mod row;
mod selection_bar;
mod sort_header;
pub mod state;
mod table;

use leptos::prelude::*;

use self::filters::Filters;
use self::load_remaining::load_remaining_on_demand;
use self::query::{matching_members, use_members_query};
use self::state::MembersState;
use self::table::Table;
use super::context::OrganizationContext;
use super::invite::InviteDialog;
use super::page_title::PageTitle;
use super::pending_invitations::PendingInvitations;
use crate::components::{Button, ButtonVariant, Loaded, Show};
use crate::pages::session::Session;
use client::cache::{self, LiveQuery, Lookalikes, memo};
use contract::Capability;

/// The members page.
#[component]
pub fn Members() -> impl IntoView {
    let context = OrganizationContext::from_context();
    let members = members_query(context);
    let lookalikes = context.live_query(|detail| Lookalikes::fetch(detail.organization.id));
    let state = MembersState::new(members, lookalikes, context);
    load_remaining_on_demand(state);
    Session::from_context()
        .caches
        .on_message(move |message| highlight_changes::highlight(state, message));
    view! {
        <div class="organization__page">
            <Loaded query=members view=move || view! { <Panel state /> } />
            <PendingInvitations context />
        </div>
    }
    .into_any()
}

/// Returns the query of the members. The first fetch gets only as many as the first screen shows, which
/// keeps the page that the server renders small; later ones get all.
fn members_query(context: OrganizationContext) -> LiveQuery<cache::Members> {
    let query = use_members_query();
    let itself = StoredValue::new(None::<LiveQuery<cache::Members>>);
    let members = context.live_query(move |detail| {
        let id = detail.organization.id;
        let is_same = |members: LiveQuery<cache::Members>| {
            members.map_untracked(|members| members.organization_id == id).unwrap_or_default()
        };
        let has_first_page = itself.try_get_value().flatten().is_some_and(is_same);
        let query = query.get_untracked();
        async move {
            match has_first_page {
                true => cache::Members::fetch(id).await,
                false => cache::Members::fetch_first_page(id, &query).await,
            }
        }
    });
    itself.set_value(Some(members));
    members
}

#[component]
fn Panel(state: MembersState) -> impl IntoView {
    let MembersState { members, context, .. } = state;
    let shown = matching_members(members, use_members_query());
    let unloaded = memo(move |_| members.map(cache::Members::remaining).unwrap_or_default());
    let total = move || shown.with(Vec::len) + unloaded.get();
    let may_invite = context.may(Capability::ManageInvitations);
    let inviting = RwSignal::new(false);
    view! {
        <PageTitle page="Members" context />
        <section class="panel" aria-labelledby="members">
            <div class="panel__head">
                <h2 id="members">
                    "Members " <span class="panel__count">{move || total()}</span>
                </h2>
                <Show when=may_invite>
                    <Button variant=ButtonVariant::Primary press=move |()| inviting.set(true)>
                        "Invite people"
                    </Button>
                </Show>
            </div>
            <Filters />
            <Table shown unloaded state />
        </section>
        <Show when=may_invite>
            <InviteDialog open=inviting context />
        </Show>
    }
    .into_any()
}
