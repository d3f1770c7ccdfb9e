//! What tests of several modules begin with.

use app::contract::{Held, OrganizationId};
use app::contract::note::NoteView;
use app::contract::view::{
    InvitationView, InviteResult, List, Me, MembershipView, OrganizationView,
};
use reqwest::Method;
use serde_json::json;

use crate::testing::{PASSWORD, Person, TestServer};

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
pub(super) fn matching<T: Held>(
    person: &Person,
    method: Method,
    seen: &T,
) -> reqwest::RequestBuilder {
    let path = format!("/{}/{}", T::KIND.collection(), seen.uuid());
    person.request(method, &path).header("if-match", format!("\"{}\"", seen.version()))
}

/// The same person at another browser.
pub(super) async fn sign_in_again(server: &TestServer, person: &Person) -> Person {
    let another = server.visitor();
    let body = json!({"email": email(person).await, "password": PASSWORD});
    let _: Me = another.post("/auth/sign-in", &body).await.ok();
    another
}
