//! The header of the pages behind sign-in.

use leptos::prelude::*;

use super::menu::MENU_ID;
use super::user_stream::UserStream;
use crate::components::{Avatar, AvatarOf, AvatarSize, Brand, Glyph, Icon, Suspense};
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
                <form
                    method="post"
                    action="/auth/sign-out"
                    on:submit=move |_| session.signing_out.set(true)
                >
                    <input type="hidden" name="next" value="/sign-in" />
                    <button type="submit" class="button button--quiet">
                        "Sign out"
                    </button>
                </form>
            </div>
        </header>
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
