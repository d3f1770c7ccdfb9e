//! Reads the sessions of requests that arrive at the same time with one statement.

use std::collections::HashMap;

use contract::{SessionId, Timestamp, UserId};
use sqlx::{FromRow, PgPool};

use crate::error::ApiFailure;
use crate::token::Token;
use db::batch_loader::{BatchLoader, ReadBatch};

/// Reads from a pool. Clones share the queue of the requests that wait.
#[derive(Clone, Debug)]
pub struct SessionLoader(BatchLoader<Sessions>);

#[derive(Debug)]
struct Sessions(PgPool);

/// A session, which may have expired.
#[derive(Clone, Debug, FromRow)]
pub(super) struct SessionRow {
    token_hash: Vec<u8>,
    pub(super) id: SessionId,
    pub(super) user_id: UserId,
    pub(super) system_admin: bool,
    pub(super) expires_at: Timestamp,
    pub(super) last_used_at: Timestamp,
}

impl ReadBatch for Sessions {
    type Key = Vec<u8>;
    type Value = Option<SessionRow>;
    type Error = sqlx::Error;

    async fn read(&self, hashes: &[Vec<u8>]) -> Result<Vec<Option<SessionRow>>, sqlx::Error> {
        let rows: Vec<SessionRow> = sqlx::query_as(
            "select t.token_hash, s.id, s.user_id, u.system_admin, s.expires_at, t.last_used_at
               from session_tokens t
               join sessions s on s.id = t.session_id
               join users u on u.id = s.user_id
              where t.token_hash = any($1)",
        )
        .bind(hashes)
        .fetch_all(&self.0)
        .await?;
        let rows: HashMap<Vec<u8>, SessionRow> =
            rows.into_iter().map(|row| (row.token_hash.clone(), row)).collect();
        // One page may send several requests with the same token.
        Ok(hashes.iter().map(|hash| rows.get(hash).cloned()).collect())
    }
}

impl SessionLoader {
    /// Reads from this pool.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self(BatchLoader::new(Sessions(pool)))
    }

    /// Reads the session of the token, in a statement that begins after this call. None when there is none.
    pub(super) async fn load(&self, token: &Token) -> Result<Option<SessionRow>, ApiFailure> {
        self.0.load(token.hash()).await.map_err(ApiFailure::of_shared)
    }
}
