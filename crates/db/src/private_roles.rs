//! The roles of a private Postgres. Its superuser only makes the two others; see [`crate::roles`].

use sqlx::{ConnectOptions, Connection};

use super::Endpoint;

/// The role that owns the database and everything in it.
const OWNER: &str = "tributary_owner";

/// The role that the server works with.
const RUNTIME: &str = "tributary_app";

/// How to connect to a private Postgres as each role.
#[derive(Clone, Debug)]
pub struct PrivateRoles {
    /// The role that owns the tables.
    pub owner: Endpoint,
    /// The role that the server works with.
    pub runtime: Endpoint,
}

/// Creates the roles unless they exist, and gives what the superuser owns in the database to the owner: everything, in
/// the data of versions before there were roles. Repeated at each start, since backups are restored as the superuser.
///
/// # Errors
/// When the server can't be reached, or refuses.
pub async fn set_up(superuser: &Endpoint) -> Result<PrivateRoles, sqlx::Error> {
    let mut connection = superuser.connect_options().connect().await?;
    let mut transaction = connection.begin().await?;
    // Migrations and commands may run at the same time.
    sqlx::raw_sql("select pg_advisory_xact_lock(hashtext('tributary roles'))")
        .execute(&mut *transaction)
        .await?;
    sqlx::raw_sql(include_str!("private_roles.sql")).execute(&mut *transaction).await?;
    transaction.commit().await?;
    connection.close().await?;
    let with_role = |role: &str| Endpoint { user: role.to_owned(), ..superuser.clone() };
    Ok(PrivateRoles { owner: with_role(OWNER), runtime: with_role(RUNTIME) })
}
