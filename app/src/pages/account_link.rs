//! `/sign-up/{token}`, `/reset-password/{token}` and `/confirm-email/{token}`: the pages of links that are
//! sent by mail. Opening a page uses nothing up, because mail programs open links on their own; its form
//! does.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_params_map, use_query_map};

use super::public_layout::PublicLayout;
use super::redirect_error::error_from_query;
use super::routes;
use super::unavailable_page::UnavailablePage;
use crate::components::{
    FieldProblems, FormError, FormFields, InitialField, Submission, Transition,
};
use crate::status::set_status;
use client::api;
use client::cache::{OpenedLink, live_query};
use contract::account_link::{ChoosePassword, ConfirmEmail, LinkPurpose, LinkView};
use contract::{ApiError, ErrorCode, Password};

/// The page of a link, whose purpose is the first segment of its path.
#[component]
pub fn AccountLink() -> impl IntoView {
    let purpose = purpose_of(&use_location().pathname.get_untracked());
    let params = use_params_map();
    let token = Memo::new(move |_| params.with(|params| params.get("token").unwrap_or_default()));
    let link = live_query(
        move || token.get(),
        move |token| async move { OpenedLink::fetch(purpose, &token).await },
    );
    view! {
        <Title text=title(purpose) />
        <PublicLayout>
            <Transition>
                {move || {
                    Some(
                        match link.get()? {
                            Ok(OpenedLink(link)) => {
                                view! { <ValidLink link token=token.get() /> }.into_any()
                            }
                            Err(error) if error.code.is_transient() => {
                                view! { <UnavailablePage error /> }.into_any()
                            }
                            Err(error) => view! { <InvalidLink purpose code=error.code /> }.into_any(),
                        },
                    )
                }}
            </Transition>
        </PublicLayout>
    }
    .into_any()
}

fn purpose_of(path: &str) -> LinkPurpose {
    match path.split('/').nth(1) {
        Some("reset-password") => LinkPurpose::ResetPassword,
        Some("confirm-email") => LinkPurpose::ConfirmEmail,
        _ => LinkPurpose::SignUp,
    }
}

const fn title(purpose: LinkPurpose) -> &'static str {
    match purpose {
        LinkPurpose::SignUp => "Finish creating your account",
        LinkPurpose::ConfirmEmail => "Confirm your email address",
        LinkPurpose::ResetPassword => "Choose a new password",
    }
}

#[component]
fn ValidLink(link: LinkView, token: String) -> impl IntoView {
    let purpose = link.purpose;
    let submission = Submission::with_error(error_from_query(&use_query_map().get_untracked()));
    let submit = {
        let token = token.clone();
        move |event: SubmitEvent| {
            let fields = FormFields::from_submit(&event);
            let token = token.clone();
            if purpose == LinkPurpose::ConfirmEmail {
                let link = ConfirmEmail { token };
                let request = async move { api::auth::confirm_email(&link).await };
                submission.send(request, |()| routes::load_page(routes::EMAIL_CONFIRMED));
                return;
            }
            match read(&fields, token) {
                Ok(chosen) => submission.send(
                    async move { api::auth::choose_password(purpose, &chosen).await },
                    |step| routes::load_after_sign_in(step, routes::HOME),
                ),
                Err(problem) => submission.fail(problem),
            }
        }
    };
    let email = link.email.to_string();
    let (sentence, button) = match purpose {
        LinkPurpose::SignUp => ("Choose a password for ", "Create account"),
        LinkPurpose::ConfirmEmail => {
            ("Use this address to sign in and to get invitations: ", "Confirm address")
        }
        LinkPurpose::ResetPassword => {
            ("All browsers will be signed out. Choose a new password for ", "Change password")
        }
    };
    let password = (purpose != LinkPurpose::ConfirmEmail).then(|| {
        view! {
            // Tells password managers which account the password is for.
            <input
                type="text"
                name="username"
                autocomplete="username"
                value=email.clone()
                readonly
                hidden
            />
            <InitialField
                id="password"
                label="Password"
                name="password"
                kind="password"
                autocomplete="new-password"
                hint="At least 8 characters. Several words are easy to remember and hard to guess."
                problem=submission.field("password")
            />
        }
    });
    view! {
        <h1>{title(purpose)}</h1>
        <p class="text-muted">{sentence} <strong>{email.clone()}</strong> "."</p>
        <form
            class="public-layout__form"
            method="post"
            action=purpose.endpoint()
            novalidate
            on:submit=submit
        >
            <FormError submission />
            {password}
            <input type="hidden" name="token" value=token />
            <button
                type="submit"
                class="button button--primary button--wide"
                disabled=submission.pending()
            >
                {button}
            </button>
        </form>
    }
    .into_any()
}

fn read(entries: &FormFields, token: String) -> Result<ChoosePassword, ApiError> {
    let mut problems = FieldProblems::default();
    let password = problems.read("password", Password::parse(&entries.text("password")));
    password.map(|password| ChoosePassword { token, password }).ok_or_else(|| problems.into_error())
}

/// Says why the link can't be used any more, and how to get another one.
#[component]
fn InvalidLink(purpose: LinkPurpose, code: ErrorCode) -> impl IntoView {
    set_status(code);
    let (sentence, address, label) = match purpose {
        LinkPurpose::SignUp => (
            "If you chose a password with it, sign in. Otherwise create your account again.",
            "/sign-up",
            "Create an account",
        ),
        LinkPurpose::ResetPassword => (
            "If you chose a password with it, sign in. Otherwise ask for another link.",
            "/recover",
            "Get another link",
        ),
        LinkPurpose::ConfirmEmail => (
            "If you confirmed your address with it, there is nothing left to do. Otherwise send another \
             link from your account page.",
            routes::ACCOUNT,
            "Go to your account",
        ),
    };
    view! {
        <h1>"This link has expired, or it was used already"</h1>
        <p class="text-muted">{sentence}</p>
        <div class="buttons">
            <a class="button button--primary" rel="external" href=address>
                {label}
            </a>
            <a class="button" rel="external" href="/sign-in">
                "Sign in"
            </a>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purpose_is_the_start_of_the_path() {
        for purpose in [LinkPurpose::SignUp, LinkPurpose::ConfirmEmail, LinkPurpose::ResetPassword]
        {
            assert_eq!(purpose_of(&purpose.link("0123")), purpose);
        }
    }
}
