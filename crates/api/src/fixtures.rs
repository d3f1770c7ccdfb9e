//! Set-up steps that tests of several modules share.

pub(crate) mod passkey;
pub(crate) mod provider;
pub(crate) mod two_factor;

use contract::note::NoteView;
use contract::view::{InvitationView, InviteResult, List, Me, MembershipView, OrganizationView};
use contract::{InvalidText, OrganizationId, Resource, UserId};
use reqwest::Method;
use serde_json::json;
use sqlx::AssertSqlSafe;

use crate::test_server::TestServer;
use testing::{PASSWORD, Person, TestDatabase};

/// Creates an organization whose name is its slug.
pub(super) async fn create_organization(admin: &Person, slug: &str) -> OrganizationView {
    admin.post("/organizations", &json!({"name": slug, "slug": slug})).await.ok()
}

/// The person's email address.
pub(super) async fn email_of(person: &Person) -> String {
    let me: Me = person.get("/me").await.ok();
    me.user.email.unwrap().to_string()
}

/// The person's id.
pub(super) async fn id_of(person: &Person) -> UserId {
    let me: Me = person.get("/me").await.ok();
    me.user.id
}

/// Invites an email address as a member.
pub(super) async fn invite(
    admin: &Person,
    organization_id: OrganizationId,
    email: &str,
) -> InviteResult {
    let path = format!("/organizations/{organization_id}/invitations");
    let body = json!({"emails": [email], "role": "member"});
    let results: List<InviteResult> = admin.post(&path, &body).await.ok();
    results.items.into_iter().next().unwrap()
}

/// The person's pending invitation. Panics if there isn't exactly one.
pub(super) async fn only_invitation(person: &Person) -> InvitationView {
    let invitations: List<InvitationView> = person.get("/me/invitations").await.ok();
    let [invitation] = <[InvitationView; 1]>::try_from(invitations.items).unwrap();
    invitation
}

/// Invites the person, who accepts.
pub(super) async fn add_member(
    admin: &Person,
    organization_id: OrganizationId,
    person: &Person,
) -> MembershipView {
    invite(admin, organization_id, &email_of(person).await).await;
    let path = format!("/invitations/{}/accept", only_invitation(person).await.id);
    person.post(&path, &json!({})).await.ok()
}

/// Creates a note without text.
pub(super) async fn create_note(author: &Person, slug: &str, title: &str) -> NoteView {
    let path = format!("/organizations/{slug}/notes");
    author.post(&path, &json!({"title": title})).await.ok()
}

/// Builds a request for the resource with its version in `If-Match`.
pub(super) fn request_with_version<T: Resource>(
    person: &Person,
    method: Method,
    seen: &T,
) -> reqwest::RequestBuilder {
    let path = format!("/{}/{}", T::KIND.collection(), seen.uuid());
    person.request(method, &path).header("if-match", format!("\"{}\"", seen.version()))
}

