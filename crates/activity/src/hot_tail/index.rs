//! The entries of the hot tail by organization and by user, and which of them concern a reader.

use std::collections::hash_map::Entry as MapEntry;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::Arc;

use contract::permission::MembershipVisibility;
use contract::{Access, Action, Capability, OrganizationId, Position, Role, UserId};

use super::entry::Entry;
use super::merge::{Concern, Merge};
use crate::ActivityKind;

/// Positions of the log: after `after`, and at or before `until`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    pub(super) after: Position,
    pub(super) until: Position,
}

/// Ascending by position.
type List<C> = VecDeque<Arc<Entry<C>>>;

#[derive(Debug)]
pub(super) struct Index<C> {
    /// Activities for the members of an organization: those about resources, and the others.
    resources: HashMap<OrganizationId, List<C>>,
    others: HashMap<OrganizationId, List<C>>,
    /// Activities of a user, and those that quote of the user's invitations changed.
    users: HashMap<UserId, List<C>>,
    /// The size of the activities of each organization.
    sizes: HashMap<OrganizationId, usize>,
    /// Organizations that had more than their share: the position up to which their activities were removed.
    trimmed: HashMap<OrganizationId, Position>,
}

impl<C> Default for Index<C> {
    fn default() -> Self {
        let (resources, others, users) = Default::default();
        Self { resources, others, users, sizes: HashMap::new(), trimmed: HashMap::new() }
    }
}

