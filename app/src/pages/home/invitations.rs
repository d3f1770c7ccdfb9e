//! The invitations that the person hasn't answered.

use std::hash::Hash;

use leptos::prelude::*;

use crate::components::{
    Avatar, AvatarOf, Button, ButtonVariant, For, FormError, Loaded, Show, Submission, Toasts,
    as_role,
};
use crate::pages::notifications::joined;
use crate::pages::session::Session;
use client::api;
use client::cache::{LiveQuery, MyInvitations, live_query, memo};
use contract::InvitationId;
use contract::view::InvitationView;

/// The panel.
#[component]
pub fn Invitations() -> impl IntoView {
    let session = Session::from_context();
    let invitations = live_query(|| (), move |()| session.read(MyInvitations::fetch()));
    view! {
        <section class="panel" aria-labelledby="invitations">
            <div class="panel__head">
                <h2 id="invitations">"Invitations"</h2>
            </div>
            <Loaded query=invitations view=move || view! { <InvitationList invitations /> } />
        </section>
    }
    .into_any()
}

#[component]
fn InvitationList(invitations: LiveQuery<MyInvitations>) -> impl IntoView {
    let items = memo(move |_| invitations.map(|its| its.items.clone()).unwrap_or_default());
    view! {
        <Show
            when=move || !items.with(Vec::is_empty)
            fallback=|| {
                view! {
                    <p class="text-muted">
                        "No invitations yet. New ones appear here automatically."
                    </p>
                }
            }
        >
            <ul class="rows">
                <For
                    each=move || items.get()
                    key=row_key
                    let(invitation)
                >
                    <InvitationRow invitation invitations />
                </For>
            </ul>
        </Show>
    }
    .into_any()
}

/// Returns the key of a row. It contains what the row shows, since a new name of the organization or of the
/// sender doesn't change the invitation's version.
fn row_key(invitation: &InvitationView) -> impl Eq + Hash + use<> {
    let InvitationView { id, version, organization, invited_by, .. } = invitation;
    let organization = (organization.name.clone(), organization.colour);
    (*id, *version, organization, invited_by.clone())
}

#[component]
fn InvitationRow(
    invitation: InvitationView,
    invitations: LiveQuery<MyInvitations>,
) -> impl IntoView {
    let InvitationView { id, organization, role, invited_by, .. } = invitation;
    let inviter = invited_by.map_or_else(|| "Someone".to_owned(), String::from);
    let toasts = Toasts::from_context();
    let request = Submission::new();
    let accept = move |()| {
        request.send(api::invitations::accept(id), move |membership| {
            remove(invitations, id);
            if let Some(organization) = &membership.organization {
                toasts.show(joined("joined", organization));
            }
        });
    };
    let decline = move |()| {
        request.send(api::invitations::decline(id), move |()| remove(invitations, id));
    };
    view! {
        <li class="row">
            <Avatar of=AvatarOf::Organization(organization.colour, None) name=organization.name.clone() />
            <div class="row__text">
                <span class="row__title">{organization.name.to_string()}</span>
                <span class="text-subtle">
                    {format!("{inviter} invited you {}", as_role(role))}
                </span>
                <FormError submission=request />
            </div>
            <div class="buttons">
                <Button
                    variant=ButtonVariant::Primary
                    label=format!("Accept invitation to {}", organization.name)
                    disabled=request.pending()
                    press=accept
                >
                    "Accept"
                </Button>
                <Button
                    label=format!("Decline invitation to {}", organization.name)
                    disabled=request.pending()
                    press=decline
                >
                    "Decline"
                </Button>
            </div>
        </li>
    }
    .into_any()
}

/// Removes an answered invitation from the list, before the stream delivers the change.
fn remove(invitations: LiveQuery<MyInvitations>, id: InvitationId) {
    invitations.update_with(|its| its.items.retain(|invitation| invitation.id != id));
}
