//! A server on a database elsewhere, with a role for migrations and one to work with.

use testing::{Sandbox, TestDatabase, eventually};

use crate::program::{Program, command};

fn check(sandbox: &Sandbox, settings: &[(&str, String)]) -> String {
    let settings = settings.iter().map(|(name, value)| (*name, value.as_str()));
    let output = command(sandbox).arg("check").envs(settings).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn server_works_with_one_role_and_migrates_with_another() {
    let (sandbox, database) = (Sandbox::new(), TestDatabase::create().await);
    let mut program = Program::spawn(command(&sandbox).envs(database.settings()));
    let readyz = format!("http://{}/readyz", program.address());
    let report = async || reqwest::get(&readyz).await.unwrap().text().await.unwrap();
    eventually("the worker has the slot", async || report().await.contains("\"holder\"")).await;

    // It repairs the publication with the rights of the owner.
    database.execute("drop publication tributary").await;
    eventually("the publication exists again", async || {
        sqlx::query_scalar("select exists (select from pg_publication)")
            .fetch_one(&database.pool)
            .await
            .unwrap()
    })
    .await;
    let roles: Vec<String> = sqlx::query_scalar(
        "select distinct usename::text from pg_stat_activity
          where datname = current_database() and application_name = 'tributary'
            and usename <> 'tributary'",
    )
    .fetch_all(&database.pool)
    .await
    .unwrap();
    assert_eq!(roles, ["tributary_app"]);
    program.stop().await;
}

#[tokio::test]
async fn check_says_what_the_role_may_do_and_prints_no_part_of_both_urls() {
    let (sandbox, database) = (Sandbox::new(), TestDatabase::create().await);
    let text = check(&sandbox, &database.settings());
    assert!(
        text.contains("ok      roles: the role of DATABASE_URL is no superuser and owns no table"),
        "{text}"
    );

    let text = check(&sandbox, &[("DATABASE_URL", database.url())]);
    assert!(text.contains("ok      roles: the role of DATABASE_URL is a superuser"), "{text}");

    let other = TestDatabase::create().await;
    let ([runtime, _], [_, (name, elsewhere)]) = (database.settings(), other.settings());
    let text = check(&sandbox, &[runtime.clone(), (name, elsewhere)]);
    let expected = "failed  database: the Postgres server in DATABASE_OWNER_URL isn't the database of the \
                    Postgres server in DATABASE_URL";
    assert!(text.contains(expected), "{text}");

    let wrong = "postgres://zrole:zpassword@127.0.0.1:1/zdatabase".to_owned();
    let text = check(&sandbox, &[runtime, (name, wrong)]);
    assert!(
        text.contains("can't connect to the Postgres server in DATABASE_OWNER_URL: "),
        "{text}"
    );
    for part in ["zrole", "zpassword", "zdatabase"] {
        assert!(!text.contains(part), "{text}");
    }
    let invalid = ("DATABASE_OWNER_URL", "zother".to_owned());
    let text = check(&sandbox, &[("DATABASE_URL", database.url()), invalid]);
    assert!(text.contains("DATABASE_OWNER_URL is not a Postgres URL"), "{text}");
    assert!(!text.contains("zother"), "{text}");
}
