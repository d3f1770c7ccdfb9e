//! What happened last in the reader's organizations.

use serde::{Deserialize, Serialize};

use super::merge;
use super::patch::{Patch, Patched};
use crate::api;
use contract::activity::RecentActivityView;
use contract::{Action, ApiError, Entity, StreamMessage, UserId};

/// A few activities, from all organizations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecentActivity {
    /// The newest first.
    pub items: Vec<RecentActivityView>,
}

impl RecentActivity {
    /// Reads them.
    ///
    /// # Errors
    /// Those of `GET /me/activities`.
    pub async fn fetch() -> Result<Self, ApiError> {
        let lately = api::activities::lately().await?;
        Ok(Self { items: lately.items })
    }

    /// Whether it may tell something else once that happened.
    #[must_use]
    pub fn is_hinted_at_by(message: &StreamMessage) -> bool {
        match message.entity {
            // How people arrange their menus isn't told.
            Entity::Membership(Some(_)) if message.action == Action::Updated => {
                message.changed.iter().any(|field| field == "role")
            }
            // Names stand in every sentence.
            Entity::User(_) => true,
            _ => message.organization_id.is_some(),
        }
    }
}

impl Patch for RecentActivity {
    /// New activities are read, not made of messages: those don't say everything.
    fn patch(&mut self, message: &StreamMessage, reader: UserId) -> Patched {
        let ended = match &message.entity {
            Entity::Membership(None) => message.user_id == Some(reader),
            Entity::Organization(None) => true,
            _ => false,
        };
        if !ended {
            return Patched::Unchanged;
        }
        merge::remove(&mut self.items, |item| Some(item.organization_id) == message.organization_id)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cache::fixtures::*;

    fn lately() -> RecentActivity {
        let items = json!([{"organizationId": ORGANIZATION, "activity": {
            "position": 7, "action": "deleted", "kind": "note", "at": "2026-11-24T08:00:00Z",
            "subject": {"id": ORGANIZATION, "title": "Plan"},
        }}]);
        RecentActivity { items: serde_json::from_value(items).unwrap() }
    }

    #[test]
    fn what_happened_where_the_reader_was_goes_with_their_membership_or_the_organization() {
        let mine = of_reader(member(ORGANIZATION, 1, "Ada"));
        for message in [membership_deleted(&mine, OTHER), organization_deleted(ORGANIZATION)] {
            let mut lately = lately();
            assert_eq!(lately.patch(&message, READER), Patched::Changed);
            assert_eq!(lately.items, []);
        }
    }

    #[test]
    fn what_people_arrange_for_themselves_is_no_reason_to_read_again() {
        let mine = of_reader(member(ORGANIZATION, 1, "Ada"));
        assert!(!RecentActivity::is_hinted_at_by(&updated(mine.clone())));
        assert!(RecentActivity::is_hinted_at_by(&role_changed(mine.clone())));
        assert!(RecentActivity::is_hinted_at_by(&membership_deleted(&mine, OTHER)));
        assert!(RecentActivity::is_hinted_at_by(&organization_deleted(ORGANIZATION)));
    }

    #[test]
    fn it_stays_when_others_go_or_other_organizations() {
        let other = member(ORGANIZATION, 2, "Grace");
        let mut lately = lately();
        assert_eq!(lately.patch(&membership_deleted(&other, OTHER), READER), Patched::Unchanged);
        assert_eq!(lately.patch(&organization_deleted(ELSEWHERE), READER), Patched::Unchanged);
    }
}
