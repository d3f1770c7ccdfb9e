//! The invitations that wait for my answer.

use leptos::prelude::*;

use crate::components::{
    Avatar, AvatarOf, Button, For, Loaded, Look, Refusal, Show, Submission, Toasts, joining_as,
};
use crate::pages::signed_in::{Session, joined};
use client::api;
use client::cache::{LiveQuery, MyInvitations, live_query, ssr_memo};
use contract::InvitationId;
use contract::view::InvitationView;

/// The part of home about invitations.
#[component]
pub fn Invitations() -> impl IntoView {
    let session = Session::of_page();
    let invitations = live_query(|| (), move |()| session.read(MyInvitations::fetch()));
    view! {
        <section class="panel" aria-labelledby="invitations">
            <div class="panel__head">
                <h2 id="invitations">"Invitations"</h2>
            </div>
            <Loaded query=invitations part=move || view! { <Waiting invitations /> } />
        </section>
    }
    .into_any()
}

#[component]
fn Waiting(invitations: LiveQuery<MyInvitations>) -> impl IntoView {
    let items = ssr_memo(move |_| invitations.map(|its| its.items.clone()).unwrap_or_default());
    view! {
        <Show
            when=move || !items.with(Vec::is_empty)
            fallback=|| {
                view! {
                    <p class="soft">
                        "No invitations yet. New ones appear here automatically."
                    </p>
                }
            }
        >
            <ul class="rows">
                <For
                    each=move || items.get()
                    key=|invitation| (invitation.id, invitation.version)
                    let(invitation)
                >
                    <Asked invitation invitations />
                </For>
            </ul>
        </Show>
    }
    .into_any()
}

#[component]
fn Asked(invitation: InvitationView, invitations: LiveQuery<MyInvitations>) -> impl IntoView {
    let InvitationView { id, organization, role, invited_by, .. } = invitation;
    let inviter = invited_by.map_or_else(|| "Someone".to_owned(), String::from);
    let toasts = Toasts::of_page();
    let answer = Submission::new();
    let accept = move |()| {
        answer.send(api::invitations::accept(id), move |membership| {
            forget(invitations, id);
            if let Some(organization) = &membership.organization {
                toasts.show(joined("joined", organization));
            }
        });
    };
    let reject = move |()| {
        answer.send(api::invitations::reject(id), move |()| forget(invitations, id));
    };
    view! {
        <li class="row">
            <Avatar of=AvatarOf::Organization(organization.colour, None) name=organization.name.clone() />
            <div class="row__text">
                <span class="row__title">{organization.name.to_string()}</span>
                <span class="faint">
                    {format!("{inviter} invited you {}", joining_as(role))}
                </span>
                <Refusal submission=answer />
            </div>
            <div class="buttons">
                <Button
                    look=Look::Primary
                    label=format!("Accept invitation to {}", organization.name)
                    disabled=answer.pending()
                    press=accept
                >
                    "Accept"
                </Button>
                <Button
                    label=format!("Decline invitation to {}", organization.name)
                    disabled=answer.pending()
                    press=reject
                >
                    "Decline"
                </Button>
            </div>
        </li>
    }
    .into_any()
}

/// It is answered; the stream will say so too.
fn forget(invitations: LiveQuery<MyInvitations>, id: InvitationId) {
    invitations.update_with(|its| its.items.retain(|invitation| invitation.id != id));
}
