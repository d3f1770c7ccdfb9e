//! The resources of one kind in an organization, such as its notes.

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::HashMap;

use leptos::prelude::Signal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::live_query::LiveQuery;
use super::memo::memo;
use super::merge;
use super::patch::{Patch, Patched};
use crate::api;
use contract::view::UserView;
use contract::{Action, ApiError, Entity, OrganizationId, Resource, StreamMessage, UserId};

/// All resources of one kind in one organization. Patched by the organization's stream, and by the
/// user's stream for author names and the reader's membership.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResourceList<T> {
    /// The organization.
    pub organization_id: OrganizationId,
    /// Newest first.
    pub items: Vec<T>,
    #[serde(skip)]
    names: Names,
}

/// The latest version of each person's name. Names arrive on the user's stream and may be ahead of
/// a resource on the organization's stream, which still has the former name.
#[derive(Clone, Debug, Default)]
struct Names(HashMap<UserId, UserView>);

impl Names {
    fn update(&mut self, user: &UserView) {
        let newest = self.0.entry(user.id).or_insert_with(|| user.clone());
        if newest.version < user.version {
            newest.clone_from(user);
        }
    }
}

/// Names that aren't shown don't matter: lists with the same items are equal.
impl PartialEq for Names {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T: Resource> ResourceList<T> {
    /// Fetches all pages.
    ///
    /// # Errors
    /// Those of the endpoint.
    pub async fn fetch(organization_id: OrganizationId) -> Result<Self, ApiError> {
        let mut items: Vec<T> = Vec::new();
        let mut after = None;
        loop {
            let page = api::resources::list(organization_id, after.as_deref()).await?;
            items.extend(page.items);
            after = page.next;
            if after.is_none() {
                return Ok(Self::new(organization_id, items));
            }
        }
    }

    /// Returns the item with that id.
    #[must_use]
    pub fn find(&self, id: impl Into<Uuid>) -> Option<&T> {
        let id = id.into();
        self.items.iter().find(|item| item.uuid() == id)
    }

    /// Merges the response of a request before the stream delivers the change, or the newer version
    /// that came with a `conflict`.
    pub fn merge_response(&mut self, fresh: &T) -> Patched {
        if fresh.organization_id() != self.organization_id {
            return Patched::Unchanged;
        }
        let mut fresh = fresh.clone();
        let patched = match self.items.iter_mut().find(|current| current.uuid() == fresh.uuid()) {
            None => {
                self.items.push(fresh.clone());
                sort_newest_first(&mut self.items);
                Patched::Changed
            }
            // The author has a version of its own, so either side may have the newer name.
            Some(current) if fresh.version() > current.version() => {
                let former = current.author().cloned();
                current.clone_from(&fresh);
                if let (Some(shown), Some(former)) = (current.author(), &former) {
                    let _ = merge::user(shown, former);
                }
                Patched::Changed
            }
            Some(current) => match (current.author(), fresh.author()) {
                (Some(shown), Some(fresh)) => merge::user(shown, fresh),
                _ => Patched::Unchanged,
            },
        };
        let latest = fresh.author().and_then(|author| self.names.0.get(&author.id)).cloned();
        if let Some(latest) = latest {
            // The caller learns of the change from `patched`.
            let _ = self.update_author(&latest);
        }
        patched
    }

    /// Creates a list as if it had been fetched with these items.
    pub(super) fn new(organization_id: OrganizationId, mut items: Vec<T>) -> Self {
        sort_newest_first(&mut items);
        Self { organization_id, items, names: Names::default() }
    }

    fn update_author(&mut self, user: &UserView) -> Patched {
        self.names.update(user);
        self.items
            .iter_mut()
            .filter_map(Resource::author)
            .map(|current| merge::user(current, user))
            .fold(Patched::Unchanged, Patched::and)
    }
}

/// For pages, which show the effect of their own requests before the stream delivers it.
impl<T: Resource> LiveQuery<ResourceList<T>> {
    /// Returns a signal of the item with `first`'s id. It starts with `first` and keeps the last value
    /// when the item is deleted.
    #[must_use]
    pub fn item_signal(self, first: T) -> Signal<T> {
        let id = first.uuid();
        memo(move |last: Option<&T>| {
            let now = self.map(|its| its.find(id).cloned()).flatten();
            now.or_else(|| last.cloned()).unwrap_or_else(|| first.clone())
        })
    }

    /// Shows the response of a request.
    pub fn merge_response(self, answer: &T) {
        self.update_with(|its| {
            let _ = its.merge_response(answer);
        });
    }

    /// Removes an item that a request has deleted.
    pub fn remove_item(self, id: T::Id) {
        let id = id.into();
        self.update_with(|its| its.items.retain(|item| item.uuid() != id));
    }
}

fn sort_newest_first<T: Resource>(items: &mut [T]) {
    items.sort_by_key(|item| Reverse(item.uuid()));
}

impl<T: Resource> Patch for ResourceList<T> {
    fn patch(&mut self, message: &StreamMessage, reader: UserId) -> Patched {
        let is_this_one = message.organization_id == Some(self.organization_id);
        let of_reader = is_this_one && message.user_id == Some(reader);
        match &message.entity {
            Entity::Resource(entity) => match T::from_entity(entity) {
                Some(Some(item)) => self.merge_response(item),
                Some(None) if is_this_one => {
                    merge::remove(&mut self.items, |item| item.uuid() == message.subject_id)
                }
                _ => Patched::Unchanged,
            },
            Entity::User(Some(user)) => self.update_author(user),
            // A reader who has just joined has missed earlier messages.
            Entity::Membership(Some(_)) if of_reader && message.action == Action::Created => {
                Patched::Stale
            }
            // A member's renaming isn't delivered here while they belong to other organizations
            // only.
            Entity::Membership(Some(membership)) => self.update_author(&membership.user),
            Entity::Membership(None) if of_reader => merge::remove(&mut self.items, |_| true),
            Entity::Organization(None) if is_this_one => merge::remove(&mut self.items, |_| true),
            _ => Patched::Unchanged,
        }
    }
}
