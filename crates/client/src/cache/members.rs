//! The members of one organization.

use std::cmp::Ordering;
use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::merge;
use super::patch::{Patch, Patched};
use super::yield_to_browser::yield_to_browser;
use crate::api;
use crate::api::memberships::MembersQuery;
use contract::text::case_folded;
use contract::view::{MembershipView, UserView};
use contract::{
    Access, Action, ApiError, Capability, Entity, OrganizationId, StreamMessage, UserId,
};

/// The memberships of one organization as one of its members sees them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Members {
    /// The organization.
    pub organization_id: OrganizationId,
    /// Sorted by the person's name.
    pub items: Vec<MembershipView>,
    /// Whether these are all members.
    pub completeness: Completeness,
}

/// Whether a list has all items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Completeness {
    /// It has all of them.
    Complete,
    /// It has the first page, until the rest is fetched.
    FirstPage {
        /// How many of the members that match the query are missing.
        remaining: usize,
    },
}

impl Members {
    /// Fetches the first page of the members that match the query.
    ///
    /// # Errors
    /// Those of `GET /organizations/{id}/members`.
    pub async fn fetch_first_page(
        organization_id: OrganizationId,
        query: &MembersQuery,
    ) -> Result<Self, ApiError> {
        let page = api::memberships::first_page(organization_id, query).await?;
        let is_complete = !query.has_filter() && is_consistent(&page.items, page.total);
        let completeness = if is_complete {
            Completeness::Complete
        } else {
            let total = usize::try_from(page.total).unwrap_or_default();
            Completeness::FirstPage { remaining: total.saturating_sub(page.items.len()) }
        };
        Ok(Self { completeness, ..Self::new(organization_id, page.items) })
    }

    /// Fetches all pages. Starts again if the members changed meanwhile in a way that no message
    /// reports.
    ///
    /// # Errors
    /// Those of `GET /organizations/{id}/members`.
    pub async fn fetch(organization_id: OrganizationId) -> Result<Self, ApiError> {
        let mut fetches_left = MAX_FETCHES;
        loop {
            let (items, total) = Self::fetch_pages(organization_id).await?;
            fetches_left -= 1;
            // Each step takes a while with thousands of members.
            yield_to_browser().await;
            if fetches_left == 0 || is_consistent(&items, total) {
                let members = Self::new(organization_id, items);
                yield_to_browser().await;
                return Ok(members);
            }
        }
    }

    /// Fetches all pages. Returns their items, and the total that the last page reported.
    async fn fetch_pages(
        organization_id: OrganizationId,
    ) -> Result<(Vec<MembershipView>, i64), ApiError> {
        let mut items = Vec::new();
        let mut after = None;
        loop {
            let page = api::memberships::list(organization_id, after.as_deref()).await?;
            items.extend(page.items);
            after = page.next;
            if after.is_none() {
                return Ok((items, page.total));
            }
        }
    }

    /// Whether these are all members.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.completeness == Completeness::Complete
    }

    /// Returns how many members exist besides these.
    #[must_use]
    pub const fn remaining(&self) -> usize {
        match self.completeness {
            Completeness::Complete => 0,
            Completeness::FirstPage { remaining } => remaining,
        }
    }

    /// Creates a complete list of these members, sorted.
    #[must_use]
    pub fn new(organization_id: OrganizationId, items: Vec<MembershipView>) -> Self {
        let mut members = Self { organization_id, items, completeness: Completeness::Complete };
        members.sort();
        members
    }

    fn sort(&mut self) {
        self.items.sort_by(compare_by_name);
    }

    /// Merges the response of a request of the reader, unless the list has a newer version.
    pub fn merge_response(&mut self, answer: &MembershipView) {
        if self.items.iter().any(|current| current.id == answer.id) {
            let _ = self.upsert(answer);
        }
    }

    /// Merges a membership into the list, or inserts it, at its place by name. Doesn't sort all,
    /// because there may be thousands.
    fn upsert(&mut self, fresh: &MembershipView) -> Patched {
        let current = self.items.iter().position(|item| item.id == fresh.id);
        let Some(index) = current else {
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
        let index = self.items.partition_point(|other| compare_by_name(other, &item).is_lt());
        self.items.insert(index, item);
    }

    /// Merges a person into all their memberships.
    fn merge_user(&mut self, user: &UserView) -> Patched {
        let patched = merge::user_of_memberships(&mut self.items, user);
        if patched == Patched::Changed {
            self.sort();
        }
        patched
    }

    /// Whether it is about a member who isn't in an incomplete list. Only fetching all can tell
    /// their place.
    fn is_about_missing_member(&self, message: &StreamMessage) -> bool {
        !self.is_complete()
            && message.organization_id == Some(self.organization_id)
            && matches!(message.entity, Entity::Membership(_))
            && !self.items.iter().any(|item| item.id.uuid() == message.subject_id)
    }

    fn patch_items(&mut self, message: &StreamMessage) -> Patched {
        let is_this_one = message.organization_id == Some(self.organization_id);
        match &message.entity {
            Entity::Membership(Some(membership)) if is_this_one => self.upsert(membership),
            Entity::Membership(None) if is_this_one => {
                merge::remove(&mut self.items, |item| item.id.uuid() == message.subject_id)
            }
            // Only the reader's own membership contains the organization.
            Entity::Organization(Some(organization)) => {
                merge::organization_of_memberships(&mut self.items, organization)
            }
            Entity::Organization(None) if is_this_one => merge::remove(&mut self.items, |_| true),
            Entity::User(Some(user)) => self.merge_user(user),
            _ => Patched::Unchanged,
        }
    }
}

/// Orders by name, ignoring case, then by id. Doesn't allocate, because thousands may be compared.
#[must_use]
pub fn compare_by_name(one: &MembershipView, other: &MembershipView) -> Ordering {
    let [one_name, other_name] = [one, other].map(|item| case_folded(item.user.name.as_str()));
    one_name.cmp(other_name).then(one.id.cmp(&other.id))
}

/// How often the members are fetched if they change during every fetch.
const MAX_FETCHES: usize = 4;

/// Whether the pages can be of one moment: nobody is missing or twice (a renamed member moves
/// between pages), and email addresses are present exactly if the reader's role may see them.
fn is_consistent(items: &[MembershipView], total: i64) -> bool {
    let ids: HashSet<_> = items.iter().map(|item| item.id).collect();
    let is_whole = ids.len() == items.len() && usize::try_from(total) == Ok(items.len());
    // Only the reader's own membership has preferences.
    let (own, others): (Vec<_>, Vec<_>) = items.iter().partition(|item| item.preferences.is_some());
    let sees_emails = |own: &&MembershipView| {
        let may = Access::Member(own.role).may(Capability::SeeEmails);
        others.iter().all(|other| other.user.email.is_some() == may)
    };
    is_whole && own.iter().all(sees_emails)
}

impl Patch for Members {
    fn patch(&mut self, message: &StreamMessage, reader: UserId) -> Patched {
        if self.is_about_missing_member(message) {
            return Patched::Stale;
        }
        let role = |members: &Self| {
            members.items.iter().find(|item| item.user.id == reader).map(|item| item.role)
        };
        let before = role(self);
        let patched = self.patch_items(message);
        // With another role the list differs: admins see email addresses. And a reader who has just
        // joined has missed earlier messages.
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
