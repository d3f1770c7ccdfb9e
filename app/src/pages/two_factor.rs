//! `/account/two-factor`: the authenticator app and the recovery codes. The browser submits the forms with
//! and without scripts.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::code_field::CodeField;
use super::confirm_first::ConfirmFirst;
use super::redirect_error::error_from_query;
use super::routes;
use super::session::Session;
use crate::components::{FormError, Loaded, Submission, changing, pluralize};
use client::cache::{LiveQuery, TwoFactor as Settings, live_query, memo};
use contract::UserId;
use contract::second_factor::{AppSetup, TwoFactorView};

/// The page.
#[component]
pub fn TwoFactor() -> impl IntoView {
    let session = Session::from_context();
    let settings = live_query(|| (), move |()| session.read(Settings::fetch()));
    let submission = Submission::with_error(error_from_query(&use_query_map().get_untracked()));
    view! {
        <Title text="Two-factor authentication" />
        <div class="account">
            <h1>"Two-factor authentication"</h1>
            <FormError submission />
            <Loaded
                query=settings
                view=move || view! { <CurrentState session settings submission /> }
            />
            <p>
                <a href=routes::ACCOUNT>"Back to your account"</a>
            </p>
        </div>
    }
    .into_any()
}

#[component]
fn CurrentState(
    session: Session,
    settings: LiveQuery<Settings>,
    submission: Submission,
) -> impl IntoView {
    let state = memo(move |_| settings.map(|its| its.0.clone()));
    let user = memo(move |_| session.me.map(|me| me.user.id));
    changing(move || match (state.get(), user.get()) {
        (Some(state), Some(user)) => state_view(state, user, submission),
        _ => ().into_any(),
    })
}

fn state_view(state: TwoFactorView, user: UserId, submission: Submission) -> AnyView {
    match state {
        TwoFactorView { proven: false, enabled, .. } => view! {
            <p>
                {match enabled {
                    true => "Signing in asks for a code of your authenticator app.",
                    false => "Signing in doesn't ask for a code.",
                }}
            </p>
            <ConfirmFirst next=routes::TWO_FACTOR />
        }
        .into_any(),
        TwoFactorView { setup: Some(setup), .. } => {
            view! { <FinishSetup setup user submission /> }.into_any()
        }
        TwoFactorView { enabled: false, .. } => view! {
            <p>"Signing in doesn't ask for a code."</p>
            <p class="text-muted">
                "With an authenticator app on your phone, such as Google Authenticator or FreeOTP, signing in "
                "asks for a code of the app too. Nobody gets in with your password alone."
            </p>
            <ActionForm action="setup" label="Set up an app" class="button button--primary" user />
        }
        .into_any(),
        TwoFactorView { recovery_codes_left, .. } => view! {
            <p>"Signing in asks for a code of your authenticator app."</p>
            <section class="panel" aria-labelledby="recovery-codes">
                <h2 id="recovery-codes">"Recovery codes"</h2>
                <p class="text-muted">
                    "You have "
                    {pluralize(recovery_codes_left, "recovery code")}
                    " left. Each signs you in once without the app."
                </p>
                <ActionForm
                    action="recovery-codes"
                    label="Replace recovery codes"
                    class="button"
                    user
                />
            </section>
            <section class="panel" aria-labelledby="delete">
                <h2 id="delete">"Turn off"</h2>
                <p class="text-muted">
                    "Signing in won't ask for a code any more. To use another app, turn this off and set it "
                    "up again."
                </p>
                <ActionForm
                    action="turn-off"
                    label="Turn off two-factor authentication"
                    class="button"
                    user
                />
            </section>
        }
        .into_any(),
    }
}

/// Shows the secret for the app, and the form for the first code of the app.
#[component]
fn FinishSetup(setup: AppSetup, user: UserId, submission: Submission) -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="scan">
            <h2 id="scan">"1. Scan this code with your app"</h2>
            <img class="two-factor__qr" src=setup.qr_code alt="QR code for your authenticator app" />
            <p class="text-muted">
                "Or type this key into the app: " <code class="two-factor__key">{setup.secret}</code>
            </p>
        </section>
        <section class="panel" aria-labelledby="first-code">
            <h2 id="first-code">"2. Enter the code that the app shows"</h2>
            <form class="settings__form" method="post" action="/me/two-factor/confirm">
                <CodeField submission />
                <button type="submit" class="button button--primary">
                    "Turn on two-factor authentication"
                </button>
            </form>
            <ActionForm action="turn-off" label="Cancel" class="button" user />
        </section>
    }
    .into_any()
}

/// A form with one button.
#[component]
fn ActionForm(
    /// The last segment of the endpoint's path.
    action: &'static str,
    label: &'static str,
    class: &'static str,
    user: UserId,
) -> impl IntoView {
    view! {
        <form method="post" action=format!("/me/two-factor/{action}")>
            <input type="hidden" name="user" value=user.to_string() />
            <button type="submit" class=class>
                {label}
            </button>
        </form>
    }
    .into_any()
}
