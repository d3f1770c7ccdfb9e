//! Who has been invited by whom, over the positions of the log.

use std::collections::HashMap;

use contract::{Action, InvitationId, OrganizationId, Position, Timestamp, UserId};
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

/// The states of every invitation.
#[derive(Debug, Default)]
pub(super) struct InvitationModel {
    states: HashMap<InvitationId, Vec<State>>,
    /// The position up to which the log was read.
    read_until: Position,
}

/// An invitation from a position on.
#[derive(Clone, Copy, Debug)]
struct State {
    from: Position,
    committed: OffsetDateTime,
    organization: OrganizationId,
    invited: Option<UserId>,
    sender: Option<UserId>,
    is_open: bool,
}

type Row = (
    Position,
    InvitationId,
    OrganizationId,
    Option<UserId>,
    Option<UserId>,
    bool,
    Action,
    Timestamp,
);

impl InvitationModel {
    /// A model that starts with the database's invitations at `head`.
    pub(super) async fn start_at(pool: &PgPool, head: Position) -> Result<Self, sqlx::Error> {
        let rows: Vec<Row> = sqlx::query_as(
            "select $1, id, organization_id, user_id, invited_by, rejected_at is null, 'created',
                    created_at
               from invitations",
        )
        .bind(head)
        .fetch_all(pool)
        .await?;
        let mut model = Self::default();
        model.push(rows);
        model.read_until = head;
        Ok(model)
    }

    /// Applies the activities that were not read yet.
    pub(super) async fn read_new_activities(&mut self, pool: &PgPool) -> Result<(), sqlx::Error> {
        let rows: Vec<Row> = sqlx::query_as(
            "select id, subject_id, organization_id, (data->>'user_id')::uuid,
                    (data->>'invited_by')::uuid, data->>'rejected_at' is null, action, committed_at
               from activities
              where kind = 'invitation' and id > $1
              order by id",
        )
        .bind(self.read_until)
        .fetch_all(pool)
        .await?;
        self.push(rows);
        Ok(())
    }

    fn push(&mut self, rows: Vec<Row>) {
        for (from, id, organization, invited, sender, is_pending, action, at) in rows {
            self.read_until = from;
            self.states.entry(id).or_default().push(State {
                from,
                committed: at.inner(),
                organization,
                invited,
                sender,
                is_open: is_pending && action != Action::Deleted,
            });
        }
    }

    /// The open states that began by a time, and that the log doesn't end at or before a position.
    fn open(&self, since: Position, by: OffsetDateTime) -> impl Iterator<Item = &State> {
        self.states
            .values()
            .flat_map(move |states| {
                states.iter().enumerate().filter(move |(index, state)| {
                    let ends = states.get(index + 1).map(|next| next.from);
                    state.is_open && state.committed <= by && ends.is_none_or(|ends| ends > since)
                })
            })
            .map(|(_, state)| state)
    }

    /// Whether the user had an open invitation that quotes this organization or sender, between the position and
    /// the time.
    pub(super) fn is_invited(
        &self,
        user: UserId,
        quoted: Uuid,
        since: Position,
        by: OffsetDateTime,
    ) -> bool {
        self.open(since, by).any(|state| {
            let is_quoted = state.organization.uuid() == quoted
                || state.sender.is_some_and(|sender| sender.uuid() == quoted);
            state.invited == Some(user) && is_quoted
        })
    }

    /// The organizations with an open invitation by this sender, between the position and the time.
    pub(super) fn organizations_with_sender(
        &self,
        sender: Uuid,
        since: Position,
        by: OffsetDateTime,
    ) -> impl Iterator<Item = OrganizationId> {
        self.open(since, by)
            .filter(move |state| state.sender.is_some_and(|its| its.uuid() == sender))
            .map(|state| state.organization)
    }
}
