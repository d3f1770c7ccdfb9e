//! Who of the connected readers belongs to which organization, at the place in the log that this
//! node has routed up to. Pure: it changes only by what the log says and by what was read at
//! registration.

use std::collections::{HashMap, HashSet};

use contract::{Access, Action, OrganizationId, Role, UserId};

use activity::{Activity, ActivityKind};

/// The connected readers and their standings.
#[derive(Debug, Default)]
pub struct ConnectedMembers {
    readers: HashMap<UserId, Reader>,
    organizations: HashMap<OrganizationId, HashMap<UserId, Role>>,
}

#[derive(Debug, Default)]
struct Reader {
    organizations: HashSet<OrganizationId>,
    /// Whether what the database says was taken in.
    known: bool,
    /// What the log said while the database was being asked; it is the newer word.
    settled: HashSet<OrganizationId>,
}

impl ConnectedMembers {
    /// Makes room for a reader.
    pub fn arrive(&mut self, user: UserId) {
        self.readers.entry(user).or_default();
    }

    /// Whether the memberships of the reader are known. If not, they must be read and given to
    /// [`Self::learn`].
    #[must_use]
    pub fn knows(&self, user: UserId) -> bool {
        self.readers.get(&user).is_some_and(|reader| reader.known)
    }

    /// Takes in the memberships that the database held some time after [`Self::arrive`].
    pub fn learn(&mut self, user: UserId, memberships: &[(OrganizationId, Role)]) {
        let Some(reader) = self.readers.get_mut(&user) else { return };
        if reader.known {
            return;
        }
        reader.known = true;
        let settled = std::mem::take(&mut reader.settled);
        for (organization, role) in memberships {
            if !settled.contains(organization) {
                self.join(user, *organization, *role);
            }
        }
    }

    /// Forgets a reader.
    pub fn depart(&mut self, user: UserId) {
        let Some(reader) = self.readers.remove(&user) else { return };
        for organization in reader.organizations {
            self.unlist(user, organization);
        }
    }

    /// Forgets who belongs where; the readers stay. For when the log doesn't tell all of it.
    pub fn forget_standings(&mut self) {
        self.organizations.clear();
        for reader in self.readers.values_mut() {
            *reader = Reader::default();
        }
    }

    /// Whether anybody is connected whom the activity could concern. For skipping work.
    #[must_use]
    pub fn any(&self) -> bool {
        !self.readers.is_empty()
    }

    /// How `user` stands to `organization`.
    #[must_use]
    pub fn access(&self, user: UserId, organization: OrganizationId) -> Access {
        let role = self.organizations.get(&organization).and_then(|members| members.get(&user));
        Access::from(role.copied())
    }

