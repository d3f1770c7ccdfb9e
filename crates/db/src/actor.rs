//! The actor of a transaction. It is written into the WAL as a logical message, so that no table
//! needs columns for it and no handler can forget to fill them.

use contract::{MutationId, UserId};
use serde::{Deserialize, Serialize};
use sqlx::{PgPool, Postgres, Transaction};

use super::read_only;
use super::transaction::begin;

/// The prefix of the logical message that names the actor.
pub const MESSAGE_PREFIX: &str = "tributary";

/// The user and the mutation behind a change. The JSON of the logical message:
/// `{"actorId":…,"mutationId":…}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Actor {
    /// The signed-in user; absent when no user caused the change.
    #[serde(rename = "actorId", skip_serializing_if = "Option::is_none", default)]
    pub user_id: Option<UserId>,
    /// The id that the client gave its request.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mutation_id: Option<MutationId>,
}

/// Begins a transaction whose changes are attributed to the actor. The message is its first entry in
/// the WAL, so the CDC worker knows the actor before it reads the changes.
///
/// # Errors
/// When the database can't be reached, or is read-only (SQLSTATE 25006).
pub async fn begin_as(
    pool: &PgPool,
    actor: &Actor,
) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let message =
        serde_json::to_string(actor).expect("two optional ids are always representable as JSON");
    let mut transaction = begin(pool).await?;
    // Without the condition, a standby would fail with an internal error (XX000), and a read-only
    // transaction would only fail at its first change.
    let emitted = sqlx::query(
        "select pg_logical_emit_message(true, $1, $2)
          where current_setting('transaction_read_only') = 'off'",
    )
    .bind(MESSAGE_PREFIX)
    .bind(message)
    .execute(&mut *transaction)
    .await?;
    match emitted.rows_affected() {
        0 => Err(read_only::error()),
        _ => Ok(transaction),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use testing::TestDatabase;

    #[test]
    fn actor_survives_a_round_trip_through_json() {
        let actor = Actor {
            user_id: Some(UserId::from_uuid(Uuid::now_v7())),
            mutation_id: Some(MutationId::from_uuid(Uuid::now_v7())),
        };
        let message = serde_json::to_value(actor).unwrap();
        assert!(message["actorId"].is_string() && message["mutationId"].is_string());
        assert_eq!(serde_json::from_value::<Actor>(message).unwrap(), actor);
        assert_eq!(serde_json::to_string(&Actor::default()).unwrap(), "{}");
    }

    #[tokio::test]
    async fn actor_message_precedes_the_changes_of_its_transaction() {
        let database = TestDatabase::create().await;
        sqlx::query("select pg_create_logical_replication_slot($1, 'test_decoding')")
            .bind(database.slot())
            .execute(&database.pool)
            .await
            .unwrap();
        let actor = Actor { user_id: Some(UserId::from_uuid(Uuid::now_v7())), mutation_id: None };

        let mut transaction = begin_as(&database.pool, &actor).await.unwrap();
        sqlx::query("insert into users (id, email, name) values ($1, 'ada@example.com', 'Ada')")
            .bind(actor.user_id)
            .execute(&mut *transaction)
            .await
            .unwrap();
        transaction.commit().await.unwrap();

        let entries: Vec<(String,)> =
            sqlx::query_as("select data from pg_logical_slot_get_changes($1, null, null)")
                .bind(database.slot())
                .fetch_all(&database.pool)
                .await
                .unwrap();
        let entries: Vec<&str> = entries.iter().map(|(entry,)| entry.as_str()).collect();
        let [begin, message, insert, commit] = entries[..] else { panic!("{entries:#?}") };
        assert!(begin.starts_with("BEGIN") && commit.starts_with("COMMIT"), "{entries:#?}");
        assert!(message.contains("prefix: tributary"), "{message}");
        assert!(message.contains(&serde_json::to_string(&actor).unwrap()), "{message}");
        assert!(insert.starts_with("table public.users: INSERT"), "{insert}");
    }
}
