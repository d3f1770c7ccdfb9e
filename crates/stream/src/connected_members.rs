//! Which connected users are members of which organizations, at the position up to which this node
//! has routed. Without I/O: it changes only by the activities of the log and by the memberships that
//! a registration read from the database.

use std::collections::{HashMap, HashSet};

use contract::{Access, Action, OrganizationId, Role, UserId};

use activity::{Activity, ActivityKind};

/// The connected users and their memberships.
#[derive(Debug, Default)]
pub struct ConnectedMembers {
    readers: HashMap<UserId, Reader>,
    organizations: HashMap<OrganizationId, HashMap<UserId, Role>>,
}

#[derive(Debug, Default)]
struct Reader {
    organizations: HashSet<OrganizationId>,
    /// Whether the memberships from the database were loaded.
    loaded: bool,
    /// The organizations about which the log decided while the memberships were being read. The log
    /// is newer than that read, so loading skips them.
    resolved: HashSet<OrganizationId>,
}

impl ConnectedMembers {
    /// Adds a connected user, if it is new. Its memberships have to be loaded.
    pub fn add_reader(&mut self, user: UserId) {
        self.readers.entry(user).or_default();
    }

    /// Whether the memberships of the user are loaded. If not, they must be read from the database
    /// and given to [`Self::load_memberships`].
    #[must_use]
    pub fn has_loaded(&self, user: UserId) -> bool {
        self.readers.get(&user).is_some_and(|reader| reader.loaded)
    }

    /// Stores memberships that were read from the database some time after [`Self::add_reader`].
    pub fn load_memberships(&mut self, user: UserId, memberships: &[(OrganizationId, Role)]) {
        let Some(reader) = self.readers.get_mut(&user) else { return };
        if reader.loaded {
            return;
        }
        reader.loaded = true;
        let resolved = std::mem::take(&mut reader.resolved);
        for (organization, role) in memberships {
            if !resolved.contains(organization) {
                self.insert_member(user, *organization, *role);
            }
        }
    }

    /// Removes a user whose last stream closed.
    pub fn remove_reader(&mut self, user: UserId) {
        let Some(reader) = self.readers.remove(&user) else { return };
        for organization in reader.organizations {
            self.remove_from_organization(user, organization);
        }
    }

    /// Drops all memberships but keeps the users, so that the memberships are loaded again. For a
    /// log that was reset, where changes may be missing.
    pub fn clear_memberships(&mut self) {
        self.organizations.clear();
        for reader in self.readers.values_mut() {
            *reader = Reader::default();
        }
    }

