//! Users, organizations and sessions, inserted by SQL.

use sqlx::{Connection, PgPool};
use uuid::Uuid;

use crate::error::BenchError;

/// A user with a session.
#[derive(Clone, Debug)]
pub struct Person {
    /// The session cookie, as browsers send it.
    pub cookie: String,
}

/// People in organizations of one size.
#[derive(Debug)]
pub struct Population {
    /// People, the members of one organization next to each other.
    pub people: Vec<Person>,
    /// The organizations' ids.
    pub organizations: Vec<Uuid>,
}

/// Creates `people` users, each a member of one organization of `size`.
///
/// # Errors
/// When a statement fails.
pub async fn create(pool: &PgPool, people: usize, size: usize) -> Result<Population, BenchError> {
    let mut connection = pool.acquire().await?;
    let mut transaction = connection.begin().await?;
    for statement in [
        "create temporary table bench_people on commit drop as
         select number, gen_random_uuid() as user_id, gen_random_uuid() as session_id,
                sha256(uuid_send(gen_random_uuid())) as token, number / $2 as organization
           from generate_series(0, $1 - 1) number",
        "create temporary table bench_organizations on commit drop as
         select number, gen_random_uuid() as id
           from generate_series(0, ($1 - 1) / $2) number",
    ] {
        sqlx::query(statement)
            .bind(to_i32(people))
            .bind(to_i32(size))
            .execute(&mut *transaction)
            .await?;
    }
    for statement in [
        "insert into users (id, email, name)
         select user_id, 'bench' || number || '@example.com', 'Bench ' || number from bench_people",
        "insert into sessions (id, user_id, expires_at)
         select session_id, user_id, now() + interval '1 day' from bench_people",
        "insert into session_tokens (session_id, token_hash)
         select session_id, sha256(token) from bench_people",
        "insert into organizations (id, name, slug)
         select id, 'Bench ' || number, 'bench-' || number from bench_organizations",
        "insert into memberships (id, organization_id, user_id, role)
         select gen_random_uuid(), o.id, p.user_id, 'admin'
           from bench_people p join bench_organizations o on o.number = p.organization",
    ] {
        sqlx::query(statement).execute(&mut *transaction).await?;
    }
    // The cookie is named after the instance.
    let cookies: Vec<String> =
        sqlx::query_scalar("select 'tributary_session_' || lpad(to_hex(instance.id), 8, '0') || '=' || encode(token, 'hex')
           from bench_people, instance order by number")
            .fetch_all(&mut *transaction)
            .await?;
    let ids = sqlx::query_scalar("select id from bench_organizations order by number")
        .fetch_all(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(Population {
        people: cookies.into_iter().map(|cookie| Person { cookie }).collect(),
        organizations: ids,
    })
}

fn to_i32(count: usize) -> i32 {
    i32::try_from(count).expect("fewer than two billion people")
}