    /// The connected members of `organization`.
    pub fn members(
        &self,
        organization: OrganizationId,
    ) -> impl Iterator<Item = (UserId, Access)> + '_ {
        self.organizations
            .get(&organization)
            .into_iter()
            .flatten()
            .map(|(user, role)| (*user, Access::Member(*role)))
    }

    /// Whether `user` is connected.
    #[must_use]
    pub fn has(&self, user: UserId) -> bool {
        self.readers.contains_key(&user)
    }

    /// Lets access follow the log: what an activity grants, it grants before it is delivered.
    /// `role` is what a membership's activity gives to its subject.
    pub fn grant(&mut self, activity: &Activity, role: Option<Role>) {
        let change = &activity.change;
        let (Some(user), Some(organization), Some(role)) =
            (change.user_id, change.organization_id, role)
        else {
            return;
        };
        if change.kind == ActivityKind::Membership && change.action != Action::Deleted {
            self.settle(user, organization);
            if self.has(user) {
                self.join(user, organization, role);
            }
        }
    }

    /// Lets access follow the log: what an activity takes away, it takes after it is delivered.
    pub fn revoke(&mut self, activity: &Activity) {
        let change = &activity.change;
        if change.action != Action::Deleted {
            return;
        }
        match (change.kind, change.user_id, change.organization_id) {
            (ActivityKind::Membership, Some(user), Some(organization)) => {
                self.settle(user, organization);
                self.leave(user, organization);
            }
            // Its memberships go right after it. Forgetting them here keeps the end of a large
            // organization from being told to every member once for each other member.
            (ActivityKind::Organization, _, Some(organization)) => {
                for user in self.organizations.remove(&organization).unwrap_or_default().keys() {
                    if let Some(reader) = self.readers.get_mut(user) {
                        reader.organizations.remove(&organization);
                    }
                }
                for reader in self.readers.values_mut().filter(|reader| !reader.known) {
                    reader.settled.insert(organization);
                }
            }
            _ => {}
        }
    }

    fn settle(&mut self, user: UserId, organization: OrganizationId) {
        if let Some(reader) = self.readers.get_mut(&user).filter(|reader| !reader.known) {
            reader.settled.insert(organization);
        }
    }

    fn join(&mut self, user: UserId, organization: OrganizationId, role: Role) {
        self.organizations.entry(organization).or_default().insert(user, role);
        if let Some(reader) = self.readers.get_mut(&user) {
            reader.organizations.insert(organization);
        }
    }

    fn leave(&mut self, user: UserId, organization: OrganizationId) {
        self.unlist(user, organization);
        if let Some(reader) = self.readers.get_mut(&user) {
            reader.organizations.remove(&organization);
        }
    }

    fn unlist(&mut self, user: UserId, organization: OrganizationId) {
        if let Some(members) = self.organizations.get_mut(&organization) {
            members.remove(&user);
            if members.is_empty() {
                self.organizations.remove(&organization);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use contract::{Position, Timestamp};
    use serde_json::Value;
    use uuid::Uuid;

    use super::*;
    use activity::NewActivity;

    fn user(number: u128) -> UserId {
        UserId::from_uuid(Uuid::from_u128(number))
    }

    fn organization(number: u128) -> OrganizationId {
        OrganizationId::from_uuid(Uuid::from_u128(number))
    }

    fn activity(
        kind: ActivityKind,
        action: Action,
        user_id: Option<UserId>,
        organization_id: OrganizationId,
    ) -> Activity {
        Activity {
            position: Position(1),
            committed_at: Timestamp::new(time::OffsetDateTime::UNIX_EPOCH),
            change: NewActivity {
                kind,
                action,
                subject_id: Uuid::nil(),
                organization_id: Some(organization_id),
                user_id,
                actor_id: None,
                mutation_id: None,
                changed: Vec::new(),
                data: Value::Null,
            },
        }
    }

    #[test]
    fn what_the_log_said_while_the_database_was_asked_is_the_newer_word() {
        let (ada, team, club) = (user(1), organization(1), organization(2));
        let mut readers = ConnectedMembers::default();
        readers.arrive(ada);
        assert!(!readers.knows(ada));
        readers.revoke(&activity(ActivityKind::Membership, Action::Deleted, Some(ada), team));
        readers.learn(ada, &[(team, Role::Admin), (club, Role::Member)]);
        assert_eq!(readers.access(ada, team), Access::Outsider);
        assert_eq!(readers.access(ada, club), Access::Member(Role::Member));
        readers.arrive(ada);
        assert!(readers.knows(ada));
    }

    #[test]
    fn an_organization_deleted_while_the_database_was_asked_stays_gone() {
        let (ada, team) = (user(1), organization(1));
        let mut readers = ConnectedMembers::default();
        readers.arrive(ada);
        readers.revoke(&activity(ActivityKind::Organization, Action::Deleted, None, team));
        readers.learn(ada, &[(team, Role::Admin)]);
        assert_eq!(readers.access(ada, team), Access::Outsider);
    }

    #[test]
    fn a_user_added_while_connected_is_a_member_from_that_place_on() {
        let (ada, team) = (user(1), organization(1));
        let mut readers = ConnectedMembers::default();
        readers.arrive(ada);
        readers.learn(ada, &[]);
        let added = activity(ActivityKind::Membership, Action::Created, Some(ada), team);
        readers.grant(&added, Some(Role::Member));
        assert_eq!(readers.members(team).count(), 1);
        readers.revoke(&added);
        assert_eq!(readers.members(team).count(), 1, "only a deletion takes access away");
    }

    #[test]
    fn nothing_is_kept_of_a_reader_that_departed() {
        let (ada, team) = (user(1), organization(1));
        let mut readers = ConnectedMembers::default();
        readers.arrive(ada);
        readers.learn(ada, &[(team, Role::Member)]);
        readers.depart(ada);
        assert!(!readers.any());
        assert!(readers.organizations.is_empty());
    }
}
