//! Operations by plain SQL: transactions that no handler makes, and interleavings of several handlers.

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::existing_rows::ExistingRows;
use super::person::Person;
use super::rng::Rng;
use db::transaction::begin;

/// The number of rows of a bulk operation: more than the capacity of a stream's queue.
const BULK_SIZE: i32 = 400;

/// Runs one operation, and returns a description for the report.
pub(super) async fn run_one(
    rng: &mut Rng,
    rows: &ExistingRows,
    people: &[Person],
    number: u64,
    pool: &PgPool,
) -> Result<String, sqlx::Error> {
    match rng.below(12) {
        0..=5 => {
            let statement = Statement::choose(rng, rows, people, number);
            let Some(statement) = statement else { return Ok("sql nothing".to_owned()) };
            statement.run(&mut *pool.acquire().await?).await?;
            Ok(format!("sql {}", statement.about))
        }
        6 | 7 => one_transaction(rng, rows, people, number, pool).await,
        8 | 9 => overlapping_transactions(rng, rows, people, number, pool).await,
        10 => rolled_back_transaction(rng, rows, people, number, pool).await,
        _ => bulk_change(rng, rows, number, pool).await,
    }
}

/// A statement with its parameters.
#[derive(Debug)]
struct Statement {
    sql: &'static str,
    ids: [Uuid; 2],
    text: String,
    about: String,
}

impl Statement {
    fn choose(rng: &mut Rng, rows: &ExistingRows, people: &[Person], number: u64) -> Option<Self> {
        let what = rng.below(19);
        let person = rng.pick(people)?;
        let role = if rng.chance(40) { "admin" } else { "member" };
        let none = Uuid::nil();
        let make = |sql, ids, text: String, about: String| Some(Self { sql, ids, text, about });
        match what {
            0..=2 => {
                let organization = rng.pick(&rows.organizations)?;
                let about = format!("{} joins {} as {role}", person.email, organization.slug);
                make(
                    "insert into memberships (id, organization_id, user_id, role)
                     values (gen_random_uuid(), $1, $2, $3)
                     on conflict on constraint memberships_organization_user_unique do nothing",
                    [organization.id.uuid(), person.id.uuid()],
                    role.to_owned(),
                    about,
                )
            }
            3 | 4 => {
                let organization = rng.pick(&rows.organizations)?;
                make(
                    "update organizations set name = $3 where id = $1 and $2 is not null",
                    [organization.id.uuid(), none],
                    format!("By SQL {number}"),
                    format!("{} renamed {number}", organization.slug),
                )
            }
            5 => make(
                "update users set name = $3 where id = $1 and $2 is not null",
                [person.id.uuid(), none],
                format!("Name {number}"),
                format!("{} renamed {number}", person.email),
            ),
            6..=10 => {
                let membership = rng.pick(&rows.memberships)?;
                let about = format!("membership {} {}", membership.slug, membership.email);
                let ids = [membership.id, none];
                match what {
                    6 | 7 => make(
                        "delete from memberships where id = $1 and ($2, $3) is not null",
                        ids,
                        String::new(),
                        format!("{about} deleted"),
                    ),
                    8 | 9 => make(
                        "update memberships set role = $3 where id = $1 and $2 is not null",
                        ids,
                        role.to_owned(),
                        format!("{about} {role}"),
                    ),
                    _ => make(
                        "update memberships set muted = not muted, role = $3
                          where id = $1 and $2 is not null",
                        ids,
                        role.to_owned(),
                        format!("{about} muted or not, {role}"),
                    ),
                }
            }
            11 => {
                let organization = rng.pick(&rows.organizations)?;
                let about = format!("{} invited to {} as {role}", person.email, organization.slug);
                make(
                    "insert into invitations
                         (id, organization_id, email, user_id, role, invited_by, expires_at)
                     select gen_random_uuid(), $1, email, id, $3,
                            (select user_id from memberships
                              where organization_id = $1 order by id desc limit 1),
                            now() + interval '1 day'
                       from users where id = $2
                     on conflict on constraint invitations_organization_email_unique do nothing",
                    [organization.id.uuid(), person.id.uuid()],
                    role.to_owned(),
                    about,
                )
            }
            12 => {
                let invitation = rng.pick(&rows.invitations)?;
                make(
                    "update invitations set expires_at = now() - interval '1 second'
                      where id = $1 and ($2, $3) is not null",
                    [invitation.id, none],
                    String::new(),
                    format!("invitation {} {} expires", invitation.slug, invitation.email),
                )
            }
            14..=18 => Self::choose_for_note(rng, rows, person, number, what),
            _ => {
                let invitation = rng.pick(&rows.invitations)?;
                make(
                    "delete from invitations where id = $1 and ($2, $3) is not null",
                    [invitation.id, none],
                    String::new(),
                    format!("invitation {} {} deleted", invitation.slug, invitation.email),
                )
            }
        }
    }

