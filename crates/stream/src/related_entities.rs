//! The users and organizations that messages show beside the changed row, such as the user of a
//! membership. They are read once for each batch of activities, never for each reader.

use std::collections::{HashMap, HashSet};

use contract::view::{OrganizationView, UserView};
use contract::{
    Action, Colour, Description, Email, Name, OrganizationId, PictureId, Slug, Timestamp, UserId,
};
use sqlx::{FromRow, PgConnection};

use super::message::{author_id, inviter_id};
use activity::{Activity, ActivityKind};

/// The users and organizations that a batch of activities refers to, in their present state.
#[derive(Debug, Default)]
pub struct RelatedEntities {
    users: HashMap<UserId, UserView>,
    organizations: HashMap<OrganizationId, OrganizationView>,
    organizations_of: HashMap<UserId, Vec<OrganizationId>>,
    authored_in: HashMap<UserId, Vec<OrganizationId>>,
}

impl RelatedEntities {
    /// Reads what `activities` refer to, with at most four statements.
    ///
    /// # Errors
    /// When a statement fails.
    pub async fn read<'a>(
        connection: &mut PgConnection,
        activities: impl IntoIterator<Item = &'a Activity>,
    ) -> Result<Self, sqlx::Error> {
        let mut users = HashSet::new();
        let mut organizations = HashSet::new();
        let mut updated = HashSet::new();
        for Activity { change, .. } in activities {
            match (change.kind, change.action) {
                (ActivityKind::User, Action::Updated) => updated.extend(change.user_id),
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
        let mut related_entities = Self::default();
        related_entities.read_users(connection, users).await?;
        related_entities.read_organizations(connection, organizations).await?;
        related_entities.read_organizations_of(connection, &updated).await?;
        related_entities.read_authored_in(connection, &updated).await?;
        Ok(related_entities)
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

    /// The organizations of which an updated user is a member.
    #[must_use]
    pub fn organizations_of(&self, id: UserId) -> &[OrganizationId] {
        self.organizations_of.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The organizations with a resource of which an updated user is the author, including those of
    /// which they are no longer a member.
    #[must_use]
    pub fn authored_in(&self, id: UserId) -> &[OrganizationId] {
        self.authored_in.get(&id).map_or(&[], Vec::as_slice)
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
            "select id, name, email, picture, version from users where id = any($1)",
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

    async fn read_organizations_of(
        &mut self,
        connection: &mut PgConnection,
        ids: &HashSet<UserId>,
    ) -> Result<(), sqlx::Error> {
        let statement = "select user_id, organization_id from memberships where user_id = any($1)";
        self.organizations_of = organizations_by_user(connection, statement, ids).await?;
        Ok(())
    }

    async fn read_authored_in(
        &mut self,
        connection: &mut PgConnection,
        ids: &HashSet<UserId>,
    ) -> Result<(), sqlx::Error> {
        let statement =
            "select distinct user_id, organization_id from authors where user_id = any($1)";
        self.authored_in = organizations_by_user(connection, statement, ids).await?;
        Ok(())
    }
}

/// Runs `statement`, which selects (user, organization), and groups its rows by user.
async fn organizations_by_user(
    connection: &mut PgConnection,
    statement: &'static str,
    ids: &HashSet<UserId>,
) -> Result<HashMap<UserId, Vec<OrganizationId>>, sqlx::Error> {
    let mut organizations: HashMap<_, Vec<_>> = HashMap::new();
    if ids.is_empty() {
        return Ok(organizations);
    }
    let rows: Vec<(UserId, OrganizationId)> = sqlx::query_as(statement)
        .bind(ids.iter().copied().map(UserId::uuid).collect::<Vec<_>>())
        .fetch_all(connection)
        .await?;
    for (user, organization) in rows {
        organizations.entry(user).or_default().push(organization);
    }
    Ok(organizations)
}

#[derive(FromRow)]
struct UserRow {
    id: UserId,
    name: Name,
    email: Email,
    picture: Option<PictureId>,
    version: i64,
}

impl From<UserRow> for UserView {
    fn from(row: UserRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            email: Some(row.email),
            picture: row.picture,
            version: row.version,
        }
    }
}

#[derive(FromRow)]
struct OrganizationRow {
    id: OrganizationId,
    name: Name,
    slug: Slug,
    colour: Option<Colour>,
    picture: Option<PictureId>,
    description: Description,
    version: i64,
    created_at: Timestamp,
}

impl From<OrganizationRow> for OrganizationView {
    fn from(row: OrganizationRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            slug: row.slug,
            colour: row.colour.unwrap_or_else(|| Colour::default_for(row.id.uuid())),
            picture: row.picture,
            description: row.description,
            version: row.version,
            created_at: row.created_at,
        }
    }
}
