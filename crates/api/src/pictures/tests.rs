use std::io::Cursor;

use contract::view::{List, Me, MembershipView, OrganizationView, UserView};
use contract::{ApiError, ErrorCode, PictureId};
use image::{ImageFormat, RgbImage, load_from_memory};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::fixtures;
use crate::response_headers::NEVER_KEPT;
use crate::test_server::TestServer;
use testing::{Person, Reply};

fn photograph() -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture = RgbImage::from_fn(300, 200, |x, y| [x as u8, y as u8, 90].into());
    picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
    bytes
}

async fn put(person: &Person, path: &str, file: impl Into<reqwest::Body>) -> Reply {
    person.send(person.request(Method::PUT, path).body(file)).await
}

async fn count_pictures(server: &TestServer) -> i64 {
    let pool = &server.database.pool;
    sqlx::query_scalar("select count(*) from pictures").fetch_one(pool).await.unwrap()
}

/// The status of the person's request for the picture.
async fn status_of(person: &Person, picture: PictureId) -> StatusCode {
    person.get(&picture.path()).await.status
}

fn problem(error: &ApiError) -> &str {
    assert_eq!(error.code, ErrorCode::InvalidFields, "{error:?}");
    &error.fields["picture"].code
}

#[tokio::test]
async fn new_picture_replaces_the_former_one() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let wind = fixtures::create_organization(&ada, "north-wind").await;
    fixtures::add_member(&ada, wind.id, &grace).await;
    let before: Me = ada.get("/me").await.ok();
    assert_eq!(before.user.picture, None);

    let first: UserView = put(&ada, "/me/picture", photograph()).await.ok();
    let second: UserView = put(&ada, "/me/picture", photograph()).await.ok();
    assert_eq!(second.version, before.user.version + 2);
    let (former, picture) = (first.picture.unwrap(), second.picture.unwrap());
    let members: List<MembershipView> = grace.get("/organizations/north-wind/members").await.ok();
    let hers = members.items.iter().find(|it| it.user.id == second.id).unwrap();
    assert_eq!(hers.user.picture, Some(picture));
    assert_eq!(status_of(&grace, former).await, StatusCode::NOT_FOUND);
    assert_eq!(status_of(&grace, picture).await, StatusCode::OK);
    assert_eq!(status_of(&server.visitor(), picture).await, StatusCode::UNAUTHORIZED);
    assert_eq!(count_pictures(&server).await, 1);

    let bare: UserView = ada.delete("/me/picture").await.ok();
    assert_eq!(bare.picture, None);
    assert_eq!(status_of(&ada, picture).await, StatusCode::NOT_FOUND);
    let again: UserView = ada.delete("/me/picture").await.ok();
    assert_eq!(again, bare, "an unchanged update makes no new version");
}

