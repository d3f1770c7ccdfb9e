//! The model of access: who may see what at which position, computed from the log alone. The checker
//! compares what readers have received with it.
//!
//! A reader may receive what they could see at the position of a message. In catch-up, they may also
//! receive what they can see at its end. Catch-up reads access from the database, which is ahead of
//! the log: an access that the log has later counts from its commit time on.

use std::collections::{BTreeSet, HashMap};

use contract::view::UserView;
use contract::{Action, Entity, OrganizationId, Position, Role, StreamMessage, Timestamp, UserId};
use sqlx::PgPool;
use time::OffsetDateTime;

use super::client::Scope;
use super::invitation_model::InvitationModel;
use super::received_events::Received;

/// Every user's memberships over the positions of the log.
#[derive(Debug, Default)]
pub(super) struct AccessModel {
    role_changes: HashMap<UserId, HashMap<OrganizationId, Vec<RoleChange>>>,
    /// The organizations in which each user has ever written a note.
    authors: HashMap<UserId, BTreeSet<OrganizationId>>,
    invitations: InvitationModel,
    /// The position up to which the log was read.
    read_until: Position,
    /// Access is known for what follows this position: earlier changes may be missing in the log.
    known_since: Position,
}

/// The role from a position on; none when the membership ends there.
#[derive(Clone, Copy, Debug)]
struct RoleChange {
    from: Position,
    committed: OffsetDateTime,
    role: Option<Role>,
}

/// The phase of a connection in which a message was received.
#[derive(Clone, Copy, Debug)]
enum Phase {
    /// Catch-up that ended at this position and time.
    CatchUp(Position, OffsetDateTime),
    /// Catch-up of a connection that broke before its end. The message was received at this time.
    Unfinished(OffsetDateTime),
    /// Live, after a catch-up that ended at `since`.
    Live { since: Position, received: OffsetDateTime },
}

impl AccessModel {
    /// A model that starts with the database's memberships at `head`, because the log doesn't have
    /// the changes before.
    pub(super) async fn start_at(pool: &PgPool, head: Position) -> Result<Self, sqlx::Error> {
        let rows: Vec<(UserId, OrganizationId, Role, Timestamp)> =
            sqlx::query_as("select user_id, organization_id, role, updated_at from memberships")
                .fetch_all(pool)
                .await?;
        let invitations = InvitationModel::start_at(pool, head).await?;
        let mut access =
            Self { invitations, read_until: head, known_since: head, ..Self::default() };
        access.read_authors(pool, Position::default()).await?;
        for (user, organization, role, at) in rows {
            let change = RoleChange { from: head, committed: at.inner(), role: Some(role) };
            access.role_changes_mut(user, organization).push(change);
        }
        Ok(access)
    }

    /// Applies the activities that were not read yet.
    pub(super) async fn read_new_activities(&mut self, pool: &PgPool) -> Result<(), sqlx::Error> {
        self.invitations.read_new_activities(pool).await?;
        let after = self.read_until;
        let rows: Vec<(Position, Action, UserId, OrganizationId, Role, Timestamp)> =
            sqlx::query_as(
                "select id, action, user_id, organization_id, data->>'role', committed_at
                   from activities
                  where kind = 'membership' and id > $1
                  order by id",
            )
            .bind(after)
            .fetch_all(pool)
            .await?;
        for (from, action, user, organization, role, at) in rows {
            let role = (action != Action::Deleted).then_some(role);
            let change = RoleChange { from, committed: at.inner(), role };
            self.role_changes_mut(user, organization).push(change);
            self.read_until = from;
        }
        self.read_authors(pool, after).await
    }

    async fn read_authors(&mut self, pool: &PgPool, after: Position) -> Result<(), sqlx::Error> {
        let rows: Vec<(UserId, OrganizationId)> = sqlx::query_as(
            "select distinct (data->>'author')::uuid, organization_id
               from activities
              where kind = 'note' and data->>'author' is not null and id > $1
              union
             select author, organization_id from notes where author is not null",
        )
        .bind(after)
        .fetch_all(pool)
        .await?;
        for (author, organization) in rows {
            self.authors.entry(author).or_default().insert(organization);
        }
        Ok(())
    }

    fn role_changes_mut(
        &mut self,
        user: UserId,
        organization: OrganizationId,
    ) -> &mut Vec<RoleChange> {
        self.role_changes.entry(user).or_default().entry(organization).or_default()
    }

    fn role_changes(&self, user: UserId, organization: OrganizationId) -> &[RoleChange] {
        self.role_changes
            .get(&user)
            .and_then(|its| its.get(&organization))
            .map_or(&[], Vec::as_slice)
    }

    /// The messages that the reader should not have received.
    pub(super) fn violations(
        &self,
        reader: UserId,
        scope: Scope,
        received: &[Received],
    ) -> Vec<String> {
        let mut found = Vec::new();
        let mut live_since = None;
        for (index, item) in received.iter().enumerate() {
            match item {
                Received::Connected => live_since = None,
                Received::Offset(position, _) => live_since = Some(*position),
                Received::Change(message, at) => {
                    let phases = possible_phases(live_since, *at, &received[index..]);
                    if !belongs_to_stream(message, scope)
                        || !phases.iter().any(|phase| self.allows(reader, message, *phase))
                    {
                        found.push(format!("{message:?} ({phases:?})"));
                    }
                }
            }
        }
        found
    }

