//! The key of the hashes in the security log.

use std::fmt;

use contract::{Email, UserId};
use sha2::{Digest, Sha256};
use sqlx::PgExecutor;

/// A secret of the instance, in the table `instance`. Without it, someone who can read the
/// log but not the database can't identify people by hashing addresses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SecurityKey([u8; 32]);

/// A person in the log: the same for the same account or email address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hash([u8; 16]);

impl SecurityKey {
    /// Reads the key, which the database has had from its beginning.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn read(executor: impl PgExecutor<'_>) -> Result<Self, sqlx::Error> {
        let key: Vec<u8> =
            sqlx::query_scalar("select security_key from instance").fetch_one(executor).await?;
        // A constraint of the table keeps its length.
        let key = key.try_into().map_err(|_| sqlx::Error::Decode("not 32 bytes".into()))?;
        Ok(Self(key))
    }

    /// Creates a key for tests without a server.
    #[cfg(test)]
    pub(crate) const fn for_tests() -> Self {
        Self([0; 32])
    }

    pub(super) fn hash_account(self, id: UserId) -> Hash {
        self.hash("account", &id.to_string())
    }

    pub(super) fn hash_email(self, email: &Email) -> Hash {
        self.hash("email", email.as_str())
    }

    /// Returns the first half of SHA-256 over key and text. Plain SQL computes the same
    /// (`docs/operations.md`). The half that is left out keeps anybody from extending a hash to that of a
    /// longer text.
    fn hash(self, kind: &str, text: &str) -> Hash {
        let digest = Sha256::new()
            .chain_update(self.0)
            .chain_update(kind)
            .chain_update(":")
            .chain_update(text)
            .finalize();
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        Hash(half)
    }
}

impl fmt::Debug for SecurityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecurityKey(…)")
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    use testing::TestDatabase;
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn operators_find_the_hashes_of_a_person_with_the_documented_query() {
        let documented = include_str!("../../../../docs/operations.md");
        let (_, rest) = documented.split_once("```sql\nselect left(encode(").unwrap();
        let (query, _) = rest.split_once("```").unwrap();
        let query = format!("select left(encode({query}");
        let query = query.replace("ada@example.com", "ada@example.org");

        let database = TestDatabase::create().await;
        let id = UserId::from_uuid(Uuid::now_v7());
        sqlx::query("insert into users (id, email, name) values ($1, 'ada@example.org', 'Ada')")
            .bind(id)
            .execute(&database.pool)
            .await
            .unwrap();
        let (account, email): (String, String) =
            sqlx::query_as(sqlx::AssertSqlSafe(query)).fetch_one(&database.pool).await.unwrap();
        let key = SecurityKey::read(&database.pool).await.unwrap();
        assert_eq!(account, key.hash_account(id).to_string());
        let address = Email::parse("Ada@example.org").unwrap();
        assert_eq!(email, key.hash_email(&address).to_string());
    }

    #[test]
    fn hashes_depend_on_the_key_and_on_the_kind() {
        let email = Email::parse("ada@example.com").unwrap();
        let (one, other) = (SecurityKey([1; 32]), SecurityKey([2; 32]));
        assert_eq!(one.hash_email(&email), one.hash_email(&email));
        assert_ne!(one.hash_email(&email), other.hash_email(&email));
        assert_ne!(one.hash_email(&email), one.hash("account", email.as_str()));
        assert_eq!(one.hash_email(&email).to_string().len(), 32);
        assert!(!format!("{one:?}").contains('1'), "{one:?}");
    }
}
