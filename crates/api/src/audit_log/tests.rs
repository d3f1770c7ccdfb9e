//! What members read of their organization's history.

use contract::activity::{ActivityView, AuditLog, RecentActivity, Subject};
use contract::note::NoteView;
use contract::view::{MembershipView, OrganizationView};
use contract::{Action, ErrorCode};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::test_server::TestServer;
use testing::Person;

/// Ada's organization with Grace in it, and everything about it in the log.
struct Wind {
    server: TestServer,
    ada: Person,
    grace: Person,
    grace_membership: MembershipView,
}

async fn wind() -> Wind {
    let server = TestServer::start().await;
    let (ada, grace) = (server.person("Ada").await, server.person("Grace").await);
    let body = json!({"name": "North Wind", "slug": "north-wind"});
    let _: OrganizationView = ada.post("/organizations", &body).await.ok();
    let body = json!({"emails": ["grace@example.com"], "role": "member"});
    let _: Value = ada.post("/organizations/north-wind/invitations", &body).await.ok();
    let invitations: Value = grace.get("/me/invitations").await.ok();
    let id = invitations["items"][0]["id"].as_str().unwrap();
    let grace_membership = grace.post(&format!("/invitations/{id}/accept"), &json!({})).await.ok();
    Wind { server, ada, grace, grace_membership }
}

