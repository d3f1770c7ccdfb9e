//! The resources of one kind that the organization has, such as its notes, as a live list.

use super::context::OrganizationContext;
use crate::components::Highlights;
use crate::pages::session::Session;
use client::api;
use client::cache::{LiveQuery, ResourceList};
use contract::{Action, Entity, Resource, StreamMessage};

/// Returns the query of all resources of kind `T` of the page's organization, and the highlights of
/// those that someone else changes.
pub fn use_resource_list<T: Resource>(
    context: OrganizationContext,
) -> (LiveQuery<ResourceList<T>>, Highlights) {
    let items = context.live_query(|detail| ResourceList::fetch(detail.organization.id));
    let highlights = Highlights::new();
    // Called before the message is applied, so the list still has the old state.
    Session::from_context().caches.on_message(move |message| {
        let Some(sentence) = items.map_untracked(|items| describe(items, message)).flatten() else {
            return;
        };
        if message.action != Action::Deleted {
            highlights.add(message.subject_id);
        }
        highlights.announce(sentence);
    });
    (items, highlights)
}

/// Returns the change that a message makes to the list, in a sentence; none if this tab made it or the
/// list shows it already.
fn describe<T: Resource>(items: &ResourceList<T>, message: &StreamMessage) -> Option<String> {
    let Entity::Resource(entity) = &message.entity else { return None };
    let new = T::from_entity(entity)?;
    let is_own = message.mutation_id.is_some_and(api::is_own_mutation);
    if is_own || message.organization_id != Some(items.organization_id) {
        return None;
    }
    let shown = items.find(message.subject_id);
    let is_known = match (new, shown) {
        (Some(new), Some(shown)) => new.version() <= shown.version(),
        (None, None) => true,
        _ => false,
    };
    let title = new.or(shown).filter(|_| !is_known)?.title();
    let what = match message.action {
        Action::Created => "was added",
        Action::Updated => "was edited",
        Action::Deleted => "was deleted",
    };
    Some(format!("{title} {what}."))
}
