//! The users and organizations that messages show beside the changed row, such as the user of a
//! membership. They are read once for each batch of activities, never for each reader.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use contract::view::{OrganizationView, UserView};
use contract::{Action, OrganizationId, UserId};
use sqlx::{PgConnection, PgPool};

use super::message::{author_id, inviter_id};
use activity::row::{OrganizationRow, UserRow};
use activity::{Activity, ActivityKind};
use db::batch_loader::{BatchLoader, ReadBatch};

/// The users and organizations that a batch of activities refers to, in their present state.
#[derive(Debug, Default)]
pub struct RelatedEntities {
    users: HashMap<UserId, UserView>,
    organizations: HashMap<OrganizationId, OrganizationView>,
}

impl RelatedEntities {
    /// Reads what `activities` refer to, with at most two statements. Doesn't use the database when they
    /// refer to nothing.
    ///
    /// # Errors
    /// When a statement fails.
    pub async fn read_from<'a>(
        pool: &PgPool,
        activities: impl IntoIterator<Item = &'a Activity>,
    ) -> Result<Self, sqlx::Error> {
        let references = References::of(activities);
        if references.is_empty() {
            return Ok(Self::default());
        }
        references.read(&mut *pool.acquire().await?).await
    }

    /// Reads what `activities` refer to, with at most two statements.
    ///
    /// # Errors
    /// When a statement fails.
    pub async fn read<'a>(
        connection: &mut PgConnection,
        activities: impl IntoIterator<Item = &'a Activity>,
    ) -> Result<Self, sqlx::Error> {
        References::of(activities).read(connection).await
    }

    /// The user, including their email address; none once the account is deleted.
    #[must_use]
    pub fn user(&self, id: UserId) -> Option<&UserView> {
        self.users.get(&id)
    }

    /// The organization; none once it is deleted.
    #[must_use]
    pub fn organization(&self, id: OrganizationId) -> Option<&OrganizationView> {
        self.organizations.get(&id)
    }

    async fn read_users(
        &mut self,
        connection: &mut PgConnection,
        ids: HashSet<UserId>,
    ) -> Result<(), sqlx::Error> {
        if ids.is_empty() {
            return Ok(());
        }
        let rows: Vec<UserRow> = sqlx::query_as(
            "select id, name, email, email_version, picture, version from users where id = any($1)",
        )
        .bind(ids.into_iter().map(UserId::uuid).collect::<Vec<_>>())
        .fetch_all(connection)
        .await?;
        self.users = rows.into_iter().map(|row| (row.id, row.into())).collect();
        Ok(())
    }

    async fn read_organizations(
        &mut self,
        connection: &mut PgConnection,
        ids: HashSet<OrganizationId>,
    ) -> Result<(), sqlx::Error> {
        if ids.is_empty() {
            return Ok(());
        }
        let rows: Vec<OrganizationRow> = sqlx::query_as(
            "select id, name, slug, colour, picture, description, version, created_at
               from organizations where id = any($1)",
        )
        .bind(ids.into_iter().map(OrganizationId::uuid).collect::<Vec<_>>())
        .fetch_all(connection)
        .await?;
        self.organizations = rows.into_iter().map(|row| (row.id, row.into())).collect();
        Ok(())
    }
}

/// Reads what the activities of several readers refer to with one pair of statements. Clones share the queue.
#[derive(Clone, Debug)]
pub struct RelatedEntitiesLoader(BatchLoader<ReferredEntities>);

impl RelatedEntitiesLoader {
    /// Reads from this pool.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self(BatchLoader::new(ReferredEntities(pool)))
    }

    /// Reads what `activities` refer to, in statements that begin after this call. The result may have more
    /// than that. Doesn't use the database when they refer to nothing.
    ///
    /// # Errors
    /// When a statement fails.
    pub async fn load<'a>(
        &self,
        activities: impl IntoIterator<Item = &'a Activity>,
    ) -> Result<Arc<RelatedEntities>, Arc<sqlx::Error>> {
        let references = References::of(activities);
        if references.is_empty() {
            return Ok(Arc::default());
        }
        self.0.load(references).await
    }
}

#[derive(Debug)]
struct ReferredEntities(PgPool);

impl ReadBatch for ReferredEntities {
    type Key = References;
    type Value = Arc<RelatedEntities>;
    type Error = sqlx::Error;

    async fn read(&self, keys: &[References]) -> Result<Vec<Arc<RelatedEntities>>, sqlx::Error> {
        let mut all = References::default();
        for references in keys {
            all.users.extend(&references.users);
            all.organizations.extend(&references.organizations);
        }
        let entities = Arc::new(all.read(&mut *self.0.acquire().await?).await?);
        Ok(vec![entities; keys.len()])
    }
}

/// The ids that activities refer to.
#[derive(Clone, Debug, Default)]
pub struct References {
    users: HashSet<UserId>,
    organizations: HashSet<OrganizationId>,
}

impl References {
    fn of<'a>(activities: impl IntoIterator<Item = &'a Activity>) -> Self {
        let mut references = Self::default();
        let Self { users, organizations } = &mut references;
        for Activity { change, .. } in activities {
            match (change.kind, change.action) {
                (_, Action::Deleted) => {}
                (ActivityKind::Membership, _) => {
                    users.extend(change.user_id);
                    organizations.extend(change.organization_id);
                }
                (ActivityKind::Invitation, _) => {
                    users.extend(inviter_id(change));
                    organizations.extend(change.organization_id);
                }
                (kind, _) if kind.is_resource() => users.extend(author_id(change)),
                _ => {}
            }
        }
        references
    }

    fn is_empty(&self) -> bool {
        self.users.is_empty() && self.organizations.is_empty()
    }

    async fn read(self, connection: &mut PgConnection) -> Result<RelatedEntities, sqlx::Error> {
        let mut related_entities = RelatedEntities::default();
        related_entities.read_users(connection, self.users).await?;
        related_entities.read_organizations(connection, self.organizations).await?;
        Ok(related_entities)
    }
}