    /// Whether nobody is connected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.readers.is_empty()
    }

    /// The access of a connected user to an organization.
    #[must_use]
    pub fn access(&self, user: UserId, organization: OrganizationId) -> Access {
        let role = self.organizations.get(&organization).and_then(|members| members.get(&user));
        Access::from(role.copied())
    }

    /// The roles of a connected user; none before the memberships were loaded.
    #[must_use]
    pub fn roles(&self, user: UserId) -> Option<HashMap<OrganizationId, Role>> {
        let reader = self.readers.get(&user).filter(|reader| reader.loaded)?;
        let role = |id: &OrganizationId| Some((*id, *self.organizations.get(id)?.get(&user)?));
        Some(reader.organizations.iter().filter_map(role).collect())
    }

    /// The connected members of an organization.
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

    /// Whether the user is connected.
    #[must_use]
    pub fn is_connected(&self, user: UserId) -> bool {
        self.readers.contains_key(&user)
    }

    /// Applies the access that an activity grants. To be called before the activity is delivered.
    /// `role` is the role that a membership's activity gives to its subject.
    pub fn grant(&mut self, activity: &Activity, role: Option<Role>) {
        let change = &activity.change;
        let (Some(user), Some(organization), Some(role)) =
            (change.user_id, change.organization_id, role)
        else {
            return;
        };
        if change.kind == ActivityKind::Membership && change.action != Action::Deleted {
            self.mark_resolved(user, organization);
            if self.is_connected(user) {
                self.insert_member(user, organization, role);
            }
        }
    }

    /// Applies the loss of access in an activity. To be called after the activity is delivered.
    pub fn revoke(&mut self, activity: &Activity) {
        let change = &activity.change;
        if change.action != Action::Deleted {
            return;
        }
        match (change.kind, change.user_id, change.organization_id) {
            (ActivityKind::Membership, Some(user), Some(organization)) => {
                self.mark_resolved(user, organization);
                self.remove_member(user, organization);
            }
            // The deletions of its memberships follow in the log. Removing the members here means
            // that nobody receives the deletion of another's membership: in a large organization
            // that would be members² messages.
            (ActivityKind::Organization, _, Some(organization)) => {
                for user in self.organizations.remove(&organization).unwrap_or_default().keys() {
                    if let Some(reader) = self.readers.get_mut(user) {
                        reader.organizations.remove(&organization);
                    }
                }
                for reader in self.readers.values_mut().filter(|reader| !reader.loaded) {
                    reader.resolved.insert(organization);
                }
            }
            _ => {}
        }
    }

    /// Notes that the log decided about this membership while it was being read.
    fn mark_resolved(&mut self, user: UserId, organization: OrganizationId) {
        if let Some(reader) = self.readers.get_mut(&user).filter(|reader| !reader.loaded) {
            reader.resolved.insert(organization);
        }
    }

    fn insert_member(&mut self, user: UserId, organization: OrganizationId, role: Role) {
        self.organizations.entry(organization).or_default().insert(user, role);
        if let Some(reader) = self.readers.get_mut(&user) {
            reader.organizations.insert(organization);
        }
    }

    fn remove_member(&mut self, user: UserId, organization: OrganizationId) {
        self.remove_from_organization(user, organization);
        if let Some(reader) = self.readers.get_mut(&user) {
            reader.organizations.remove(&organization);
        }
    }

    fn remove_from_organization(&mut self, user: UserId, organization: OrganizationId) {
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
            user_organizations: Vec::new(),
            invited_users: Vec::new(),
        }
    }

    #[test]
    fn removal_in_the_log_wins_over_memberships_read_meanwhile() {
        let (ada, team, club) = (user(1), organization(1), organization(2));
        let mut connected = ConnectedMembers::default();
        connected.add_reader(ada);
        assert!(!connected.has_loaded(ada));
        connected.revoke(&activity(ActivityKind::Membership, Action::Deleted, Some(ada), team));
        connected.load_memberships(ada, &[(team, Role::Admin), (club, Role::Member)]);
        assert_eq!(connected.access(ada, team), Access::Outsider);
        assert_eq!(connected.access(ada, club), Access::Member(Role::Member));
        connected.add_reader(ada);
        assert!(connected.has_loaded(ada));
    }

    #[test]
    fn deletion_in_the_log_wins_over_memberships_read_meanwhile() {
        let (ada, team) = (user(1), organization(1));
        let mut connected = ConnectedMembers::default();
        connected.add_reader(ada);
        connected.revoke(&activity(ActivityKind::Organization, Action::Deleted, None, team));
        connected.load_memberships(ada, &[(team, Role::Admin)]);
        assert_eq!(connected.access(ada, team), Access::Outsider);
    }

    #[test]
    fn user_added_while_connected_becomes_a_member() {
        let (ada, team) = (user(1), organization(1));
        let mut connected = ConnectedMembers::default();
        connected.add_reader(ada);
        connected.load_memberships(ada, &[]);
        let added = activity(ActivityKind::Membership, Action::Created, Some(ada), team);
        connected.grant(&added, Some(Role::Member));
        assert_eq!(connected.members(team).count(), 1);
        connected.revoke(&added);
        assert_eq!(connected.members(team).count(), 1, "only a deletion takes access away");
    }

    #[test]
    fn disconnected_user_leaves_no_memberships() {
        let (ada, team) = (user(1), organization(1));
        let mut connected = ConnectedMembers::default();
        connected.add_reader(ada);
        connected.load_memberships(ada, &[(team, Role::Member)]);
        connected.remove_reader(ada);
        assert!(connected.is_empty());
        assert!(connected.organizations.is_empty());
    }
}