    /// A statement about a note. One kind of them changes nothing.
    fn choose_for_note(
        rng: &mut Rng,
        rows: &ExistingRows,
        person: &Person,
        number: u64,
        what: usize,
    ) -> Option<Self> {
        let (sql, ids, text, about) = match what {
            14 | 15 => {
                let organization = rng.pick(&rows.organizations)?;
                (
                    "insert into notes (id, organization_id, author, title)
                     values (gen_random_uuid(), $1, $2, $3)",
                    [organization.id.uuid(), person.id.uuid()],
                    format!("Note {number}"),
                    format!("{} note {number} by {}", organization.slug, person.email),
                )
            }
            _ => {
                let note = rng.pick(&rows.notes)?;
                let ids = [note.id, person.id.uuid()];
                let about = format!("{} {}", note.slug, note.title);
                match what {
                    16 => (
                        "update notes set author = $2, body = $3 where id = $1",
                        ids,
                        format!("By SQL\t{number}"),
                        format!("{about} by {}", person.email),
                    ),
                    17 => (
                        "update notes set title = title where id = $1 and ($2, $3) is not null",
                        ids,
                        String::new(),
                        format!("{about} as it is"),
                    ),
                    _ => (
                        "delete from notes where id = $1 and ($2, $3) is not null",
                        ids,
                        String::new(),
                        format!("{about} deleted"),
                    ),
                }
            }
        };
        Some(Self { sql, ids, text, about })
    }

    async fn run(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query(self.sql)
            .bind(self.ids[0])
            .bind(self.ids[1])
            .bind(&self.text)
            .execute(connection)
            .await?;
        Ok(())
    }
}

fn choose_several(
    rng: &mut Rng,
    rows: &ExistingRows,
    people: &[Person],
    number: u64,
    max_count: usize,
) -> Vec<Statement> {
    let count = 1 + rng.below(max_count);
    (0..count).filter_map(|_| Statement::choose(rng, rows, people, number)).collect()
}

fn about(statements: &[Statement]) -> String {
    statements.iter().map(|its| its.about.as_str()).collect::<Vec<_>>().join(", ")
}

/// Several statements in one transaction, sometimes with a membership that ends and begins again.
async fn one_transaction(
    rng: &mut Rng,
    rows: &ExistingRows,
    people: &[Person],
    number: u64,
    pool: &PgPool,
) -> Result<String, sqlx::Error> {
    let statements = choose_several(rng, rows, people, number, 5);
    let again = rng.pick(&rows.memberships).filter(|_| rng.chance(40));
    let mut transaction = begin(pool).await?;
    for statement in &statements {
        statement.run(&mut transaction).await?;
    }
    if let Some(membership) = again {
        sqlx::query("delete from memberships where id = $1")
            .bind(membership.id)
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "insert into memberships (id, organization_id, user_id, role)
             values (gen_random_uuid(), $1, $2, $3)
             on conflict on constraint memberships_organization_user_unique do nothing",
        )
        .bind(membership.organization_id)
        .bind(membership.user_id)
        .bind(membership.role)
        .execute(&mut *transaction)
        .await?;
    }
    transaction.commit().await?;
    let again = again.map(|its| format!(", {} {} again", its.slug, its.email));
    Ok(format!("sql in one: {}{}", about(&statements), again.unwrap_or_default()))
}

