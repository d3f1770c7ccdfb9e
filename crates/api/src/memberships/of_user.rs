//! Reads the memberships of one user.

use std::collections::HashMap;

use contract::view::MembershipView;
use contract::{OrganizationId, Position, UserId};
use sqlx::{FromRow, PgExecutor};

use super::row::{JoinedMembershipRow, joined_memberships, select_memberships};
use activity::unread::unread_position;

/// A membership, and whether its organization is unread.
#[derive(Clone, Debug, FromRow)]
struct MenuRow {
    /// The position of the newest unread activity.
    unread: Option<Position>,
    #[sqlx(flatten)]
    membership: JoinedMembershipRow,
}

/// Reads the user's memberships in the order of the menu: by `display_order`, then by the organization's
/// name. They have all fields, which only the user may see. Returns also the organizations that are unread,
/// with the position of the newest activity that the user hasn't seen.
///
/// # Errors
/// When the database can't be read.
pub async fn load_menu(
    executor: impl PgExecutor<'_>,
    user_id: UserId,
) -> Result<(Vec<MembershipView>, HashMap<OrganizationId, Position>), sqlx::Error> {
    let rows: Vec<MenuRow> = sqlx::query_as(concat!(
        "select ",
        unread_position!(),
        " as unread, ",
        joined_memberships!(),
        "where m.user_id = $1 order by m.display_order, lower(o.name), m.id"
    ))
    .bind(user_id)
    .fetch_all(executor)
    .await?;
    let mut unread = HashMap::new();
    let memberships = rows.into_iter().map(|row| {
        let view = MembershipView::from(row.membership);
        if let Some(position) = row.unread {
            unread.insert(view.organization_id, position);
        }
        view
    });
    Ok((memberships.collect(), unread))
}

/// Reads the user's memberships in the order of joining. They have all fields, which only the user may see.
///
/// # Errors
/// When the database can't be read.
pub async fn load_memberships(
    executor: impl PgExecutor<'_>,
    user_id: UserId,
) -> Result<Vec<MembershipView>, sqlx::Error> {
    let rows: Vec<JoinedMembershipRow> =
        sqlx::query_as(select_memberships!("where m.user_id = $1 order by m.created_at, m.id"))
            .bind(user_id)
            .fetch_all(executor)
            .await?;
    Ok(rows.into_iter().map(MembershipView::from).collect())
}
