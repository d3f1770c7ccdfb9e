//! A section of the menu in edit mode: reorder, mute and archive organizations, by pointer and by
//! keyboard.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

use super::drag::Drag;
use super::handle_hint::HANDLE_HINT_ID;
use crate::components::{Avatar, AvatarOf, AvatarSize, For, Glyph, Icon, focus_when_rendered};
use crate::pages::session::Session;
use crate::pages::session::menu_controller::{MenuController, Section};
use client::cache::memo;
use contract::Name;
use contract::view::MembershipView;

/// The section.
#[component]
pub fn EditableList(
    session: Session,
    section: Section,
    items: Signal<Vec<MembershipView>>,
) -> impl IntoView {
    let list = NodeRef::<html::Ul>::new();
    let drag = Drag::new(list);
    let label = match section {
        Section::Active => "Active organizations",
        Section::Archived => "Archived organizations",
    };
    view! {
        <ul class="menu__list" aria-label=label node_ref=list>
            <For each=move || items.get() key=|item| item.id let(membership)>
                <EditableEntry session membership items drag />
            </For>
        </ul>
    }
    .into_any()
}

/// An organization that is being item.
#[derive(Clone, Copy)]
struct EditedItem {
    menu_controller: MenuController,
    membership: Signal<MembershipView>,
    /// Its index in its section.
    index: Signal<Option<usize>>,
    is_last: Signal<bool>,
}

impl EditedItem {
    fn name(self) -> Option<Name> {
        self.membership.with(|its| its.organization.as_ref().map(|its| its.name.clone()))
    }

    /// Returns the label of a button: the organization's name between two words.
    fn label(self, before: &'static str, after: &'static str) -> Signal<String> {
        Signal::derive(move || {
            let name = self.name().map(String::from).unwrap_or_default();
            format!("{before} {name} {after}").trim_end().to_owned()
        })
    }

    /// Returns the id of its button with that name.
    fn button_id(self, name: &'static str) -> String {
        let id = self.membership.with_untracked(|its| its.id);
        format!("menu-{name}-{id}")
    }

    fn move_by(self, offset: isize) {
        self.menu_controller.move_by(&self.membership.get_untracked(), offset);
    }
}

#[component]
fn EditableEntry(
    session: Session,
    membership: MembershipView,
    items: Signal<Vec<MembershipView>>,
    drag: Drag,
) -> impl IntoView {
    let id = membership.id;
    let item = EditedItem {
        menu_controller: session.menu_controller,
        membership: session.live_membership(membership),
        index: memo(move |_| items.with(|items| items.iter().position(|item| item.id == id))),
        is_last: memo(move |_| items.with(|items| items.last().is_some_and(|it| it.id == id))),
    };
    let name = memo(move |_| item.name());
    let avatar = memo(move |_| {
        item.membership.with(|its| {
            let organization = its.organization.as_ref()?;
            Some((AvatarOf::organization(organization), organization.name.clone()))
        })
    });
    let offset = move || drag.offset(id, item.index.get());
    view! {
        <li
            class="menu__editable"
            class:menu__editable--dragged=move || drag.is_dragging(id)
            class:menu__editable--aside=move || offset().is_some() && !drag.is_dragging(id)
            style:transform=move || offset().map(|by| format!("translateY({by}px)"))
        >
            <Handle item drag />
            {move || {
                avatar.get().map(|(of, name)| view! { <Avatar of name size=AvatarSize::Small /> })
            }}
            <span class="menu__name">{move || name.get().map(|name| name.to_string())}</span>
            <div class="menu__tools">
                <MoveTools item />
                <MuteTool item />
                <ArchiveTool item />
            </div>
        </li>
    }
    .into_any()
}

