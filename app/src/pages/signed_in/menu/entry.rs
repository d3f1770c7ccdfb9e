//! One organization of the menu, as a link.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::components::{Avatar, AvatarOf, AvatarSize, Glyph, Icon, NavLink, Show, is_within};
use crate::pages::organization::Tab;
use crate::pages::path;
use crate::pages::signed_in::session::Session;
use client::cache::ssr_memo;
use contract::view::MembershipView;
use contract::{MembershipId, Slug};

/// A link to it, with what there is to know before following it.
#[component]
pub fn Entry(session: Session, membership: MembershipView) -> impl IntoView {
    let id = membership.id;
    let membership = session.following(membership);
    let name = ssr_memo(move |_| {
        membership.with(|its| its.organization.as_ref().map(|its| its.name.clone()))
    });
    let avatar = ssr_memo(move |_| {
        membership.with(|its| {
            let organization = its.organization.as_ref()?;
            Some((AvatarOf::organization(organization), organization.name.clone()))
        })
    });
    let muted =
        ssr_memo(move |_| membership.with(|its| its.preferences.is_some_and(|its| its.muted)));
    let path = use_location().pathname;
    // Whoever is there sees it.
    let is_here = move || {
        membership.with(|its| {
            let organization = its.organization.as_ref();
            organization.is_some_and(|its| is_within(&path.read(), &path::organization(&its.slug)))
        })
    };
    let is_new = ssr_memo(move |_| {
        let has_news =
            membership.with(|its| session.menu.map(|menu| menu.unread_position(its).is_some()));
        has_news.unwrap_or_default() && !muted.get() && !is_here()
    });
    let to = move |page: fn(&Slug) -> String| {
        Signal::derive(move || {
            membership
                .with(|its| its.organization.as_ref().map(|its| page(&its.slug)))
                .unwrap_or_default()
        })
    };
    view! {
        <li class="menu__item">
            <NavLink
                href=to(|slug| Tab::Members.path(slug))
                within=to(path::organization)
                class="menu__entry"
                description=marks_id(id)
            >
                {move || {
                    avatar
                        .get()
                        .map(|(of, name)| view! { <Avatar of name size=AvatarSize::Small /> })
                }}
                <span class="menu__name">{move || name.get().map(|name| name.to_string())}</span>
            </NavLink>
            <span id=marks_id(id) class="menu__marks">
                <Show when=is_new>
                    <span class="menu__mark menu__mark--new">
                        <span class="unseen">"New activity"</span>
                    </span>
                </Show>
                <Show when=muted>
                    <span class="menu__mark">
                        <Glyph icon=Icon::Muted />
                        <span class="unseen">"Muted"</span>
                    </span>
                </Show>
            </span>
        </li>
    }
    .into_any()
}

fn marks_id(id: MembershipId) -> String {
    format!("menu-marks-{id}")
}
