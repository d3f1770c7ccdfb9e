//! `/o/{slug}/notes`: what the organization wrote down. Everybody in it reads and writes.

use crate::components::{Button, Empty, For, LiveRegion, Loaded, Look, Show, TimeList};
mod card;
mod conflict;
mod desk;
mod draft;
mod editor;
mod new_note;

use leptos::prelude::*;

use self::card::Card;
use self::desk::Desk;
use self::new_note::{NewNote, Writing};
use super::PageTitle;
use super::deletion::DeletionDialog;
use super::stream::StreamState;
use super::visit::Visit;
use client::cache::ssr_memo;

/// The notes of one organization.
#[component]
pub fn Notes() -> impl IntoView {
    let desk = Desk::new(Visit::of_page());
    view! {
        <div class="organization__page">
            <Loaded query=desk.notes part=move || view! { <Panel desk /> } />
        </div>
    }
    .into_any()
}

#[component]
fn Panel(desk: Desk) -> impl IntoView {
    let total = ssr_memo(move |_| desk.notes.map(|notes| notes.items.len()).unwrap_or_default());
    let writing = Writing::new();
    view! {
        <PageTitle page="Notes" visit=desk.visit />
        <section class="panel" aria-labelledby="notes">
            <div class="panel__head">
                <h2 id="notes" tabindex="-1">"Notes" <span class="panel__count">{move || total.get()}</span></h2>
                <div class="buttons">
                    <StreamState label="Notes status" status=desk.visit.status />
                    <Button look=Look::Primary press=move |()| writing.begin()>
                        "New note"
                    </Button>
                </div>
            </div>
            <NewNote writing desk />
            <List desk writing />
            <LiveRegion label="Note changes" marks=desk.marks />
        </section>
        <DeletionDialog deletion=desk.deletion />
    }
    .into_any()
}

#[component]
fn List(desk: Desk, writing: Writing) -> impl IntoView {
    TimeList::provide();
    let items = ssr_memo(move |_| desk.items());
    let is_empty = ssr_memo(move |_| items.with(Vec::is_empty));
    view! {
        <Show
            when=move || is_empty.get() && !writing.is_open()
            fallback=move || {
                view! {
                    <ul class="notes" aria-labelledby="notes">
                        <For each=move || items.get() key=|note| note.id let(note)>
                            <Card note desk />
                        </For>
                    </ul>
                }
            }
        >
            <Empty title="No notes yet">
                <p>
                    "Write down plans, decisions and links. Everyone in this organization can add and "
                    "edit notes, and sees changes live."
                </p>
                <Button press=move |()| writing.begin()>"Write the first note"</Button>
            </Empty>
        </Show>
    }
    .into_any()
}
