//! A list of what the organization holds, as a page shows it.

use super::visit::Visit;
use crate::components::Highlights;
use crate::pages::signed_in::Session;
use client::api;
use client::cache::{LiveQuery, ResourceList};
use contract::{Action, Entity, Resource, StreamMessage};

/// All that the organization of this page holds of one kind, kept live; and marks for what somebody
/// else does to it.
pub fn holdings<T: Resource>(visit: Visit) -> (LiveQuery<ResourceList<T>>, Highlights) {
    let items = visit.live_query(|detail| ResourceList::fetch(detail.organization.id));
    let marks = Highlights::new();
    // Before the message is applied.
    Session::of_page().caches.on_message(move |message| {
        let Some(news) = items.map_untracked(|items| news(items, message)).flatten() else {
            return;
        };
        if message.action != Action::Deleted {
            marks.mark(message.subject_id);
        }
        marks.tell(news);
    });
    (items, marks)
}

/// What became of one of them, in a sentence; nothing of what this tab did itself, or knows already.
fn news<T: Resource>(items: &ResourceList<T>, message: &StreamMessage) -> Option<String> {
    let Entity::Resource(entity) = &message.entity else { return None };
    let told = T::told(entity)?;
    let is_own = message.mutation_id.is_some_and(api::is_own_mutation);
    if is_own || message.organization_id != Some(items.organization_id) {
        return None;
    }
    let shown = items.find(message.subject_id);
    let is_known = match (told, shown) {
        (Some(told), Some(shown)) => told.version() <= shown.version(),
        (None, None) => true,
        _ => false,
    };
    let title = told.or(shown).filter(|_| !is_known)?.title();
    let what = match message.action {
        Action::Created => "was added",
        Action::Updated => "was edited",
        Action::Deleted => "was deleted",
    };
    Some(format!("{title} {what}."))
}