/// Two transactions, of which the one that began first commits last. The second is rolled back when
/// they would wait for each other.
async fn overlapping_transactions(
    rng: &mut Rng,
    rows: &ExistingRows,
    people: &[Person],
    number: u64,
    pool: &PgPool,
) -> Result<String, sqlx::Error> {
    let slow = choose_several(rng, rows, people, number, 3);
    let fast = choose_several(rng, rows, people, number, 3);
    let (mut first, mut second) = (begin(pool).await?, begin(pool).await?);
    for statement in &slow {
        statement.run(&mut first).await?;
    }
    sqlx::query("set local lock_timeout = '20ms'").execute(&mut *second).await?;
    for statement in &fast {
        match statement.run(&mut second).await {
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("55P03") => {
                second.rollback().await?;
                first.commit().await?;
                return Ok(format!("sql {}; {} gave way", about(&slow), about(&fast)));
            }
            other => other?,
        }
    }
    second.commit().await?;
    first.commit().await?;
    Ok(format!("sql {}; overtaken by {}", about(&slow), about(&fast)))
}

/// A transaction that is rolled back.
async fn rolled_back_transaction(
    rng: &mut Rng,
    rows: &ExistingRows,
    people: &[Person],
    number: u64,
    pool: &PgPool,
) -> Result<String, sqlx::Error> {
    let statements = choose_several(rng, rows, people, number, 4);
    let mut transaction = begin(pool).await?;
    for statement in &statements {
        statement.run(&mut transaction).await?;
    }
    transaction.rollback().await?;
    Ok(format!("sql rolled back: {}", about(&statements)))
}

/// A change of more rows than the capacity of a stream's queue.
async fn bulk_change(
    rng: &mut Rng,
    rows: &ExistingRows,
    number: u64,
    pool: &PgPool,
) -> Result<String, sqlx::Error> {
    let Some(organization) = rng.pick(&rows.organizations) else {
        return Ok("sql nothing in bulk".to_owned());
    };
    let slug = &organization.slug;
    match rng.below(7) {
        0 => {
            sqlx::query(
                "with crowd as (
                     insert into users (id, email, name)
                     select gen_random_uuid(), format('crowd-%s-%s@example.com', $2, n),
                            format('Crowd %s', n)
                       from generate_series(1, $3) n
                     returning id
                 )
                 insert into memberships (id, organization_id, user_id, role)
                 select gen_random_uuid(), $1, id, 'member' from crowd",
            )
            .bind(organization.id)
            .bind(i64::try_from(number).unwrap_or(0))
            .bind(BULK_SIZE)
            .execute(pool)
            .await?;
            Ok(format!("sql a crowd joins {slug}"))
        }
        1 => {
            sqlx::query("update memberships set muted = not muted where organization_id = $1")
                .bind(organization.id)
                .execute(pool)
                .await?;
            Ok(format!("sql everybody in {slug} muted or not"))
        }
        2 => {
            sqlx::query(
                "update memberships set role = case role when 'admin' then 'member' else 'admin' end
                  where organization_id = $1
                    and user_id in (select id from users where email like 'crowd-%')",
            )
            .bind(organization.id)
            .execute(pool)
            .await?;
            Ok(format!("sql the crowd of {slug} changes roles"))
        }
        3 => {
            sqlx::query(
                "delete from memberships m using users u
                  where u.id = m.user_id and m.organization_id = $1 and u.email like 'crowd-%'",
            )
            .bind(organization.id)
            .execute(pool)
            .await?;
            Ok(format!("sql the crowd leaves {slug}"))
        }
        4 => {
            sqlx::query(
                "with deleted as (delete from notes where organization_id = $1)
                 insert into notes (id, organization_id, title)
                 select gen_random_uuid(), $1, format('Bulk %s %s', $2, n)
                   from generate_series(1, 40) n",
            )
            .bind(organization.id)
            .bind(i64::try_from(number).unwrap_or(0))
            .execute(pool)
            .await?;
            Ok(format!("sql other notes in {slug}"))
        }
        5 => {
            // Everybody sees the names, only admins the addresses.
            sqlx::query(
                "update users u
                    set email = format('crowd-%s-%s@example.com', $2, replace(u.id::text, '-', '')),
                        name = case when name like '%1' then format('Crowd %s', $2) else name end
                   from memberships m
                  where u.id = m.user_id and m.organization_id = $1 and u.email like 'crowd-%'",
            )
            .bind(organization.id)
            .bind(i64::try_from(number).unwrap_or(0))
            .execute(pool)
            .await?;
            Ok(format!("sql the crowd of {slug} has new addresses"))
        }
        _ => {
            sqlx::query("delete from users where email like 'crowd-%'").execute(pool).await?;
            Ok("sql every crowd is deleted".to_owned())
        }
    }
}
