use contract::activity::{ActivityView, AuditLog, RecentActivity, Subject};
use contract::note::NoteView;
use contract::view::{MembershipView, OrganizationView};
use contract::{Action, ErrorCode};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::test_server::TestServer;
use testing::Person;

/// Ada's organization, with Grace as a member.
struct Fixture {
    server: TestServer,
    ada: Person,
    grace: Person,
    grace_membership: MembershipView,
}

async fn fixture() -> Fixture {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let body = json!({"name": "North Wind", "slug": "north-wind"});
    let _: OrganizationView = ada.post("/organizations", &body).await.ok();
    let body = json!({"emails": ["grace@example.com"], "role": "member"});
    let _: Value = ada.post("/organizations/north-wind/invitations", &body).await.ok();
    let invitations: Value = grace.get("/me/invitations").await.ok();
    let id = invitations["items"][0]["id"].as_str().unwrap();
    let grace_membership = grace.post(&format!("/invitations/{id}/accept"), &json!({})).await.ok();
    Fixture { server, ada, grace, grace_membership }
}

impl Fixture {
    async fn audit_log(&self, reader: &Person, query: &str) -> AuditLog {
        self.server.database.wait_for_log().await;
        reader.get(&format!("/organizations/north-wind/activities{query}")).await.ok()
    }

    async fn note(&self, author: &Person, title: &str) -> NoteView {
        author.post("/organizations/north-wind/notes", &json!({"title": title})).await.ok()
    }

    async fn update_grace(&self, by: &Person, changes: Value) {
        let path = format!("/memberships/{}", self.grace_membership.id);
        let _: Value = by.patch(&path, &changes).await.ok();
    }
}

#[tokio::test]
async fn recent_activity_covers_all_organizations_of_the_reader() {
    let fixture = fixture().await;
    let body = json!({"name": "Harbour Lab", "slug": "harbour-lab"});
    let lab: OrganizationView = fixture.grace.post("/organizations", &body).await.ok();
    for number in 1..=8 {
        fixture.note(&fixture.ada, &format!("Note {number}")).await;
    }
    fixture.server.database.wait_for_log().await;
    let hers: RecentActivity = fixture.grace.get("/me/activities").await.ok();
    let newest_first = hers.items.is_sorted_by(|a, b| a.activity.position > b.activity.position);
    assert!(newest_first, "{hers:?}");
    assert_eq!(hers.items.len(), 10);
    let of_lab = hers.items.iter().filter(|item| item.organization_id == lab.id).count();
    assert_eq!(of_lab, 2);

    let his: RecentActivity = fixture.ada.get("/me/activities").await.ok();
    assert!(his.items.iter().all(|item| item.organization_id != lab.id));
    let outsider = fixture.server.person("Linus").await;
    let nothing: RecentActivity = outsider.get("/me/activities").await.ok();
    assert!(nothing.items.is_empty());
    let visitor = fixture.server.visitor().get("/me/activities").await.error();
    assert_eq!(visitor.code, ErrorCode::NotSignedIn);
}

/// The audit log and the recent activity, as the reader sees them.
async fn both(fixture: &Fixture, reader: &Person) -> (Vec<ActivityView>, Vec<ActivityView>) {
    let audit_log = fixture.audit_log(reader, "?limit=10").await.items;
    let reply = reader.get("/me/activities").await;
    let recent = reply.ok::<RecentActivity>().items.into_iter().map(|item| item.activity).collect();
    (audit_log, recent)
}

