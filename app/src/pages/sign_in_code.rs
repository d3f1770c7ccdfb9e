//! `/sign-in/code`: the second step of a sign-in.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::code_field::CodeField;
use super::public_layout::PublicLayout;
use super::redirect_error::error_from_query;
use super::routes;
use crate::components::{FormError, Submission};

/// The page. The browser submits its form with and without scripts.
#[component]
pub fn SignInCode() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let next = routes::next_path(&query);
    let submission = Submission::with_error(error_from_query(&query));
    view! {
        <Title text="Enter your code" />
        <PublicLayout>
            <h1>"Enter your code"</h1>
            <p class="text-muted">
                "Open your authenticator app and enter the code that it shows for Tributary. Without the app, "
                "enter one of your recovery codes."
            </p>
            <form class="public-layout__form" method="post" action="/auth/sign-in/code">
                <FormError submission />
                <CodeField submission />
                {next.map(|next| view! { <input type="hidden" name="next" value=next /> })}
                <button type="submit" class="button button--primary button--wide">
                    "Sign in"
                </button>
            </form>
            <p class="text-muted">
                <a rel="external" href="/sign-in">
                    "Back to sign in"
                </a>
            </p>
        </PublicLayout>
    }
    .into_any()
}
