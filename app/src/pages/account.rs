//! `/account`: profile, email, password, theme and sessions.

mod delete;
mod email;
mod password;
mod profile;
mod saved_message;
mod sessions;
mod sign_in_methods;
mod theme;
mod two_factor;

use leptos::prelude::*;
use leptos_meta::Title;

use self::delete::DeleteAccount;
use self::email::ChangeEmail;
use self::password::ChangePassword;
use self::profile::Profile;
use self::sessions::Sessions;
use self::sign_in_methods::SignInMethodsLink;
use self::theme::ThemeChoice;
use self::two_factor::TwoFactorLink;
use crate::components::Loaded;
use crate::pages::session::Session;

/// The account page.
#[component]
pub fn Account() -> impl IntoView {
    let session = Session::from_context();
    view! {
        <Title text="Account" />
        <div class="account">
            <h1>"Account"</h1>
            <Loaded
                query=session.me
                view=move || {
                    view! {
                        <Profile session />
                        <ChangeEmail session />
                        <ChangePassword session />
                    }
                }
            />
            <SignInMethodsLink />
            <TwoFactorLink />
            <ThemeChoice />
            <Sessions session />
            <Loaded query=session.me view=move || view! { <DeleteAccount session /> } />
        </div>
    }
    .into_any()
}