    fn allows(&self, reader: UserId, message: &StreamMessage, phase: Phase) -> bool {
        // An old cursor of the new epoch may lie before the position from which access is known.
        if message.user_id == Some(reader) || message.position <= self.known_since {
            return true;
        }
        if let Entity::User(user) = &message.entity {
            return user
                .as_ref()
                .is_some_and(|user| self.allows_user(reader, message, user, phase));
        }
        if let Entity::Quote = &message.entity {
            return self.allows_quote(reader, message, phase);
        }
        let required = match &message.entity {
            Entity::Invitation(_) => Role::Admin,
            Entity::Membership(Some(its)) if its.user.email.is_some() => Role::Admin,
            _ => Role::Member,
        };
        let organization = message.organization_id;
        organization.is_some_and(|organization| {
            self.may_receive(reader, organization, required, message.position, phase)
        })
    }

    /// A change of what an invitation quotes is for the invited user, as long as the invitation is open, and for
    /// admins of the organization, if the sender has changed.
    fn allows_quote(&self, reader: UserId, message: &StreamMessage, phase: Phase) -> bool {
        let StreamMessage { subject_id, position, .. } = *message;
        let received = phase.received();
        let until = match phase {
            Phase::CatchUp(head, _) => head,
            Phase::Unfinished(_) | Phase::Live { .. } => position,
        };
        self.invitations.is_invited(reader, subject_id, until, received)
            || self.invitations.organizations_with_sender(subject_id, position, received).any(
                |organization| self.may_receive(reader, organization, Role::Admin, position, phase),
            )
    }

    /// A user is visible to the members of their organizations, with the email address only to
    /// admins; without it also to readers of the notes that the user wrote.
    fn allows_user(
        &self,
        reader: UserId,
        message: &StreamMessage,
        user: &UserView,
        phase: Phase,
    ) -> bool {
        let required = if user.email.is_some() { Role::Admin } else { Role::Member };
        let received = phase.received();
        user.id == reader
            || self.role_changes.get(&user.id).into_iter().flatten().any(
                |(organization, role_changes)| {
                    was_member(role_changes, message.at.inner(), received)
                        && self.may_receive(
                            reader,
                            *organization,
                            required,
                            message.position,
                            phase,
                        )
                },
            )
            || self.authors.get(&user.id).into_iter().flatten().any(|organization| {
                user.email.is_none()
                    && self.may_receive(
                        reader,
                        *organization,
                        Role::Member,
                        message.position,
                        phase,
                    )
            })
    }

    fn may_receive(
        &self,
        reader: UserId,
        organization: OrganizationId,
        required: Role,
        at: Position,
        phase: Phase,
    ) -> bool {
        let role_changes = self.role_changes(reader, organization);
        had_role(role_changes, required, at)
            || match phase {
                Phase::CatchUp(head, received) => {
                    had_role(role_changes, required, head)
                        || granted_by(role_changes, required, head, received)
                }
                Phase::Unfinished(received) => granted_by(role_changes, required, at, received),
                // Once live, an access that the log has removed isn't granted by the database.
                Phase::Live { since, received } => {
                    granted_by(role_changes, required, at, received)
                        && !was_removed(role_changes, since, at)
                }
            }
    }
}

/// Whether the stream of this scope carries such messages.
fn belongs_to_stream(message: &StreamMessage, scope: Scope) -> bool {
    let is_resource = matches!(message.entity, Entity::Resource(_));
    match scope {
        Scope::User => !is_resource,
        Scope::Organization(id) => is_resource && message.organization_id == Some(id),
    }
}

impl Phase {
    const fn received(self) -> OffsetDateTime {
        match self {
            Self::CatchUp(_, received)
            | Self::Unfinished(received)
            | Self::Live { received, .. } => received,
        }
    }
}

/// The phases in which a message may have been received. There may be two, because a stream that lags
/// goes back to catch-up without an event.
fn possible_phases(
    live_since: Option<Position>,
    received: OffsetDateTime,
    following: &[Received],
) -> Vec<Phase> {
    let next = following
        .iter()
        .take_while(|received| !matches!(received, Received::Connected))
        .find_map(|received| match received {
            Received::Offset(position, at) => Some(Phase::CatchUp(*position, *at)),
            _ => None,
        });
    let live = live_since.map(|since| Phase::Live { since, received });
    let phases: Vec<_> = live.into_iter().chain(next).collect();
    if phases.is_empty() { vec![Phase::Unfinished(received)] } else { phases }
}

fn suffices(change: &RoleChange, required: Role) -> bool {
    change.role.is_some_and(|role| role >= required)
}

/// Whether the role was sufficient at the position. A change at the position itself counts with the
/// role before and after it.
fn had_role(role_changes: &[RoleChange], required: Role, at: Position) -> bool {
    let after = role_changes.partition_point(|change| change.from <= at);
    let Some(now) = after.checked_sub(1).map(|index| role_changes[index]) else { return false };
    suffices(&now, required)
        || now.from == at && after >= 2 && suffices(&role_changes[after - 2], required)
}

/// Whether the database had granted a sufficient role by a time, while the log has it only after the
/// position.
fn granted_by(
    role_changes: &[RoleChange],
    required: Role,
    after: Position,
    by: OffsetDateTime,
) -> bool {
    role_changes
        .iter()
        .any(|change| change.from > after && change.committed <= by && suffices(change, required))
}

fn was_removed(role_changes: &[RoleChange], from: Position, to: Position) -> bool {
    role_changes
        .iter()
        .any(|change| change.from > from && change.from <= to && change.role.is_none())
}

/// Whether there was a membership at any time between the two.
fn was_member(role_changes: &[RoleChange], from: OffsetDateTime, to: OffsetDateTime) -> bool {
    role_changes.iter().enumerate().any(|(index, change)| {
        let ends_before = role_changes.get(index + 1).is_some_and(|next| next.committed < from);
        change.role.is_some() && change.committed <= to && !ends_before
    })
}
