//! The organizations while they are arranged: by pointer, by keyboard, and by buttons for both.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

use super::drag::Drag;
use crate::components::{Avatar, AvatarOf, AvatarSize, For, Glyph, Icon, focus_when_drawn};
use crate::pages::signed_in::menu_controller::{MenuController, Section};
use crate::pages::signed_in::session::Session;
use client::cache::ssr_memo;
use contract::Name;
use contract::view::MembershipView;

/// One section, to be arranged.
#[component]
pub fn Editable(
    session: Session,
    section: Section,
    items: Signal<Vec<MembershipView>>,
) -> impl IntoView {
    let list = NodeRef::<html::Ul>::new();
    let drag = Drag::over(list);
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

/// What is arranged, as it changes.
#[derive(Clone, Copy)]
struct Edited {
    arranging: MenuController,
    membership: Signal<MembershipView>,
    /// Its place in its section.
    index: Signal<Option<usize>>,
    is_last: Signal<bool>,
}

impl Edited {
    fn name(self) -> Option<Name> {
        self.membership.with(|its| its.organization.as_ref().map(|its| its.name.clone()))
    }

    /// What a button does to it, in words.
    fn label(self, before: &'static str, after: &'static str) -> Signal<String> {
        Signal::derive(move || {
            let name = self.name().map(String::from).unwrap_or_default();
            format!("{before} {name} {after}").trim_end().to_owned()
        })
    }

    /// The id of its button of that name.
    fn button_id(self, name: &'static str) -> String {
        let id = self.membership.with_untracked(|its| its.id);
        format!("menu-{name}-{id}")
    }

    fn move_by(self, places: isize) {
        self.arranging.move_by(&self.membership.get_untracked(), places);
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
    let edited = Edited {
        arranging: session.arranging,
        membership: session.following(membership),
        index: ssr_memo(move |_| items.with(|items| items.iter().position(|item| item.id == id))),
        is_last: ssr_memo(move |_| items.with(|items| items.last().is_some_and(|it| it.id == id))),
    };
    let name = ssr_memo(move |_| edited.name());
    let avatar = ssr_memo(move |_| {
        edited.membership.with(|its| {
            let organization = its.organization.as_ref()?;
            Some((AvatarOf::organization(organization), organization.name.clone()))
        })
    });
    let offset = move || drag.offset(id, edited.index.get());
    view! {
        <li
            class="menu__edited"
            class:menu__edited--dragged=move || drag.drags(id)
            class:menu__edited--aside=move || offset().is_some() && !drag.drags(id)
            style:transform=move || offset().map(|by| format!("translateY({by}px)"))
        >
            <Handle edited drag />
            {move || {
                avatar.get().map(|(of, name)| view! { <Avatar of name size=AvatarSize::Small /> })
            }}
            <span class="menu__name">{move || name.get().map(|name| name.to_string())}</span>
            <div class="menu__tools">
                <MoveTools edited />
                <MuteTool edited />
                <ArchiveTool edited />
            </div>
        </li>
    }
    .into_any()
}

/// Takes hold of the entry: with the pointer, or with the arrow keys while it has the focus.
#[component]
fn Handle(edited: Edited, drag: Drag) -> impl IntoView {
    let begin = move |event| {
        if let Some(from) = edited.index.get_untracked() {
            drag.begin(&event, edited.membership.with_untracked(|its| its.id), from);
        }
    };
    let drop = move || {
        if let Some(place) = drag.drop() {
            edited.arranging.move_to(&edited.membership.get_untracked(), place);
        }
    };
    let by_key = move |event: KeyboardEvent| {
        match &*event.key() {
            "ArrowUp" => edited.move_by(-1),
            "ArrowDown" => edited.move_by(1),
            "Home" => edited.arranging.move_to(&edited.membership.get_untracked(), 0),
            "End" => edited.arranging.move_to(&edited.membership.get_untracked(), usize::MAX),
            "Escape" => return drag.cancel(),
            _ => return,
        }
        // Else the page scrolls as well.
        event.prevent_default();
        focus_when_drawn(edited.button_id("handle"));
    };
    view! {
        <button
            type="button"
            id=edited.button_id("handle")
            class="menu__handle"
            aria-label=edited.label("Reorder", "")
            aria-describedby=HANDLE_HINT
            on:pointerdown=begin
            on:pointermove=move |event| drag.follow(&event)
            on:pointerup=move |_| drop()
            on:pointercancel=move |_| drag.cancel()
            on:keydown=by_key
        >
            <Glyph icon=Icon::Grip />
        </button>
    }
    .into_any()
}

/// The id of the sentence that says how a handle is used.
pub const HANDLE_HINT: &str = "menu-handle-hint";

/// Says how a handle is used, for those who don't see it.
#[component]
pub fn HandleHint() -> impl IntoView {
    view! {
        <span id=HANDLE_HINT hidden>
            "Drag to reorder, or press the up and down arrow keys."
        </span>
    }
    .into_any()
}

#[component]
fn MoveTools(edited: Edited) -> impl IntoView {
    let move_by = move |places: isize, button: &'static str| {
        edited.move_by(places);
        focus_when_drawn(edited.button_id(button));
    };
    view! {
        <Tool
            id=edited.button_id("up")
            label=edited.label("Move", "up")
            icon=Icon::Up
            idle=Signal::derive(move || edited.index.get() == Some(0))
            press=move |()| move_by(-1, "up")
        />
        <Tool
            id=edited.button_id("down")
            label=edited.label("Move", "down")
            icon=Icon::Down
            idle=edited.is_last
            press=move |()| move_by(1, "down")
        />
    }
    .into_any()
}

#[component]
fn MuteTool(edited: Edited) -> impl IntoView {
    let muted = ssr_memo(move |_| {
        edited.membership.with(|its| its.preferences.is_some_and(|its| its.muted))
    });
    let (mute, unmute) = (edited.label("Mute", ""), edited.label("Unmute", ""));
    view! {
        <Tool
            id=edited.button_id("mute")
            label=Signal::derive(move || if muted.get() { unmute.get() } else { mute.get() })
            icon=Signal::derive(move || if muted.get() { Icon::Muted } else { Icon::Bell })
            press=move |()| {
                let membership = edited.membership.get_untracked();
                edited.arranging.set_muted(&membership, !muted.get_untracked());
            }
        />
    }
    .into_any()
}

#[component]
fn ArchiveTool(edited: Edited) -> impl IntoView {
    let archived = ssr_memo(move |_| {
        edited.membership.with(|its| its.preferences.is_some_and(|its| its.archived))
    });
    let (archive, restore) = (edited.label("Archive", ""), edited.label("Restore", ""));
    let press = move |()| {
        let membership = edited.membership.get_untracked();
        // The entry is drawn anew in the other section, and this one goes.
        let button = edited.button_id("archive");
        edited.arranging.set_archived(&membership, !archived.get_untracked());
        focus_when_drawn(button);
    };
    view! {
        <Tool
            id=edited.button_id("archive")
            label=Signal::derive(move || if archived.get() { restore.get() } else { archive.get() })
            icon=Signal::derive(move || if archived.get() { Icon::Restore } else { Icon::Archive })
            press
        />
    }
    .into_any()
}

/// A button with a drawing on it. One that is idle keeps the focus, so a keyboard isn't lost.
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
