//! `/invitations/{token}`: the page of an invitation link.

mod answer;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use self::answer::{Answer, OtherAccount, SignedOut};
use crate::components::{InvitingAvatar, TimeFormat, TimeText, Transition, as_role};
use crate::pages::public_layout::PublicLayout;
use crate::pages::routes;
use crate::pages::unavailable_page::UnavailablePage;
use crate::status::set_status;
use client::api;
use client::cache::{LinkedInvitation, live_query};
use contract::view::{InvitationView, Me};
use contract::{ApiError, ErrorCode};

/// Shows the invitation, and the next step for the visitor.
#[component]
pub fn Invitation() -> impl IntoView {
    let params = use_params_map();
    // Named `id`, as the API has an id at this position of the path.
    let token = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let invitation = live_query(
        move || token.get(),
        |token| async move { LinkedInvitation::fetch(&token).await },
    );
    let me = live_query(|| (), |()| api::me::get());
    view! {
        <Title text="Invitation" />
        <PublicLayout>
            <Transition>
                {move || {
                    let (invitation, me) = (invitation.get()?, me.get()?);
                    Some(
                        match invitation {
                            Ok(LinkedInvitation(invitation)) => {
                                view! { <ValidInvitation invitation me token=token.get() /> }.into_any()
                            }
                            Err(error) if error.code.is_transient() => {
                                view! { <UnavailablePage error /> }.into_any()
                            }
                            Err(error) => view! { <InvalidInvitation code=error.code /> }.into_any(),
                        },
                    )
                }}
            </Transition>
        </PublicLayout>
    }
    .into_any()
}

#[component]
fn ValidInvitation(
    invitation: InvitationView,
    me: Result<Me, ApiError>,
    token: String,
) -> impl IntoView {
    let inviter = invitation.invited_by.as_ref().map_or("Someone", |name| name.as_str());
    let sentence = format!(
        "{inviter} invited {} to join {}. The invitation expires on ",
        invitation.email,
        as_role(invitation.role),
    );
    let expires_at = invitation.expires_at;
    let next_step = match me {
        Err(_) => view! { <SignedOut token email=invitation.email /> }.into_any(),
        Ok(me) if me.user.email.as_ref() == Some(&invitation.email) => {
            view! { <Answer id=invitation.id token /> }.into_any()
        }
        Ok(me) => view! { <OtherAccount token email=me.user.email /> }.into_any(),
    };
    view! {
        <InvitingAvatar organization=invitation.organization.clone() />
        <h1>{format!("Join {}", invitation.organization.name)}</h1>
        <p class="text-muted">{sentence} <TimeText at=expires_at format=TimeFormat::Day /> "."</p>
        {next_step}
    }
    .into_any()
}

/// Says why the invitation can't be answered any more.
#[component]
fn InvalidInvitation(code: ErrorCode) -> impl IntoView {
    set_status(code);
    let (title, sentence) = match code {
        ErrorCode::InvitationExpired => {
            ("This invitation has expired", "Ask the person who invited you to send a new one.")
        }
        ErrorCode::InvitationRejected => (
            "This invitation was declined",
            "If that was a mistake, ask the person who invited you to send a new one.",
        ),
        _ => (
            "This invitation is no longer valid",
            "It was accepted, revoked or replaced by a newer link. If you accepted it, find the \
             organization on your home page. Otherwise, ask the person who invited you to send a \
             new one.",
        ),
    };
    view! {
        <h1>{title}</h1>
        <p class="text-muted">{sentence}</p>
        <p>
            <a class="button button--primary" rel="external" href=routes::HOME>
                "Go to home"
            </a>
        </p>
    }
    .into_any()
}