impl<C> Index<C> {
    /// The number of lists.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.resources.len() + self.others.len() + self.users.len()
    }

    /// Whether activities of the organization after this position were removed because it had too many.
    pub(super) fn is_trimmed(&self, organization: OrganizationId, after: Position) -> bool {
        self.trimmed.get(&organization).is_some_and(|trimmed| *trimmed > after)
    }

    /// Forgets what was trimmed before the tail's beginning.
    pub(super) fn forget_trimmed(&mut self, begin: Position) {
        self.trimmed.retain(|_, trimmed| *trimmed > begin);
    }

    /// Adds the newest entry. An organization that has more than `share` then loses its oldest ones, but not
    /// this one. Returns the size of the entries that no list has any more.
    pub(super) fn push_back(&mut self, entry: &Arc<Entry<C>>, share: usize) -> usize {
        let mut unlisted = 0;
        for organization in entry.organizations() {
            self.organizations_mut(entry)
                .entry(organization)
                .or_default()
                .push_back(Arc::clone(entry));
            entry.add_list();
            *self.sizes.entry(organization).or_default() += entry.own_size;
        }
        for user in entry.users() {
            self.users.entry(user).or_default().push_back(Arc::clone(entry));
            entry.add_list();
        }
        for organization in entry.organizations() {
            while self.sizes.get(&organization).is_some_and(|size| *size > share)
                && let Some(oldest) = self.pop_oldest_of(organization, entry.position())
            {
                self.trimmed.insert(organization, oldest.position());
                if !oldest.is_listed() {
                    unlisted += oldest.size();
                }
            }
        }
        unlisted
    }

    /// Adds an entry that is older than all others, except to the lists of organizations that have their share
    /// or were trimmed.
    pub(super) fn push_front(&mut self, entry: &Arc<Entry<C>>, share: usize) {
        for organization in entry.organizations() {
            let size = self.sizes.get(&organization).copied().unwrap_or_default();
            if self.trimmed.contains_key(&organization) {
                continue;
            }
            if size > 0 && size + entry.own_size > share {
                self.trimmed.insert(organization, entry.position());
                continue;
            }
            self.sizes.insert(organization, size + entry.own_size);
            self.organizations_mut(entry)
                .entry(organization)
                .or_default()
                .push_front(Arc::clone(entry));
            entry.add_list();
        }
        for user in entry.users() {
            self.users.entry(user).or_default().push_front(Arc::clone(entry));
            entry.add_list();
        }
    }

    /// Removes the oldest entry of all, which is the first of each list that has it.
    pub(super) fn pop_front(&mut self, entry: &Entry<C>) {
        for organization in entry.organizations() {
            if pop(self.organizations_mut(entry), organization, entry.position()).is_some() {
                self.reduce_size(organization, entry);
            }
        }
        for user in entry.users() {
            pop(&mut self.users, user, entry.position());
        }
    }

    /// Removes the oldest entry of an organization before a position from the organization's lists.
    fn pop_oldest_of(
        &mut self,
        organization: OrganizationId,
        before: Position,
    ) -> Option<Arc<Entry<C>>> {
        let first = |lists: &HashMap<OrganizationId, List<C>>| {
            lists.get(&organization).and_then(|list| list.front()).map(|entry| entry.position())
        };
        let lists = match (first(&self.resources), first(&self.others)) {
            (Some(resource), Some(other)) if other < resource => &mut self.others,
            (Some(_), _) => &mut self.resources,
            (None, _) => &mut self.others,
        };
        let oldest = lists.get(&organization)?.front()?.position();
        if oldest >= before {
            return None;
        }
        let entry = pop(lists, organization, oldest)?;
        self.reduce_size(organization, &entry);
        Some(entry)
    }

    fn reduce_size(&mut self, organization: OrganizationId, entry: &Entry<C>) {
        if let MapEntry::Occupied(mut size) = self.sizes.entry(organization) {
            *size.get_mut() -= entry.own_size;
            if *size.get() == 0 {
                size.remove();
            }
        }
    }

    fn organizations_mut(&mut self, entry: &Entry<C>) -> &mut HashMap<OrganizationId, List<C>> {
        if entry.change().kind.is_resource() { &mut self.resources } else { &mut self.others }
    }

    /// Collects what concerns a member of an organization, except what belongs to them.
    pub(super) fn collect_shared(
        &self,
        organization: OrganizationId,
        role: Role,
        user: UserId,
        range: Range,
        merge: &mut Merge<C>,
    ) {
        let access = Access::Member(role);
        // Whether a user is a member after the changes that were passed, from the newest on.
        let mut memberships: HashMap<UserId, bool> = HashMap::new();
        for entry in newest_first(self.others.get(&organization), range) {
            let change = entry.change();
            let (is_mine, concern) = (change.user_id == Some(user), concern(entry, user));
            match (change.kind, change.user_id) {
                (ActivityKind::User, Some(other)) if !is_mine => {
                    let Some(its) = entry.relation_to(organization) else { continue };
                    let is_member = *memberships.get(&other).unwrap_or(&its.is_member);
                    let shared_as_admin = is_member && access.may(Capability::SeeEmails);
                    let (visibility, concern) = match shared_as_admin {
                        true => (MembershipVisibility::Admin, Concern::SharedAsAdmin),
                        false => (MembershipVisibility::Member, Concern::Plain),
                    };
                    if (is_member || its.is_author) && change.changes_what_is_shown(visibility) {
                        merge.add(entry, concern);
                    } else if its.is_inviter && access.may(Capability::ManageInvitations) {
                        merge.add(entry, Concern::Quote);
                    }
                }
                (ActivityKind::Membership, Some(other)) => {
                    memberships.entry(other).or_insert(change.action != Action::Deleted);
                    if !is_mine {
                        merge.add(entry, concern);
                    }
                }
                (ActivityKind::Invitation, _)
                    if !is_mine && access.may(Capability::ManageInvitations) =>
                {
                    merge.add(entry, concern);
                }
                (ActivityKind::Organization, _) => merge.add(entry, concern),
                _ => {}
            }
        }
        // All resources are one mark: the newest change by somebody else.
        let by_others = newest_first(self.resources.get(&organization), range)
            .find(|entry| entry.change().actor_id != Some(user));
        if let Some(newest) = by_others {
            merge.add_mark(organization, newest);
        }
    }

    /// Collects what belongs to the user, the changes of what their invitations quote, and the deletions of
    /// organizations that ended a membership of theirs. None when such an organization was trimmed, or when
    /// the user may not have an invitation any more that quotes a change: only the database knows which
    /// other invitations the user had before.
    pub(super) fn collect_own(
        &self,
        user: UserId,
        roles: &HashMap<OrganizationId, Role>,
        range: Range,
        merge: &mut Merge<C>,
    ) -> Option<()> {
        let mut has_other_invitations = false;
        for entry in newest_first(self.users.get(&user), range) {
            let change = entry.change();
            if entry.owner() != Some(user) {
                if has_other_invitations {
                    return None;
                }
                merge.add(entry, Concern::Quote);
                continue;
            }
            has_other_invitations |=
                change.kind == ActivityKind::Invitation && change.action != Action::Created;
            merge.add(entry, concern(entry, user));
            let lost = change.organization_id.filter(|id| {
                change.kind == ActivityKind::Membership
                    && change.action == Action::Deleted
                    && !roles.contains_key(id)
            });
            let Some(lost) = lost else { continue };
            if self.is_trimmed(lost, range.after) {
                return None;
            }
            let before = Range { until: Position(entry.position().0 - 1), ..range };
            let deletion = newest_first(self.others.get(&lost), before).find(|entry| {
                let change = entry.change();
                change.kind == ActivityKind::Organization && change.action == Action::Deleted
            });
            if let Some(deletion) = deletion {
                merge.add(deletion, concern(deletion, user));
            }
        }
        Some(())
    }

    /// Collects the changes of an organization's resources.
    pub(super) fn collect_resources(
        &self,
        organization: OrganizationId,
        range: Range,
        merge: &mut Merge<C>,
    ) {
        for entry in newest_first(self.resources.get(&organization), range) {
            merge.add(entry, Concern::Plain);
        }
    }
}

/// How the activity concerns this user, who is its owner or a member.
fn concern<C>(entry: &Entry<C>, user: UserId) -> Concern {
    match entry.is_unread && entry.change().actor_id != Some(user) {
        true => Concern::Unread,
        false => Concern::Plain,
    }
}

/// The entries of a list in the range, newest first.
fn newest_first<C>(
    list: Option<&List<C>>,
    Range { after, until }: Range,
) -> impl Iterator<Item = &Arc<Entry<C>>> {
    list.into_iter().flat_map(move |list| {
        let begin = list.partition_point(|entry| entry.position() <= after);
        let end = list.partition_point(|entry| entry.position() <= until).max(begin);
        list.range(begin..end).rev()
    })
}

/// Removes the first entry of a list, if it has this position.
fn pop<K: Eq + Hash, C>(
    lists: &mut HashMap<K, List<C>>,
    key: K,
    position: Position,
) -> Option<Arc<Entry<C>>> {
    let MapEntry::Occupied(mut list) = lists.entry(key) else { return None };
    let entry = list.get_mut().pop_front_if(|first| first.position() == position)?;
    entry.remove_list();
    if list.get().is_empty() {
        list.remove();
    }
    Some(entry)
}
