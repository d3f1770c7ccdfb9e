//! Who could see what at which place, told by the log alone, and whether what was heard keeps to it.

use std::collections::HashMap;

use app::contract::{Action, Entity, OrganizationId, Position, Role, StreamMessage, UserId};
use sqlx::PgPool;

use super::transcript::Heard;

/// The memberships of the people with a session, over the log.
#[derive(Debug, Default)]
pub(super) struct Access {
    /// The role from each place on, none where it ends. In order.
    turns: HashMap<(UserId, OrganizationId), Vec<(Position, Option<Role>)>>,
}

impl Access {
    /// What the log says after `since`, on top of `baseline`.
    pub(super) async fn read(
        pool: &PgPool,
        people: &[UserId],
        since: Position,
        baseline: &[(UserId, OrganizationId, Role)],
    ) -> Result<Self, sqlx::Error> {
        let rows: Vec<(Position, Action, UserId, OrganizationId, Role)> = sqlx::query_as(
            "select id, action, user_id, organization_id, data->>'role'
               from activities
              where kind = 'membership' and user_id = any($1) and id > $2
              order by id",
        )
        .bind(people)
        .bind(since)
        .fetch_all(pool)
        .await?;
        let mut access = Self::default();
        for (user, organization, role) in baseline {
            access.turns.insert((*user, *organization), vec![(since, Some(*role))]);
        }
        for (position, action, user, organization, role) in rows {
            let role = (action != Action::Deleted).then_some(role);
            access.turns.entry((user, organization)).or_default().push((position, role));
        }
        Ok(access)
    }

    /// The reader's last word is `at` that place included: what is deleted there was theirs until
    /// then.
    fn has(&self, reader: UserId, of: OrganizationId, least: Role, at: Position) -> bool {
        let Some(turns) = self.turns.get(&(reader, of)) else { return false };
        let enough = |role: Option<Role>| role.is_some_and(|role| role >= least);
        let after = turns.partition_point(|(position, _)| *position <= at);
        let now = after.checked_sub(1).map(|place| turns[place]);
        now.is_some_and(|(_, role)| enough(role))
            || now.is_some_and(|(position, _)| position == at)
                && after >= 2
                && enough(turns[after - 2].1)
    }

    /// Whether the reader gets it after that place.
    fn will_have(&self, reader: UserId, of: OrganizationId, least: Role, after: Position) -> bool {
        self.turns.get(&(reader, of)).is_some_and(|turns| {
            turns
                .iter()
                .any(|(position, role)| *position > after && role.is_some_and(|role| role >= least))
        })
    }

    /// Whether the reader lost it between the two, the last included.
    fn lost_between(
        &self,
        reader: UserId,
        of: OrganizationId,
        from: Position,
        to: Position,
    ) -> bool {
        self.turns.get(&(reader, of)).is_some_and(|turns| {
            turns
                .iter()
                .any(|(position, role)| *position > from && *position <= to && role.is_none())
        })
    }

    /// What the reader heard and shouldn't have.
    pub(super) fn violations(&self, reader: UserId, heard: &[Heard]) -> Vec<String> {
        let mut found = Vec::new();
        let mut live_since = None;
        for (place, item) in heard.iter().enumerate() {
            match item {
                Heard::Connected => live_since = None,
                Heard::Offset(cursor) => live_since = Some(cursor.position),
                Heard::Change(message) => {
                    let caught_up = heard[place..]
                        .iter()
                        .take_while(|heard| !matches!(heard, Heard::Connected))
                        .find_map(|heard| match heard {
                            Heard::Offset(cursor) => Some(cursor.position),
                            _ => None,
                        });
                    if !self.allows(reader, message, live_since, caught_up) {
                        found.push(format!("{message:?} (live since {live_since:?}, then caught up to {caught_up:?})"));
                    }
                }
            }
        }
        found
    }

    /// `live_since`: where the reader stood when they caught up before; `caught_up`: after.
    fn allows(
        &self,
        reader: UserId,
        message: &StreamMessage,
        live_since: Option<Position>,
        caught_up: Option<Position>,
    ) -> bool {
        let (Some(of), Some(least)) = (message.organization_id, least(message, reader)) else {
            return true;
        };
        let at = message.position;
        // At its own place; or, in catch-up, as access stands at the end of it.
        if self.has(reader, of, least, at)
            || caught_up.is_some_and(|head| self.has(reader, of, least, head))
        {
            return true;
        }
        match live_since {
            // Access that the database gave already and the log doesn't tell of yet.
            Some(since) => {
                self.will_have(reader, of, least, at) && !self.lost_between(reader, of, since, at)
            }
            // Catch-up that was cut: nobody knows how far it would have come.
            None => caught_up.is_none() && self.will_have(reader, of, least, at),
        }
    }
}

/// What a reader must be to hear it; none when it is about themselves.
fn least(message: &StreamMessage, reader: UserId) -> Option<Role> {
    let own = message.user_id == Some(reader);
    match &message.entity {
        Entity::User(_) => None,
        _ if own => None,
        Entity::Invitation(_) => Some(Role::Admin),
        Entity::Membership(Some(its)) if its.user.email.is_some() => Some(Role::Admin),
        Entity::Membership(_) | Entity::Organization(_) => Some(Role::Member),
    }
}