/// Moves the organization: drag it with the pointer, or press the arrow keys, Home or End.
#[component]
fn Handle(item: EditedItem, drag: Drag) -> impl IntoView {
    let start = move |event| {
        if let Some(from) = item.index.get_untracked() {
            drag.start(&event, item.membership.with_untracked(|its| its.id), from);
        }
    };
    let drop = move || {
        if let Some(index) = drag.finish() {
            item.menu_controller.move_to(&item.membership.get_untracked(), index);
        }
    };
    let by_key = move |event: KeyboardEvent| {
        match &*event.key() {
            "ArrowUp" => item.move_by(-1),
            "ArrowDown" => item.move_by(1),
            "Home" => item.menu_controller.move_to(&item.membership.get_untracked(), 0),
            "End" => item.menu_controller.move_to(&item.membership.get_untracked(), usize::MAX),
            "Escape" => return drag.cancel(),
            _ => return,
        }
        // Otherwise the page scrolls as well.
        event.prevent_default();
        focus_when_rendered(item.button_id("handle"));
    };
    view! {
        <button
            type="button"
            id=item.button_id("handle")
            class="menu__handle"
            aria-label=item.label("Reorder", "")
            aria-describedby=HANDLE_HINT_ID
            on:pointerdown=start
            on:pointermove=move |event| drag.move_to(&event)
            on:pointerup=move |_| drop()
            on:pointercancel=move |_| drag.cancel()
            on:keydown=by_key
        >
            <Glyph icon=Icon::Grip />
        </button>
    }
    .into_any()
}

#[component]
fn MoveTools(item: EditedItem) -> impl IntoView {
    let move_by = move |offset: isize, button: &'static str| {
        item.move_by(offset);
        focus_when_rendered(item.button_id(button));
    };
    view! {
        <Tool
            id=item.button_id("up")
            label=item.label("Move", "up")
            icon=Icon::Up
            idle=Signal::derive(move || item.index.get() == Some(0))
            press=move |()| move_by(-1, "up")
        />
        <Tool
            id=item.button_id("down")
            label=item.label("Move", "down")
            icon=Icon::Down
            idle=item.is_last
            press=move |()| move_by(1, "down")
        />
    }
    .into_any()
}

#[component]
fn MuteTool(item: EditedItem) -> impl IntoView {
    let muted =
        memo(move |_| item.membership.with(|its| its.preferences.is_some_and(|its| its.muted)));
    let (mute, unmute) = (item.label("Mute", ""), item.label("Unmute", ""));
    view! {
        <Tool
            id=item.button_id("mute")
            label=Signal::derive(move || if muted.get() { unmute.get() } else { mute.get() })
            icon=Signal::derive(move || if muted.get() { Icon::Muted } else { Icon::Bell })
            press=move |()| {
                let membership = item.membership.get_untracked();
                item.menu_controller.set_muted(&membership, !muted.get_untracked());
            }
        />
    }
    .into_any()
}

#[component]
fn ArchiveTool(item: EditedItem) -> impl IntoView {
    let archived =
        memo(move |_| item.membership.with(|its| its.preferences.is_some_and(|its| its.archived)));
    let (archive, restore) = (item.label("Archive", ""), item.label("Restore", ""));
    let press = move |()| {
        let membership = item.membership.get_untracked();
        // The item is rendered again in the other section, where its button gets the focus.
        let button = item.button_id("archive");
        item.menu_controller.set_archived(&membership, !archived.get_untracked());
        focus_when_rendered(button);
    };
    view! {
        <Tool
            id=item.button_id("archive")
            label=Signal::derive(move || if archived.get() { restore.get() } else { archive.get() })
            icon=Signal::derive(move || if archived.get() { Icon::Restore } else { Icon::Archive })
            press
        />
    }
    .into_any()
}

/// An icon button. While it is idle it can still be focused, so that a keyboard user doesn't lose the
/// focus when the item reaches the end of the list.
#[component]
fn Tool(
    id: String,
    label: Signal<String>,
    #[prop(into)] icon: Signal<Icon>,
    #[prop(optional, into)] idle: Signal<bool>,
    #[prop(into)] press: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            id=id
            class="menu__tool"
            aria-label=label
            title=label
            aria-disabled=move || idle.get().then_some("true")
            on:click=move |_| if !idle.get_untracked() { press.run(()) }
        >
            {move || view! { <Glyph icon=icon.get() /> }}
        </button>
    }
    .into_any()
}
