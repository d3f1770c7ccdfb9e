//! Who could see what at which place, told by the log alone, and whether what was heard keeps to it.
//!
//! Readers get what they may see at the place of a message; in catch-up, what they may see now. Of
//! the latter the database knows first: when it gave access already, and the log tells of it only
//! later, its word counts from its commit on.

use std::collections::{BTreeSet, HashMap};

use contract::view::UserView;
use contract::{Action, Entity, OrganizationId, Position, Role, StreamMessage, Timestamp, UserId};
use sqlx::PgPool;
use time::OffsetDateTime;

use super::client::Scope;
use super::transcript::Heard;

/// The memberships of everybody, over the log.
#[derive(Debug, Default)]
pub(super) struct Access {
    turns: HashMap<UserId, HashMap<OrganizationId, Vec<Turn>>>,
    /// Where each has ever written a note.
    authors: HashMap<UserId, BTreeSet<OrganizationId>>,
    /// How far the log was read.
    until: Position,
}

/// The role from a place on, none where it ends.
#[derive(Clone, Copy, Debug)]
struct Turn {
    from: Position,
    committed: OffsetDateTime,
    role: Option<Role>,
}

/// Where a message was on its connection.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// In catch-up, which came to its end there and then.
    CatchUp(Position, OffsetDateTime),
    /// In catch-up that was cut, or live on a connection whose catch-up came to there.
    Cut(OffsetDateTime),
    Live {
        since: Position,
        heard: OffsetDateTime,
    },
}

impl Access {
    /// Begins at `head` of a log that doesn't tell of what was before.
    pub(super) async fn begin(pool: &PgPool, head: Position) -> Result<Self, sqlx::Error> {
        let rows: Vec<(UserId, OrganizationId, Role, Timestamp)> =
            sqlx::query_as("select user_id, organization_id, role, updated_at from memberships")
                .fetch_all(pool)
                .await?;
        let mut access = Self { until: head, ..Self::default() };
        access.note_authors(pool, Position::default()).await?;
        for (user, organization, role, at) in rows {
            let turn = Turn { from: head, committed: at.inner(), role: Some(role) };
            access.turns_of(user, organization).push(turn);
        }
        Ok(access)
    }

    /// Takes in what the log says since.
    pub(super) async fn follow(&mut self, pool: &PgPool) -> Result<(), sqlx::Error> {
        let after = self.until;
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
            let turn = Turn { from, committed: at.inner(), role };
            self.turns_of(user, organization).push(turn);
            self.until = from;
        }
        self.note_authors(pool, after).await
    }

    async fn note_authors(&mut self, pool: &PgPool, after: Position) -> Result<(), sqlx::Error> {
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

    fn turns_of(&mut self, user: UserId, organization: OrganizationId) -> &mut Vec<Turn> {
        self.turns.entry(user).or_default().entry(organization).or_default()
    }

    fn turns(&self, user: UserId, organization: OrganizationId) -> &[Turn] {
        self.turns.get(&user).and_then(|its| its.get(&organization)).map_or(&[], Vec::as_slice)
    }

    /// What the reader heard and shouldn't have.
    pub(super) fn violations(&self, reader: UserId, scope: Scope, heard: &[Heard]) -> Vec<String> {
        let mut found = Vec::new();
        let mut live_since = None;
        for (place, item) in heard.iter().enumerate() {
            match item {
                Heard::Connected => live_since = None,
                Heard::Offset(position, _) => live_since = Some(*position),
                Heard::Change(message, at) => {
                    let parts = parts(live_since, *at, &heard[place..]);
                    if !belongs(message, scope)
                        || !parts.iter().any(|part| self.allows(reader, message, *part))
                    {
                        found.push(format!("{message:?} ({parts:?})"));
                    }
                }
            }
        }
        found
    }

    fn allows(&self, reader: UserId, message: &StreamMessage, part: Part) -> bool {
        if message.user_id == Some(reader) {
            return true;
        }
        if let Entity::User(user) = &message.entity {
            return user.as_ref().is_some_and(|user| self.allows_user(reader, message, user, part));
        }
        let least = match &message.entity {
            Entity::Invitation(_) => Role::Admin,
            Entity::Membership(Some(its)) if its.user.email.is_some() => Role::Admin,
            _ => Role::Member,
        };
        let of = message.organization_id;
        of.is_some_and(|of| self.may_hear(reader, of, least, message.position, part))
    }

    /// People are for those who share an organization with them, their addresses for its admins;
    /// without an address also for those who read what they wrote.
    fn allows_user(
        &self,
        reader: UserId,
        message: &StreamMessage,
        user: &UserView,
        part: Part,
    ) -> bool {
        let least = if user.email.is_some() { Role::Admin } else { Role::Member };
        let heard = part.heard();
        user.id == reader
            || self.turns.get(&user.id).into_iter().flatten().any(|(of, turns)| {
                was_member(turns, message.at.inner(), heard)
                    && self.may_hear(reader, *of, least, message.position, part)
            })
            || self.authors.get(&user.id).into_iter().flatten().any(|of| {
                user.email.is_none()
                    && self.may_hear(reader, *of, Role::Member, message.position, part)
            })
    }

    fn may_hear(
        &self,
        reader: UserId,
        of: OrganizationId,
        least: Role,
        at: Position,
        part: Part,
    ) -> bool {
        let turns = self.turns(reader, of);
        has(turns, least, at)
            || match part {
                Part::CatchUp(head, heard) => {
                    has(turns, least, head) || given(turns, least, head, heard)
                }
                Part::Cut(heard) => given(turns, least, at, heard),
                // What the log took away meanwhile, the database's word doesn't give back.
                Part::Live { since, heard } => {
                    given(turns, least, at, heard) && !lost(turns, since, at)
                }
            }
    }
}

