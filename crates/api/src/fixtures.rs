//! What tests of several modules begin with.

use contract::note::NoteView;
use contract::view::{InvitationView, InviteResult, List, Me, MembershipView, OrganizationView};
use contract::{InvalidText, OrganizationId, Resource};
use reqwest::Method;
use serde_json::json;
use sqlx::AssertSqlSafe;

use crate::test_server::TestServer;
use testing::{PASSWORD, Person, TestDatabase};

/// A new organization of that slug, which is also its name.
pub(super) async fn organization(admin: &Person, slug: &str) -> OrganizationView {
    admin.post("/organizations", &json!({"name": slug, "slug": slug})).await.ok()
}

/// The address that the person signs in with.
pub(super) async fn email(person: &Person) -> String {
    let me: Me = person.get("/me").await.ok();
    me.user.email.unwrap().to_string()
}

/// Invites an address, and says what became of it.
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

/// The person's only invitation.
pub(super) async fn invitation(person: &Person) -> InvitationView {
    let invitations: List<InvitationView> = person.get("/me/invitations").await.ok();
    let [invitation] = <[InvitationView; 1]>::try_from(invitations.items).unwrap();
    invitation
}

/// Makes the person a member: invited, and accepted.
pub(super) async fn join(
    admin: &Person,
    organization_id: OrganizationId,
    person: &Person,
) -> MembershipView {
    invite(admin, organization_id, &email(person).await).await;
    let path = format!("/invitations/{}/accept", invitation(person).await.id);
    person.post(&path, &json!({})).await.ok()
}

/// A new note without a text.
pub(super) async fn note(author: &Person, slug: &str, title: &str) -> NoteView {
    let path = format!("/organizations/{slug}/notes");
    author.post(&path, &json!({"title": title})).await.ok()
}

/// A request that changes that version of what an organization holds.
pub(super) fn matching<T: Resource>(
    person: &Person,
    method: Method,
    seen: &T,
) -> reqwest::RequestBuilder {
    let path = format!("/{}/{}", T::KIND.collection(), seen.uuid());
    person.request(method, &path).header("if-match", format!("\"{}\"", seen.version()))
}

/// Sees to it that a domain takes a text exactly when its type takes it and leaves it as it is. What
/// only the domain took, no browser could read; what only the type took, couldn't be written.
///
/// Tried are a text that is fit, the same with each peculiar character before, in and after it, and
/// `others`, such as the longest one.
pub(super) async fn same_texts<T: Into<String>>(
    domain: &str,
    parse: fn(&str) -> Result<T, InvalidText>,
    fit: &str,
    others: &[&str],
) {
    let peculiar = ('\u{1}'..='\u{AD}').chain('\u{1680}'..='\u{1681}');
    let peculiar = peculiar.chain('\u{2000}'..='\u{2070}').chain(['\u{3000}', '\u{FEFF}']);
    let (first, rest) = fit.split_at(fit.len() / 2);
    let mut texts: Vec<_> = peculiar
        .flat_map(|c| [format!("{c}{fit}"), format!("{first}{c}{rest}"), format!("{fit}{c}")])
        .collect();
    texts.extend([fit].iter().chain(others).map(|&text| text.to_owned()));
    let database = TestDatabase::create().await;
    let mut connection = database.pool.acquire().await.unwrap();
    let takes = format!(
        "create function pg_temp.takes(text) returns boolean language plpgsql as
         'begin perform $1::{domain}; return true; exception when check_violation then return false; end'"
    );
    sqlx::raw_sql(AssertSqlSafe(takes)).execute(&mut *connection).await.unwrap();
    let taken: Vec<(String, bool)> =
        sqlx::query_as("select it, pg_temp.takes(it) from unnest($1::text[]) it")
            .bind(texts)
            .fetch_all(&mut *connection)
            .await
            .unwrap();
    for (text, taken) in taken {
        let kept = parse(&text).is_ok_and(|read| read.into() == text);
        assert_eq!(taken, kept, "{domain}, and its type: {text:?}");
    }
    assert!(parse(fit).is_ok(), "{fit:?}");
}

/// The same person at another browser.
pub(super) async fn sign_in_again(server: &TestServer, person: &Person) -> Person {
    let another = server.visitor();
    let body = json!({"email": email(person).await, "password": PASSWORD});
    let _: Me = another.post("/auth/sign-in", &body).await.ok();
    another
}
