//! Where one user belongs.

use contract::UserId;
use contract::view::MembershipView;
use sqlx::PgExecutor;

use super::row::{MembershipRow, select_memberships};

/// In which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As the user arranged them; ties by the organization's name.
    Arranged,
    /// As they were joined.
    Joined,
}

/// The user's memberships, complete, as only they see them.
///
/// # Errors
/// When the database can't answer.
pub async fn of(
    executor: impl PgExecutor<'_>,
    user_id: UserId,
    order: Order,
) -> Result<Vec<MembershipView>, sqlx::Error> {
    let statement = match order {
        Order::Arranged => select_memberships!(
            "where m.user_id = $1 order by m.display_order, lower(o.name), m.id"
        ),
        Order::Joined => select_memberships!("where m.user_id = $1 order by m.created_at, m.id"),
    };
    let rows: Vec<MembershipRow> =
        sqlx::query_as(statement).bind(user_id).fetch_all(executor).await?;
    Ok(rows.into_iter().map(MembershipView::from).collect())
}