#[tokio::test]
async fn picture_is_a_square_that_is_shown_only_after_asking() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let user: UserView = put(&ada, "/me/picture", photograph()).await.ok();
    let request = ada.request(Method::GET, &user.picture.unwrap().path());
    let answer = request.send().await.unwrap();
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "image/jpeg");
    assert_eq!(header("cache-control"), "private, no-cache, no-transform");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert!(header("content-security-policy").starts_with("default-src 'none'"));
    assert_eq!(header("cross-origin-resource-policy"), "same-origin");
    let tag = header("etag");
    let picture = load_from_memory(&answer.bytes().await.unwrap()).unwrap();
    assert_eq!((picture.width(), picture.height()), (256, 256));

    let path = user.picture.unwrap().path();
    let ask = async |person: &Person, tag: &str| {
        person.send(person.request(Method::GET, &path).header("if-none-match", tag)).await
    };
    for known in [tag.as_str(), &format!("\"other\", W/{tag}"), "*"] {
        let reply = ask(&ada, known).await;
        assert_eq!((reply.status, &*reply.body), (StatusCode::NOT_MODIFIED, ""), "{known}");
        assert_eq!(reply.headers["etag"], tag.as_str());
    }
    assert_eq!(ask(&ada, "\"other\"").await.status, StatusCode::OK);
    let linus = server.person("Linus").await;
    assert_eq!(ask(&linus, &tag).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn picture_is_shown_to_those_who_may_see_its_owner() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let (linus, eve) = (server.person("Linus").await, server.person("Eve").await);
    let wind = fixtures::create_organization(&ada, "north-wind").await;
    fixtures::create_organization(&eve, "south-wind").await;
    fixtures::add_member(&ada, wind.id, &grace).await;
    let users: [UserView; 3] = [
        put(&ada, "/me/picture", photograph()).await.ok(),
        put(&grace, "/me/picture", photograph()).await.ok(),
        put(&linus, "/me/picture", photograph()).await.ok(),
    ];
    let [of_ada, of_grace, of_linus] = users.map(|user| user.picture.unwrap());
    let of_wind: OrganizationView =
        put(&ada, "/organizations/north-wind/picture", photograph()).await.ok();
    let of_wind = of_wind.picture.unwrap();
    let seen_by = async |person: &Person| {
        let mut seen = Vec::new();
        for picture in [of_ada, of_grace, of_linus, of_wind] {
            seen.push(status_of(person, picture).await == StatusCode::OK);
        }
        <[bool; 4]>::try_from(seen).unwrap()
    };
    assert_eq!(seen_by(&grace).await, [true, true, false, true]);
    assert_eq!(seen_by(&linus).await, [false, false, true, false]);
    assert_eq!(seen_by(&eve).await, [false; 4]);

    // Who is invited sees what the invitation quotes; who invites sees nothing of them yet.
    fixtures::invite(&ada, wind.id, &fixtures::email_of(&linus).await).await;
    assert_eq!(seen_by(&linus).await, [true, false, true, true]);
    assert_eq!(seen_by(&ada).await, [true, true, false, true]);
    let invitation = fixtures::only_invitation(&linus).await;
    linus.post(&format!("/invitations/{}/reject", invitation.id), &json!({})).await;
    assert_eq!(seen_by(&linus).await, [false, false, true, false]);

    // A former member stays the author of what they wrote, and sees nothing any more.
    fixtures::create_note(&grace, "north-wind", "Plan").await;
    let left = grace.post(&format!("/organizations/{}/leave", wind.id), &json!({})).await;
    assert!(left.status.is_success(), "{left:?}");
    assert_eq!(seen_by(&ada).await, [true, true, false, true]);
    assert_eq!(seen_by(&grace).await, [false, true, false, false]);
}

