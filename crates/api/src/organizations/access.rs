//! Reads an organization with the user's access to it. Every handler checks permissions here.

use contract::view::OrganizationView;
use contract::{Access, Capability, Role, UserId};
use sqlx::{FromRow, PgConnection, PgExecutor};

use crate::error::ApiFailure;
use crate::request_span::record_organization;
use activity::row::OrganizationRow;
use contract::OrganizationRef;

/// An organization and one user's access to it.
#[derive(Clone, Debug)]
pub struct OrganizationAccess {
    /// The organization, with its present slug.
    pub organization: OrganizationView,
    /// The user's access.
    pub access: Access,
}

impl OrganizationAccess {
    /// Checks that the user has the capability. Outsiders can't tell whether the organization exists.
    ///
    /// # Errors
    /// 404 for outsiders, 403 for members without the capability.
    pub const fn require(&self, capability: Capability) -> Result<(), ApiFailure> {
        match self.access {
            Access::Outsider => Err(ApiFailure::not_found_or_hidden()),
            access if access.may(capability) => Ok(()),
            Access::Member(_) => Err(ApiFailure::Forbidden),
        }
    }
}

/// The statement that reads the organization `o` for the condition, with the role of the user `$2`.
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

const SELECT_BY_ID: &str = select_access!("o.id = $1");

/// A present slug takes precedence over a former one, which belongs to the organization that had it
/// last.
const SELECT_BY_SLUG: &str = select_access!(
    "o.id = coalesce((select id from organizations where slug = $1),
                     (select organization_id from organization_slugs where slug = $1))"
);

#[derive(FromRow)]
struct AccessRow {
    #[sqlx(flatten)]
    organization: OrganizationRow,
    role: Option<Role>,
}

/// Reads the organization and the user's access, without a lock. Writes need [`lock_exclusive`] or
/// [`lock_shared`].
///
/// # Errors
/// 404 if there is no such organization.
pub async fn find(
    executor: impl PgExecutor<'_>,
    reference: &OrganizationRef,
    reader: UserId,
) -> Result<OrganizationAccess, ApiFailure> {
    let query = match reference {
        OrganizationRef::Id(id) => sqlx::query_as(SELECT_BY_ID).bind(id),
        OrganizationRef::Slug(slug) => sqlx::query_as(SELECT_BY_SLUG).bind(slug),
    };
    into_access(query.bind(reader).fetch_optional(executor).await?)
}

/// Like [`find`], with an exclusive lock on the organization (`for update`): nobody joins, leaves or
/// changes roles in it until the transaction ends. Returns without a lock for outsiders.
///
/// # Errors
/// 404 if there is no such organization.
pub async fn lock_exclusive(
    connection: &mut PgConnection,
    reference: &OrganizationRef,
    reader: UserId,
) -> Result<OrganizationAccess, ApiFailure> {
    let statement = "select from organizations where id = $1 for update";
    lock_then_find(statement, connection, reference, reader).await
}

/// Like [`find`], with a shared lock on the organization (`for key share`): [`lock_exclusive`] waits
/// until the transaction ends, but other shared locks don't, so member writes don't block each other. Returns
/// without a lock for outsiders.
///
/// # Errors
/// 404 if there is no such organization.
pub async fn lock_shared(
    connection: &mut PgConnection,
    reference: &OrganizationRef,
    reader: UserId,
) -> Result<OrganizationAccess, ApiFailure> {
    let statement = "select from organizations where id = $1 for key share";
    lock_then_find(statement, connection, reference, reader).await
}

async fn lock_then_find(
    statement: &'static str,
    connection: &mut PgConnection,
    reference: &OrganizationRef,
    reader: UserId,
) -> Result<OrganizationAccess, ApiFailure> {
    let found = find(&mut *connection, reference, reader).await?;
    // Outsiders are refused whatever the lock would show, so they neither wait for members nor make
    // them wait.
    if found.access == Access::Outsider {
        return Ok(found);
    }
    // Lock first and read again: only a statement that starts after the lock was granted sees what
    // other transactions committed while this one waited (read committed isolation).
    let id = found.organization.id;
    sqlx::query(statement).bind(id).execute(&mut *connection).await?;
    find(connection, &OrganizationRef::Id(id), reader).await
}

fn into_access(row: Option<AccessRow>) -> Result<OrganizationAccess, ApiFailure> {
    let AccessRow { organization, role } = row.ok_or_else(ApiFailure::not_found_or_hidden)?;
    record_organization(organization.id);
    Ok(OrganizationAccess { organization: organization.into(), access: role.into() })
}
