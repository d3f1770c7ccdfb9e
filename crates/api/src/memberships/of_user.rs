//! Reads the memberships of one user.

use contract::UserId;
use contract::view::MembershipView;
use sqlx::PgExecutor;

use super::row::{JoinedMembershipRow, select_memberships};

/// The order of [`load_memberships`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MembershipOrder {
    /// By `display_order`, then by the organization's name.
    Menu,
    /// By the time of joining.
    Joined,
}

/// Reads the user's memberships with all fields, which only the user may see.
///
/// # Errors
/// When the database can't be read.
pub async fn load_memberships(
    executor: impl PgExecutor<'_>,
    user_id: UserId,
    order: MembershipOrder,
) -> Result<Vec<MembershipView>, sqlx::Error> {
    let statement = match order {
        MembershipOrder::Menu => select_memberships!(
            "where m.user_id = $1 order by m.display_order, lower(o.name), m.id"
        ),
        MembershipOrder::Joined => {
            select_memberships!("where m.user_id = $1 order by m.created_at, m.id")
        }
    };
    let rows: Vec<JoinedMembershipRow> =
        sqlx::query_as(statement).bind(user_id).fetch_all(executor).await?;
    Ok(rows.into_iter().map(MembershipView::from).collect())
}
