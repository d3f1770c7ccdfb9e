//! What the role of the server may do, and how databases get their roles.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

use db::private_roles::{self, PrivateRoles};
use db::{Database, DatabaseError, Endpoint, RoleUse, requirements};
use private_postgres::Cluster;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, PgPool};
use testing::{Sandbox, TestDatabase, cluster_options, endpoint};

async fn run(connection: &mut PgConnection, sql: &str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await?;
    Ok(())
}

async fn connect(endpoint: &Endpoint) -> PgConnection {
    endpoint.connect_options().connect().await.unwrap()
}

/// The SQLSTATE of a statement that fails.
async fn refusal(connection: &mut PgConnection, sql: &str) -> Option<String> {
    let error = run(connection, sql).await.err()?;
    Some(error.as_database_error()?.code()?.into_owned())
}

#[tokio::test]
async fn role_of_the_server_changes_rows_but_no_tables() {
    let database = TestDatabase::create().await;
    let mut runtime = connect(&database.runtime).await;
    for forbidden in [
        "create table stolen (id bigint)",
        "create function stolen() returns integer language sql as 'select 1'",
        "create schema stolen",
        "create extension pg_stat_statements",
        "create role stolen",
        "alter role tributary_app superuser",
        "set role tributary_owner",
        "set role tributary",
        "alter table users add column stolen text",
        "alter table users disable trigger all",
        "alter table users replica identity default",
        "alter table users owner to tributary_app",
        "set session_replication_role = replica",
        "create trigger stolen before insert on users
             for each row execute function count_added_rows('user')",
        "drop table notes",
        "drop table activities_1",
        "truncate users",
        "truncate activities",
        "delete from activities",
        "update activities set kind = 'user'",
        "delete from activity_partitions",
        "drop publication tributary",
        "create publication stolen for all tables",
        "alter publication tributary add table credentials",
        "create or replace function open_activity_partition(last_position bigint) returns bigint
             language sql as 'select 1::bigint'",
        "alter function repair_publication(text, text[]) reset all",
        "select from _sqlx_migrations",
        "delete from _sqlx_migrations",
        "select from pg_authid",
        "copy users to program 'cat'",
        "copy users to '/tmp/stolen'",
        "select pg_read_file('/etc/passwd')",
        "alter system set work_mem = '1MB'",
        "alter default privileges in schema public grant all on tables to tributary_app",
    ] {
        let code = refusal(&mut runtime, forbidden).await;
        // Granting future tables of its own changes nothing, as it can't create any.
        if forbidden.starts_with("alter default privileges") {
            assert_eq!(code, None, "{forbidden}");
        } else {
            assert_eq!(code.as_deref(), Some("42501"), "{forbidden}");
        }
    }
    run(
        &mut runtime,
        "insert into users (id, email, name) values (gen_random_uuid(), 'ada@example.com', 'Ada');
         update users set name = 'Grace';
         delete from users",
    )
    .await
    .unwrap();
}

#[tokio::test]
async fn functions_with_the_owners_rights_do_what_the_server_needs_and_no_more() {
    let database = TestDatabase::create().await;
    let mut runtime = connect(&database.runtime).await;
    for (call, code) in [
        // The only partition, one that doesn't exist, and tables that aren't Tributary's.
        ("select drop_activity_partition(1)", "55000"),
        ("select drop_activity_partition(7)", "55000"),
        ("select drop_activity_partition(null)", "55000"),
        ("select repair_publication('missing', '{pg_authid}')", "42P01"),
        ("select repair_publication('tables', array['users; drop table notes'])", "42P01"),
        ("select repair_publication('another', '{users}')", "20000"),
        ("select repair_triggers('{pg_authid}')", "42P01"),
    ] {
        assert_eq!(refusal(&mut runtime, call).await.as_deref(), Some(code), "{call}");
    }
    run(&mut runtime, "select open_activity_partition(5)").await.unwrap();
    run(&mut runtime, "select drop_activity_partition(1)").await.unwrap();

    let stranger = format!("{}_stranger", database.endpoint.database);
    database.execute(&format!("create role {stranger} login")).await;
    let mut other = connect(&Endpoint { user: stranger.clone(), ..database.runtime.clone() }).await;
    for call in [
        "select open_activity_partition(5)",
        "select drop_activity_partition(1)",
        "select repair_publication('missing', '{users}')",
        "select repair_triggers('{users}')",
    ] {
        assert_eq!(refusal(&mut other, call).await.as_deref(), Some("42501"), "{call}");
    }
    other.close().await.unwrap();
    database.execute(&format!("drop role {stranger}")).await;
}

