//! Who belongs to one organization.

use std::cmp::Ordering;
use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::breath::breathe;
use super::merge;
use super::patch::{Patch, Patched};
use crate::api;
use crate::api::memberships::MembersQuery;
use crate::contract::text::folded;
use crate::contract::view::{MembershipView, UserView};
use crate::contract::{
    Action, ApiError, Capability, Entity, OrganizationId, Standing, StreamMessage, UserId,
};
use crate::order::sort;

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
    pub(crate) fn of(organization_id: OrganizationId, items: Vec<MembershipView>) -> Self {
        let mut members = Self { organization_id, items, extent: Extent::Whole };
        members.sort();
        members
    }

    fn sort(&mut self) {
        sort(&mut self.items, by_name);
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
    let [one_name, other_name] = [one, other].map(|item| folded(item.user.name.as_str()));
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
        let may = Standing::Member(own.role).may(Capability::SeeEmails);
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
mod tests {
    use super::*;
    use crate::cache::tests::fixtures::*;
    use crate::contract::{Email, Role};

    fn two() -> Members {
        let reader = of_reader(member(ORGANIZATION, 1, "Ada"));
        Members::of(ORGANIZATION, vec![member(ORGANIZATION, 2, "Grace"), reader])
    }

    #[test]
    fn of_a_beginning_what_happens_beyond_is_read_and_what_is_held_is_patched() {
        let mut beginning = Members { extent: Extent::Beginning { beyond: 8 }, ..two() };
        let held = member(ORGANIZATION, 2, "Grace");
        let stranger = member(ORGANIZATION, 3, "Zoe");
        for message in [created(stranger.clone()), membership_deleted(&stranger, OTHER)] {
            assert_eq!(beginning.patch(&message, READER), Patched::Stale);
        }
        assert_eq!(names(&beginning), ["Ada", "Grace"]);
        assert_eq!(beginning.patch(&membership_deleted(&held, OTHER), READER), Patched::Changed);
    }

    fn names(members: &Members) -> Vec<&str> {
        members.items.iter().map(|item| item.user.name.as_str()).collect()
    }

    #[test]
    fn a_new_member_takes_a_place_by_name_and_the_total_follows() {
        let mut members = two();
        let joined = created(member(ORGANIZATION, 3, "barbara"));
        assert_eq!(members.patch(&joined, READER), Patched::Changed);
        assert_eq!(members.patch(&joined, READER), Patched::Unchanged);
        assert_eq!(names(&members), ["Ada", "barbara", "Grace"]);
        assert_eq!(members.items.len(), 3);
    }

    #[test]
    fn a_member_who_is_removed_goes() {
        let mut members = two();
        let removed = membership_deleted(&member(ORGANIZATION, 2, "Grace"), READER);
        assert_eq!(members.patch(&removed, READER), Patched::Changed);
        assert_eq!(members.patch(&removed, READER), Patched::Unchanged);
        assert_eq!(names(&members), ["Ada"]);
        assert_eq!(members.items.len(), 1);
    }

    #[test]
    fn an_update_of_somebody_unknown_is_an_insert() {
        let mut members = two();
        let unknown = updated(newer(member(ORGANIZATION, 3, "Linus")));
        assert_eq!(members.patch(&unknown, READER), Patched::Changed);
        assert_eq!(members.items.len(), 3);
    }

    #[test]
    fn somebodys_new_role_shows_and_an_old_one_does_not() {
        let mut members = two();
        let promoted = MembershipView { role: Role::Admin, ..member(ORGANIZATION, 2, "Grace") };
        assert_eq!(members.patch(&updated(promoted.clone()), READER), Patched::Unchanged);
        assert_eq!(members.patch(&updated(newer(promoted)), READER), Patched::Changed);
        assert_eq!(members.items[1].role, Role::Admin);
    }

    #[test]
    fn a_renamed_person_keeps_the_address_and_takes_another_place() {
        let mut members = two();
        let email = Email::parse("grace@example.com").unwrap();
        members.items[1].user.email = Some(email.clone());
        let renamed = user_renamed(&members.items[1].user, "Aaron");
        assert_eq!(members.patch(&renamed, READER), Patched::Changed);
        assert_eq!(names(&members), ["Aaron", "Ada"]);
        assert_eq!(members.items[0].user.email, Some(email));
    }

    #[test]
    fn whatever_arrives_in_whatever_order_the_list_stays_in_order() {
        let mut members = two();
        for (number, name) in [(9, "carol"), (4, "Bob"), (6, "ada"), (5, "Zoe"), (7, "Bob")] {
            let _ = members.patch(&created(member(ORGANIZATION, number, name)), READER);
        }
        let mut renamed = newer(member(ORGANIZATION, 9, "Aaron"));
        renamed.user.version += 1;
        let _ = members.patch(&updated(renamed), READER);
        let placed = members.items.clone();
        members.sort();
        assert_eq!(members.items, placed);
        assert_eq!(names(&members)[0], "Aaron");
    }

    #[test]
    fn an_address_known_as_an_admin_elsewhere_does_not_show_here() {
        let mut members = two();
        assert_eq!(members.items[1].user.email, None);
        let mut renamed = user_renamed(&members.items[1].user, "Grace H.");
        if let Entity::User(Some(user)) = &mut renamed.entity {
            user.email = Some(Email::parse("grace@example.com").unwrap());
        }
        assert_eq!(members.patch(&renamed, READER), Patched::Changed);
        assert_eq!(names(&members), ["Ada", "Grace H."]);
        assert_eq!(members.items[1].user.email, None);
    }

    #[test]
    fn a_read_is_whole_when_everybody_is_there_once() {
        let Members { items, .. } = two();
        assert!(is_of_one_moment(&items, 2));
        assert!(!is_of_one_moment(&items, 3), "somebody moved to a page that was read before");
        let twice = [items.clone(), vec![items[0].clone()]].concat();
        assert!(!is_of_one_moment(&twice, 3), "somebody moved to a page that was read after");
    }

    #[test]
    fn a_read_is_whole_when_addresses_and_the_readers_role_go_together() {
        let Members { mut items, .. } = two();
        let role = |items: &mut Vec<MembershipView>, role| {
            let own = items.iter_mut().find(|item| item.user.id == READER).unwrap();
            own.role = role;
            own.preferences = in_menu(1, "Alpha", 0.0).preferences;
        };
        role(&mut items, Role::Admin);
        assert!(!is_of_one_moment(&items, 2), "promoted while it was read");
        let other = items.iter_mut().find(|item| item.user.id != READER).unwrap();
        other.user.email = Some(Email::parse("grace@example.com").unwrap());
        assert!(is_of_one_moment(&items, 2));
        role(&mut items, Role::Member);
        assert!(!is_of_one_moment(&items, 2), "no longer an admin");
    }

    #[test]
    fn the_readers_own_new_role_asks_for_another_read() {
        let mut members = two();
        let promoted = MembershipView {
            role: Role::Admin,
            ..newer(of_reader(member(ORGANIZATION, 1, "Ada")))
        };
        assert_eq!(members.patch(&updated(promoted.clone()), READER), Patched::Stale);
        assert_eq!(members.patch(&updated(promoted), READER), Patched::Unchanged);
    }

    #[test]
    fn a_reader_who_joins_again_reads_what_was_missed() {
        let mut members = two();
        let reader = of_reader(member(ORGANIZATION, 1, "Ada"));
        assert_eq!(members.patch(&membership_deleted(&reader, OTHER), READER), Patched::Changed);
        let again = of_reader(member(ORGANIZATION, 7, "Ada"));
        assert_eq!(members.patch(&created(again), READER), Patched::Stale);
    }

    #[test]
    fn other_organizations_do_nothing() {
        let mut members = two();
        for message in [
            created(member(ELSEWHERE, 3, "Linus")),
            membership_deleted(&member(ELSEWHERE, 3, "Linus"), READER),
            organization_deleted(ELSEWHERE),
        ] {
            assert_eq!(members.patch(&message, READER), Patched::Unchanged);
        }
        assert_eq!(members, two());
    }

    #[test]
    fn nobody_belongs_to_a_deleted_organization() {
        let mut members = two();
        assert_eq!(members.patch(&organization_deleted(ORGANIZATION), READER), Patched::Changed);
        assert_eq!(members.items.len(), 0);
    }
}