#[tokio::test]
async fn recent_activity_shows_the_same_as_the_audit_log() {
    let fixture = fixture().await;
    fixture
        .update_grace(&fixture.grace, json!({"archived": true, "displayOrder": 98_765.125}))
        .await;
    fixture.update_grace(&fixture.grace, json!({"muted": true, "seen": 1_000})).await;
    let _: Value =
        fixture.ada.patch("/organizations/north-wind", &json!({"name": "South Wind"})).await.ok();
    for reader in [&fixture.ada, &fixture.grace] {
        let (audit_log, recent) = both(&fixture, reader).await;
        assert_eq!(recent, audit_log);
    }
    let addressed = |reply: &testing::Reply| reply.body.contains('@');
    assert!(addressed(&fixture.ada.get("/me/activities").await));
    let hers = fixture.grace.get("/me/activities").await;
    assert!(!addressed(&hers) && !hers.body.contains("invitation"), "{}", hers.body);
    for private in ["archived", "muted", "display", "seen"] {
        assert!(!hers.body.contains(private), "{private} in {}", hers.body);
    }

    // A promotion adds the invitations; the end of the membership removes everything.
    fixture.update_grace(&fixture.ada, json!({"role": "admin"})).await;
    assert!(addressed(&fixture.grace.get("/me/activities").await));
    let membership = format!("/memberships/{}", fixture.grace_membership.id);
    assert_eq!(fixture.ada.delete(&membership).await.status, StatusCode::NO_CONTENT);
    let former: RecentActivity = fixture.grace.get("/me/activities").await.ok();
    assert_eq!(former.items, []);
}

/// Summarizes each activity as `<actor> <action> <subject>`.
fn brief(audit_log: &AuditLog) -> Vec<String> {
    let name = |its: &Option<contract::activity::PersonSummary>| {
        let name = its.as_ref().and_then(|its| its.name.as_ref());
        name.map_or_else(|| "?".to_owned(), ToString::to_string)
    };
    let subject = |subject: &Subject| match subject {
        Subject::Organization(its) => its.name.to_string(),
        Subject::Membership(its) => {
            format!("{} as {}", name(&Some(its.person.clone())), its.role.label())
        }
        Subject::Invitation(its) => its.email.to_string(),
        Subject::Resource(_, thing) => thing.title.clone(),
    };
    let action = |action| match action {
        Action::Created => "+",
        Action::Updated => "~",
        Action::Deleted => "-",
    };
    let line = |its: &ActivityView| {
        format!("{} {} {}", name(&its.actor), action(its.action), subject(&its.subject))
    };
    audit_log.items.iter().map(line).collect()
}

#[tokio::test]
async fn admin_reads_all_activities_newest_first() {
    let fixture = fixture().await;
    fixture.note(&fixture.grace, "Plan").await;
    let audit_log = fixture.audit_log(&fixture.ada, "").await;
    let first_five = [
        "Grace + Plan",
        "Grace - grace@example.com",
        "Grace + Grace as Member",
        "Ada + grace@example.com",
        "Ada + Ada as Admin",
    ];
    let summaries = brief(&audit_log);
    for line in first_five.into_iter().chain(["Ada + North Wind"]) {
        assert!(summaries.iter().any(|it| it == line), "no {line:?} in {summaries:?}");
    }
    assert_eq!(summaries.len(), 6, "{summaries:?}");
    assert_eq!(summaries[0], "Grace + Plan");
    assert!(audit_log.items.is_sorted_by_key(|its| std::cmp::Reverse(its.position)));
    assert_eq!(audit_log.next, None);
}

#[tokio::test]
async fn member_sees_no_invitations_and_no_email_addresses() {
    let fixture = fixture().await;
    let path = "/organizations/north-wind/activities";
    let reply = {
        fixture.audit_log(&fixture.grace, "").await;
        fixture.grace.get(path).await
    };
    assert!(reply.body.contains("Grace"), "{}", reply.body);
    assert!(!reply.body.contains('@') && !reply.body.contains("invitation"), "{}", reply.body);
    let refused = fixture.grace.get(&format!("{path}?kind=invitation")).await.error();
    assert_eq!(refused.code, ErrorCode::Forbidden);
}

#[tokio::test]
async fn menu_preferences_are_not_in_the_audit_log() {
    let fixture = fixture().await;
    let before = fixture.audit_log(&fixture.ada, "").await.items.len();
    fixture
        .update_grace(&fixture.grace, json!({"archived": true, "displayOrder": 98_765.125}))
        .await;
    fixture.update_grace(&fixture.grace, json!({"seen": 1_000})).await;
    assert_eq!(fixture.audit_log(&fixture.ada, "").await.items.len(), before);
    assert_eq!(fixture.audit_log(&fixture.grace, "").await.items.len(), before - 2);
    let path = "/organizations/north-wind/activities";
    for reader in [&fixture.ada, &fixture.grace] {
        let body = reader.get(path).await.body;
        for private in ["archived", "muted", "displayOrder", "display_order", "98765.125", "seen"] {
            assert!(!body.contains(private), "{private} in {body}");
        }
    }
}

