//! `/o/{slug}/members`: who belongs here, and who is asked to.

mod departure;
mod row;

use leptos::prelude::*;

use self::departure::{Departing, DepartureDialogs};
use self::row::Row;
use super::PageTitle;
use super::invite::InviteDialog;
use super::pending::Pending;
use super::visit::Visit;
use crate::cache::{self, LiveQuery, follow};
use crate::components::{Button, Loaded, Look};
use crate::contract::Capability;

/// The members of one organization.
#[component]
pub fn Members() -> impl IntoView {
    let visit = Visit::of_page();
    let members = visit.live_query(|detail| cache::Members::fetch(detail.organization.id));
    view! {
        <div class="organization__page">
            <Loaded query=members part=move || view! { <Panel members visit /> } />
            <Pending visit />
        </div>
    }
    .into_any()
}

#[component]
fn Panel(members: LiveQuery<cache::Members>, visit: Visit) -> impl IntoView {
    let total = follow(move |_| members.map(cache::Members::total).unwrap_or_default());
    let may_invite = visit.may(Capability::ManageInvitations);
    let inviting = RwSignal::new(false);
    view! {
        <PageTitle page="Members" visit />
        <section class="panel" aria-labelledby="members">
            <div class="panel__head">
                <h2 id="members">
                    "Members" <span class="panel__count">{move || total.get()}</span>
                </h2>
                <Show when=move || may_invite.get()>
                    <Button look=Look::Primary press=move |()| inviting.set(true)>
                        "Invite people"
                    </Button>
                </Show>
            </div>
            <Table members visit />
        </section>
        <Show when=move || may_invite.get()>
            <InviteDialog open=inviting visit />
        </Show>
    }
    .into_any()
}

#[component]
fn Table(members: LiveQuery<cache::Members>, visit: Visit) -> impl IntoView {
    let items = follow(move |_| members.map(|its| its.items.clone()).unwrap_or_default());
    let sees_emails = visit.may(Capability::SeeEmails);
    let name = visit.name();
    let departing = Departing::new();
    view! {
        <div class="table-frame">
            <table class="table">
                <caption class="unseen">{move || format!("Members of {}", name.get())}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <Show when=move || sees_emails.get()>
                            <th scope="col">"E-mail"</th>
                        </Show>
                        <th scope="col">"Role"</th>
                        <th scope="col">"Joined"</th>
                        <th scope="col">
                            <span class="unseen">"Actions"</span>
                        </th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || items.get() key=|item| item.id let(membership)>
                        <Row membership members visit departing />
                    </For>
                </tbody>
            </table>
        </div>
        <DepartureDialogs departing members visit />
    }
    .into_any()
}
