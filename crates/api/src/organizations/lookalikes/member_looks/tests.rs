//! Looks that are computed after statements of any kind, as they would be compared anew.

use std::collections::BTreeSet;

use testing::TestDatabase;

use super::*;

const TEAM: Uuid = Uuid::from_u128(0xA);
const CLUB: Uuid = Uuid::from_u128(0xB);

/// The members who look alike, by comparing all names.
async fn compared(database: &TestDatabase, organization: Uuid) -> BTreeSet<MembershipId> {
    let members: Vec<(MembershipId, Name)> = sqlx::query_as(
        "select m.id, u.name from memberships m join users u on u.id = m.user_id
          where m.organization_id = $1",
    )
    .bind(organization)
    .fetch_all(&database.pool)
    .await
    .unwrap();
    let look_of = |name: &Name| Look::of(name);
    let is_shared = |(id, name): &(MembershipId, Name)| {
        members.iter().any(|(other, its)| other != id && look_of(its) == look_of(name))
    };
    members.iter().filter(|member| is_shared(member)).map(|(id, _)| *id).collect()
}

async fn stored(database: &TestDatabase, organization: Uuid) -> BTreeSet<MembershipId> {
    let organization_id = OrganizationId::from_uuid(organization);
    let found = load_lookalikes(&database.pool, organization_id).await.unwrap();
    found.into_iter().map(|it| it.membership_id).collect()
}

#[tokio::test]
async fn stored_looks_follow_every_statement() {
    let database = TestDatabase::create().await;
    for statement in [
        "insert into organizations (id, name, slug) values
             ('00000000-0000-0000-0000-00000000000a', 'Team', 'team'),
             ('00000000-0000-0000-0000-00000000000b', 'Club', 'club')",
        "insert into users (id, email, name)
         select gen_random_uuid(), 'p' || n || '@example.com', 'Person ' || chr(65 + n)
           from generate_series(1, 20) n",
        "insert into memberships (id, organization_id, user_id, role)
         select gen_random_uuid(), o.id, u.id, 'member'
           from organizations o, users u where o.slug = 'team' or u.email like 'p1%'",
        "update users set name = 'Pеrson' where email like 'p2%'", // with a Cyrillic е
        "update users set name = 'Person' where email in ('p3@example.com', 'p11@example.com')",
        "update memberships set organization_id = '00000000-0000-0000-0000-00000000000b'
          where user_id in (select id from users where email = 'p2@example.com')",
        "update users set name = 'PERSON L' where email = 'p4@example.com'",
        "update users set name = 'Ill' where email = 'p5@example.com'",
        "update users set name = 'IlI' where email = 'p6@example.com'",
        "update users set name = 'ill' where email = 'p6@example.com'",
        "delete from memberships where user_id in (select id from users where email like 'p2_@%')",
        "delete from users where email = 'p11@example.com'",
        "delete from organizations where slug = 'club'",
        "truncate memberships",
    ] {
        sqlx::raw_sql(statement).execute(&database.pool).await.unwrap();
        compute_all_missing(&database.pool).await.unwrap();
        for organization in [TEAM, CLUB] {
            let compared = compared(&database, organization).await;
            assert_eq!(stored(&database, organization).await, compared, "{statement}");
        }
    }
    remove_all_unshared(&database.pool).await.unwrap();
    let left: i64 = sqlx::query_scalar("select count(*) from shared_looks")
        .fetch_one(&database.pool)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn looks_that_are_computed_at_once_are_compared() {
    let database = TestDatabase::create().await;
    let team = OrganizationId::from_uuid(TEAM);
    sqlx::raw_sql(
        "insert into organizations (id, name, slug)
         values ('00000000-0000-0000-0000-00000000000a', 'Team', 'team')",
    )
    .execute(&database.pool)
    .await
    .unwrap();
    for round in 0..10 {
        let add = async |name: &str| {
            sqlx::query(
                "with person as (insert into users (id, email, name)
                                 values (gen_random_uuid(), gen_random_uuid() || '@example.com', $1)
                                 returning id)
                 insert into memberships (id, organization_id, user_id, role)
                 select gen_random_uuid(), $2, id, 'member' from person",
            )
            .bind(format!("{name} {round}"))
            .bind(team)
            .execute(&database.pool)
            .await
            .unwrap();
            compute_missing(&database.pool, team, BATCH).await.unwrap();
        };
        tokio::join!(add("Ada"), add("ADA"), add("Аda"));
    }
    compute_all_missing(&database.pool).await.unwrap();
    assert_eq!(load_lookalikes(&database.pool, team).await.unwrap().len(), 30);
}
