//! The rows that operations can choose from, in an order that depends only on the operations before.

use contract::{OrganizationId, Role, UserId};
use sqlx::PgPool;
use uuid::Uuid;

use super::rng::Rng;

#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Organization {
    pub(super) id: OrganizationId,
    pub(super) slug: String,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Membership {
    pub(super) id: Uuid,
    pub(super) organization_id: OrganizationId,
    pub(super) slug: String,
    pub(super) user_id: UserId,
    pub(super) email: String,
    pub(super) role: Role,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Invitation {
    pub(super) id: Uuid,
    pub(super) organization_id: OrganizationId,
    pub(super) slug: String,
    pub(super) email: String,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Note {
    pub(super) id: Uuid,
    pub(super) organization_id: OrganizationId,
    pub(super) slug: String,
    pub(super) title: String,
    pub(super) version: i64,
}

/// The current rows. Memberships are only those of people with a session.
#[derive(Debug)]
pub(super) struct ExistingRows {
    pub(super) organizations: Vec<Organization>,
    pub(super) memberships: Vec<Membership>,
    pub(super) invitations: Vec<Invitation>,
    pub(super) notes: Vec<Note>,
}

impl ExistingRows {
    pub(super) async fn read(pool: &PgPool) -> Result<Self, sqlx::Error> {
        Ok(Self {
            organizations: sqlx::query_as("select id, slug from organizations order by slug")
                .fetch_all(pool)
                .await?,
            memberships: sqlx::query_as(
                "select m.id, m.organization_id, o.slug, m.user_id, u.email, m.role
                   from memberships m
                   join organizations o on o.id = m.organization_id
                   join users u on u.id = m.user_id
                  where u.email like 'person-%'
                  order by o.slug, u.email",
            )
            .fetch_all(pool)
            .await?,
            invitations: sqlx::query_as(
                "select i.id, i.organization_id, o.slug, i.email
                   from invitations i join organizations o on o.id = i.organization_id
                  order by o.slug, i.email",
            )
            .fetch_all(pool)
            .await?,
            notes: sqlx::query_as(
                "select n.id, n.organization_id, o.slug, n.title, n.version
                   from notes n join organizations o on o.id = n.organization_id
                  order by o.slug, n.title, n.id",
            )
            .fetch_all(pool)
            .await?,
        })
    }

    /// A random member of the organization who has a session.
    pub(super) fn member(&self, rng: &mut Rng, id: OrganizationId) -> Option<UserId> {
        let members: Vec<_> =
            self.memberships.iter().filter(|its| its.organization_id == id).collect();
        rng.pick(&members).map(|its| its.user_id)
    }

    /// A random admin of the organization who has a session.
    pub(super) fn admin(&self, rng: &mut Rng, id: OrganizationId) -> Option<UserId> {
        let admins: Vec<_> = self
            .memberships
            .iter()
            .filter(|its| its.organization_id == id && its.role == Role::Admin)
            .map(|its| its.user_id)
            .collect();
        rng.pick(&admins).copied()
    }
}
