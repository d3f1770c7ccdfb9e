//! `/o/{slug}/members`: who belongs here, and who is asked to.

mod choices;
mod departure;
mod desk;
mod header;
mod live;
mod removal;
mod rest;
mod roles;
mod row;
mod selection;
mod table;
mod wanted;
mod window;

use leptos::prelude::*;

use self::choices::Choices;
use self::rest::read_when_wanted;
use self::table::Table;
use self::wanted::{shown, wanted_of_page};
use super::PageTitle;
use super::invite::InviteDialog;
use super::pending::Pending;
use super::visit::Visit;
use crate::components::{Button, Loaded, Look, Show};
use crate::pages::signed_in::Session;
use client::cache::{self, LiveQuery, ssr_memo};
use contract::Capability;

pub use self::desk::Desk;
pub use self::removal::RemovalQuestion;

/// The members of one organization.
#[component]
pub fn Members() -> impl IntoView {
    let visit = Visit::of_page();
    let members = read(visit);
    let desk = Desk::new(members, visit);
    read_when_wanted(desk);
    Session::of_page().caches.on_message(move |message| live::mark(desk, message));
    view! {
        <div class="organization__page">
            <Loaded query=members part=move || view! { <Panel desk /> } />
            <Pending visit />
        </div>
    }
    .into_any()
}

/// First as many as the first sight needs; the page that the server renders brings no more. When it
/// is read again, all of them.
fn read(visit: Visit) -> LiveQuery<cache::Members> {
    let wanted = wanted_of_page();
    let held = StoredValue::new(None::<LiveQuery<cache::Members>>);
    let members = visit.live_query(move |detail| {
        let id = detail.organization.id;
        let is_resource = |members: LiveQuery<cache::Members>| {
            members.map_untracked(|members| members.organization_id == id).unwrap_or_default()
        };
        let has_begun = held.try_get_value().flatten().is_some_and(is_resource);
        let wanted = wanted.get_untracked();
        async move {
            match has_begun {
                true => cache::Members::fetch(id).await,
                false => cache::Members::fetch_first_page(id, &wanted).await,
            }
        }
    });
    held.set_value(Some(members));
    members
}

#[component]
fn Panel(desk: Desk) -> impl IntoView {
    let Desk { members, visit, .. } = desk;
    let shown = shown(members, wanted_of_page());
    let beyond = ssr_memo(move |_| members.map(cache::Members::remaining).unwrap_or_default());
    let total = move || shown.with(Vec::len) + beyond.get();
    let may_invite = visit.may(Capability::ManageInvitations);
    let inviting = RwSignal::new(false);
    view! {
        <PageTitle page="Members" visit />
        <section class="panel" aria-labelledby="members">
            <div class="panel__head">
                <h2 id="members">
                    "Members " <span class="panel__count">{move || total()}</span>
                </h2>
                <Show when=may_invite>
                    <Button look=Look::Primary press=move |()| inviting.set(true)>
                        "Invite people"
                    </Button>
                </Show>
            </div>
            <Choices />
            <Table shown beyond desk />
        </section>
        <Show when=may_invite>
            <InviteDialog open=inviting visit />
        </Show>
    }
    .into_any()
}
