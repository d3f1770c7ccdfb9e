//! A link to an organization in the menu.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::components::{Avatar, AvatarOf, AvatarSize, Glyph, Icon, NavLink, Show, is_within};
use crate::pages::routes;
use crate::pages::routes::Tab;
use crate::pages::session::Session;
use client::cache::memo;
use contract::view::MembershipView;
use contract::{MembershipId, Slug};

/// The link, marked if there is unread activity or if the organization is muted.
#[component]
pub fn Entry(session: Session, membership: MembershipView) -> impl IntoView {
    let id = membership.id;
    let membership = session.live_membership(membership);
    let name =
        memo(move |_| membership.with(|its| its.organization.as_ref().map(|its| its.name.clone())));
    let avatar = memo(move |_| {
        membership.with(|its| {
            let organization = its.organization.as_ref()?;
            Some((AvatarOf::organization(organization), organization.name.clone()))
        })
    });
    let muted = memo(move |_| membership.with(|its| its.preferences.is_some_and(|its| its.muted)));
    let path = use_location().pathname;
    // Activity of the open organization is seen at once.
    let is_open = move || {
        membership.with(|its| {
            let organization = its.organization.as_ref();
            organization
                .is_some_and(|its| is_within(&path.read(), &routes::organization_path(&its.slug)))
        })
    };
    let is_unread = memo(move |_| {
        let has_unread =
            membership.with(|its| session.menu.map(|menu| menu.unread_position(its).is_some()));
        has_unread.unwrap_or_default() && !muted.get() && !is_open()
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
                within=to(routes::organization_path)
                class="menu__entry"
                description=badges_id(id)
            >
                {move || {
                    avatar
                        .get()
                        .map(|(of, name)| view! { <Avatar of name size=AvatarSize::Small /> })
                }}
                <span class="menu__name" translate="no">
                    {move || name.get().map(|name| name.to_string())}
                </span>
            </NavLink>
            <span id=badges_id(id) class="menu__badges">
                <Show when=is_unread>
                    <span class="menu__badge menu__badge--unread">
                        <span class="visually-hidden">"New activity"</span>
                    </span>
                </Show>
                <Show when=muted>
                    <span class="menu__badge">
                        <Glyph icon=Icon::Muted />
                        <span class="visually-hidden">"Muted"</span>
                    </span>
                </Show>
            </span>
        </li>
    }
    .into_any()
}

fn badges_id(id: MembershipId) -> String {
    format!("menu-badges-{id}")
}
