//! Who belongs to one organization.

use std::cmp::Ordering;
use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::breath::breathe;
use super::merge;
use super::patch::{Patch, Patched};
use crate::api;
use crate::api::memberships::MembersQuery;
use contract::text::case_folded;
use contract::view::{MembershipView, UserView};
use contract::{
    Access, Action, ApiError, Capability, Entity, OrganizationId, StreamMessage, UserId,
};

/// All memberships of one organization, as one of its members sees them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Members {
    /// Of which organization.
    pub organization_id: OrganizationId,
    /// By the person's name.
    pub items: Vec<MembershipView>,
    /// Whether that is all.
    pub extent: Extent,
}

/// How much of a list is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Extent {
    /// All of it.
    Whole,
    /// Enough for the first sight, until the rest is read.
    Beginning {
        /// How many there are beyond, of those that were asked for.
        beyond: usize,
    },
}

impl Members {
    /// Reads the first page of those that are asked for, which may be all.
    ///
    /// # Errors
    /// Those of `GET /organizations/{id}/members`.
    pub async fn beginning(
        organization_id: OrganizationId,
        query: &MembersQuery,
    ) -> Result<Self, ApiError> {
        let page = api::memberships::beginning(organization_id, query).await?;
        let is_whole = !query.is_selective() && is_of_one_moment(&page.items, page.total);
        let extent = if is_whole {
            Extent::Whole
        } else {
            let total = usize::try_from(page.total).unwrap_or_default();
            Extent::Beginning { beyond: total.saturating_sub(page.items.len()) }
        };
        Ok(Self { extent, ..Self::of(organization_id, page.items) })
    }

    /// Reads all of them, page by page; again when they changed meanwhile in a way of which no
    /// message tells.
    ///
    /// # Errors
    /// Those of `GET /organizations/{id}/members`.
    pub async fn fetch(organization_id: OrganizationId) -> Result<Self, ApiError> {
        let mut reads_left = MOST_READS;
        loop {
            let (items, total) = Self::read(organization_id).await?;
            reads_left -= 1;
            // Of thousands, each of the following takes a while.
            breathe().await;
            if reads_left == 0 || is_of_one_moment(&items, total) {
                let members = Self::of(organization_id, items);
                breathe().await;
                return Ok(members);
            }
        }
    }

    /// The members, and how many there were in the end.
    async fn read(organization_id: OrganizationId) -> Result<(Vec<MembershipView>, i64), ApiError> {
        let mut items = Vec::new();
        let mut after = None;
        loop {
            let page = api::memberships::of_organization(organization_id, after.as_deref()).await?;
            items.extend(page.items);
            after = page.next;
            if after.is_none() {
                return Ok((items, page.total));
            }
        }
    }