/// Asserts that an SQL domain accepts exactly the texts that the Rust type parses without changing
/// them. Otherwise a stored text could fail to parse, or a parsed text could fail to be stored.
///
/// Checks the valid text `fit`, the same text with each unusual character before, in and after it, and
/// `others`, such as the longest text.
pub(super) async fn assert_domain_matches_type<T: Into<String>>(
    domain: &str,
    parse: fn(&str) -> Result<T, InvalidText>,
    fit: &str,
    others: &[&str],
) {
    let unusual = ('\u{1}'..='\u{AD}').chain('\u{1680}'..='\u{1681}');
    let unusual = unusual.chain('\u{2000}'..='\u{2070}').chain(['\u{3000}', '\u{FEFF}']);
    let unusual =
        unusual.chain(['\u{34F}', '\u{61C}', '\u{115F}', '\u{17B4}', '\u{2800}', '\u{3164}']);
    let unusual = unusual.chain('\u{1809}'..='\u{1810}').chain('\u{FDFF}'..='\u{FE10}');
    let unusual =
        unusual.chain(['\u{FFA0}', '\u{FFF9}', '\u{1BCA0}', '\u{1D159}', '\u{1D173}', '\u{1F3F4}']);
    let unusual = unusual.chain('\u{E0000}'..='\u{E0002}').chain('\u{E001E}'..='\u{E0022}');
    let unusual = unusual.chain('\u{E007D}'..='\u{E0101}').chain('\u{E01EE}'..='\u{E01F1}');
    // After what some of them need.
    let needed = [
        "日",
        "1",
        "a",
        "é",
        "©",
        "‼",
        "🏴",
        "日\u{FE00}",
        "日\u{200D}",
        "🏴\u{E0061}",
        "🏴\u{E007F}",
    ];
    let (first, rest) = fit.split_at(fit.len() / 2);
    let mut texts: Vec<_> = unusual
        .flat_map(|c| {
            let alone = [format!("{c}{fit}"), format!("{first}{c}{rest}"), format!("{fit}{c}")];
            alone.into_iter().chain(needed.map(|needed| format!("{needed}{c}")))
        })
        .collect();
    texts.extend([fit].iter().chain(others).map(|&text| text.to_owned()));
    assert_domain_accepts_what_type_parses(domain, parse, texts).await;
    assert!(parse(fit).is_ok(), "{fit:?}");
}

/// The same for each character of the planes with characters, and the last ones of the others, in the middle of
/// the valid text `fit`.
pub(super) async fn assert_domain_matches_type_for_every_character<T: Into<String>>(
    domain: &str,
    parse: fn(&str) -> Result<T, InvalidText>,
    fit: &str,
) {
    let (first, rest) = fit.split_at(fit.len() / 2);
    let last_of_planes = (0x2_u32..=0x10).flat_map(|plane| {
        let end = (plane << 16) | 0xFFFF;
        (end - 3..=end).filter_map(char::from_u32)
    });
    let characters = ('\u{1}'..='\u{1FFFF}').chain('\u{E0000}'..='\u{E1000}').chain(last_of_planes);
    let texts = characters.map(|c| format!("{first}{c}{rest}")).collect();
    assert_domain_accepts_what_type_parses(domain, parse, texts).await;
}

async fn assert_domain_accepts_what_type_parses<T: Into<String>>(
    domain: &str,
    parse: fn(&str) -> Result<T, InvalidText>,
    texts: Vec<String>,
) {
    let database = TestDatabase::create().await;
    let mut connection = database.pool.acquire().await.unwrap();
    let function = format!(
        "create function pg_temp.accepts(text) returns boolean language plpgsql as
         'begin perform $1::{domain}; return true; exception when check_violation then return false; end'"
    );
    sqlx::raw_sql(AssertSqlSafe(function)).execute(&mut *connection).await.unwrap();
    let results: Vec<(String, bool)> =
        sqlx::query_as("select it, pg_temp.accepts(it) from unnest($1::text[]) it")
            .bind(texts)
            .fetch_all(&mut *connection)
            .await
            .unwrap();
    for (text, accepted) in results {
        let parsed = parse(&text).is_ok_and(|read| read.into() == text);
        assert_eq!(accepted, parsed, "{domain}, and its type: {text:?}");
    }
}

/// Signs the same person in with another browser.
pub(super) async fn sign_in_again(server: &TestServer, person: &Person) -> Person {
    let another = server.visitor();
    let body = json!({"email": email_of(person).await, "password": PASSWORD});
    let _: Me = another.post("/auth/sign-in", &body).await.ok();
    another
}

/// Lets all slugs that were given up be so old that every organization may have them.
pub(super) async fn end_quarantines(server: &TestServer) {
    sqlx::query("update quarantined_slugs set given_up_at = given_up_at - interval '90 days'")
        .execute(&server.database.pool)
        .await
        .unwrap();
}
