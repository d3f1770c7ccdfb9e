//! Where the organization's stream meets its notes.

use leptos::prelude::*;

use super::desk::Desk;
use crate::api;
use crate::cache::follow;
use crate::contract::{Action, Cursor, Entity, OrganizationId, StreamMessage, UserId};
use crate::pages::signed_in::Session;
use crate::realtime::{StreamOptions, StreamStatus, use_organization_stream};

type Begun = Option<(UserId, OrganizationId, Cursor)>;

/// Follows the stream from where the notes were read, and marks what others change.
#[component]
pub fn Live(desk: Desk, session: Session) -> impl IntoView {
    session.caches.on_message(move |message| mark(desk, message));
    view! {
        <Suspense>
            {
                // What was read again is newer: the stream goes on where it began.
                let begin = follow(move |begun: Option<&Begun>| {
                    let reader = session.me.map(|me| me.user.id)?;
                    let (organization, cursor) =
                        desk.notes.map(|notes| (notes.organization_id, notes.cursor))?;
                    let same = begun.copied().flatten().filter(|begun| begun.1 == organization);
                    Some(same.unwrap_or((reader, organization, cursor)))
                });
                move || {
                    let (user_id, organization, cursor) = begin.get()?;
                    let options = StreamOptions { user_id, cursor, caches: session.caches };
                    Some(view! { <Following desk organization options /> })
                }
            }
        </Suspense>
    }
    .into_any()
}

#[component]
fn Following(desk: Desk, organization: OrganizationId, options: StreamOptions) -> impl IntoView {
    let stream = use_organization_stream(organization, options);
    Effect::new(move || desk.standing.set(stream.status.get()));
}

/// Says when the notes aren't live. That they are, goes without saying.
#[component]
pub fn Standing(desk: Desk) -> impl IntoView {
    let sentence = move || match desk.standing.get() {
        StreamStatus::Live | StreamStatus::Ended(_) => None,
        StreamStatus::Connecting => Some("Connecting"),
        StreamStatus::CatchingUp => Some("Catching up"),
        StreamStatus::Degraded => Some("Late"),
        StreamStatus::Offline => Some("Offline"),
    };
    view! {
        <p class="notes__standing faint" role="status" aria-label="State of the notes">
            {sentence}
        </p>
    }
    .into_any()
}

fn mark(desk: Desk, message: &StreamMessage) {
    let Entity::Note(note) = &message.entity else { return };
    if message.mutation_id.is_some_and(api::is_own) {
        return;
    }
    let held = desk.notes.map_untracked(|notes| {
        (
            notes.organization_id,
            notes.items.iter().find(|it| it.id.uuid() == message.subject_id).cloned(),
        )
    });
    let Some((organization, held)) = held else { return };
    let is_known = match (note, &held) {
        (Some(told), Some(held)) => told.version <= held.version,
        (None, None) => true,
        _ => false,
    };
    if message.organization_id != Some(organization) || is_known {
        return;
    }
    if let Some(note) = note {
        desk.marks.mark(note.id.uuid());
    }
    if let Some(note) = note.as_ref().or(held.as_ref()) {
        let what = match message.action {
            Action::Created => "is new",
            Action::Updated => "was changed",
            Action::Deleted => "was deleted",
        };
        desk.marks.tell(format!("{} {what}.", note.title));
    }
}
