//! Fills the hot tail of a node that starts, so that the readers that come back to it don't need the
//! database.

use super::HotTail;
use crate::log::{self, LogBounds, LogError};
use sqlx::PgPool;

/// How many activities are read at once.
const PAGE_SIZE: i64 = 2_000;

/// How many pages are read. The activities of an organization that has its share take no room, and there may be
/// millions of them.
const MAX_PAGES: usize = 200;

impl<C: Default> HotTail<C> {
    /// Reads the log backwards from the tail's beginning, until the tail is full or has the whole log.
    /// Meanwhile it is used, and new activities are appended to it.
    ///
    /// # Errors
    /// When the database can't answer. The tail keeps the activities that were read before.
    pub async fn fill(&self, pool: &PgPool) -> Result<(), LogError> {
        for _ in 0..MAX_PAGES {
            let Some(end) = self.begin() else { break };
            let page = log::activities_before(pool, end.position, PAGE_SIZE).await?;
            // Read after the page: every activity after this horizon was in the log when the page was
            // read.
            let LogBounds { head, horizon } = log::bounds(pool).await?;
            if head.epoch != end.epoch {
                return Ok(());
            }
            let is_last = i64::try_from(page.len()).is_ok_and(|length| length < PAGE_SIZE);
            let begin = match page.last() {
                Some(oldest) if !is_last => contract::Position(oldest.position.0 - 1),
                _ => horizon.min(end.position),
            };
            if !self.prepend(end, &page, begin) || is_last {
                return Ok(());
            }
        }
        Ok(())
    }
}
