//! What one organization holds of one kind, such as its notes.

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::HashMap;

use leptos::prelude::Signal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::follow::follow;
use super::live_query::LiveQuery;
use super::merge;
use super::patch::{Patch, Patched};
use crate::api;
use contract::view::UserView;
use contract::{Action, ApiError, Entity, OrganizationId, Resource, StreamMessage, UserId};

/// All that one organization holds of one kind. Kept true by its own stream, and by the user's
/// stream for the names of authors and for the reader's membership.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResourceList<T> {
    /// Of which organization.
    pub organization_id: OrganizationId,
    /// The newest first.
    pub items: Vec<T>,
    #[serde(skip)]
    names: Names,
}

/// The newest names that were heard of people. They come on the user's stream, and may be here
/// before something that was told with the name before, on the organization's.
#[derive(Clone, Debug, Default)]
struct Names(HashMap<UserId, UserView>);

impl Names {
    fn hear(&mut self, user: &UserView) {
        let newest = self.0.entry(user.id).or_insert_with(|| user.clone());
        if newest.version < user.version {
            newest.clone_from(user);
        }
    }
}

/// What was heard isn't shown: lists that show the same are the same.
impl PartialEq for Names {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T: Resource> ResourceList<T> {
    /// Reads all of them, page by page.
    ///
    /// # Errors
    /// Those of the endpoint.
    pub async fn fetch(organization_id: OrganizationId) -> Result<Self, ApiError> {
        let mut items: Vec<T> = Vec::new();
        let mut after = None;
        loop {
            let page = api::resources::of_organization(organization_id, after.as_deref()).await?;
            items.extend(page.items);
            after = page.next;
            if after.is_none() {
                return Ok(Self::of(organization_id, items));
            }
        }
    }

    /// The one of that id.
    #[must_use]
    pub fn find(&self, id: impl Into<Uuid>) -> Option<&T> {
        let id = id.into();
        self.items.iter().find(|item| item.uuid() == id)
    }

    /// Takes in what a request was answered with, before the stream tells of it; also the newer
    /// one that came with a refusal.
    pub fn take_in(&mut self, fresh: &T) -> Patched {
        if fresh.organization_id() != self.organization_id {
            return Patched::Unchanged;
        }
        let mut fresh = fresh.clone();
        let patched = match self.items.iter_mut().find(|held| held.uuid() == fresh.uuid()) {
            None => {
                self.items.push(fresh.clone());
                newest_first(&mut self.items);
                Patched::Changed
            }
            // The author's name has versions of its own: either side may know the newer one.
            Some(held) if fresh.version() > held.version() => {
                let former = held.author().cloned();
                held.clone_from(&fresh);
                if let (Some(shown), Some(former)) = (held.author(), &former) {
                    let _ = author(shown, former);
                }
                Patched::Changed
            }
            Some(held) => match (held.author(), fresh.author()) {
                (Some(shown), Some(fresh)) => author(shown, fresh),
                _ => Patched::Unchanged,
            },
        };
        let heard = fresh.author().and_then(|author| self.names.0.get(&author.id)).cloned();
        if let Some(heard) = heard {
            // Whoever is told of a change was told of this one already.
            let _ = self.name_author(&heard);
        }
        patched
    }

    /// These, as if they had been read.
    pub(super) fn of(organization_id: OrganizationId, mut items: Vec<T>) -> Self {
        newest_first(&mut items);
        Self { organization_id, items, names: Names::default() }
    }

    fn name_author(&mut self, user: &UserView) -> Patched {
        self.names.hear(user);
        self.items
            .iter_mut()
            .filter_map(Resource::author)
            .map(|held| author(held, user))
            .fold(Patched::Unchanged, Patched::and)
    }
}

/// For pages. What their own requests did, they show before the stream tells of it, which may have
/// been faster.
impl<T: Resource> LiveQuery<ResourceList<T>> {
    /// One of them as it changes, which is `first` as long as it isn't found. One that goes stays as
    /// it was last.
    #[must_use]
    pub fn following(self, first: T) -> Signal<T> {
        let id = first.uuid();
        follow(move |last: Option<&T>| {
            let now = self.map(|its| its.find(id).cloned()).flatten();
            now.or_else(|| last.cloned()).unwrap_or_else(|| first.clone())
        })
    }

    /// Shows what a request was answered with.
    pub fn take_in(self, answer: &T) {
        self.update_with(|its| {
            let _ = its.take_in(answer);
        });
    }

    /// Shows no more what was deleted.
    pub fn drop_item(self, id: T::Id) {
        let id = id.into();
        self.update_with(|its| its.items.retain(|item| item.uuid() != id));
    }
}

fn newest_first<T: Resource>(items: &mut [T]) {
    items.sort_by_key(|item| Reverse(item.uuid()));
}

/// An author, whose address is not for everybody who reads their name.
fn author(held: &mut UserView, fresh: &UserView) -> Patched {
    let patched = merge::user(held, fresh);
    held.email = None;
    patched
}

impl<T: Resource> Patch for ResourceList<T> {
    fn patch(&mut self, message: &StreamMessage, reader: UserId) -> Patched {
        let of_this_one = message.organization_id == Some(self.organization_id);
        let of_reader = of_this_one && message.user_id == Some(reader);
        match &message.entity {
            Entity::Resource(entity) => match T::told(entity) {
                Some(Some(item)) => self.take_in(item),
                Some(None) if of_this_one => {
                    merge::remove(&mut self.items, |item| item.uuid() == message.subject_id)
                }
                _ => Patched::Unchanged,
            },
            Entity::User(Some(user)) => self.name_author(user),
            // Whoever just joined has not heard what happened before.
            Entity::Membership(Some(_)) if of_reader && message.action == Action::Created => {
                Patched::Stale
            }
            // Nobody here was told of a new name while its bearer belonged elsewhere.
            Entity::Membership(Some(membership)) => self.name_author(&membership.user),
            Entity::Membership(None) if of_reader => merge::remove(&mut self.items, |_| true),
            Entity::Organization(None) if of_this_one => merge::remove(&mut self.items, |_| true),
            _ => Patched::Unchanged,
        }
    }
}
