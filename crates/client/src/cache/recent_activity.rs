//! The latest activities in the reader's organizations.

use serde::{Deserialize, Serialize};

use super::merge;
use super::patch::{Patch, Patched};
use crate::api;
use contract::activity::RecentActivityView;
use contract::{Action, ApiError, Entity, StreamMessage, UserId};

/// A few activities from all organizations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecentActivity {
    /// Newest first.
    pub items: Vec<RecentActivityView>,
}

impl RecentActivity {
    /// Fetches them.
    ///
    /// # Errors
    /// Those of `GET /me/activities`.
    pub async fn fetch() -> Result<Self, ApiError> {
        let list = api::activities::list_recent().await?;
        Ok(Self { items: list.items })
    }

    /// Whether a fetch after that message may return something else.
    #[must_use]
    pub fn is_affected_by(message: &StreamMessage) -> bool {
        match message.entity {
            // Menu preferences aren't part of the activities.
            Entity::Membership(Some(_)) if message.action == Action::Updated => {
                message.changed.iter().any(|field| field == "role")
            }
            // Each activity names its actor.
            Entity::User(_) => true,
            _ => message.organization_id.is_some(),
        }
    }
}

impl Patch for RecentActivity {
    /// Fetches new activities again, because a message doesn't contain all that is shown.
    fn patch(&mut self, message: &StreamMessage, reader: UserId) -> Patched {
        let is_gone = match &message.entity {
            Entity::Membership(None) => message.user_id == Some(reader),
            Entity::Organization(None) => true,
            _ => false,
        };
        if !is_gone {
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

    fn recent() -> RecentActivity {
        let items = json!([{"organizationId": ORGANIZATION, "activity": {
            "position": 7, "action": "deleted", "kind": "note", "at": "2026-11-24T08:00:00Z",
            "subject": {"id": ORGANIZATION, "title": "Plan"},
        }}]);
        RecentActivity { items: serde_json::from_value(items).unwrap() }
    }

    #[test]
    fn activities_disappear_with_the_membership_or_the_organization() {
        let mine = of_reader(member(ORGANIZATION, 1, "Ada"));
        for message in [membership_deleted(&mine, OTHER), organization_deleted(ORGANIZATION)] {
            let mut recent = recent();
            assert_eq!(recent.patch(&message, READER), Patched::Changed);
            assert_eq!(recent.items, []);
        }
    }

    #[test]
    fn menu_preferences_do_not_affect_activities() {
        let mine = of_reader(member(ORGANIZATION, 1, "Ada"));
        assert!(!RecentActivity::is_affected_by(&updated(mine.clone())));
        assert!(RecentActivity::is_affected_by(&role_changed(mine.clone())));
        assert!(RecentActivity::is_affected_by(&membership_deleted(&mine, OTHER)));
        assert!(RecentActivity::is_affected_by(&organization_deleted(ORGANIZATION)));
    }

    #[test]
    fn deletions_elsewhere_change_nothing() {
        let other = member(ORGANIZATION, 2, "Grace");
        let mut recent = recent();
        assert_eq!(recent.patch(&membership_deleted(&other, OTHER), READER), Patched::Unchanged);
        assert_eq!(recent.patch(&organization_deleted(ELSEWHERE), READER), Patched::Unchanged);
    }
}
