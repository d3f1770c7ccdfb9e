//! A membership as it is read: with its user and its organization.

use contract::view::{MembershipView, MenuPreferences, OrganizationView, UserView};
use contract::{
    Colour, Description, Email, MembershipId, Name, OrganizationId, PictureId, Position, Role,
    Slug, Timestamp, UserId,
};
use sqlx::{FromRow, PgExecutor};

/// The statement that reads memberships, with what follows the joins: `m` is the membership, `u`
/// its user, `o` its organization.
macro_rules! select_memberships {
    ($rest:expr) => {
        concat!(
            "select m.id, m.organization_id, m.user_id, m.role, m.archived, m.muted,
                    m.display_order, m.seen_position, m.preferences_version,
                    m.version, m.created_at,
                    u.name as user_name, u.email as user_email, u.version as user_version,
                    u.picture as user_picture,
                    o.name as organization_name, o.slug as organization_slug,
                    o.colour as organization_colour, o.picture as organization_picture,
                    o.description as organization_description,
                    o.version as organization_version, o.created_at as organization_created_at
               from memberships m
               join users u on u.id = m.user_id
               join organizations o on o.id = m.organization_id ",
            $rest
        )
    };
}
pub(super) use select_memberships;

/// What [`select_memberships`] reads.
#[derive(Clone, Debug, FromRow)]
pub struct MembershipRow {
    id: MembershipId,
    organization_id: OrganizationId,
    user_id: UserId,
    role: Role,
    archived: bool,
    muted: bool,
    display_order: f64,
    seen_position: Position,
    preferences_version: i64,
    version: i64,
    created_at: Timestamp,
    user_name: Name,
    user_email: Email,
    user_version: i64,
    user_picture: Option<PictureId>,
    organization_name: Name,
    organization_slug: Slug,
    organization_colour: Option<Colour>,
    organization_picture: Option<PictureId>,
    organization_description: Description,
    organization_version: i64,
    organization_created_at: Timestamp,
}

/// Everything there is. What a reader may see of it is up to their visibility.
impl From<MembershipRow> for MembershipView {
    fn from(row: MembershipRow) -> Self {
        Self {
            id: row.id,
            organization_id: row.organization_id,
            user: UserView {
                id: row.user_id,
                name: row.user_name,
                email: Some(row.user_email),
                picture: row.user_picture,
                version: row.user_version,
            },
            role: row.role,
            version: row.version,
            created_at: row.created_at,
            preferences: Some(MenuPreferences {
                archived: row.archived,
                muted: row.muted,
                display_order: row.display_order,
                seen: row.seen_position,
                version: row.preferences_version,
            }),
            organization: Some(OrganizationView {
                id: row.organization_id,
                name: row.organization_name,
                slug: row.organization_slug,
                colour: row
                    .organization_colour
                    .unwrap_or_else(|| Colour::following(row.organization_id.uuid())),
                picture: row.organization_picture,
                description: row.organization_description,
                version: row.organization_version,
                created_at: row.organization_created_at,
            }),
        }
    }
}

/// The membership, complete.
///
/// # Errors
/// When the database can't answer.
pub async fn find(
    executor: impl PgExecutor<'_>,
    id: MembershipId,
) -> Result<Option<MembershipView>, sqlx::Error> {
    let row: Option<MembershipRow> = sqlx::query_as(select_memberships!("where m.id = $1"))
        .bind(id)
        .fetch_optional(executor)
        .await?;
    Ok(row.map(MembershipView::from))
}

/// The user's membership of the organization, complete.
///
/// # Errors
/// When the database can't answer.
pub async fn find_of(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    user_id: UserId,
) -> Result<Option<MembershipView>, sqlx::Error> {
    let row: Option<MembershipRow> =
        sqlx::query_as(select_memberships!("where m.organization_id = $1 and m.user_id = $2"))
            .bind(organization_id)
            .bind(user_id)
            .fetch_optional(executor)
            .await?;
    Ok(row.map(MembershipView::from))
}