    /// Whether all are held.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.extent == Extent::Whole
    }

    /// How many are known to be there without being held.
    #[must_use]
    pub const fn beyond(&self) -> usize {
        match self.extent {
            Extent::Whole => 0,
            Extent::Beginning { beyond } => beyond,
        }
    }

    /// The members of that organization.
    #[must_use]
    pub fn of(organization_id: OrganizationId, items: Vec<MembershipView>) -> Self {
        let mut members = Self { organization_id, items, extent: Extent::Whole };
        members.sort();
        members
    }

    fn sort(&mut self) {
        self.items.sort_by(by_name);
    }

    /// Takes in what a request of the reader was answered, unless something newer is here.
    pub fn merge(&mut self, answer: &MembershipView) {
        if self.items.iter().any(|held| held.id == answer.id) {
            let _ = self.put(answer);
        }
    }

    /// Merged into the held one, or added, each at its place by name: thousands may be held, so
    /// one message doesn't sort them all.
    fn put(&mut self, fresh: &MembershipView) -> Patched {
        let held = self.items.iter().position(|item| item.id == fresh.id);
        let Some(index) = held else {
            self.insert(fresh.clone());
            return Patched::Changed;
        };
        let patched = merge::membership(&mut self.items[index], fresh);
        if patched == Patched::Changed {
            let item = self.items.remove(index);
            self.insert(item);
        }
        patched
    }

    fn insert(&mut self, item: MembershipView) {
        let place = self.items.partition_point(|other| by_name(other, &item).is_lt());
        self.items.insert(place, item);
    }

    /// Somebody's new name.
    fn rename(&mut self, user: &UserView) -> Patched {
        let patched = self
            .items
            .iter_mut()
            .map(|item| merge::user(&mut item.user, user))
            .fold(Patched::Unchanged, Patched::and);
        if patched == Patched::Changed {
            self.sort();
        }
        patched
    }

    /// Whether it is about somebody of whom only reading all can tell where they belong.
    fn is_beyond(&self, message: &StreamMessage) -> bool {
        !self.is_whole()
            && message.organization_id == Some(self.organization_id)
            && matches!(message.entity, Entity::Membership(_))
            && !self.items.iter().any(|item| item.id.uuid() == message.subject_id)
    }

    fn apply(&mut self, message: &StreamMessage) -> Patched {
        let of_this_one = message.organization_id == Some(self.organization_id);
        match &message.entity {
            Entity::Membership(Some(membership)) if of_this_one => self.put(membership),
            Entity::Membership(None) if of_this_one => {
                merge::remove(&mut self.items, |item| item.id.uuid() == message.subject_id)
            }
            // The reader's own membership holds the organization.
            Entity::Organization(Some(organization)) => self
                .items
                .iter_mut()
                .filter_map(|item| item.organization.as_mut())
                .map(|held| merge::organization(held, organization))
                .fold(Patched::Unchanged, Patched::and),
            Entity::Organization(None) if of_this_one => merge::remove(&mut self.items, |_| true),
            Entity::User(Some(user)) => self.rename(user),
            _ => Patched::Unchanged,
        }
    }
}

/// By name, whatever its case. It makes no copies: thousands may be compared.
#[must_use]
pub fn by_name(one: &MembershipView, other: &MembershipView) -> Ordering {
    let [one_name, other_name] = [one, other].map(|item| case_folded(item.user.name.as_str()));
    one_name.cmp(other_name).then(one.id.cmp(&other.id))
}

/// An organization that never rests is read no more often than this.
const MOST_READS: usize = 4;

/// Whether it can all have been true at once: everybody is there, who is renamed moves between
/// pages; and addresses show exactly if the reader's own role lets them.
fn is_of_one_moment(items: &[MembershipView], total: i64) -> bool {
    let ids: HashSet<_> = items.iter().map(|item| item.id).collect();
    let everybody = ids.len() == items.len() && usize::try_from(total) == Ok(items.len());
    // Only one's own membership has them.
    let (own, others): (Vec<_>, Vec<_>) = items.iter().partition(|item| item.preferences.is_some());
    let sees_emails = |own: &&MembershipView| {
        let may = Access::Member(own.role).may(Capability::SeeEmails);
        others.iter().all(|other| other.user.email.is_some() == may)
    };
    everybody && own.iter().all(sees_emails)
}

impl Patch for Members {
    fn patch(&mut self, message: &StreamMessage, reader: UserId) -> Patched {
        if self.is_beyond(message) {
            return Patched::Stale;
        }
        let role = |members: &Self| {
            members.items.iter().find(|item| item.user.id == reader).map(|item| item.role)
        };
        let before = role(self);
        let patched = self.apply(message);
        // Another role is another list: an admin sees the members' addresses, others don't. And
        // whoever just joined has not heard what happened before.
        let joined = message.organization_id == Some(self.organization_id)
            && message.user_id == Some(reader)
            && message.action == Action::Created;
        match role(self) {
            Some(now) if joined || before != Some(now) => Patched::Stale,
            _ => patched,
        }
    }
}

#[cfg(test)]
mod tests;