impl Wind {
    async fn trail(&self, reader: &Person, query: &str) -> AuditLog {
        self.server.database.settled().await;
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
async fn what_happened_lately_is_told_over_all_of_ones_organizations() {
    let wind = wind().await;
    let body = json!({"name": "Harbour Lab", "slug": "harbour-lab"});
    let lab: OrganizationView = wind.grace.post("/organizations", &body).await.ok();
    for number in 1..=8 {
        wind.note(&wind.ada, &format!("Note {number}")).await;
    }
    wind.server.database.settled().await;
    let hers: RecentActivity = wind.grace.get("/me/activities").await.ok();
    let newest_first = hers.items.is_sorted_by(|a, b| a.activity.position > b.activity.position);
    assert!(newest_first, "{hers:?}");
    assert_eq!(hers.items.len(), 10);
    let of_lab = hers.items.iter().filter(|item| item.organization_id == lab.id).count();
    assert_eq!(of_lab, 2);

    let his: RecentActivity = wind.ada.get("/me/activities").await.ok();
    assert!(his.items.iter().all(|item| item.organization_id != lab.id));
    let outsider = wind.server.person("Linus").await;
    let nothing: RecentActivity = outsider.get("/me/activities").await.ok();
    assert!(nothing.items.is_empty());
    let visitor = wind.server.visitor().get("/me/activities").await.error();
    assert_eq!(visitor.code, ErrorCode::NotSignedIn);
}

/// What somebody reads of one organization, and what they read of it among all of theirs.
async fn both(wind: &Wind, reader: &Person) -> (Vec<ActivityView>, Vec<ActivityView>) {
    let trail = wind.trail(reader, "?limit=10").await.items;
    let reply = reader.get("/me/activities").await;
    let lately = reply.ok::<RecentActivity>().items.into_iter().map(|item| item.activity).collect();
    (trail, lately)
}

#[tokio::test]
async fn lately_tells_each_of_what_the_organizations_own_page_tells_them() {
    let wind = wind().await;
    wind.update_grace(&wind.grace, json!({"archived": true, "displayOrder": 7.5})).await;
    wind.update_grace(&wind.grace, json!({"muted": true, "seen": 1_000})).await;
    let _: Value =
        wind.ada.patch("/organizations/north-wind", &json!({"name": "South Wind"})).await.ok();
    for reader in [&wind.ada, &wind.grace] {
        let (trail, lately) = both(&wind, reader).await;
        assert_eq!(lately, trail);
    }
    let addressed = |reply: &testing::Reply| reply.body.contains('@');
    assert!(addressed(&wind.ada.get("/me/activities").await));
    let hers = wind.grace.get("/me/activities").await;
    assert!(!addressed(&hers) && !hers.body.contains("invitation"), "{}", hers.body);
    for private in ["archived", "muted", "display", "seen"] {
        assert!(!hers.body.contains(private), "{private} in {}", hers.body);
    }

    // With the role comes what it may know, and with the membership goes everything.
    wind.update_grace(&wind.ada, json!({"role": "admin"})).await;
    assert!(addressed(&wind.grace.get("/me/activities").await));
    let membership = format!("/memberships/{}", wind.grace_membership.id);
    assert_eq!(wind.ada.delete(&membership).await.status, StatusCode::NO_CONTENT);
    let former: RecentActivity = wind.grace.get("/me/activities").await.ok();
    assert_eq!(former.items, []);
}

/// What happened, briefly: `<actor> <action> <subject>`.
fn brief(trail: &AuditLog) -> Vec<String> {
    let name = |its: &Option<contract::activity::Mentioned>| {
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
    trail.items.iter().map(line).collect()
}

#[tokio::test]
async fn an_admin_reads_all_that_happened_the_newest_first() {
    let wind = wind().await;
    wind.note(&wind.grace, "Plan").await;
    let trail = wind.trail(&wind.ada, "").await;
    let first_five = [
        "Grace + Plan",
        "Grace - grace@example.com",
        "Grace + Grace as Member",
        "Ada + grace@example.com",
        "Ada + Ada as Admin",
    ];
    let told = brief(&trail);
    for line in first_five.into_iter().chain(["Ada + North Wind"]) {
        assert!(told.iter().any(|it| it == line), "no {line:?} in {told:?}");
    }
    assert_eq!(told.len(), 6, "{told:?}");
    assert_eq!(told[0], "Grace + Plan");
    assert!(trail.items.is_sorted_by_key(|its| std::cmp::Reverse(its.position)));
    assert_eq!(trail.next, None);
}

#[tokio::test]
async fn a_member_learns_of_no_invitation_and_no_address() {
    let wind = wind().await;
    let path = "/organizations/north-wind/activities";
    let reply = {
        wind.trail(&wind.grace, "").await;
        wind.grace.get(path).await
    };
    assert!(reply.body.contains("Grace"), "{}", reply.body);
    assert!(!reply.body.contains('@') && !reply.body.contains("invitation"), "{}", reply.body);
    let refused = wind.grace.get(&format!("{path}?kind=invitation")).await.error();
    assert_eq!(refused.code, ErrorCode::Forbidden);
}

#[tokio::test]
async fn how_members_arrange_their_menu_is_nobodys_history() {
    let wind = wind().await;
    let before = wind.trail(&wind.ada, "").await.items.len();
    wind.update_grace(&wind.grace, json!({"archived": true, "displayOrder": 7.5})).await;
    wind.update_grace(&wind.grace, json!({"seen": 1_000})).await;
    assert_eq!(wind.trail(&wind.ada, "").await.items.len(), before);
    assert_eq!(wind.trail(&wind.grace, "").await.items.len(), before - 2);
    let path = "/organizations/north-wind/activities";
    for reader in [&wind.ada, &wind.grace] {
        let body = reader.get(path).await.body;
        for private in ["archived", "muted", "displayOrder", "display_order", "7.5", "seen"] {
            assert!(!body.contains(private), "{private} in {body}");
        }
    }
}

#[tokio::test]
async fn a_new_name_is_told_with_the_former_one() {
    let wind = wind().await;
    for name in ["East Wind", "South Wind"] {
        let _: Value =
            wind.ada.patch("/organizations/north-wind", &json!({"name": name})).await.ok();
    }
    let trail = wind.trail(&wind.grace, "?kind=organization&limit=2").await;
    let names = trail.items.iter().map(|its| match &its.subject {
        Subject::Organization(its) => {
            (its.before.as_ref().unwrap().name.to_string(), its.name.to_string())
        }
        other => panic!("{other:?}"),
    });
    let expected = [("East Wind", "South Wind"), ("North Wind", "East Wind")];
    assert_eq!(names.collect::<Vec<_>>(), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    assert_eq!(trail.items[0].changed, ["name"]);
}

#[tokio::test]
async fn it_is_filtered_by_person_and_kind_and_comes_page_by_page() {
    let wind = wind().await;
    wind.update_grace(&wind.ada, json!({"role": "admin"})).await;
    for title in ["One", "Two", "Three"] {
        wind.note(&wind.grace, title).await;
    }
    wind.note(&wind.ada, "Four").await;
    let grace = wind.grace_membership.user.id;
    let query = format!("?kind=note&person={grace}&limit=2");
    let page = wind.trail(&wind.ada, &query).await;
    assert_eq!(brief(&page), ["Grace + Three", "Grace + Two"]);
    let rest = wind.trail(&wind.ada, &format!("{query}&after={}", page.next.unwrap())).await;
    assert_eq!((brief(&rest), rest.next), (vec!["Grace + One".to_owned()], None));
    // What was done to hers, too.
    let hers = wind.trail(&wind.ada, &format!("?kind=membership&person={grace}")).await;
    assert_eq!(brief(&hers), ["Ada ~ Grace as Admin", "Grace + Grace as Member"]);
}

#[tokio::test]
async fn outsiders_and_former_members_read_nothing_and_nothing_of_others_is_in_it() {
    let wind = wind().await;
    let linus = wind.server.person("Linus").await;
    let path = "/organizations/north-wind/activities";
    assert_eq!(linus.get(path).await.error().code, ErrorCode::NotFound);
    assert_eq!(wind.server.visitor().get(path).await.error().code, ErrorCode::NotSignedIn);
    let body = json!({"name": "Elsewhere", "slug": "elsewhere"});
    let _: OrganizationView = wind.ada.post("/organizations", &body).await.ok();
    wind.trail(&wind.ada, "").await;
    assert!(!wind.ada.get(path).await.body.contains("lsewhere"));
    let membership = format!("/memberships/{}", wind.grace_membership.id);
    assert_eq!(wind.ada.delete(&membership).await.status, StatusCode::NO_CONTENT);
    assert_eq!(wind.grace.get(path).await.error().code, ErrorCode::NotFound);
}

#[tokio::test]
async fn who_deleted_their_account_is_told_of_without_a_name() {
    let wind = wind().await;
    wind.note(&wind.grace, "Plan").await;
    assert!(wind.grace.delete("/me").await.status.is_success());
    let told = brief(&wind.trail(&wind.ada, "").await);
    assert!(told.contains(&"? + Plan".to_owned()), "{told:?}");
    assert!(told.contains(&"? - ? as Member".to_owned()), "{told:?}");
    // That the note lost its author is no change of the note.
    assert!(!told.iter().any(|line| line.ends_with("~ Plan")), "{told:?}");
}

#[tokio::test]
async fn parameters_that_cant_be_read_name_their_field() {
    let wind = wind().await;
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
        let error = wind.ada.get(&path).await.error();
        assert_eq!(error.code, ErrorCode::InvalidFields, "{query}");
        assert!(error.fields.contains_key(field), "{query}: {error:?}");
    }
}