#[tokio::test]
async fn holder_of_an_invitation_link_sees_the_picture_while_the_invitation_is_open() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let (visitor, linus) = (server.visitor(), server.person("Linus").await);
    let wind = fixtures::create_organization(&ada, "north-wind").await;
    let invite = async |email: &str| {
        let link = fixtures::invite(&ada, wind.id, email).await.link.unwrap();
        link.replace("/invitations/", "/invitations/token/")
    };
    let inline = async |link: &str| {
        let answer: Value = serde_json::from_str(&visitor.get(link).await.body).unwrap();
        let url = answer["organization"]["inlinePicture"].as_str();
        url.map(ToOwned::to_owned)
    };
    let link = invite("grace@example.com").await;
    assert_eq!(inline(&link).await, None);

    let of_wind: OrganizationView =
        put(&ada, "/organizations/north-wind/picture", photograph()).await.ok();
    let picture = of_wind.picture.unwrap();
    let shown = inline(&link).await.unwrap();
    let encoded = shown.strip_prefix("data:image/jpeg;base64,").unwrap();
    let decoded: Vec<u8> = sqlx::query_scalar("select decode($1, 'base64')")
        .bind(encoded)
        .fetch_one(&server.database.pool)
        .await
        .unwrap();
    let file = ada.request(Method::GET, &picture.path()).send().await.unwrap();
    assert_eq!(decoded, file.bytes().await.unwrap());
    assert!(!encoded.contains('\n'));
    assert_eq!(visitor.get(&link).await.headers["cache-control"], NEVER_KEPT);

    // Strangers see it neither by its id nor by another token.
    assert_eq!(status_of(&visitor, picture).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status_of(&linus, picture).await, StatusCode::NOT_FOUND);
    assert_eq!(inline(&format!("/invitations/token/{}", "0".repeat(64))).await, None);

    // Nor does the holder of a link that was declined, replaced or used, or has expired.
    let invitation = fixtures::only_invitation(&grace).await;
    let (reject, accept) = (
        format!("/invitations/{}/reject", invitation.id),
        format!("/invitations/{}/accept", invitation.id),
    );
    grace.post(&reject, &json!({})).await.no_content();
    assert_eq!(inline(&link).await, None);
    let renewed = invite("grace@example.com").await;
    assert!(inline(&renewed).await.is_some());
    assert_eq!(inline(&link).await, None);
    let _: MembershipView = grace.post(&accept, &json!({})).await.ok();
    assert_eq!(inline(&renewed).await, None);
    let late = invite("nobody@example.com").await;
    assert!(inline(&late).await.is_some());
    server.database.execute("update invitations set expires_at = now()").await;
    assert_eq!(inline(&late).await, None);
}

#[tokio::test]
async fn only_admins_change_an_organizations_picture() {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let linus = server.person("Linus").await;
    let wind = fixtures::create_organization(&ada, "north-wind").await;
    fixtures::add_member(&ada, wind.id, &grace).await;
    let path = "/organizations/north-wind/picture";

    let shown: OrganizationView = put(&ada, path, photograph()).await.ok();
    assert!(shown.picture.is_some());
    assert_eq!(shown.version, wind.version + 1);
    let menu: List<MembershipView> = grace.get("/me/menu").await.ok();
    assert_eq!(menu.items[0].organization, Some(shown.clone()));
    for (person, code) in [(&grace, ErrorCode::Forbidden), (&linus, ErrorCode::NotFound)] {
        assert_eq!(put(person, path, photograph()).await.error().code, code);
        assert_eq!(person.delete(path).await.error().code, code);
    }
    let bare: OrganizationView = ada.delete(path).await.ok();
    assert_eq!((bare.picture, bare.version), (None, shown.version + 1));
    assert_eq!(count_pictures(&server).await, 0);
}

#[tokio::test]
async fn unsupported_files_name_their_field() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    let text = put(&ada, "/me/picture", "a picture").await;
    assert_eq!(text.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem(&text.error()), "invalid");
    let large = put(&ada, "/me/picture", vec![0; (2 << 20) + 1]).await.error();
    assert_eq!(problem(&large), "too_large");
    let request = ada.request(Method::PUT, "/me/picture").header("sec-fetch-site", "cross-site");
    let strange = ada.send(request.body(photograph())).await;
    assert_eq!(strange.status, StatusCode::FORBIDDEN);
    assert_eq!(count_pictures(&server).await, 0);
}

#[tokio::test]
async fn picture_is_deleted_with_its_owner() {
    let server = TestServer::start().await;
    let ada = server.person("Ada").await;
    fixtures::create_organization(&ada, "north-wind").await;
    assert!(put(&ada, "/me/picture", photograph()).await.status.is_success());
    let path = "/organizations/north-wind/picture";
    assert!(put(&ada, path, photograph()).await.status.is_success());
    assert_eq!(count_pictures(&server).await, 2);
    ada.delete("/organizations/north-wind").await.no_content();
    assert_eq!(count_pictures(&server).await, 1);
    assert!(ada.delete("/me").await.status.is_success());
    assert_eq!(count_pictures(&server).await, 0);
}
