//! Every route × every kind of person: each is served or refused as the route's audience says.
//!
//! The routes come from the table that the router is built from. A route without a sample request fails the
//! test, so a new one can't be forgotten.

pub(super) mod cast;
pub(super) mod samples;

use api::routes::{Audience, Route};
use contract::{ErrorCode, ResourceKind};
use reqwest::{Method, StatusCode};
use serde_json::json;

use self::cast::{Cast, Role};
use self::samples::Sample;
use super::response_headers::assert_safe;
use crate::testing::TestServer;
use crate::{monitoring, router, system};

/// The routes of the main listener, except pages.
pub(super) fn table() -> Vec<Route> {
    let tables = [
        api::routes().table().to_vec(),
        stream::routes().table().to_vec(),
        system::routes().table().to_vec(),
        monitoring::main_routes().table().to_vec(),
        router::file_routes().table().to_vec(),
    ];
    tables.concat()
}

/// How a person is refused; none if the person is served.
fn refusal(audience: Audience, role: Role) -> Option<StatusCode> {
    use Role::{Admin, Invited, Member, SystemAdmin, Visitor};
    const HIDDEN: Option<StatusCode> = Some(StatusCode::NOT_FOUND);
    const FORBIDDEN: Option<StatusCode> = Some(StatusCode::FORBIDDEN);
    match (audience, role) {
        (Audience::Anyone, _) => None,
        (_, Visitor) => Some(StatusCode::UNAUTHORIZED),
        (Audience::Accounts, _) => None,
        (Audience::Owner, Admin) => None,
        (Audience::Owner, _) => HIDDEN,
        (Audience::Members, Member | Admin) => None,
        (Audience::Members, _) => HIDDEN,
        (Audience::Admins | Audience::AuthorAndAdmins | Audience::SubjectAndAdmins, Admin) => None,
        (Audience::Admins | Audience::AuthorAndAdmins | Audience::SubjectAndAdmins, Member) => {
            FORBIDDEN
        }
        (Audience::Admins | Audience::AuthorAndAdmins | Audience::SubjectAndAdmins, _) => HIDDEN,
        (Audience::Invited, Invited) => None,
        (Audience::Invited, _) => HIDDEN,
        (Audience::MembersAndInvited, Member | Admin | Invited) => None,
        (Audience::MembersAndInvited, _) => HIDDEN,
        (Audience::LinkHolders, Invited) => None,
        (Audience::LinkHolders, _) => FORBIDDEN,
        (Audience::SystemAdmins, SystemAdmin) => None,
        (Audience::SystemAdmins, _) => FORBIDDEN,
    }
}

#[tokio::test]
async fn everybody_outside_a_routes_audience_is_refused_and_changes_nothing() {
    let server = TestServer::start().await;
    let cast = Cast::on(&server, 0).await;
    for route in table() {
        let sample = Sample::of(&route, &cast);
        for role in Role::ALL {
            let Some(status) = refusal(route.audience, role) else { continue };
            let before = cast.fingerprint().await;
            let reply = sample.send_as(cast.person(role)).await;
            let what = format!("{} {} as {role:?}", route.method, route.path);
            assert_eq!(reply.status, status, "{what}: {reply:?}");
            let code = match status {
                StatusCode::UNAUTHORIZED => ErrorCode::NotSignedIn,
                StatusCode::FORBIDDEN => ErrorCode::Forbidden,
                _ => ErrorCode::NotFound,
            };
            assert_eq!(reply.error().code, code, "{what}");
            assert_safe(&what, &reply.headers);
            assert_eq!(cast.fingerprint().await, before, "{what} changed something");
        }
    }
}

#[tokio::test]
async fn everybody_in_a_routes_audience_is_served() {
    let server = TestServer::start().await;
    let mut cast = Cast::on(&server, 0).await;
    let mut number = 0;
    for route in table() {
        for role in Role::ALL {
            if refusal(route.audience, role).is_some() {
                continue;
            }
            let sample = Sample::of(&route, &cast);
            let reply = sample.send_as(cast.person(role)).await;
            let what = format!("{} {} as {role:?}", route.method, route.path);
            assert!(sample.is_served(reply.status), "{what}: {reply:?}");
            assert_safe(&what, &reply.headers);
            // What was changed, deleted or signed out is made anew.
            if route.method != Method::GET {
                number += 1;
                cast = Cast::on(&server, number).await;
            }
        }
    }
}

#[test]
fn paths_that_the_client_uses_for_resources_are_routes() {
    let table = table();
    for kind in ResourceKind::ALL {
        let collection = kind.collection();
        for path in [format!("/organizations/{{id}}/{collection}"), format!("/{collection}/{{id}}")]
        {
            assert!(table.iter().any(|route| route.path == path), "{path}");
        }
    }
}

#[tokio::test]
async fn methods_without_a_route_are_refused() {
    let server = TestServer::start().await;
    let cast = Cast::on(&server, 0).await;
    let table = table();
    for route in &table {
        let path = Sample::of(route, &cast).path;
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let has_route = |it: &Route| it.path == route.path && it.method == method;
            // A browser reads the page at this path.
            if table.iter().any(has_route) || is_page(&method, route.path) {
                continue;
            }
            let request = cast.person(Role::Admin).request(method.clone(), &path).json(&json!({}));
            let reply = cast.person(Role::Admin).send(request).await;
            assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            assert_safe(&format!("{method} {path}"), &reply.headers);
        }
    }
}

/// Whether a page is at the same path as a route with another method.
fn is_page(method: &Method, path: &str) -> bool {
    *method == Method::GET && path == "/invitations/{id}"
}

#[tokio::test]
async fn other_sites_change_nothing_by_any_route() {
    let server = TestServer::start().await;
    let cast = Cast::on(&server, 0).await;
    for route in table() {
        if route.method == Method::GET {
            continue;
        }
        let sample = Sample::of(&route, &cast);
        for role in [Role::Visitor, Role::Admin, Role::Invited] {
            let before = cast.fingerprint().await;
            let person = cast.person(role);
            let request = sample
                .request_as(person)
                .header("sec-fetch-site", "cross-site")
                .header("origin", "https://evil.example");
            let reply = person.send(request).await;
            let what = format!("{} {} as {role:?}", route.method, route.path);
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{what}: {reply:?}");
            assert_eq!(reply.error().code, ErrorCode::CrossSite, "{what}");
            assert_eq!(cast.fingerprint().await, before, "{what} changed something");
        }
    }
}
