use contract::view::OrganizationView;
use contract::{ErrorCode, OrganizationId};
use sqlx::PgPool;
use uuid::Uuid;

use super::*;
use crate::fixtures;
use crate::test_server::TestServer;
use testing::Person;

/// Creates an organization of Ada with members. Inserts them by SQL, because sign-ups are slow.
async fn organization_with_members(
    server: &TestServer,
    ada: &Person,
    names: &[&str],
) -> OrganizationView {
    let organization = fixtures::create_organization(ada, "north-wind").await;
    for name in names {
        add(&server.database.pool, organization.id, name).await;
    }
    organization
}

async fn add(pool: &PgPool, organization_id: OrganizationId, name: &str) {
    sqlx::query(
        "with person as (insert into users (id, email, name) values ($1, $2, $3) returning id)
         insert into memberships (id, organization_id, user_id, role)
         select $4, $5, id, 'member' from person",
    )
    .bind(Uuid::now_v7())
    .bind(format!("{}@members.example", Uuid::now_v7()))
    .bind(name)
    .bind(Uuid::now_v7())
    .bind(organization_id)
    .execute(pool)
    .await
    .unwrap();
}

async fn names(reader: &Person, query: &str) -> Vec<String> {
    let path = format!("/organizations/north-wind/members?{query}");
    let list: List<MembershipView> = reader.get(&path).await.ok();
    list.items.iter().map(|member| member.user.name.to_string()).collect()
}

#[tokio::test]
async fn pages_have_no_gaps_in_every_order() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let others = ["Bob", "bob", "BOB", "Carol", "carol", "Ada", "Zoë", "Émile", "Emil"];
    organization_with_members(&server, &ada, &others).await;
    for sort in ["name", "role", "createdAt"] {
        for order in ["asc", "desc"] {
            let query = format!("sort={sort}&order={order}");
            let whole = names(&ada, &query).await;
            assert_eq!(whole.len(), 10);
            let mut paged = Vec::new();
            let mut after = String::new();
            loop {
                let path =
                    format!("/organizations/north-wind/members?{query}&limit=3&after={after}");
                let page: List<MembershipView> = ada.get(&path).await.ok();
                assert_eq!(page.total, 10);
                paged.extend(page.items.iter().map(|member| member.user.name.to_string()));
                match page.next {
                    Some(next) => after = next,
                    None => break,
                }
            }
            assert_eq!(paged, whole, "{query}");
        }
    }
}

#[tokio::test]
async fn sorting_by_name_ignores_case() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    organization_with_members(&server, &ada, &["bob", "Carol", "alan"]).await;
    assert_eq!(names(&ada, "").await, ["Ada", "alan", "bob", "Carol"]);
    assert_eq!(names(&ada, "sort=name&order=desc").await, ["Carol", "bob", "alan", "Ada"]);
    assert_eq!(names(&ada, "sort=createdAt").await, ["Ada", "bob", "Carol", "alan"]);
    assert_eq!(names(&ada, "role=admin").await, ["Ada"]);
}

#[tokio::test]
async fn search_matches_parts_of_names_literally() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    organization_with_members(&server, &ada, &["Bob 100%", "Bobby", "Carol_"]).await;
    assert_eq!(names(&ada, "q=BOB").await, ["Bob 100%", "Bobby"]);
    assert_eq!(names(&ada, "q=%25").await, ["Bob 100%"]);
    assert_eq!(names(&ada, "q=_").await, ["Carol_"]);
    assert_eq!(names(&ada, "q=nobody").await, Vec::<String>::new());
}

#[tokio::test]
async fn only_admins_see_and_search_email_addresses() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let grace = server.person("Grace").await;
    let organization = organization_with_members(&server, &ada, &["Bob"]).await;
    fixtures::add_member(&ada, organization.id, &grace).await;
    assert_eq!(names(&ada, "q=members.example").await, ["Bob"]);
    assert_eq!(names(&grace, "q=members.example").await, Vec::<String>::new());

    let seen: List<MembershipView> = grace.get("/organizations/north-wind/members").await.ok();
    for member in seen.items {
        let own = member.user.name.as_str() == "Grace";
        assert_eq!(member.user.email.is_some(), own, "{member:?}");
        assert_eq!(member.preferences.is_some(), own, "{member:?}");
    }
    let seen: List<MembershipView> = ada.get("/organizations/north-wind/members").await.ok();
    assert!(seen.items.iter().all(|member| member.user.email.is_some()));
}

#[tokio::test]
async fn outsiders_and_invalid_parameters_are_refused() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let linus = server.person("Linus").await;
    organization_with_members(&server, &ada, &[]).await;
    let path = "/organizations/north-wind/members";
    assert_eq!(linus.get(path).await.error().code, ErrorCode::NotFound);
    let long = "a".repeat(101);
    let cursor = |key: &str| hex::encode(format!(r#"{{"key":{key},"id":"{}"}}"#, Uuid::nil()));
    let year_0 = cursor(r#"{"CreatedAt":"0000-01-01T00:00:00Z"}"#);
    let year_9999 = cursor(r#"{"CreatedAt":"9999-12-31T23:59:59Z"}"#);
    let nul = cursor(r#"{"Name":"a\u0000b"}"#);
    for (parameter, value) in [
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "%00"),
        ("after", "zz"),
        ("after", "%00"),
        ("after", &nul),
        ("after", &cursor(r#"{"Name":"Ada"}"#).repeat(2)),
        ("after", &cursor(r#"{"Role":"admin"}"#)),
        ("sort", "age"),
        ("order", "up"),
        ("role", "%00"),
        ("q", "%00"),
        ("q", &long),
        ("sort=createdAt&after", &year_0),
        ("sort=createdAt&after", &year_9999),
    ] {
        let error = ada.get(&format!("{path}?{parameter}={value}")).await.error();
        assert_eq!(error.code, ErrorCode::InvalidFields, "{parameter}={value}");
        let name = parameter.rsplit('&').next().unwrap();
        assert!(error.fields.contains_key(name), "{error:?}");
    }
}
