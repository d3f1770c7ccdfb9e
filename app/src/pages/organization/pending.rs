//! Who is asked to join and has not answered.

use std::collections::HashMap;

use leptos::prelude::*;

use super::visit::Visit;
use crate::components::{
    Button, CopyableLink, For, Highlights, LiveRegion, Loaded, Look, Moment, Show, Submission,
    TimeForm, TimeList, Toast, Toasts, changing, focus_when_drawn,
};
use crate::pages::signed_in::Session;
use client::api;
use client::cache::{LiveQuery, OrganizationDetail, PendingInvitations, ssr_memo};
use contract::view::InvitationView;
use contract::{
    ApiError, Capability, Entity, ErrorCode, InvitationId, Role, StreamMessage, Timestamp,
};

/// The links of invitations that were sent again here, and are shown only now.
type Links = RwSignal<HashMap<InvitationId, String>>;

/// The part of the members page about invitations, for those who may see them.
#[component]
pub fn Pending(visit: Visit) -> impl IntoView {
    let pending = visit.live_query(fetch);
    let marks = Highlights::new();
    Session::of_page().caches.on_message(move |message| mark(pending, marks, message));
    view! { <Loaded query=pending part=move || view! { <Panel pending marks visit /> } /> }
        .into_any()
}

/// Whoever may not see them sees none, and reads them again with a new role.
async fn fetch(detail: OrganizationDetail) -> Result<PendingInvitations, ApiError> {
    let organization_id = detail.organization.id;
    let none = PendingInvitations { organization_id, items: Vec::new() };
    if !detail.access().may(Capability::ManageInvitations) {
        return Ok(none);
    }
    match PendingInvitations::fetch(organization_id).await {
        // The role went in the meantime.
        Err(error) if error.code == ErrorCode::Forbidden => Ok(none),
        answer => answer,
    }
}

#[component]
fn Panel(pending: LiveQuery<PendingInvitations>, marks: Highlights, visit: Visit) -> impl IntoView {
    let may_see = visit.may(Capability::ManageInvitations);
    view! {
        <Show when=may_see>
            <section class="panel" aria-labelledby=HEADING>
                <div class="panel__head">
                    <h2 id=HEADING tabindex="-1">
                        "Pending invitations"
                    </h2>
                </div>
                <Waiting pending marks />
                <LiveRegion label="Invitation changes" marks />
            </section>
        </Show>
    }
    .into_any()
}

/// Where whoever took an invitation back goes on from.
const HEADING: &str = "pending";

/// Highlights the invitation that a message is about, and says what became of it; what this tab did
/// itself is no news. To be called before the message is applied.
fn mark(pending: LiveQuery<PendingInvitations>, marks: Highlights, message: &StreamMessage) {
    let Entity::Invitation(invitation) = &message.entity else { return };
    if message.mutation_id.is_some_and(api::is_own_mutation) {
        return;
    }
    let held = pending.map_untracked(|its| {
        let of_this_one = message.organization_id == Some(its.organization_id);
        of_this_one.then(|| its.items.iter().find(|it| it.id.uuid() == message.subject_id).cloned())
    });
    let Some(held) = held.flatten() else { return };
    let is_rejected = invitation.as_ref().is_some_and(|told| told.rejected_at.is_some());
    match (invitation, held) {
        (Some(_), Some(held)) if is_rejected => {
            marks.tell(format!("{} declined the invitation.", held.email))
        }
        (Some(told), held) if held.as_ref().is_none_or(|held| held.version < told.version) => {
            marks.mark(told.id.uuid());
            let again = if held.is_some() { " again" } else { "" };
            marks.tell(format!("{} was invited{again}.", told.email));
        }
        (None, Some(held)) => {
            marks.tell(format!("The invitation to {} was accepted or revoked.", held.email));
        }
        _ => {}
    }
}

#[component]
fn Waiting(pending: LiveQuery<PendingInvitations>, marks: Highlights) -> impl IntoView {
    TimeList::provide();
    let items = ssr_memo(move |_| pending.map(|its| its.items.clone()).unwrap_or_default());
    let links = Links::default();
    view! {
        <Show
            when=move || !items.with(Vec::is_empty)
            fallback=|| view! { <p class="soft">"No pending invitations."</p> }
        >
            <ul class="rows">
                <For each=move || items.get() key=|invitation| invitation.id let(invitation)>
                    <Asked invitation items pending marks links />
                </For>
            </ul>
        </Show>
    }
    .into_any()
}

/// An invitation. It is made once and changes in place.
#[component]
fn Asked(
    invitation: InvitationView,
    items: Signal<Vec<InvitationView>>,
    pending: LiveQuery<PendingInvitations>,
    marks: Highlights,
    links: Links,
) -> impl IntoView {
    let (id, email) = (invitation.id, invitation.email.clone());
    let terms = ssr_memo(move |_| {
        let now = items.with(|items| items.iter().find(|item| item.id == id).map(terms));
        now.unwrap_or_else(|| terms(&invitation))
    });
    let expires_at = Signal::derive(move || terms.get().1);
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
            move |()| {
                pending.update_with(|its| its.items.retain(|item| item.id != id));
                focus_when_drawn(HEADING.to_owned());
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
        <li class=move || if marks.is_marked(id) { "row news" } else { "row" }>
            <div class="row__text">
                <span class="row__title">{email.to_string()}</span>
                <span class="faint">
                    {move || terms.get().0.label()} " · Expires "
                    <Moment at=expires_at form=TimeForm::Day />
                </span>
            </div>
            {link}
            <div class="buttons">
                <Button
                    look=Look::Quiet
                    label=format!("Resend invitation to {email}")
                    press=resend
                >
                    "Resend"
                </Button>
                <Button
                    look=Look::QuietDanger
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

/// As what, and until when.
const fn terms(invitation: &InvitationView) -> (Role, Timestamp) {
    (invitation.role, invitation.expires_at)
}
