//! The audit log of one organization, as far back as it was loaded.

use serde::{Deserialize, Serialize};

use super::merge;
use super::patch::{Patch, Patched};
use crate::api;
use crate::api::activities::AuditLogFilter;
use contract::activity::{ActivityView, AuditLog};
use contract::{ApiError, Entity, OrganizationId, Position, StreamMessage, UserId};

/// The audit log of one organization, or the filtered part of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Activities {
    /// The organization.
    pub organization_id: OrganizationId,
    /// The filter.
    pub filter: AuditLogFilter,
    /// Newest first, without gaps.
    pub items: Vec<ActivityView>,
    /// The position before which the next older page begins; `None` when everything is loaded.
    pub next: Option<Position>,
}

impl Activities {
    /// Fetches the newest page.
    ///
    /// # Errors
    /// Those of `GET /organizations/{id}/activities`.
    pub async fn fetch(
        organization_id: OrganizationId,
        filter: AuditLogFilter,
    ) -> Result<Self, ApiError> {
        let AuditLog { items, next } = api::activities::list(organization_id, filter, None).await?;
        Ok(Self { organization_id, filter, items, next })
    }

    /// Appends the older pages of `before`, unless there is a gap between them and this page.
    #[must_use]
    pub fn with_older_pages_of(mut self, before: Option<Self>) -> Self {
        let is_same = |before: &Self| {
            before.organization_id == self.organization_id && before.filter == self.filter
        };
        let Some(before) = before.filter(is_same) else { return self };
        let oldest = self.items.last().map(|oldest| oldest.position);
        let newest_before = before.items.first().map(|newest| newest.position);
        let meets = oldest.zip(newest_before).is_some_and(|(oldest, newest)| oldest <= newest);
        if let Some(oldest) = oldest.filter(|_| meets) {
            self.items.extend(before.items.into_iter().filter(|item| item.position < oldest));
            self.next = before.next;
        }
        self
    }

    /// Appends an older page, if it is the one after `after`.
    pub fn append(&mut self, after: Position, older: AuditLog) {
        if self.next == Some(after) {
            self.items.extend(older.items);
            self.next = older.next;
        }
    }
}

impl Patch for Activities {
    /// Fetches new activities again, because a message doesn't contain all that is shown.
    fn patch(&mut self, message: &StreamMessage, reader: UserId) -> Patched {
        let is_this_one = message.organization_id == Some(self.organization_id);
        let of_reader = is_this_one && message.user_id == Some(reader);
        let is_gone = match &message.entity {
            Entity::Membership(None) => of_reader,
            Entity::Organization(None) => is_this_one,
            // A role change changes what the reader may see.
            Entity::Membership(Some(_)) if of_reader => return Patched::Stale,
            _ => false,
        };
        if is_gone { merge::remove(&mut self.items, |_| true) } else { Patched::Unchanged }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::fixtures::*;
    use contract::activity::{ResourceSubject, Subject};
    use contract::{Action, ResourceKind};

    fn activity(position: i64) -> ActivityView {
        ActivityView {
            position: Position(position),
            action: Action::Created,
            subject: Subject::Resource(
                ResourceKind::Note,
                ResourceSubject { id: uuid::Uuid::from_u128(7), title: "Plan".to_owned() },
            ),
            actor: None,
            changed: Vec::new(),
            at: moment(position),
        }
    }

    fn page(positions: &[i64], next: Option<i64>) -> AuditLog {
        let items = positions.iter().copied().map(activity).collect();
        AuditLog { items, next: next.map(Position) }
    }

    fn activities(positions: &[i64], next: Option<i64>) -> Activities {
        let AuditLog { items, next } = page(positions, next);
        Activities { organization_id: ORGANIZATION, filter: AuditLogFilter::default(), items, next }
    }

    fn positions(activities: &Activities) -> Vec<i64> {
        activities.items.iter().map(|item| item.position.0).collect()
    }

    #[test]
    fn older_pages_are_kept_below_a_newer_first_page() {
        let mut read = activities(&[9, 8], Some(8));
        read.append(Position(8), page(&[7, 6], Some(6)));
        let again = activities(&[11, 10, 9], Some(9)).with_older_pages_of(Some(read));
        assert_eq!((positions(&again), again.next), (vec![11, 10, 9, 8, 7, 6], Some(Position(6))));
    }

    #[test]
    fn older_pages_are_dropped_when_there_is_a_gap() {
        let again =
            activities(&[20, 19], Some(19)).with_older_pages_of(Some(activities(&[9, 8], None)));
        assert_eq!((positions(&again), again.next), (vec![20, 19], Some(Position(19))));
    }

    #[test]
    fn pages_of_another_filter_are_dropped() {
        let filter = AuditLogFilter { person: Some(OTHER), kind: None };
        let other = Activities { filter, ..activities(&[9, 8], None) };
        assert_eq!(positions(&activities(&[9], None).with_older_pages_of(Some(other))), [9]);
    }

    #[test]
    fn page_that_was_fetched_twice_is_appended_once() {
        let mut read = activities(&[9, 8], Some(8));
        for _ in 0..2 {
            read.append(Position(8), page(&[7, 6], None));
        }
        assert_eq!((positions(&read), read.next), (vec![9, 8, 7, 6], None));
    }

    #[test]
    fn reader_who_left_sees_nothing_and_one_with_another_role_refetches() {
        let mine = of_reader(member(ORGANIZATION, 1, "Ada"));
        let mut read = activities(&[9, 8], None);
        assert_eq!(read.patch(&role_changed(mine.clone()), READER), Patched::Stale);
        assert_eq!(read.patch(&membership_deleted(&mine, OTHER), READER), Patched::Changed);
        assert_eq!(positions(&read), [0; 0]);
    }
}
