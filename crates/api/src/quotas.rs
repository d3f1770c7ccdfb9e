//! Quotas: how many things an organization or an account may have.
//!
//! They bound what one account can make everyone else pay for: rows, lists that are sent whole, and changes
//! that one change causes. Each is checked under a lock or after one, so that requests at the same time
//! can't exceed it. Plain SQL isn't bound by them.

use std::fmt;

use contract::{OrganizationId, ResourceKind, Slug, Timestamp, UserId};
use sqlx::PgConnection;

use crate::error::ApiFailure;
use crate::row_count::{self, Counted};

/// The quotas of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// Organizations of which a user is an admin, when creating another one.
    pub organizations: i64,
    /// Notes of an organization.
    pub notes: i64,
    /// Invitations of an organization that can still be accepted. A new name of the organization changes
    /// each of them.
    pub open_invitations: i64,
    /// Former slugs of an organization, which nobody else should have to do without.
    pub former_slugs: i64,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { organizations: 200, notes: 10_000, open_invitations: 100, former_slugs: 20 }
    }
}

/// A quota that is reached, with its size. `Display` is the message for the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReachedQuota {
    /// [`Quotas::organizations`]
    Organizations(i64),
    /// [`Quotas::notes`]
    Notes(i64),
    /// [`Quotas::open_invitations`]
    OpenInvitations(i64),
    /// [`Quotas::former_slugs`]
    FormerSlugs(i64),
    /// [`MAX_PASSKEYS`](contract::passkey::MAX_PASSKEYS)
    Passkeys(usize),
}

impl fmt::Display for ReachedQuota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organizations(max) => write!(
                f,
                "You can be an admin of up to {max} organizations. Leave or delete one, then try again."
            ),
            Self::Notes(max) => write!(
                f,
                "An organization can have up to {max} notes. Delete some, then try again."
            ),
            Self::OpenInvitations(max) => write!(
                f,
                "An organization can have up to {max} open invitations. Revoke some, or wait until people \
                 have answered."
            ),
            Self::FormerSlugs(max) => write!(
                f,
                "An organization keeps up to {max} former URLs. Choose one that it had before."
            ),
            Self::Passkeys(max) => {
                write!(f, "You can have up to {max} passkeys. Remove one, then try again.")
            }
        }
    }
}

fn require(is_within: bool, reached: ReachedQuota) -> Result<(), ApiFailure> {
    if is_within { Ok(()) } else { Err(ApiFailure::QuotaReached(reached)) }
}

impl Quotas {
    /// Checks that the user may create another organization. The account stays locked until the
    /// transaction ends.
    ///
    /// # Errors
    /// 409 when the quota is reached.
    pub(crate) async fn require_room_for_organization(
        &self,
        connection: &mut PgConnection,
        user: UserId,
    ) -> Result<(), ApiFailure> {
        // Not `for update`, which would wait for everything that refers to the account.
        sqlx::query("select from users where id = $1 for no key update")
            .bind(user)
            .execute(&mut *connection)
            .await?;
        let count: i64 = sqlx::query_scalar(
            "select count(*) from memberships where user_id = $1 and role = 'admin'",
        )
        .bind(user)
        .fetch_one(connection)
        .await?;
        require(count < self.organizations, ReachedQuota::Organizations(self.organizations))
    }

    /// Checks that the organization may have another note.
    ///
    /// Members create notes at the same time. Near the quota they take turns, until their transactions
    /// end: more than [`NOTES_AT_ONCE`] can't be created at once.
    ///
    /// # Errors
    /// 409 when the quota is reached.
    pub(crate) async fn require_room_for_note(
        &self,
        connection: &mut PgConnection,
        organization: OrganizationId,
    ) -> Result<(), ApiFailure> {
        if row_count::read(&mut *connection, organization, NOTES).await? + NOTES_AT_ONCE
            < self.notes
        {
            return Ok(());
        }
        // Not a row lock: the transaction shares one on the organization already, and would deadlock
        // with a request that waits for all shared locks to end.
        sqlx::query("select pg_advisory_xact_lock(hashtextextended('notes ' || $1::text, 0))")
            .bind(organization)
            .execute(&mut *connection)
            .await?;
        let count = row_count::read(&mut *connection, organization, NOTES).await?;
        require(count < self.notes, ReachedQuota::Notes(self.notes))
    }

    /// Checks that the organization may have `new` more open invitations. The caller locks the
    /// organization.
    ///
    /// # Errors
    /// 409 when there would be more than the quota.
    pub(crate) async fn require_room_for_invitations(
        &self,
        connection: &mut PgConnection,
        organization: OrganizationId,
        new: usize,
        now: Timestamp,
    ) -> Result<(), ApiFailure> {
        if new == 0 {
            return Ok(());
        }
        let open: i64 = sqlx::query_scalar(
            "select count(*) from invitations
              where organization_id = $1 and rejected_at is null and expires_at > $2",
        )
        .bind(organization)
        .bind(now)
        .fetch_one(connection)
        .await?;
        let all = open.saturating_add(i64::try_from(new).unwrap_or(i64::MAX));
        let reached = ReachedQuota::OpenInvitations(self.open_invitations);
        require(all <= self.open_invitations, reached)
    }

    /// Checks that the organization may change its slug to `new`. The caller locks the organization.
    ///
    /// # Errors
    /// 409 when its present slug would be one former slug too many.
    pub(crate) async fn require_room_for_former_slug(
        &self,
        connection: &mut PgConnection,
        organization: OrganizationId,
        present: &Slug,
        new: Option<&Slug>,
    ) -> Result<(), ApiFailure> {
        let Some(new) = new.filter(|new| *new != present) else { return Ok(()) };
        let others: i64 = sqlx::query_scalar(
            "select count(*) from organization_slugs
              where organization_id = $1 and slug not in ($2, $3)",
        )
        .bind(organization)
        .bind(present)
        .bind(new)
        .fetch_one(connection)
        .await?;
        require(others < self.former_slugs, ReachedQuota::FormerSlugs(self.former_slugs))
    }
}

const NOTES: Counted = Counted::Resources(ResourceKind::Note);

/// More requests than can create a note of one organization at the same time: each node admits six
/// (`auth::write_limits`).
const NOTES_AT_ONCE: i64 = 200;

#[cfg(test)]
mod tests;
