//! The members of an organization whose names look like other members' names.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::patch::{Patch, Patched};
use crate::api;
use contract::{
    Action, ApiError, Entity, MembershipId, Name, OrganizationId, StreamMessage, UserId,
};

/// For each such member, the name of another one. The server compares names, because the tables for that
/// are large.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lookalikes {
    organization_id: OrganizationId,
    others: HashMap<MembershipId, Name>,
}

impl Lookalikes {
    /// Fetches them.
    ///
    /// # Errors
    /// Those of `GET /organizations/{id}/lookalikes`.
    pub async fn fetch(organization_id: OrganizationId) -> Result<Self, ApiError> {
        let found = api::memberships::list_lookalikes(organization_id).await?;
        let others = found.items.into_iter().map(|it| (it.membership_id, it.other));
        Ok(Self { organization_id, others: others.collect() })
    }

    /// The name of another member, if this member's name looks like it.
    #[must_use]
    pub fn other(&self, member: MembershipId) -> Option<&Name> {
        self.others.get(&member)
    }
}

impl Patch for Lookalikes {
    /// A message doesn't say which names look alike, so one about a name makes them stale. Readers who are
    /// members no more can't fetch them again.
    fn patch(&mut self, message: &StreamMessage, reader: UserId) -> Patched {
        let is_about_a_name = match &message.entity {
            Entity::Membership(_) => {
                message.action != Action::Updated
                    && message.organization_id == Some(self.organization_id)
                    && message.user_id != Some(reader)
            }
            Entity::User(_) => message.changed.iter().any(|field| field == "name"),
            _ => false,
        };
        if is_about_a_name { Patched::Stale } else { Patched::Unchanged }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::fixtures::*;

    #[test]
    fn new_members_make_them_stale_and_new_roles_do_not() {
        let mut lookalikes = Lookalikes { organization_id: ORGANIZATION, others: HashMap::new() };
        let here = member(ORGANIZATION, 1, "Grace");
        let elsewhere = member(ELSEWHERE, 2, "Linus");
        assert_eq!(lookalikes.patch(&role_changed(here.clone()), READER), Patched::Unchanged);
        assert_eq!(lookalikes.patch(&membership_deleted(&here, OTHER), READER), Patched::Stale);
        assert_eq!(
            lookalikes.patch(&membership_deleted(&elsewhere, OTHER), READER),
            Patched::Unchanged
        );
        let own = membership_deleted(&here, OTHER);
        assert_eq!(lookalikes.patch(&own, here.user.id), Patched::Unchanged);
    }
}
