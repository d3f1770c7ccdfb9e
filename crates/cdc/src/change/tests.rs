//! Each kind of change, from hand-written rows.

use contract::MutationId;
use serde_json::json;

use super::*;
use crate::relation::RelationId;

const MEMBERSHIP: &str = "018f4c1e-7b1a-7000-8000-000000000001";
const ORGANIZATION: &str = "018f4c1e-7b1a-7000-8000-000000000002";
const USER: &str = "018f4c1e-7b1a-7000-8000-000000000003";
const SESSION: &str = "018f4c1e-7b1a-7000-8000-000000000004";
const INVITATION: &str = "018f4c1e-7b1a-7000-8000-000000000005";

const UUID: u32 = 2950;
const TEXT: u32 = 25;
const BOOL: u32 = 16;
const INT8: u32 = 20;
const FLOAT8: u32 = 701;

fn table(name: &str, columns: &[(&str, u32)]) -> Relation {
    Relation {
        id: RelationId(1),
        name: name.to_owned(),
        columns: columns
            .iter()
            .map(|&(name, type_oid)| Column { name: name.to_owned(), type_oid })
            .collect(),
    }
}

fn memberships() -> Relation {
    table(
        "memberships",
        &[
            ("id", UUID),
            ("organization_id", UUID),
            ("user_id", UUID),
            ("role", TEXT),
            ("muted", BOOL),
            ("display_order", FLOAT8),
            ("version", INT8),
        ],
    )
}

fn membership(role: &'static str, order: &'static str, version: &'static str) -> Tuple<'static> {
    [MEMBERSHIP, ORGANIZATION, USER, role, "f", order, version].map(Value::Text).to_vec()
}

fn activity_of(relation: &Relation, change: &RowChange<'_>) -> NewActivity {
    to_activity(relation, change, Actor::default()).unwrap().unwrap()
}

fn organization_id() -> Option<OrganizationId> {
    Some(ORGANIZATION.parse().unwrap())
}

fn user_id() -> Option<UserId> {
    Some(USER.parse().unwrap())
}

#[test]
fn insert_has_the_whole_row_and_the_actor() {
    let actor = Actor {
        user_id: user_id(),
        mutation_id: Some(MutationId::from_uuid(SESSION.parse().unwrap())),
    };
    let change = RowChange::Insert { new: membership("admin", "1.5", "1") };
    assert_eq!(
        to_activity(&memberships(), &change, actor).unwrap().unwrap(),
        NewActivity {
            kind: ActivityKind::Membership,
            action: Action::Created,
            subject_id: MEMBERSHIP.parse().unwrap(),
            organization_id: organization_id(),
            user_id: user_id(),
            actor_id: actor.user_id,
            mutation_id: actor.mutation_id,
            changed: Vec::new(),
            data: json!({
                "id": MEMBERSHIP,
                "organization_id": ORGANIZATION,
                "user_id": USER,
                "role": "admin",
                "muted": false,
                "display_order": 1.5,
                "version": 1,
            }),
        }
    );
}

#[test]
fn update_names_changed_fields_as_on_the_wire() {
    let change = RowChange::Update {
        old: Some(OldRow::Full(membership("admin", "0", "1"))),
        new: membership("member", "2", "2"),
    };
    let activity = activity_of(&memberships(), &change);
    assert_eq!(activity.action, Action::Updated);
    assert_eq!(activity.changed, ["role", "displayOrder"]);
    assert_eq!(activity.data["role"], "member");
}

#[test]
fn update_of_bookkeeping_columns_is_no_activity() {
    let change = RowChange::Update {
        old: Some(OldRow::Full(membership("admin", "0", "1"))),
        new: membership("admin", "0", "2"),
    };
    assert_eq!(to_activity(&memberships(), &change, Actor::default()), Ok(None));
}

#[test]
fn unchanged_large_value_is_restored_from_the_former_row() {
    let organizations = table("organizations", &[("id", UUID), ("name", TEXT), ("slug", TEXT)]);
    let large = "x".repeat(10_000);
    let change = RowChange::Update {
        old: Some(OldRow::Full([ORGANIZATION, &large, "old"].map(Value::Text).to_vec())),
        new: vec![Value::Text(ORGANIZATION), Value::Unchanged, Value::Text("new")],
    };
    let activity = activity_of(&organizations, &change);
    assert_eq!(activity.changed, ["slug"]);
    assert_eq!(activity.data, json!({"id": ORGANIZATION, "name": large, "slug": "new"}));
}

#[test]
fn deletion_has_the_row_before_it() {
    let change = RowChange::Delete { old: OldRow::Full(membership("member", "0", "3")) };
    let activity = activity_of(&memberships(), &change);
    assert_eq!(activity.action, Action::Deleted);
    assert_eq!(activity.organization_id, organization_id());
    assert_eq!(activity.user_id, user_id());
    assert_eq!(activity.data["role"], "member");
}

#[test]
fn change_without_the_whole_former_row_is_refused() {
    let memberships = memberships();
    let mut key = vec![Value::Null; memberships.columns.len()];
    key[0] = Value::Text(MEMBERSHIP);
    let new = membership("admin", "0", "2");
    for change in [
        RowChange::Delete { old: OldRow::Key(key.clone()) },
        RowChange::Update { old: Some(OldRow::Key(key)), new: new.clone() },
        RowChange::Update { old: None, new },
    ] {
        let refused = to_activity(&memberships, &change, Actor::default()).unwrap_err();
        assert_eq!(refused.to_string(), "the replica identity of table memberships isn't full");
    }
}

#[test]
fn activities_have_the_organization_and_the_user_of_their_row() {
    let created = |name: &str, columns: &[(&str, u32)], values: &[&'static str]| {
        let new = values.iter().copied().map(Value::Text).collect();
        let activity = activity_of(&table(name, columns), &RowChange::Insert { new });
        (activity.kind, activity.organization_id, activity.user_id)
    };
    assert_eq!(created("users", &[("id", UUID)], &[USER]), (ActivityKind::User, None, user_id()));
    assert_eq!(
        created("sessions", &[("id", UUID), ("user_id", UUID)], &[SESSION, USER]),
        (ActivityKind::Session, None, user_id())
    );
    assert_eq!(
        created("organizations", &[("id", UUID)], &[ORGANIZATION]),
        (ActivityKind::Organization, organization_id(), None)
    );
}

#[test]
fn unlinked_invitation_keeps_its_former_user() {
    let invitations = table(
        "invitations",
        &[("id", UUID), ("organization_id", UUID), ("user_id", UUID), ("email", TEXT)],
    );
    let row = |user: Value<'static>| {
        let text = Value::Text;
        vec![text(INVITATION), text(ORGANIZATION), user, text("ada@example.com")]
    };
    let unknown = activity_of(&invitations, &RowChange::Insert { new: row(Value::Null) });
    assert_eq!((unknown.organization_id, unknown.user_id), (organization_id(), None));
    assert_eq!(unknown.data["user_id"], Json::Null);

    let unlinked = RowChange::Update {
        old: Some(OldRow::Full(row(Value::Text(USER)))),
        new: row(Value::Null),
    };
    let unlinked = activity_of(&invitations, &unlinked);
    assert_eq!(unlinked.user_id, user_id());
    assert_eq!(unlinked.changed, ["userId"]);
}

