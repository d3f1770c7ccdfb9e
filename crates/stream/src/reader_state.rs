//! The state of readers when they connect: whether their session still exists, of which organizations they
//! are members, and the bounds of the log.

use contract::{OrganizationId, Position, Role};
use sqlx::{FromRow, PgConnection};

use activity::log::{LogBounds, LogError};
use api::auth::session::SignedIn;

/// A reader, at the moment of the query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderState {
    /// The bounds of the log.
    pub bounds: LogBounds,
    /// Whether the session wasn't ended since the request was authenticated.
    pub is_session_alive: bool,
    /// The organizations of which the user is a member, each with their role.
    pub memberships: Vec<(OrganizationId, Role)>,
}

#[derive(FromRow)]
struct ReaderRow {
    /// The index of the reader, from 1.
    number: i64,
    is_session_alive: bool,
    /// The membership; none in the only row of a reader without one.
    organization_id: Option<OrganizationId>,
    role: Option<Role>,
    epoch: i64,
    last_position: Position,
    horizon: Position,
}

/// Reads the states of these readers, in their order, with one statement.
///
/// # Errors
/// When the database doesn't answer.
pub async fn read(
    connection: &mut PgConnection,
    readers: &[SignedIn],
) -> Result<Vec<ReaderState>, LogError> {
    let rows: Vec<ReaderRow> = sqlx::query_as(
        "select reader.number, s.id is not null as is_session_alive, m.organization_id, m.role,
                log.epoch, log.last_position, log.horizon
           from unnest($1::uuid[], $2::uuid[])
                with ordinality as reader (session_id, user_id, number)
          cross join cdc_state log
           left join sessions s on s.id = reader.session_id and s.user_id = reader.user_id
           left join memberships m on m.user_id = reader.user_id",
    )
    .bind(readers.iter().map(|reader| reader.session_id.uuid()).collect::<Vec<_>>())
    .bind(readers.iter().map(|reader| reader.user_id.uuid()).collect::<Vec<_>>())
    .fetch_all(connection)
    .await?;
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let bounds = LogBounds::from_columns(first.epoch, first.last_position, first.horizon)?;
    let unknown = ReaderState { bounds, is_session_alive: false, memberships: Vec::new() };
    let mut states = vec![unknown; readers.len()];
    for row in rows {
        let index = usize::try_from(row.number).ok().and_then(|number| number.checked_sub(1));
        let Some(state) = index.and_then(|index| states.get_mut(index)) else { continue };
        state.is_session_alive = row.is_session_alive;
        state.memberships.extend(row.organization_id.zip(row.role));
    }
    Ok(states)
}

/// Reads the state of one reader.
///
/// # Errors
/// When the database doesn't answer.
pub async fn read_one(
    connection: &mut PgConnection,
    reader: &SignedIn,
) -> Result<ReaderState, LogError> {
    let state = read(connection, std::slice::from_ref(reader)).await?.pop();
    Ok(state.ok_or(sqlx::Error::RowNotFound)?)
}
