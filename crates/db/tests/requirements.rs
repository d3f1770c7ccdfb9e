//! What is said about a server that isn't set up for Tributary.

use db::requirements::check;
use db::{DatabaseError, Endpoint};
use testing::TestDatabase;

#[tokio::test]
async fn the_remedies_for_an_ordinary_role_are_enough() {
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
    for one in missing {
        let text = one.to_string();
        let remedy = text.split('`').nth(1).unwrap();
        run(remedy.to_owned()).await;
    }
    check(&guest).await.unwrap();

    run(format!("drop owned by {role}; drop role {role}")).await;
}

#[tokio::test]
async fn a_database_that_does_not_exist_is_named() {
    let database = TestDatabase::create().await;
    let nowhere = Endpoint { database: "nowhere".to_owned(), ..database.endpoint.clone() };
    let sentence = check(&nowhere).await.unwrap_err().to_string();
    assert!(sentence.ends_with("database \"nowhere\" does not exist"), "{sentence}");
}