#[tokio::test]
async fn renaming_shows_the_former_name() {
    let fixture = fixture().await;
    for name in ["East Wind", "South Wind"] {
        let _: Value =
            fixture.ada.patch("/organizations/north-wind", &json!({"name": name})).await.ok();
    }
    let audit_log = fixture.audit_log(&fixture.grace, "?kind=organization&limit=2").await;
    let names = audit_log.items.iter().map(|its| match &its.subject {
        Subject::Organization(its) => {
            (its.before.as_ref().unwrap().name.to_string(), its.name.to_string())
        }
        other => panic!("{other:?}"),
    });
    let expected = [("East Wind", "South Wind"), ("North Wind", "East Wind")];
    assert_eq!(names.collect::<Vec<_>>(), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    assert_eq!(audit_log.items[0].changed, ["name"]);
}

#[tokio::test]
async fn audit_log_is_filtered_and_paged() {
    let fixture = fixture().await;
    fixture.update_grace(&fixture.ada, json!({"role": "admin"})).await;
    for title in ["One", "Two", "Three"] {
        fixture.note(&fixture.grace, title).await;
    }
    fixture.note(&fixture.ada, "Four").await;
    let grace = fixture.grace_membership.user.id;
    let query = format!("?kind=note&person={grace}&limit=2");
    let page = fixture.audit_log(&fixture.ada, &query).await;
    assert_eq!(brief(&page), ["Grace + Three", "Grace + Two"]);
    let rest =
        fixture.audit_log(&fixture.ada, &format!("{query}&after={}", page.next.unwrap())).await;
    assert_eq!((brief(&rest), rest.next), (vec!["Grace + One".to_owned()], None));
    // The filter by person also matches what others did to her membership.
    let hers = fixture.audit_log(&fixture.ada, &format!("?kind=membership&person={grace}")).await;
    assert_eq!(brief(&hers), ["Ada ~ Grace as Admin", "Grace + Grace as Member"]);
}

#[tokio::test]
async fn outsiders_and_former_members_read_nothing() {
    let fixture = fixture().await;
    let linus = fixture.server.person("Linus").await;
    let path = "/organizations/north-wind/activities";
    assert_eq!(linus.get(path).await.error().code, ErrorCode::NotFound);
    assert_eq!(fixture.server.visitor().get(path).await.error().code, ErrorCode::NotSignedIn);
    let body = json!({"name": "Elsewhere", "slug": "elsewhere"});
    let _: OrganizationView = fixture.ada.post("/organizations", &body).await.ok();
    fixture.audit_log(&fixture.ada, "").await;
    assert!(!fixture.ada.get(path).await.body.contains("lsewhere"));
    let membership = format!("/memberships/{}", fixture.grace_membership.id);
    assert_eq!(fixture.ada.delete(&membership).await.status, StatusCode::NO_CONTENT);
    assert_eq!(fixture.grace.get(path).await.error().code, ErrorCode::NotFound);
}

#[tokio::test]
async fn deleted_account_appears_without_a_name() {
    let fixture = fixture().await;
    fixture.note(&fixture.grace, "Plan").await;
    assert!(fixture.grace.delete("/me").await.status.is_success());
    let summaries = brief(&fixture.audit_log(&fixture.ada, "").await);
    assert!(summaries.contains(&"? + Plan".to_owned()), "{summaries:?}");
    assert!(summaries.contains(&"? - ? as Member".to_owned()), "{summaries:?}");
    // The note lost its author, which isn't an update of the note.
    assert!(!summaries.iter().any(|line| line.ends_with("~ Plan")), "{summaries:?}");
}

#[tokio::test]
async fn invalid_parameters_name_their_field() {
    let fixture = fixture().await;
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("after=x", "after"),
        ("after=-1", "after"),
        ("kind=user", "kind"),
        ("kind=nonsense", "kind"),
        ("person=x", "person"),
    ] {
        let path = format!("/organizations/north-wind/activities?{query}");
        let error = fixture.ada.get(&path).await.error();
        assert_eq!(error.code, ErrorCode::InvalidFields, "{query}");
        assert!(error.fields.contains_key(field), "{query}: {error:?}");
    }
}
