//! The header of the pages behind sign-in.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;

use super::menu::MENU_ID;
use super::user_stream::UserStream;
use crate::components::{
    Avatar, AvatarOf, AvatarSize, Brand, ConfirmDialog, Glyph, Icon, Submission, Suspense,
};
use crate::drafts;
use crate::pages::routes;
use crate::pages::session::Session;
use contract::view::Me;

/// Product name, connection status, account and sign-out.
#[component]
pub fn Header(session: Session) -> impl IntoView {
    view! {
        <header class="layout__header">
            <button
                type="button"
                class="button button--quiet button--icon layout__drawer-button"
                aria-label="Menu"
                popovertarget=MENU_ID
            >
                <Glyph icon=Icon::Menu />
            </button>
            <Brand href=routes::HOME />
            <div class="layout__person">
                <UserStream session />
                <Suspense>
                    {move || session.me.map(Me::clone).map(|me| view! { <AccountLink me /> })}
                </Suspense>
                <SignOut session />
            </div>
        </header>
    }
    .into_any()
}

/// The button to sign out. It asks before it discards what the person has written but not saved.
#[component]
fn SignOut(session: Session) -> impl IntoView {
    let form = NodeRef::<html::Form>::new();
    let asking = RwSignal::new(false);
    let user = move || session.me.map_untracked(|me| me.user.id);
    let submit = move |event: SubmitEvent| {
        if user().is_some_and(drafts::exist) {
            event.prevent_default();
            asking.set(true);
        } else {
            session.signing_out.set(true);
        }
    };
    let discard = move |()| {
        if let Some(user) = user() {
            drafts::remove_all(user);
        }
        session.signing_out.set(true);
        if let Some(form) = form.get_untracked() {
            // It only fails for a form that isn't in the document.
            drop(form.submit());
        }
    };
    view! {
        <form method="post" action="/auth/sign-out" on:submit=submit node_ref=form>
            <input type="hidden" name="next" value="/sign-in" />
            // Somebody else may have signed in since; their session doesn't end by this button.
            <Suspense>
                {move || {
                    let id = session.me.map(|me| me.user.id.to_string());
                    id.map(|id| view! { <input type="hidden" name="user" value=id /> })
                }}
            </Suspense>
            <button type="submit" class="button button--quiet">
                "Sign out"
            </button>
        </form>
        <ConfirmDialog
            id="sign-out"
            open=asking
            question="Sign out and discard your drafts?"
            consequence="You have written something that isn't saved. Signing out removes it from this browser."
            confirm_label="Sign out and discard"
            submission=Submission::new()
            confirm=discard
        />
    }
    .into_any()
}

#[component]
fn AccountLink(me: Me) -> impl IntoView {
    let of = AvatarOf::person(&me.user);
    let (id, name) = (me.user.id.to_string(), me.user.name);
    // `start.js` compares the id with the session's when the browser shows this page again.
    view! {
        <a class="layout__account" href=routes::ACCOUNT title="Account" data-user=id>
            <Avatar of name=name.clone() size=AvatarSize::Small />
            <span class="layout__person-name" translate="no">{name.to_string()}</span>
        </a>
    }
    .into_any()
}
