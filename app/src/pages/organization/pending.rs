//! Who is asked to join and has not answered.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::visit::Visit;
use crate::api;
use crate::cache::{LiveQuery, OrganizationDetail, PendingInvitations, follow};
use crate::components::{Button, CopyableLink, Loaded, Look, Submission, Toast, Toasts};
use crate::contract::view::InvitationView;
use crate::contract::{ApiError, Capability, ErrorCode, InvitationId};

/// The links of invitations that were sent again here, and are shown only now.
type Links = RwSignal<BTreeMap<InvitationId, String>>;

/// The part of the members page about invitations, for those who may see them.
#[component]
pub fn Pending(visit: Visit) -> impl IntoView {
    let pending = visit.live_query(fetch);
    view! { <Loaded query=pending part=move || view! { <Panel pending visit /> } /> }.into_any()
}

/// Whoever may not see them sees none, and reads them again with a new role.
async fn fetch(detail: OrganizationDetail) -> Result<PendingInvitations, ApiError> {
    let organization_id = detail.organization.id;
    let none = PendingInvitations { organization_id, items: Vec::new() };
    if !detail.standing().may(Capability::ManageInvitations) {
        return Ok(none);
    }
    match PendingInvitations::fetch(organization_id).await {
        // The role went in the meantime.
        Err(error) if error.code == ErrorCode::Forbidden => Ok(none),
        answer => answer,
    }
}

#[component]
fn Panel(pending: LiveQuery<PendingInvitations>, visit: Visit) -> impl IntoView {
    let may_see = visit.may(Capability::ManageInvitations);
    view! {
        <Show when=move || may_see.get()>
            <section class="panel" aria-labelledby="pending">
                <div class="panel__head">
                    <h2 id="pending">"Pending invitations"</h2>
                </div>
                <Waiting pending />
            </section>
        </Show>
    }
    .into_any()
}

#[component]
fn Waiting(pending: LiveQuery<PendingInvitations>) -> impl IntoView {
    let items = follow(move |_| pending.map(|its| its.items.clone()).unwrap_or_default());
    let links = Links::default();
    view! {
        <Show
            when=move || !items.with(Vec::is_empty)
            fallback=|| view! { <p class="soft">"Nobody is waiting for an answer."</p> }
        >
            <ul class="rows">
                <For
                    each=move || items.get()
                    key=|invitation| (invitation.id, invitation.version)
                    let(invitation)
                >
                    <Asked invitation pending links />
                </For>
            </ul>
        </Show>
    }
    .into_any()
}

#[component]
fn Asked(
    invitation: InvitationView,
    pending: LiveQuery<PendingInvitations>,
    links: Links,
) -> impl IntoView {
    let InvitationView { id, email, role, expires_at, .. } = invitation;
    let toasts = Toasts::of_page();
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
            move |()| pending.update_with(|its| its.items.retain(|item| item.id != id)),
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
                let text = format!("Invitation for {recipient} sent again.");
                toasts.show(Toast { text, link: None, failed: false });
                if let Some(link) = result.link {
                    links.update(|links| drop(links.insert(id, link)));
                }
            },
        );
    };
    let recipient = email.to_string();
    let link = move || {
        let path = links.with(|links| links.get(&id).cloned())?;
        Some(view! { <CopyableLink path recipient=recipient.clone() /> })
    };
    view! {
        <li class="row">
            <div class="row__text">
                <span class="row__title">{email.to_string()}</span>
                <span class="faint">
                    {format!("{} · until {}", role.label(), expires_at.day())}
                </span>
            </div>
            {link}
            <Button
                look=Look::Quiet
                label=format!("Resend invitation for {email}")
                disabled=request.pending()
                press=resend
            >
                "Resend"
            </Button>
            <Button
                look=Look::QuietDanger
                label=format!("Revoke invitation for {email}")
                disabled=request.pending()
                press=revoke
            >
                "Revoke"
            </Button>
        </li>
    }
    .into_any()
}
