//! The top of every page of a signed-in person.

use leptos::prelude::*;

use super::menu::MENU;
use super::session::Session;
use super::stream::Stream;
use crate::components::{Avatar, AvatarOf, AvatarSize, Brand, Glyph, Icon, Suspense};
use crate::pages::path;
use contract::view::Me;

/// The product, the state of the stream, and who is signed in.
#[component]
pub fn Header(session: Session) -> impl IntoView {
    view! {
        <header class="frame__header">
            <button
                type="button"
                class="button button--quiet button--icon frame__drawer-button"
                aria-label="Menu"
                popovertarget=MENU
            >
                <Glyph icon=Icon::Menu />
            </button>
            <Brand href=path::HOME />
            <div class="frame__person">
                <Stream session />
                <Suspense>
                    {move || session.me.map(Me::clone).map(|me| view! { <Person me /> })}
                </Suspense>
                <form
                    method="post"
                    action="/auth/sign-out"
                    on:submit=move |_| session.leaving.set(true)
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
fn Person(me: Me) -> impl IntoView {
    let of = AvatarOf::person(&me.user);
    let name = me.user.name;
    view! {
        <a class="frame__account" href=path::ACCOUNT title="Account">
            <Avatar of name=name.clone() size=AvatarSize::Small />
            <span class="frame__person-name">{name.to_string()}</span>
        </a>
    }
    .into_any()
}
