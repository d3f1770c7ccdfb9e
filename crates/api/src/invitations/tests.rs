use contract::view::{
    InvitationView, InviteOutcome, InviteResult, List, MembershipView, OrganizationView,
};
use contract::{ErrorCode, Role};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::fixtures;
use crate::test_server::TestServer;
use testing::Person;

const INVITATIONS: &str = "/organizations/north-wind/invitations";

struct Fixture {
    server: TestServer,
    ada: Person,
    grace: Person,
    organization: OrganizationView,
}

/// Ada has an organization; Grace has an account.
async fn fixture() -> Fixture {
    let server = TestServer::start().await;
    let (ada, grace) = tokio::join!(server.person("Ada"), server.person("Grace"));
    let organization = fixtures::create_organization(&ada, "north-wind").await;
    Fixture { server, ada, grace, organization }
}

impl Fixture {
    /// Ada invites Grace. Returns the invitation as Grace sees it.
    async fn invite_grace(&self) -> InvitationView {
        fixtures::invite(&self.ada, self.organization.id, "grace@example.com").await;
        fixtures::only_invitation(&self.grace).await
    }

    async fn expire(&self) {
        sqlx::query("update invitations set expires_at = now()")
            .execute(&self.server.database.pool)
            .await
            .unwrap();
    }
}

fn emails(count: usize) -> Value {
    let emails: Vec<String> = (0..count).map(|n| format!("p{n}@example.com")).collect();
    json!({"emails": emails, "role": "member"})
}

#[tokio::test]
async fn each_address_has_its_own_result() {
    let fixture = fixture().await;
    let membership =
        fixtures::add_member(&fixture.ada, fixture.organization.id, &fixture.grace).await;
    assert_eq!(membership.role, Role::Member);
    fixture.server.person("Linus").await;
    let first = fixtures::invite(&fixture.ada, fixture.organization.id, "new@example.com").await;
    assert_eq!(first.outcome, InviteOutcome::Invited);

    let body = json!({
        "emails": ["grace@example.com", "linus@example.com", "NEW@example.com", "new@example.com",
                   "other@example.com"],
        "role": "admin",
    });
    let results: List<InviteResult> = fixture.ada.post(INVITATIONS, &body).await.ok();
    let outcomes: Vec<_> = results
        .items
        .iter()
        .map(|result| (result.email.as_str(), result.outcome, result.link.is_some()))
        .collect();
    assert_eq!(
        outcomes,
        [
            ("grace@example.com", InviteOutcome::AlreadyMember, false),
            ("linus@example.com", InviteOutcome::Invited, true),
            ("new@example.com", InviteOutcome::AlreadyInvited, false),
            ("other@example.com", InviteOutcome::Invited, true),
        ]
    );
    let pending: List<InvitationView> = fixture.ada.get(INVITATIONS).await.ok();
    assert_eq!(pending.total, 3);
}

#[tokio::test]
async fn one_to_fifty_addresses_are_invited_at_once() {
    let fixture = fixture().await;
    for (count, code) in [(0, "required"), (51, "too_many")] {
        let error = fixture.ada.post(INVITATIONS, &emails(count)).await.error();
        assert_eq!(error.fields["emails"].code, code);
    }
    let results: List<InviteResult> = fixture.ada.post(INVITATIONS, &emails(50)).await.ok();
    assert_eq!(results.total, 50);
}

#[tokio::test]
async fn one_invalid_address_invites_nobody() {
    let fixture = fixture().await;
    let body = json!({"emails": ["good@example.com", "bad"], "role": "member"});
    let error = fixture.ada.post(INVITATIONS, &body).await.error();
    assert!(error.fields["emails"].message.contains("bad"), "{error:?}");
    let pending: List<InvitationView> = fixture.ada.get(INVITATIONS).await.ok();
    assert_eq!(pending.total, 0);
}

#[tokio::test]
async fn accepting_creates_the_membership_and_deletes_the_invitation() {
    let fixture = fixture().await;
    let own = fixtures::create_organization(&fixture.grace, "harbour-lab").await;
    let invitation = fixture.invite_grace().await;
    assert_eq!(invitation.invited_by.unwrap().as_str(), "Ada");
    let path = format!("/invitations/{}/accept", invitation.id);
    let membership: MembershipView = fixture.grace.post(&path, &json!({})).await.ok();
    assert_eq!(membership.organization.as_ref().unwrap().id, fixture.organization.id);

    let menu: List<MembershipView> = fixture.grace.get("/me/menu").await.ok();
    let order: Vec<_> = menu.items.iter().map(|item| item.organization_id).collect();
    assert_eq!(order, [own.id, fixture.organization.id]);
    assert_eq!(fixture.grace.post(&path, &json!({})).await.error().code, ErrorCode::NotFound);
    let pending: List<InvitationView> = fixture.ada.get(INVITATIONS).await.ok();
    assert_eq!(pending.total, 0);
}

