//! Reads memberships with their user and their organization.

use activity::row::{MembershipRow, OrganizationRow, UserRow};
use contract::view::MembershipView;
use contract::{
    Colour, Description, Email, MembershipId, Name, OrganizationId, PictureId, Slug, Timestamp,
    UserId,
};
use sqlx::{FromRow, PgExecutor};

/// The columns of [`JoinedMembershipRow`], and the tables that they are from, as a literal. Aliases: `m`
/// memberships, `u` users, `o` organizations.
macro_rules! joined_memberships {
    () => {
        "m.id, m.organization_id, m.user_id, m.role, m.archived, m.muted,
         m.display_order, m.seen_position, m.preferences_version,
         m.version, m.created_at,
         u.name as user_name, u.email as user_email,
         u.email_version as user_email_version, u.version as user_version,
         u.picture as user_picture,
         o.name as organization_name, o.slug as organization_slug,
         o.colour as organization_colour, o.picture as organization_picture,
         o.description as organization_description,
         o.version as organization_version, o.created_at as organization_created_at
    from memberships m
    join users u on u.id = m.user_id
    join organizations o on o.id = m.organization_id "
    };
}
pub(super) use joined_memberships;

/// [`joined_memberships`], for statements that are built.
pub(super) const JOINED_MEMBERSHIPS: &str = joined_memberships!();

/// The statement that reads [`JoinedMembershipRow`]s, followed by `$rest`.
macro_rules! select_memberships {
    ($rest:expr) => {
        concat!("select ", $crate::memberships::row::joined_memberships!(), $rest)
    };
}
pub(super) use select_memberships;

/// A row of [`select_memberships`].
#[derive(Clone, Debug, FromRow)]
pub struct JoinedMembershipRow {
    #[sqlx(flatten)]
    membership: MembershipRow,
    user_name: Name,
    user_email: Email,
    user_email_version: Option<i64>,
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

/// Has all fields. The caller applies the reader's visibility.
impl From<JoinedMembershipRow> for MembershipView {
    fn from(row: JoinedMembershipRow) -> Self {
        let user = UserRow {
            id: row.membership.user_id,
            name: row.user_name,
            email: row.user_email,
            email_version: row.user_email_version,
            picture: row.user_picture,
            version: row.user_version,
        };
        let organization = OrganizationRow {
            id: row.membership.organization_id,
            name: row.organization_name,
            slug: row.organization_slug,
            colour: row.organization_colour,
            picture: row.organization_picture,
            description: row.organization_description,
            version: row.organization_version,
            created_at: row.organization_created_at,
        };
        row.membership.into_view(user.into(), organization.into())
    }
}

/// Reads the membership with all fields.
///
/// # Errors
/// When the database can't be read.
pub async fn find(
    executor: impl PgExecutor<'_>,
    id: MembershipId,
) -> Result<Option<MembershipView>, sqlx::Error> {
    let row: Option<JoinedMembershipRow> = sqlx::query_as(select_memberships!("where m.id = $1"))
        .bind(id)
        .fetch_optional(executor)
        .await?;
    Ok(row.map(MembershipView::from))
}

/// Reads the user's membership of the organization with all fields.
///
/// # Errors
/// When the database can't be read.
pub async fn find_of_user(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
    user_id: UserId,
) -> Result<Option<MembershipView>, sqlx::Error> {
    let row: Option<JoinedMembershipRow> =
        sqlx::query_as(select_memberships!("where m.organization_id = $1 and m.user_id = $2"))
            .bind(organization_id)
            .bind(user_id)
            .fetch_optional(executor)
            .await?;
    Ok(row.map(MembershipView::from))
}
