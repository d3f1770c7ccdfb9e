//! An organization and how a reader stands to it: where every permission is asked for.

use contract::view::OrganizationView;
use contract::{Access, Capability, Role, UserId};
use sqlx::{FromRow, PgConnection, PgExecutor};

use super::row::OrganizationRow;
use crate::error::ApiFailure;
use contract::OrganizationRef;

/// An organization, as found for one reader.
#[derive(Clone, Debug)]
pub struct OrganizationAccess {
    /// The organization, by its present slug.
    pub organization: OrganizationView,
    /// How the reader stands to it.
    pub access: Access,
}

impl OrganizationAccess {
    /// Lets only those pass who may do this. Outsiders don't learn that there is anything.
    ///
    /// # Errors
    /// 404 for outsiders, 403 for members who may not.
    pub const fn require(&self, capability: Capability) -> Result<(), ApiFailure> {
        match self.access {
            Access::Outsider => Err(ApiFailure::not_found_or_hidden()),
            access if access.may(capability) => Ok(()),
            Access::Member(_) => Err(ApiFailure::Forbidden),
        }
    }
}

/// Reads the organization `o` that the condition picks, with the role of the user `$2` in it.
macro_rules! select_access {
    ($condition:literal) => {
        concat!(
            "select o.id, o.name, o.slug, o.colour, o.picture, o.description, o.version, o.created_at, m.role
               from organizations o
               left join memberships m on m.organization_id = o.id and m.user_id = $2
              where ",
            $condition
        )
    };
}

const BY_ID: &str = select_access!("o.id = $1");

/// A slug that is in use leads to its organization, a former one to the one that had it last.
const BY_SLUG: &str = select_access!(
    "o.id = coalesce((select id from organizations where slug = $1),
                     (select organization_id from organization_slugs where slug = $1))"
);

#[derive(FromRow)]
struct AccessRow {
    #[sqlx(flatten)]
    organization: OrganizationRow,
    role: Option<Role>,
}

/// What that reader may do in the organization right now. For reading; a write needs [`lock`].
///
/// # Errors
/// 404 when there is no such organization.
pub async fn find(
    executor: impl PgExecutor<'_>,
    reference: &OrganizationRef,
    reader: UserId,
) -> Result<OrganizationAccess, ApiFailure> {
    let query = match reference {
        OrganizationRef::Id(id) => sqlx::query_as(BY_ID).bind(id),
        OrganizationRef::Slug(slug) => sqlx::query_as(BY_SLUG).bind(slug),
    };
    found(query.bind(reader).fetch_optional(executor).await?)
}

/// Like [`find`], and locks the organization: nobody joins, leaves or changes roles in it before
/// the transaction ends.
///
/// # Errors
/// 404 when there is no such organization.
pub async fn lock(
    connection: &mut PgConnection,
    reference: &OrganizationRef,
    reader: UserId,
) -> Result<OrganizationAccess, ApiFailure> {
    let statement = "select from organizations where id = $1 for update";
    find_after(statement, connection, reference, reader).await
}

/// Like [`find`], and keeps it as it is until the transaction ends: whoever wants to [`lock`] the
/// organization waits. Others hold it meanwhile too, so what members write waits for nobody.
///
/// # Errors
/// 404 when there is no such organization.
pub async fn hold(
    connection: &mut PgConnection,
    reference: &OrganizationRef,
    reader: UserId,
) -> Result<OrganizationAccess, ApiFailure> {
    let statement = "select from organizations where id = $1 for key share";
    find_after(statement, connection, reference, reader).await
}

async fn find_after(
    statement: &'static str,
    connection: &mut PgConnection,
    reference: &OrganizationRef,
    reader: UserId,
) -> Result<OrganizationAccess, ApiFailure> {
    // In two steps: only a statement that begins after the lock is ours sees what others
    // committed while we waited.
    let id = find(&mut *connection, reference, reader).await?.organization.id;
    sqlx::query(statement).bind(id).execute(&mut *connection).await?;
    find(connection, &OrganizationRef::Id(id), reader).await
}

fn found(row: Option<AccessRow>) -> Result<OrganizationAccess, ApiFailure> {
    let AccessRow { organization, role } = row.ok_or_else(ApiFailure::not_found_or_hidden)?;
    Ok(OrganizationAccess { organization: organization.into(), access: role.into() })
}