#[test]
fn untracked_tables_are_ignored() {
    let change = RowChange::Insert { new: vec![Value::Text("7")] };
    assert_eq!(to_activity(&table("plants", &[("id", INT8)]), &change, Actor::default()), Ok(None));
}

#[test]
fn row_that_does_not_match_its_table_is_an_error() {
    let change = RowChange::Insert { new: vec![Value::Text(MEMBERSHIP)] };
    assert!(matches!(
        to_activity(&memberships(), &change, Actor::default()),
        Err(ChangeError::ColumnCount { columns: 7, values: 1, .. })
    ));
    let change = RowChange::Insert { new: vec![Value::Text("not an id")] };
    assert!(matches!(
        to_activity(&table("users", &[("id", TEXT)]), &change, Actor::default()),
        Err(ChangeError::NoSubject { .. })
    ));
}

#[test]
fn update_that_readers_see_needs_a_new_version() {
    let update = |old, new| {
        let change = RowChange::Update { old: Some(OldRow::Full(old)), new };
        to_activity(&memberships(), &change, Actor::default()).map(|activity| activity.is_some())
    };
    let before = || membership("member", "0", "3");
    let kept = Err(ChangeError::VersionKept { table: "memberships".to_owned() });
    assert_eq!(update(before(), membership("admin", "0", "3")), kept);
    assert_eq!(update(before(), membership("admin", "0", "2")), kept);
    assert_eq!(update(before(), membership("admin", "0", "4")), Ok(true));
    // Postgres takes them for equal, so the trigger doesn't run.
    assert_eq!(update(before(), membership("member", "-0", "3")), Ok(true));
}

#[test]
fn private_columns_of_users_and_invitations_need_no_version() {
    let update = |table: &Relation, old: &[&'static str], new: &[&'static str]| {
        let tuple = |values: &[&'static str]| values.iter().copied().map(Value::Text).collect();
        let change = RowChange::Update { old: Some(OldRow::Full(tuple(old))), new: tuple(new) };
        to_activity(table, &change, Actor::default()).is_ok()
    };
    let users = table(
        "users",
        &[
            ("id", UUID),
            ("name", TEXT),
            ("email", TEXT),
            ("sessions_version", INT8),
            ("version", INT8),
            ("email_version", INT8),
        ],
    );
    assert!(update(
        &users,
        &[USER, "Ada", "a@b.c", "1", "1", "1"],
        &[USER, "Ada", "a@b.c", "2", "1", "1"]
    ));
    assert!(update(
        &users,
        &[USER, "Ada", "a@b.c", "1", "1", "1"],
        &[USER, "Ada", "b@b.c", "1", "1", "2"]
    ));
    assert!(!update(
        &users,
        &[USER, "Ada", "a@b.c", "1", "1", "1"],
        &[USER, "Ada", "b@b.c", "2", "1", "1"]
    ));
    let invitations =
        table("invitations", &[("id", UUID), ("user_id", UUID), ("role", TEXT), ("version", INT8)]);
    assert!(update(
        &invitations,
        &[INVITATION, USER, "admin", "1"],
        &[INVITATION, ORGANIZATION, "admin", "1"]
    ));
    assert!(!update(
        &invitations,
        &[INVITATION, USER, "admin", "1"],
        &[INVITATION, USER, "member", "1"]
    ));
}
