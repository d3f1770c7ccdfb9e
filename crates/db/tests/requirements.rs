//! Errors about a server that isn't set up for Tributary.

use db::requirements::check;
use db::{DatabaseError, Endpoint};
use testing::TestDatabase;

#[tokio::test]
async fn listed_statements_make_an_ordinary_role_sufficient() {
    let database = TestDatabase::create().await;
    let role = format!("{}_guest", database.endpoint.database);
    let guest = Endpoint { user: role.clone(), ..database.endpoint.clone() };
    let run = |sql: String| {
        let pool = database.pool.clone();
        async move { sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&pool).await.unwrap() }
    };
    run(format!("create role {role} login; revoke create on schema public from public")).await;

    let error = check(&guest).await.unwrap_err();
    let DatabaseError::Requirements { missing, .. } = &error else { panic!("{error}") };
    assert_eq!(missing.len(), 3, "{error}");
    for requirement in missing {
        let text = requirement.to_string();
        let statement = text.split('`').nth(1).unwrap();
        run(statement.to_owned()).await;
    }
    check(&guest).await.unwrap();

    run(format!("drop owned by {role}; drop role {role}")).await;
}

#[tokio::test]
async fn missing_database_is_named() {
    let database = TestDatabase::create().await;
    let missing = Endpoint { database: "missing".to_owned(), ..database.endpoint.clone() };
    let text = check(&missing).await.unwrap_err().to_string();
    assert!(text.ends_with("database \"missing\" does not exist"), "{text}");
}