#[tokio::test]
async fn names_in_other_schemas_do_not_mislead_functions_with_the_owners_rights() {
    let database = TestDatabase::create().await;
    let mut runtime = connect(&database.runtime).await;
    // A role without any schema of its own still has temporary tables.
    run(
        &mut runtime,
        "create temporary table cdc_state as select 999 as partition_end;
         create temporary table activity_partitions (first_position bigint);
         select open_activity_partition(5)",
    )
    .await
    .unwrap();
    let ends: Vec<i64> = sqlx::query_scalar("select partition_end from cdc_state")
        .fetch_all(&database.pool)
        .await
        .unwrap();
    assert!(ends[0] > 1_000_000, "{ends:?}");
}

#[tokio::test]
async fn tables_of_later_migrations_are_granted_at_the_next_start() {
    let database = TestDatabase::create().await;
    let mut owner = connect(&database.owner).await;
    run(&mut owner, "create table later (id bigint)").await.unwrap();
    let mut runtime = connect(&database.runtime).await;
    let insert = "insert into later (id) values (1)";
    assert_eq!(refusal(&mut runtime, insert).await.as_deref(), Some("42501"));
    for _ in 0..2 {
        let opened =
            Database::open_with_owner(database.runtime.clone(), database.owner.clone()).await;
        opened.unwrap().close().await;
    }
    run(&mut runtime, insert).await.unwrap();
}

#[tokio::test]
async fn roles_of_different_databases_are_refused() {
    let (one, other) = (TestDatabase::create().await, TestDatabase::create().await);
    let opened = Database::open_with_owner(one.runtime.clone(), other.owner.clone()).await;
    assert!(matches!(opened, Err(DatabaseError::OtherDatabase { .. })), "{opened:?}");
}

#[tokio::test]
async fn checked_roles_are_described() {
    let database = TestDatabase::create().await;
    let describe = async |endpoint, role_use| {
        requirements::check(endpoint, role_use).await.unwrap().role_properties
    };
    let runtime = describe(&database.runtime, RoleUse::Runtime).await;
    assert!(!runtime.is_superuser && !runtime.owns_tables && runtime.is_monitor, "{runtime:?}");
    let owner = describe(&database.owner, RoleUse::Owner).await;
    assert!(!owner.is_superuser && owner.owns_tables, "{owner:?}");
    assert!(describe(&database.endpoint, RoleUse::Everything).await.is_superuser);
}

/// Opens the database with both roles, of which neither may do more than it needs.
async fn assert_roles_suffice(owner: Endpoint, runtime: Endpoint) {
    let checked = requirements::check(&runtime, RoleUse::Runtime).await.unwrap();
    let properties = checked.role_properties;
    assert!(!properties.is_superuser && !properties.owns_tables && properties.is_monitor);
    let opened = Database::open_with_owner(runtime, owner).await.unwrap();
    assert_eq!(not_owned(&opened.pool).await, [""; 0]);
    sqlx::query("insert into users (id, email, name) values (gen_random_uuid(), 'a@b.de', 'Ada')")
        .execute(&opened.pool)
        .await
        .unwrap();
    opened.close().await;
}

