//! The number of rows that catch-up reads, in a log that is mostly about other tenants.

use serde_json::Value as Json;
use sqlx::AssertSqlSafe;
use sqlx::types::Json as SqlJson;
use uuid::Uuid;

use super::*;
use testing::TestDatabase;

const ADA: Uuid = Uuid::from_u128(1);
const TEAM: Uuid = Uuid::from_u128(0xA);

/// Users and activities of other organizations.
const STRANGERS: i64 = 20_000;

/// The number of changes that Ada has missed: 20 role changes, 20 invitations, 3 renamed colleagues, one mark for all
/// notes, and the new name of a stranger who has invited her.
const MISSED: usize = 45;

const LIMITS: CatchUpLimits = CatchUpLimits { entities: 10_000, bytes: 8 << 20 };

/// Ada is an admin of a team of 21. What its members missed lies between 160,000 activities of
/// 200 organizations that they don't belong to.
async fn log_of_many_tenants() -> TestDatabase {
    let database = TestDatabase::create().await;
    let sql = format!(
        "set statement_timeout = 0;
         insert into users (id, email, name)
         values ('{ADA}', 'ada@example.com', 'Ada');
         insert into organizations (id, name, slug) values ('{TEAM}', 'Team', 'team');
         insert into memberships (id, organization_id, user_id, role)
         values (gen_random_uuid(), '{TEAM}', '{ADA}', 'admin');

         create temporary table stranger as
         select n, gen_random_uuid() as user_id, (n % 200)::int as organization
           from generate_series(1, {STRANGERS}) n;
         create temporary table other as
         select n as organization, gen_random_uuid() as id from generate_series(0, 199) n;
         insert into users (id, email, name)
         select user_id, 'stranger' || n || '@example.com', 'Stranger' from stranger;
         insert into organizations (id, name, slug)
         select id, 'Other', 'other-' || organization from other;
         insert into memberships (id, organization_id, user_id, role)
         select gen_random_uuid(), id, user_id, 'member' from stranger join other using (organization);

         create temporary table colleague as
         select n, gen_random_uuid() as user_id from generate_series(1, 20) n;
         insert into users (id, email, name)
         select user_id, 'colleague' || n || '@example.com', 'Colleague' from colleague;
         insert into memberships (id, organization_id, user_id, role)
         select gen_random_uuid(), '{TEAM}', user_id, 'member' from colleague;

         create temporary sequence position;
         create function pg_temp.append(kind text, action text, subject uuid, organization uuid,
                 subject_user uuid, changed text[]) returns bigint language sql as
         $$ insert into activities (id, commit_lsn, ordinal, kind, action, subject_id,
                    organization_id, user_id, changed, data, committed_at)
            values (nextval('position'), '0/1', 0, kind, action, subject, organization,
                    subject_user, changed, jsonb_build_object('id', subject), now())
            returning id $$;
         create function pg_temp.strangers() returns void language sql as
         $$ select pg_temp.append('note', 'created', gen_random_uuid(), id, null, '{{}}'),
                   pg_temp.append('membership', 'updated', user_id, id, user_id, '{{role}}'),
                   pg_temp.append('membership', 'updated', user_id, id, user_id, '{{seenPosition}}'),
                   pg_temp.append('user', 'updated', user_id, null, user_id, '{{name}}')
              from stranger join other using (organization) $$;

         select pg_temp.strangers();
         select pg_temp.append('membership', 'updated', user_id, '{TEAM}', user_id, '{{role}}'),
                pg_temp.append('invitation', 'created', gen_random_uuid(), '{TEAM}', null, '{{}}'),
                pg_temp.append('note', 'created', gen_random_uuid(), '{TEAM}', null, '{{}}')
           from colleague, lateral (select 1) once;
         select pg_temp.append('note', 'created', gen_random_uuid(), '{TEAM}', null, '{{}}')
           from generate_series(1, 5000);
         select pg_temp.append('user', 'updated', user_id, null, user_id, '{{name}}')
           from colleague where n <= 3;
         select pg_temp.strangers();

         insert into activity_organizations (activity_id, organization_id, is_member, is_author)
         select a.id, m.organization_id, true, false
           from activities a join memberships m using (user_id) where a.kind = 'user';
         insert into invitations (id, organization_id, email, user_id, invited_by, role, expires_at)
         select gen_random_uuid(), id, 'ada@example.com', '{ADA}', user_id, 'member',
                now() + interval '1 day'
           from stranger join other using (organization) where n = 1;
         insert into activity_invited_users (activity_id, user_id)
         select a.id, case s.n when 1 then '{ADA}' else s.user_id end
           from activities a join stranger s on s.user_id = a.subject_id where a.kind = 'user';
         analyze activities, activity_organizations, activity_invited_users, memberships, users,
                 organizations, invitations"
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&database.pool).await.unwrap();
    database
}

