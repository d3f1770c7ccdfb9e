//! Properties of an activity that decide who reads it. The log stores the same properties in generated
//! columns, for its indexes and queries; the functions here are for activities in memory.

use contract::Action;
use contract::permission::MembershipVisibility;

use super::{ActivityKind, NewActivity};

impl NewActivity {
    /// Whether it concerns members of the organization other than its subject: everything except updates
    /// of private fields alone. In the log: `is_shared`.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        let is_private = |field: &String| self.kind.private_fields().contains(&field.as_str());
        self.organization_id.is_some()
            && !(self.action == Action::Updated && self.changed.iter().all(is_private))
    }

    /// Whether it marks its organization as unread for its members, except for the actor. In the log:
    /// `is_unread`.
    #[must_use]
    pub fn is_unread(&self) -> bool {
        match self.kind {
            ActivityKind::Organization => true,
            ActivityKind::Membership => {
                self.action != Action::Updated || self.changed.iter().any(|field| field == "role")
            }
            kind => kind.is_resource(),
        }
    }

    /// Whether a reader with this visibility sees one of the changed fields.
    #[must_use]
    pub fn changes_what_is_shown(&self, visibility: MembershipVisibility) -> bool {
        self.changed.iter().any(|field| self.kind.shows(field, visibility))
    }

    /// Whether invitations quote one of the changed fields. The invited users learn of such a change; in the
    /// log, they are in `activity_invited_users`.
    #[must_use]
    pub fn changes_quotes(&self) -> bool {
        self.action == Action::Updated && self.changes_what_is_shown(MembershipVisibility::Quote)
    }

    /// Whether it is a change of a user that other users learn of. In the log, these have rows in
    /// `activity_organizations`.
    #[must_use]
    pub fn concerns_other_users(&self) -> bool {
        self.kind == ActivityKind::User
            && self.action == Action::Updated
            && self.changes_what_is_shown(MembershipVisibility::Admin)
    }
}

#[cfg(test)]
mod tests {
    use contract::{OrganizationId, Position, UserId};
    use serde_json::json;
    use sqlx::types::Json;
    use uuid::Uuid;

    use super::*;
    use testing::TestDatabase;

    /// A change of each kind and action; updates of each field that matters, and of two at once.
    fn changes() -> Vec<NewActivity> {
        let fields =
            ["role", "muted", "seenPosition", "userId", "email", "name", "title", "author"];
        let pairs = fields.iter().flat_map(|one| fields.iter().map(move |two| vec![*one, *two]));
        let updates = pairs.map(|changed| (Action::Updated, changed));
        let actions: Vec<_> = [(Action::Created, vec![]), (Action::Deleted, vec![])]
            .into_iter()
            .chain(updates)
            .collect();
        let change = |kind: ActivityKind, (action, changed): &(Action, Vec<&str>)| NewActivity {
            kind,
            action: *action,
            subject_id: Uuid::nil(),
            organization_id: kind
                .belongs_to_organization()
                .then_some(OrganizationId::from_uuid(Uuid::nil())),
            user_id: Some(UserId::from_uuid(Uuid::nil())),
            actor_id: None,
            mutation_id: None,
            changed: changed.iter().map(|field| (*field).to_owned()).collect(),
            data: json!({}),
        };
        ActivityKind::all()
            .flat_map(|kind| actions.iter().map(move |action| change(kind, action)))
            .collect()
    }

    #[tokio::test]
    async fn log_stores_the_same_flags() {
        let database = TestDatabase::create().await;
        for (id, change) in (1_i64..).zip(changes()) {
            let (is_resource, is_shared, is_unread): (bool, bool, bool) = sqlx::query_as(
                "insert into activities (id, commit_lsn, ordinal, kind, action, subject_id,
                        organization_id, changed, data, committed_at)
                 values ($1, '0/1', 0, $2, $3, $4, $5, $6, $7, now())
                 returning is_resource, is_shared, is_unread",
            )
            .bind(Position(id))
            .bind(change.kind.as_str())
            .bind(change.action)
            .bind(change.subject_id)
            .bind(change.organization_id)
            .bind(&change.changed)
            .bind(Json(&change.data))
            .fetch_one(&database.pool)
            .await
            .unwrap();
            let expected = (change.kind.is_resource(), change.is_shared(), change.is_unread());
            assert_eq!((is_resource, is_shared, is_unread), expected, "{change:?}");
        }
    }
}