#[tokio::test]
async fn concurrent_accepts_create_one_membership() {
    let fixture = fixture().await;
    let path = format!("/invitations/{}/accept", fixture.invite_grace().await.id);
    let accept = json!({});
    let (one, other) =
        tokio::join!(fixture.grace.post(&path, &accept), fixture.grace.post(&path, &accept));
    let mut statuses = [one.status, other.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::NOT_FOUND]);
}

#[tokio::test]
async fn declined_invitation_is_hidden_until_it_is_renewed() {
    let fixture = fixture().await;
    let invitation = fixture.invite_grace().await;
    let (accept, decline) = (
        format!("/invitations/{}/accept", invitation.id),
        format!("/invitations/{}/reject", invitation.id),
    );
    for _ in 0..2 {
        fixture.grace.post(&decline, &json!({})).await.no_content();
    }
    let refused = fixture.grace.post(&accept, &json!({})).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(refused.error().code, ErrorCode::InvitationRejected);
    for person in [(&fixture.ada, INVITATIONS), (&fixture.grace, "/me/invitations")] {
        let list: List<InvitationView> = person.0.get(person.1).await.ok();
        assert_eq!(list.total, 0);
    }

    let again = fixtures::invite(&fixture.ada, fixture.organization.id, "grace@example.com").await;
    assert_eq!(again.outcome, InviteOutcome::Renewed);
    let _: MembershipView = fixture.grace.post(&accept, &json!({})).await.ok();
}

#[tokio::test]
async fn expired_invitation_is_refused_until_it_is_resent() {
    let fixture = fixture().await;
    let invitation = fixture.invite_grace().await;
    fixture.expire().await;
    let accept = format!("/invitations/{}/accept", invitation.id);
    let refused = fixture.grace.post(&accept, &json!({})).await;
    assert_eq!(refused.status, StatusCode::GONE);
    assert_eq!(refused.error().code, ErrorCode::InvitationExpired);

    let resend = format!("/invitations/{}/resend", invitation.id);
    let result: InviteResult = fixture.ada.post(&resend, &json!({})).await.ok();
    assert_eq!(result.outcome, InviteOutcome::Renewed);
    let _: MembershipView = fixture.grace.post(&accept, &json!({})).await.ok();
}

#[tokio::test]
async fn resending_invalidates_the_former_link() {
    let fixture = fixture().await;
    let former = fixtures::invite(&fixture.ada, fixture.organization.id, "new@example.com")
        .await
        .link
        .unwrap();
    let pending: List<InvitationView> = fixture.ada.get(INVITATIONS).await.ok();
    let resend = format!("/invitations/{}/resend", pending.items[0].id);
    let result: InviteResult = fixture.ada.post(&resend, &json!({})).await.ok();
    let by_token = |link: &str| link.replace("/invitations/", "/invitations/token/");
    let visitor = fixture.server.visitor();
    let error = visitor.get(&by_token(&former)).await.error();
    assert_eq!(error.code, ErrorCode::NotFound);
    let shown: InvitationView = visitor.get(&by_token(&result.link.unwrap())).await.ok();
    assert_eq!(shown.organization.slug.as_str(), "north-wind");
    assert!(shown.invited_by.is_some() && shown.inviter_id.is_none(), "{shown:?}");
}

#[tokio::test]
async fn only_the_invited_person_responds_and_only_admins_manage() {
    let fixture = fixture().await;
    let linus = fixture.server.person("Linus").await;
    fixtures::add_member(&fixture.ada, fixture.organization.id, &linus).await;
    let invitation = fixture.invite_grace().await;
    let one = format!("/invitations/{}", invitation.id);
    let nothing = json!({});
    for verb in ["accept", "reject"] {
        for stranger in [&fixture.ada, &linus] {
            let error = stranger.post(&format!("{one}/{verb}"), &nothing).await.error();
            assert_eq!(error.code, ErrorCode::NotFound);
        }
    }
    let resend = format!("{one}/resend");
    assert_eq!(linus.post(&resend, &nothing).await.error().code, ErrorCode::Forbidden);
    assert_eq!(fixture.grace.post(&resend, &nothing).await.error().code, ErrorCode::NotFound);
    assert_eq!(linus.delete(&one).await.error().code, ErrorCode::Forbidden);
    assert_eq!(fixture.grace.delete(&one).await.error().code, ErrorCode::NotFound);
    assert_eq!(linus.get(INVITATIONS).await.error().code, ErrorCode::Forbidden);
    assert_eq!(fixture.grace.get(INVITATIONS).await.error().code, ErrorCode::NotFound);
    assert_eq!(linus.post(INVITATIONS, &emails(1)).await.error().code, ErrorCode::Forbidden);

    fixture.ada.delete(&one).await.no_content();
    let mine: List<InvitationView> = fixture.grace.get("/me/invitations").await.ok();
    assert_eq!(mine.total, 0);
}