/// Whether such a message is for that stream.
fn belongs(message: &StreamMessage, scope: Scope) -> bool {
    let is_resource = matches!(message.entity, Entity::Resource(_));
    match scope {
        Scope::User => !is_resource,
        Scope::Organization(id) => is_resource && message.organization_id == Some(id),
    }
}

impl Part {
    const fn heard(self) -> OffsetDateTime {
        match self {
            Self::CatchUp(_, heard) | Self::Cut(heard) | Self::Live { heard, .. } => heard,
        }
    }
}

/// Where a message may have been: a stream that fell behind doesn't say where it stops being live.
fn parts(live_since: Option<Position>, heard: OffsetDateTime, following: &[Heard]) -> Vec<Part> {
    let next =
        following.iter().take_while(|heard| !matches!(heard, Heard::Connected)).find_map(|heard| {
            match heard {
                Heard::Offset(position, at) => Some(Part::CatchUp(*position, *at)),
                _ => None,
            }
        });
    let live = live_since.map(|since| Part::Live { since, heard });
    let parts: Vec<_> = live.into_iter().chain(next).collect();
    if parts.is_empty() { vec![Part::Cut(heard)] } else { parts }
}

fn enough(turn: &Turn, least: Role) -> bool {
    turn.role.is_some_and(|role| role >= least)
}

/// What is lost at that place was had until then.
fn has(turns: &[Turn], least: Role, at: Position) -> bool {
    let after = turns.partition_point(|turn| turn.from <= at);
    let Some(now) = after.checked_sub(1).map(|place| turns[place]) else { return false };
    enough(&now, least) || now.from == at && after >= 2 && enough(&turns[after - 2], least)
}

/// Whether the database gave it by then, and the log tells of it after that place.
fn given(turns: &[Turn], least: Role, after: Position, by: OffsetDateTime) -> bool {
    turns.iter().any(|turn| turn.from > after && turn.committed <= by && enough(turn, least))
}

fn lost(turns: &[Turn], from: Position, to: Position) -> bool {
    turns.iter().any(|turn| turn.from > from && turn.from <= to && turn.role.is_none())
}

/// Whether there was a membership at some time between.
fn was_member(turns: &[Turn], from: OffsetDateTime, to: OffsetDateTime) -> bool {
    turns.iter().enumerate().any(|(place, turn)| {
        let ends_before = turns.get(place + 1).is_some_and(|next| next.committed < from);
        turn.role.is_some() && turn.committed <= to && !ends_before
    })
}
