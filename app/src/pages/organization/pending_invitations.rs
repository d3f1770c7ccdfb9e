//! The pending invitations of an organization, on its members page.

use std::collections::HashMap;

use leptos::prelude::*;

use super::context::OrganizationContext;
use crate::components::{
    Button, ButtonVariant, CopyableLink, For, Highlights, LiveRegion, Loaded, Show, Submission,
    TimeFormat, TimeList, TimeText, Toast, Toasts, changing, focus_when_rendered,
};
use crate::pages::session::Session;
use client::api;
use client::cache::{self, LiveQuery, OrganizationDetail, memo};
use contract::view::InvitationView;
use contract::{
    ApiError, Capability, Entity, ErrorCode, InvitationId, Role, StreamMessage, Timestamp,
};

/// The links of invitations that were resent on this page. The server returns a link only once.
type Links = RwSignal<HashMap<InvitationId, String>>;

/// The panel, for people who may manage invitations.
#[component]
pub fn PendingInvitations(context: OrganizationContext) -> impl IntoView {
    let pending = context.live_query(fetch);
    let highlights = Highlights::new();
    Session::from_context()
        .caches
        .on_message(move |message| highlight(pending, highlights, message));
    view! { <Loaded query=pending view=move || view! { <Panel pending highlights context /> } /> }
        .into_any()
}

/// Fetches the invitations. People without the capability get an empty list; it is fetched again when
/// their role changes.
async fn fetch(detail: OrganizationDetail) -> Result<cache::PendingInvitations, ApiError> {
    let organization_id = detail.organization.id;
    let none = cache::PendingInvitations { organization_id, items: Vec::new() };
    if !detail.access().may(Capability::ManageInvitations) {
        return Ok(none);
    }
    match cache::PendingInvitations::fetch(organization_id).await {
        // The role changed meanwhile.
        Err(error) if error.code == ErrorCode::Forbidden => Ok(none),
        answer => answer,
    }
}

#[component]
fn Panel(
    pending: LiveQuery<cache::PendingInvitations>,
    highlights: Highlights,
    context: OrganizationContext,
) -> impl IntoView {
    let may_see = context.may(Capability::ManageInvitations);
    view! {
        <Show when=may_see>
            <section class="panel" aria-labelledby=HEADING>
                <div class="panel__head">
                    <h2 id=HEADING tabindex="-1">
                        "Pending invitations"
                    </h2>
                </div>
                <InvitationList pending highlights />
                <LiveRegion label="Invitation changes" highlights />
            </section>
        </Show>
    }
    .into_any()
}

/// The id of the heading, which gets the focus after an invitation was revoked.
const HEADING: &str = "pending";

/// Highlights the invitation that a message is about and announces the change, unless this tab made it.
/// It compares the message with the list, so call it before the message is applied.
fn highlight(
    pending: LiveQuery<cache::PendingInvitations>,
    highlights: Highlights,
    message: &StreamMessage,
) {
    let Entity::Invitation(invitation) = &message.entity else { return };
    if message.mutation_id.is_some_and(api::is_own_mutation) {
        return;
    }
    let old = pending.map_untracked(|its| {
        let is_here = message.organization_id == Some(its.organization_id);
        is_here.then(|| its.items.iter().find(|it| it.id.uuid() == message.subject_id).cloned())
    });
    let Some(old) = old.flatten() else { return };
    let is_declined = invitation.as_ref().is_some_and(|new| new.rejected_at.is_some());
    match (invitation, old) {
        (Some(_), Some(old)) if is_declined => {
            highlights.announce(format!("{} declined the invitation.", old.email));
        }
        (Some(new), old) if old.as_ref().is_none_or(|old| old.version < new.version) => {
            highlights.add(new.id.uuid());
            let again = if old.is_some() { " again" } else { "" };
            highlights.announce(format!("{} was invited{again}.", new.email));
        }
        (None, Some(old)) => {
            highlights
                .announce(format!("The invitation to {} was accepted or revoked.", old.email));
        }
        _ => {}
    }
}

#[component]
fn InvitationList(
    pending: LiveQuery<cache::PendingInvitations>,
    highlights: Highlights,
) -> impl IntoView {
    TimeList::provide();
    let items = memo(move |_| pending.map(|its| its.items.clone()).unwrap_or_default());
    let links = Links::default();
    view! {
        <Show
            when=move || !items.with(Vec::is_empty)
            fallback=|| view! { <p class="text-muted">"No pending invitations."</p> }
        >
            <ul class="rows">
                <For each=move || items.get() key=|invitation| invitation.id let(invitation)>
                    <InvitationRow invitation items pending highlights links />
                </For>
            </ul>
        </Show>
    }
    .into_any()
}

/// An invitation. Its row is created once and updates in place.
#[component]
fn InvitationRow(
    invitation: InvitationView,
    items: Signal<Vec<InvitationView>>,
    pending: LiveQuery<cache::PendingInvitations>,
    highlights: Highlights,
    links: Links,
) -> impl IntoView {
    let (id, email) = (invitation.id, invitation.email.clone());
    let terms = memo(move |_| {
        let now = items.with(|items| items.iter().find(|item| item.id == id).map(terms));
        now.unwrap_or_else(|| terms(&invitation))
    });
    let expires_at = Signal::derive(move || terms.get().1);
    let toasts = Toasts::from_context();
    let request = Submission::new();
    let revoke = move |()| {
        request.send(
            async move {
                let answer = api::invitations::revoke(id).await;
                if let Err(problem) = &answer {
                    toasts.show(Toast::failure(&*problem.message));
                }
                answer
            },
            move |()| {
                pending.update_with(|its| its.items.retain(|item| item.id != id));
                focus_when_rendered(HEADING.to_owned());
            },
        );
    };
    let recipient = email.clone();
    let resend = move |()| {
        let recipient = recipient.clone();
        request.send(
            async move {
                let answer = api::invitations::resend(id).await;
                if let Err(problem) = &answer {
                    toasts.show(Toast::failure(&*problem.message));
                }
                answer
            },
            move |result| {
                let text = format!("Invitation to {recipient} resent.");
                toasts.show(Toast { text, link: None, failed: false });
                if let Some(link) = result.link {
                    links.update(|links| drop(links.insert(id, link)));
                }
            },
        );
    };
    let recipient = email.to_string();
    let link = changing(move || {
        let path = links.with(|links| links.get(&id).cloned());
        path.map(|path| view! { <CopyableLink path recipient=recipient.clone() /> }).into_any()
    });
    view! {
        <li class=move || if highlights.is_highlighted(id) { "row highlight" } else { "row" }>
            <div class="row__text">
                <span class="row__title">{email.to_string()}</span>
                <span class="text-subtle">
                    {move || terms.get().0.label()} " · Expires "
                    <TimeText at=expires_at format=TimeFormat::Day />
                </span>
            </div>
            {link}
            <div class="buttons">
                <Button
                    variant=ButtonVariant::Quiet
                    label=format!("Resend invitation to {email}")
                    press=resend
                >
                    "Resend"
                </Button>
                <Button
                    variant=ButtonVariant::QuietDanger
                    label=format!("Revoke invitation to {email}")
                    press=revoke
                >
                    "Revoke"
                </Button>
            </div>
        </li>
    }
    .into_any()
}

/// Returns its role and when it expires.
const fn terms(invitation: &InvitationView) -> (Role, Timestamp) {
    (invitation.role, invitation.expires_at)
}
