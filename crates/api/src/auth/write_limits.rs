//! Limits how many changes of one organization run at the same time.
//!
//! Changes of an organization wait for each other's row locks, and each holds a database connection
//! meanwhile. Without a limit, one row that stays locked would use up all connections, and every other
//! organization would wait as well.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use axum::http::Uri;
use contract::{OrganizationRef, ResourceKind, UserId};
use db::Condition;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use uuid::Uuid;

use crate::error::ApiFailure;
use crate::keyed_semaphore::{KeyedPermit, KeyedSemaphore};

/// How many changes of one organization may hold a connection. Less than half of the pool.
const PER_ORGANIZATION: usize = 6;

/// How long a change may wait for the others before it fails.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The changes that run on this node. Clones share them.
#[derive(Clone, Debug)]
pub struct WriteLimits(KeyedSemaphore<Uuid>);

impl Default for WriteLimits {
    fn default() -> Self {
        Self(KeyedSemaphore::new(PER_ORGANIZATION))
    }
}

impl WriteLimits {
    /// Waits until the organization has fewer than [`PER_ORGANIZATION`] changes running.
    ///
    /// # Errors
    /// 503 when that takes longer than 5 s.
    async fn acquire(&self, organization: Uuid) -> Result<KeyedPermit<Uuid>, ApiFailure> {
        let acquired = tokio::time::timeout(TIMEOUT, self.0.acquire(organization)).await;
        acquired.map_err(|_| ApiFailure::Unavailable {
            condition: Some(Condition::Contended),
            cause: "too many changes of this organization wait for a lock".into(),
        })
    }
}

/// A transaction that counts towards the limit of its organization until it ends.
#[derive(Debug)]
pub struct WriteTransaction {
    // Dropped in this order: the connection is given back first.
    transaction: Transaction<'static, Postgres>,
    _permit: KeyedPermit<Uuid>,
}

impl WriteTransaction {
    /// Commits the changes.
    ///
    /// # Errors
    /// When the database can't be reached, or refuses the commit.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        self.transaction.commit().await
    }
}

impl Deref for WriteTransaction {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.transaction
    }
}

impl DerefMut for WriteTransaction {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }
}

/// The subject of a change, read from the request's path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Organization(OrganizationRef),
    /// Something that belongs to an organization.
    BelongsTo {
        /// The statement that reads the organization's id.
        select: &'static str,
        id: Uuid,
    },
    /// Something of the user's own.
    User(UserId),
}

impl Subject {
    pub(super) fn new(uri: &Uri, user: UserId) -> Self {
        let mut segments = uri.path().split('/').skip(1);
        let (Some(collection), Some(id)) = (segments.next(), segments.next()) else {
            return Self::User(user);
        };
        if collection == "organizations" {
            return OrganizationRef::parse(id).map_or(Self::User(user), Self::Organization);
        }
        match (select_organization(collection), id.parse()) {
            (Some(select), Ok(id)) => Self::BelongsTo { select, id },
            _ => Self::User(user),
        }
    }

    /// Returns the id that the limit counts by. A subject that doesn't exist counts by its user.
    async fn key(&self, pool: &PgPool, user: UserId) -> Result<Uuid, sqlx::Error> {
        let organization: Option<Uuid> = match self {
            Self::User(_) => None,
            Self::Organization(OrganizationRef::Id(id)) => Some(id.uuid()),
            Self::Organization(OrganizationRef::Slug(slug)) => {
                sqlx::query_scalar(
                    "select coalesce((select id from organizations where slug = $1),
                                     (select organization_id from organization_slugs where slug = $1))",
                )
                .bind(slug)
                .fetch_one(pool)
                .await?
            }
            Self::BelongsTo { select, id } => {
                sqlx::query_scalar(*select).bind(id).fetch_optional(pool).await?
            }
        };
        Ok(organization.unwrap_or_else(|| user.uuid()))
    }
}

/// Returns the statement that reads the organization of a row by the path segment of its kind.
fn select_organization(collection: &str) -> Option<&'static str> {
    match collection {
        "memberships" => Some("select organization_id from memberships where id = $1"),
        "invitations" => Some("select organization_id from invitations where id = $1"),
        _ => ResourceKind::ALL.iter().find(|kind| kind.collection() == collection).map(|kind| {
            match kind {
                ResourceKind::Note => "select organization_id from notes where id = $1",
            }
        }),
    }
}

/// Begins a transaction as soon as the limit of the subject's organization allows it.
///
/// # Errors
/// 503 when that takes too long, or when the database can't be reached.
pub(super) async fn begin(
    limits: &WriteLimits,
    subject: &Subject,
    user: UserId,
    pool: &PgPool,
    transaction: impl Future<Output = Result<Transaction<'static, Postgres>, sqlx::Error>>,
) -> Result<WriteTransaction, ApiFailure> {
    let permit = limits.acquire(subject.key(pool, user).await?).await?;
    Ok(WriteTransaction { transaction: transaction.await?, _permit: permit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subject_is_read_from_the_path() {
        let user = UserId::from_uuid(Uuid::now_v7());
        let id = Uuid::now_v7();
        let subject = |path: &str| Subject::new(&path.parse().unwrap(), user);
        for path in ["/me", "/organizations", "/notes", "/notes/x", "/me/sessions", "/other/1"] {
            assert_eq!(subject(path), Subject::User(user), "{path}");
        }
        let slug = OrganizationRef::parse("north-wind").unwrap();
        assert_eq!(subject("/organizations/north-wind/notes"), Subject::Organization(slug));
        for collection in ["notes", "memberships", "invitations"] {
            let subject = subject(&format!("/{collection}/{id}/more"));
            let Subject::BelongsTo { select, id: read } = subject else { panic!("{subject:?}") };
            assert!(select.contains(collection), "{select}");
            assert_eq!(read, id);
        }
    }
}
