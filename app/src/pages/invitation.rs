//! `/invitations/{token}`: what an invitation's link leads to.

use super::unavailable_page::UnavailablePage;
use crate::components::{Moment, TimeForm, Transition, joining_as};
mod answer;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use self::answer::{Answer, Known, OtherAccount, SignedOut};
use super::path;
use super::public_layout::PublicLayout;
use crate::status::answer_with;
use client::api;
use client::cache::{LinkedInvitation, live_query};
use contract::view::{InvitationView, Me};
use contract::{ApiError, ErrorCode};

/// Says what the invitation is, to whomever follows its link, and what to do about it.
#[component]
pub fn Invitation() -> impl IntoView {
    let params = use_params_map();
    // The parameter shares its place in the address with an id of the API, hence its name.
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
                                view! { <Invited invitation me token=token.get() /> }.into_any()
                            }
                            Err(error) if error.code.is_transient() => {
                                view! { <UnavailablePage error /> }.into_any()
                            }
                            Err(error) => view! { <Over code=error.code /> }.into_any(),
                        },
                    )
                }}
            </Transition>
        </PublicLayout>
    }
    .into_any()
}

#[component]
fn Invited(invitation: InvitationView, me: Result<Me, ApiError>, token: String) -> impl IntoView {
    let inviter = invitation.invited_by.as_ref().map_or("Someone", |name| name.as_str());
    let sentence = format!(
        "{inviter} invited {} to join {}. The invitation expires on ",
        invitation.email,
        joining_as(invitation.role),
    );
    let expires_at = invitation.expires_at;
    let what_to_do = match me {
        Err(_) => {
            let known = invitation.user_id.is_some();
            view! { <SignedOut token email=invitation.email known /> }.into_any()
        }
        Ok(me) if me.user.email.as_ref() == Some(&invitation.email) => {
            let is_mine = invitation.user_id == Some(me.user.id);
            let known = if is_mine { Known::Mine } else { Known::ByLink };
            view! { <Answer id=invitation.id token known /> }.into_any()
        }
        Ok(me) => view! { <OtherAccount token email=me.user.email /> }.into_any(),
    };
    view! {
        <h1>{format!("Join {}", invitation.organization.name)}</h1>
        <p class="soft">{sentence} <Moment at=expires_at form=TimeForm::Day /> "."</p>
        {what_to_do}
    }
    .into_any()
}

/// The invitation can't be answered any more.
#[component]
fn Over(code: ErrorCode) -> impl IntoView {
    answer_with(code);
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
        <p class="soft">{sentence}</p>
        <p>
            <a class="button button--primary" rel="external" href=path::HOME>
                "Go to home"
            </a>
        </p>
    }
    .into_any()
}