#[tokio::test]
async fn documented_statements_make_two_roles_that_suffice() {
    let documentation = include_str!("../../../docs/operations.md");
    let (_, section) = documentation.split_once("\n### Two roles\n").unwrap();
    let statements = section.split("```").nth(1).unwrap().strip_prefix("sql\n").unwrap();
    let (before, after) = statements.split_once("\\connect tributary\n").unwrap();

    let sandbox = Sandbox::new();
    let cluster = Cluster::start(&cluster_options(&sandbox)).await.unwrap();
    for (database, statements) in [("postgres", before), ("tributary", after)] {
        let mut superuser = connect(&endpoint(&cluster, database)).await;
        // Each in a transaction of its own, as psql does.
        for statement in statements.split_inclusive(";\n") {
            run(&mut superuser, statement).await.unwrap();
        }
        superuser.close().await.unwrap();
    }
    let with_role =
        |role: &str| Endpoint { user: role.to_owned(), ..endpoint(&cluster, "tributary") };
    assert_roles_suffice(with_role("tributary_owner"), with_role("tributary_app")).await;
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn script_for_containers_makes_roles_with_passwords_in_new_and_old_volumes() {
    let sandbox = Sandbox::new();
    let cluster = Cluster::start(&cluster_options(&sandbox)).await.unwrap();
    let superuser = endpoint(&cluster, "tributary");
    superuser.create_database().await.unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/postgres");
    let db::Host::Socket(socket) = &superuser.host else { panic!("{superuser}") };
    for _ in 0..2 {
        let output = std::process::Command::new("sh")
            .arg(format!("{folder}/create-roles.sh"))
            .env("ROLES", concat!(env!("CARGO_MANIFEST_DIR"), "/src/private_roles.sql"))
            .env("PGHOST", socket)
            .env("PGPORT", superuser.port.to_string())
            .envs([("POSTGRES_USER", "tributary"), ("POSTGRES_DB", "tributary")])
            .envs([("OWNER_PASSWORD", "it's one"), ("APP_PASSWORD", "another")])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let with_role = |role: &str| Endpoint { user: role.to_owned(), ..superuser.clone() };
        let mut admin = connect(&superuser).await;
        let passwords: i64 = sqlx::query_scalar(
            "select count(*) from pg_authid where rolname like 'tributary_%' and rolpassword is not null",
        )
        .fetch_one(&mut admin)
        .await
        .unwrap();
        assert_eq!(passwords, 2);
        run(&mut admin, "do $$ begin if to_regclass('users') is not null then delete from users; end if; end $$")
            .await
            .unwrap();
        admin.close().await.unwrap();
        assert_roles_suffice(with_role("tributary_owner"), with_role("tributary_app")).await;
    }
    cluster.stop().await.unwrap();
}

/// What in the schema, and the database itself, doesn't belong to the owner's role.
async fn not_owned(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "select relname::text from pg_class
          where relnamespace = 'public'::regnamespace and relowner <> 'tributary_owner'::regrole
         union all
         select proname from pg_proc
          where pronamespace = 'public'::regnamespace and proowner <> 'tributary_owner'::regrole
         union all
         select typname from pg_type
          where typnamespace = 'public'::regnamespace and typowner <> 'tributary_owner'::regrole
         union all
         select pubname from pg_publication where pubowner <> 'tributary_owner'::regrole
         union all
         select nspname from pg_namespace
          where nspname = 'public' and nspowner <> 'tributary_owner'::regrole
         union all
         select datname from pg_database
          where datname = current_database() and datdba <> 'tributary_owner'::regrole",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

/// Whether the publication is as it was recorded: otherwise the log begins a new epoch.
async fn publication_is_as_recorded(pool: &PgPool) -> bool {
    sqlx::query_scalar(
        "select publication_rows ->> '' = (select oid || '/' || xmin::text from pg_publication)
           from cdc_state",
    )
    .fetch_one(pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn database_of_a_version_without_roles_is_given_to_the_owner_without_a_new_epoch() {
    let sandbox = Sandbox::new();
    let cluster = Cluster::start(&cluster_options(&sandbox)).await.unwrap();
    let superuser = endpoint(&cluster, "tributary");
    superuser.create_database().await.unwrap();
    let before = Database::open(superuser.clone()).await.unwrap();
    sqlx::raw_sql(
        "update cdc_state set publication_rows =
             (select jsonb_build_object('', oid || '/' || xmin::text) from pg_publication);
         create type mood as enum ('well');
         create table by_hand (id bigserial primary key, number integer generated always as identity)",
    )
    .execute(&before.pool)
    .await
    .unwrap();
    assert!(publication_is_as_recorded(&before.pool).await);
    before.close().await;

    for _ in 0..2 {
        let PrivateRoles { owner, runtime } = private_roles::set_up(&superuser).await.unwrap();
        let opened = Database::open_with_owner(runtime, owner).await.unwrap();
        assert_eq!(not_owned(&opened.pool).await, [""; 0]);
        assert!(publication_is_as_recorded(&opened.pool).await);
        sqlx::query("insert into users (id, email, name) values (gen_random_uuid(), $1, 'Ada')")
            .bind(format!("{}@example.com", uuid::Uuid::now_v7()))
            .execute(&opened.pool)
            .await
            .unwrap();
        opened.close().await;
    }
    cluster.stop().await.unwrap();
}
