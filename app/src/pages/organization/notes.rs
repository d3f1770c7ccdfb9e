//! `/o/{slug}/notes`: the organization's notes, which all its members read and write.

mod card;
mod conflict;
mod discard_question;
mod draft;
mod edit;
mod edit_form;
mod new_note;
mod parse;
mod state;

use leptos::prelude::*;

use self::card::Card;
use self::new_note::{NewNoteForm, NewNoteState};
use self::state::NotesState;
use super::context::OrganizationContext;
use super::page_title::PageTitle;
use super::resource_deletion::DeletionDialog;
use super::stream_status::StreamStatusText;
use crate::components::{
    Button, ButtonVariant, EmptyState, For, LiveRegion, Loaded, Show, TimeList,
};
use client::cache::memo;
use client::effect::effect;

/// The notes page.
#[component]
pub fn Notes() -> impl IntoView {
    let state = NotesState::new(OrganizationContext::from_context());
    view! {
        <div class="organization__page">
            <Loaded query=state.notes view=move || view! { <Panel state /> } />
        </div>
    }
    .into_any()
}

#[component]
fn Panel(state: NotesState) -> impl IntoView {
    let total = memo(move |_| state.notes.map(|notes| notes.items.len()).unwrap_or_default());
    let new_note = NewNoteState::new();
    effect(move || {
        state.restore_drafts();
        new_note.restore_draft(state);
    });
    view! {
        <PageTitle page="Notes" context=state.context />
        <section class="panel" aria-labelledby="notes">
            <div class="panel__head">
                <h2 id="notes" tabindex="-1">"Notes " <span class="panel__count">{move || total.get()}</span></h2>
                <div class="buttons">
                    <StreamStatusText label="Notes status" status=state.context.status />
                    <Button variant=ButtonVariant::Primary press=move |()| new_note.open()>
                        "New note"
                    </Button>
                </div>
            </div>
            <NewNoteForm new_note state />
            <List state new_note />
            <LiveRegion label="Note changes" highlights=state.highlights />
        </section>
        <DeletionDialog deletion=state.deletion />
    }
    .into_any()
}

#[component]
fn List(state: NotesState, new_note: NewNoteState) -> impl IntoView {
    TimeList::provide();
    let items = memo(move |_| state.items());
    let is_empty = memo(move |_| items.with(Vec::is_empty));
    view! {
        <Show
            when=move || is_empty.get() && !new_note.is_open()
            fallback=move || {
                view! {
                    <ul class="notes" aria-labelledby="notes">
                        <For each=move || items.get() key=|note| note.id let(note)>
                            <Card note state />
                        </For>
                    </ul>
                }
            }
        >
            <EmptyState title="No notes yet">
                <p>
                    "Write down plans, decisions and links. Everyone in this organization can add and "
                    "edit notes, and sees changes live."
                </p>
                <Button press=move |()| new_note.open()>"Write the first note"</Button>
            </EmptyState>
        </Show>
    }
    .into_any()
}