#[tokio::test]
async fn invitation_waits_for_the_account_with_its_address() {
    let fixture = fixture().await;
    fixtures::invite(&fixture.ada, fixture.organization.id, "linus@example.com").await;
    let linus = fixture.server.person("Linus").await;
    assert_eq!(fixtures::only_invitation(&linus).await.organization.id, fixture.organization.id);
    let again = fixtures::invite(&fixture.ada, fixture.organization.id, "linus@example.com").await;
    assert_eq!(again.outcome, InviteOutcome::AlreadyInvited);
}

#[tokio::test]
async fn unconfirmed_address_gets_the_invitation_by_its_link_only() {
    let fixture = fixture().await;
    let linus = fixture.server.person("Linus").await;
    sqlx::query("delete from confirmed_emails")
        .execute(&fixture.server.database.pool)
        .await
        .unwrap();
    let result = fixtures::invite(&fixture.ada, fixture.organization.id, "linus@example.com").await;
    let link = result.link.unwrap().replace("/invitations/", "/invitations/token/");
    let mine: List<InvitationView> = linus.get("/me/invitations").await.ok();
    assert_eq!(mine.total, 0);
    let shown: InvitationView = linus.get(&link).await.ok();
    let accept = format!("/invitations/{}/accept", shown.id);
    assert_eq!(linus.post(&accept, &json!({})).await.error().code, ErrorCode::NotFound);

    assert_eq!(fixture.grace.post(&link, &json!({})).await.error().code, ErrorCode::Forbidden);
    let unknown = format!("/invitations/token/{}", "0".repeat(64));
    assert_eq!(linus.post(&unknown, &json!({})).await.error().code, ErrorCode::NotFound);
    let linked: InvitationView = linus.post(&link, &json!({})).await.ok();
    let mine: List<InvitationView> = linus.get("/me/invitations").await.ok();
    assert_eq!(mine.items.first(), Some(&linked));
    let membership: MembershipView = linus.post(&accept, &json!({})).await.ok();
    assert_eq!(membership.organization_id, fixture.organization.id);
}

#[tokio::test]
async fn admin_does_not_learn_whether_an_invited_address_has_an_account() {
    let fixture = fixture().await;
    for email in ["grace@example.com", "nobody@example.com"] {
        fixtures::invite(&fixture.ada, fixture.organization.id, email).await;
    }
    let grace = fixtures::only_invitation(&fixture.grace).await;
    fixture.grace.post(&format!("/invitations/{}/reject", grace.id), &json!({})).await.no_content();
    let renewed =
        fixtures::invite(&fixture.ada, fixture.organization.id, "grace@example.com").await;
    assert_eq!(renewed.outcome, InviteOutcome::Renewed);
    fixture.server.database.wait_for_log().await;
    let me: Value = fixture.grace.get("/me").await.ok();
    let id = me["user"]["id"].as_str().unwrap();
    for path in [INVITATIONS, "/organizations/north-wind/activities", "/me/activities"] {
        let reply = fixture.ada.get(path).await;
        assert!(reply.body.contains("grace@example.com"), "{path}: {}", reply.body);
        assert!(!reply.body.contains(id), "{path}: {}", reply.body);
        assert!(!reply.body.contains("Grace"), "{path}: {}", reply.body);
    }
}

#[tokio::test]
async fn expired_invitation_cannot_be_linked() {
    let fixture = fixture().await;
    let result = fixtures::invite(&fixture.ada, fixture.organization.id, "linus@example.com").await;
    let link = result.link.unwrap().replace("/invitations/", "/invitations/token/");
    let linus = fixture.server.person("Linus").await;
    fixture.expire().await;
    let late = linus.post(&link, &json!({})).await.error();
    assert_eq!(late.code, ErrorCode::InvitationExpired);
    let mine: List<InvitationView> = linus.get("/me/invitations").await.ok();
    assert_eq!(mine.total, 0);
}