/// The number of rows that a node of a plan and its children read from a table whose name begins with
/// `activit`, whether or not a filter kept them.
fn rows_read(node: &Json) -> f64 {
    let number = |name: &str| node[name].as_f64().unwrap_or(0.0);
    let is_log = node["Relation Name"].as_str().is_some_and(|name| name.starts_with("activit"));
    let here = number("Actual Rows")
        + number("Rows Removed by Filter")
        + number("Rows Removed by Index Recheck");
    let children = node["Plans"].as_array().into_iter().flatten().map(rows_read).sum::<f64>();
    children + if is_log { here * number("Actual Loops") } else { 0.0 }
}

async fn explain(database: &TestDatabase, statement: &'static str, reader: Uuid) -> Json {
    let sql = format!("explain (analyze, format json) {statement}");
    let SqlJson(plan): SqlJson<Json> = sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(reader)
        .bind(0_i64)
        .bind(10_001_i64)
        .fetch_one(&database.pool)
        .await
        .unwrap();
    plan[0]["Plan"].clone()
}

#[tokio::test]
async fn catch_up_reads_no_rows_of_other_tenants() {
    let database = log_of_many_tenants().await;
    let mut connection = database.pool.acquire().await.unwrap();
    let missed = for_user(&mut connection, UserId::from_uuid(ADA), Position(0), LIMITS).await;
    let Missed::Activities(missed) = missed.unwrap() else { panic!("more than the limits allow") };
    assert_eq!(missed.len(), MISSED);
    let plan = explain(&database, USER_ENTITIES, ADA).await;
    let read = rows_read(&plan);
    // Each activity is read once, those of users also from the tables of who learns of them.
    assert!(read <= 64.0, "{read} rows were read: {plan:#}");

    let plan = explain(&database, ORGANIZATION_ENTITIES, TEAM).await;
    let read = rows_read(&plan);
    assert!((read - 5_020.0).abs() < 0.5, "{read} rows were read: {plan:#}");
}

#[tokio::test]
async fn rows_beyond_the_byte_budget_are_not_read() {
    let database = TestDatabase::create().await;
    // Text that can't be compressed is stored apart from its row, 40 KB each.
    database
        .execute(&format!(
            "insert into activities (id, commit_lsn, ordinal, kind, action, subject_id,
                    organization_id, changed, data, committed_at)
             select id, '0/1', 0, 'note', 'created', gen_random_uuid(), '{TEAM}', '{{}}',
                    jsonb_build_object('body', body), now()
               from generate_series(1, 1000) id
              cross join lateral (select string_agg(md5(random()::text || part), '') as body
                                    from generate_series(1, 1250) part) note"
        ))
        .await;
    let mut snapshot = crate::log::begin_snapshot(&database.pool).await.unwrap();
    let limits = CatchUpLimits { bytes: 1 << 20, ..LIMITS };
    let team = OrganizationId::from_uuid(TEAM);
    let missed = for_organization(&mut snapshot, team, Position(0), limits).await.unwrap();
    assert_eq!(missed, Missed::TooMuch);
    let parts: i64 = sqlx::query_scalar(
        "select sum(idx_tup_fetch)::bigint from pg_stat_xact_all_tables
          where relid in (select reltoastrelid from pg_class where relname like 'activities%')",
    )
    .fetch_one(&mut *snapshot)
    .await
    .unwrap();
    // A row has 21 parts of 2 KB.
    let page = i64::try_from(PAGE_SIZE).unwrap();
    assert!((1..=page * 21).contains(&parts), "{parts} parts were read");
}
