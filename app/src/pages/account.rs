//! `/account`: who I am here, how I sign in, and where I am signed in.

mod delete;
mod email;
mod password;
mod profile;
mod sessions;
mod theme;

use leptos::prelude::*;
use leptos_meta::Title;

use self::delete::DeleteAccount;
use self::email::ChangeEmail;
use self::password::ChangePassword;
use self::profile::Profile;
use self::sessions::Sessions;
use self::theme::ThemeChoice;
use super::signed_in::Session;
use crate::components::Loaded;

/// The account of the signed-in person.
#[component]
pub fn Account() -> impl IntoView {
    let session = Session::of_page();
    view! {
        <Title text="Account" />
        <div class="account">
            <h1>"Account"</h1>
            <Loaded
                query=session.me
                part=move || {
                    view! {
                        <Profile session />
                        <ChangeEmail session />
                        <ChangePassword session />
                    }
                }
            />
            <ThemeChoice />
            <Sessions session />
            <Loaded query=session.me part=move || view! { <DeleteAccount session /> } />
        </div>
    }
    .into_any()
}

/// Says that what was typed is kept now.
#[component]
fn Saved(
    /// The sentence, once it is so.
    sentence: RwSignal<Option<&'static str>>,
) -> impl IntoView {
    view! {
        <p class="notice notice--good" role="status">
            {move || sentence.get()}
        </p>
    }
    .into_any()
}
