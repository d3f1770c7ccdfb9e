//! Recovery codes: each signs in once instead of a code of the app. The table `recovery_codes`.

use contract::UserId;
use contract::second_factor::RECOVERY_CHARACTERS;
use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, PgExecutor};

use crate::error::ApiFailure;

/// How many codes an account gets.
pub const COUNT: usize = 10;

/// The random bytes of a code. Above 112 bits a fast hash is enough (ASVS 6.5.2).
const BYTES: usize = RECOVERY_CHARACTERS * 5 / 8;

/// Replaces the account's codes. Returns the new ones in groups of four characters; only their hashes are
/// stored.
///
/// # Errors
/// When the database can't be written, or the system has no randomness.
pub async fn replace(
    connection: &mut PgConnection,
    user: UserId,
) -> Result<Vec<String>, ApiFailure> {
    let codes = (0..COUNT).map(|_| generate()).collect::<Result<Vec<_>, _>>();
    let codes = codes.map_err(ApiFailure::internal)?;
    delete_all(&mut *connection, user).await?;
    let hashes: Vec<Vec<u8>> = codes.iter().map(|code| hash(code)).collect();
    sqlx::query("insert into recovery_codes (user_id, code_hash) select $1, unnest($2::bytea[])")
        .bind(user)
        .bind(hashes)
        .execute(connection)
        .await?;
    Ok(codes.iter().map(|code| in_groups(code)).collect())
}

/// Uses a code up: it is deleted. Returns whether the account had it.
pub(super) async fn take(
    connection: &mut PgConnection,
    user: UserId,
    code: &str,
) -> Result<bool, sqlx::Error> {
    let taken = sqlx::query("delete from recovery_codes where user_id = $1 and code_hash = $2")
        .bind(user)
        .bind(hash(code))
        .execute(connection)
        .await?;
    Ok(taken.rows_affected() > 0)
}

pub(super) async fn delete_all(
    connection: &mut PgConnection,
    user: UserId,
) -> Result<(), sqlx::Error> {
    sqlx::query("delete from recovery_codes where user_id = $1")
        .bind(user)
        .execute(connection)
        .await?;
    Ok(())
}

/// Returns the number of codes that weren't used.
///
/// # Errors
/// When the database can't be read.
pub async fn count(executor: impl PgExecutor<'_>, user: UserId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("select count(*) from recovery_codes where user_id = $1")
        .bind(user)
        .fetch_one(executor)
        .await
}

/// Generates a code in upper case, without hyphens.
fn generate() -> Result<String, getrandom::Error> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(BASE32_NOPAD.encode(&bytes))
}

fn hash(code: &str) -> Vec<u8> {
    Sha256::digest(code.as_bytes()).to_vec()
}

/// Formats a code in groups of four characters, in lower case, which people read and type more easily.
#[must_use]
pub fn in_groups(code: &str) -> String {
    let characters: Vec<char> = code.to_lowercase().chars().collect();
    let groups: Vec<String> = characters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use contract::second_factor::Code;

    use super::*;

    #[test]
    fn shown_code_is_read_as_the_stored_one() {
        let code = generate().unwrap();
        assert_ne!(generate().unwrap(), code);
        assert_eq!(Code::parse(&in_groups(&code)), Ok(Code::Recovery(code)));
        assert_eq!(in_groups("ABCDEFGHI"), "abcd-efgh-i");
    }
}
