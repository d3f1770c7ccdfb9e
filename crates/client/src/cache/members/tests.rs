use super::*;
use crate::cache::fixtures::*;
use contract::{Email, Role};

fn two() -> Members {
    let reader = of_reader(member(ORGANIZATION, 1, "Ada"));
    Members::new(ORGANIZATION, vec![member(ORGANIZATION, 2, "Grace"), reader])
}

#[test]
fn first_page_is_patched_and_becomes_stale_by_changes_of_other_members() {
    let mut first_page =
        Members { completeness: Completeness::FirstPage { remaining: 8 }, ..two() };
    let current = member(ORGANIZATION, 2, "Grace");
    let stranger = member(ORGANIZATION, 3, "Zoe");
    for message in [created(stranger.clone()), membership_deleted(&stranger, OTHER)] {
        assert_eq!(first_page.patch(&message, READER), Patched::Stale);
    }
    assert_eq!(names(&first_page), ["Ada", "Grace"]);
    assert_eq!(first_page.patch(&membership_deleted(&current, OTHER), READER), Patched::Changed);
}

fn names(members: &Members) -> Vec<&str> {
    members.items.iter().map(|item| item.user.name.as_str()).collect()
}

#[test]
fn new_member_is_inserted_by_name() {
    let mut members = two();
    let joined = created(member(ORGANIZATION, 3, "barbara"));
    assert_eq!(members.patch(&joined, READER), Patched::Changed);
    assert_eq!(members.patch(&joined, READER), Patched::Unchanged);
    assert_eq!(names(&members), ["Ada", "barbara", "Grace"]);
    assert_eq!(members.items.len(), 3);
}

#[test]
fn removed_member_disappears() {
    let mut members = two();
    let removed = membership_deleted(&member(ORGANIZATION, 2, "Grace"), READER);
    assert_eq!(members.patch(&removed, READER), Patched::Changed);
    assert_eq!(members.patch(&removed, READER), Patched::Unchanged);
    assert_eq!(names(&members), ["Ada"]);
    assert_eq!(members.items.len(), 1);
}

#[test]
fn update_of_an_unknown_member_inserts_them() {
    let mut members = two();
    let unknown = updated(newer(member(ORGANIZATION, 3, "Linus")));
    assert_eq!(members.patch(&unknown, READER), Patched::Changed);
    assert_eq!(members.items.len(), 3);
}

#[test]
fn newer_role_replaces_an_older_one_only() {
    let mut members = two();
    let promoted = MembershipView { role: Role::Admin, ..member(ORGANIZATION, 2, "Grace") };
    assert_eq!(members.patch(&updated(promoted.clone()), READER), Patched::Unchanged);
    assert_eq!(members.patch(&updated(newer(promoted)), READER), Patched::Changed);
    assert_eq!(members.items[1].role, Role::Admin);
}

#[test]
fn renamed_person_keeps_the_email_and_moves() {
    let mut members = two();
    let email = Email::parse("grace@example.com").unwrap();
    members.items[1].user.email = Some(email.clone());
    let renamed = user_renamed(&members.items[1].user, "Aaron");
    assert_eq!(members.patch(&renamed, READER), Patched::Changed);
    assert_eq!(names(&members), ["Aaron", "Ada"]);
    assert_eq!(members.items[0].user.email, Some(email));
}

#[test]
fn list_stays_sorted_in_any_message_order() {
    let mut members = two();
    for (number, name) in [(9, "carol"), (4, "Bob"), (6, "ada"), (5, "Zoe"), (7, "Bob")] {
        let _ = members.patch(&created(member(ORGANIZATION, number, name)), READER);
    }
    let mut renamed = newer(member(ORGANIZATION, 9, "Aaron"));
    renamed.user.version += 1;
    let _ = members.patch(&updated(renamed), READER);
    let placed = members.items.clone();
    members.sort();
    assert_eq!(members.items, placed);
    assert_eq!(names(&members)[0], "Aaron");
}

#[test]
fn email_visible_in_another_organization_is_not_shown() {
    let mut members = two();
    assert_eq!(members.items[1].user.email, None);
    let mut renamed = user_renamed(&members.items[1].user, "Grace H.");
    if let Entity::User(Some(user)) = &mut renamed.entity {
        user.email = Some(Email::parse("grace@example.com").unwrap());
    }
    assert_eq!(members.patch(&renamed, READER), Patched::Changed);
    assert_eq!(names(&members), ["Ada", "Grace H."]);
    assert_eq!(members.items[1].user.email, None);
}

#[test]
fn fetch_is_consistent_if_every_member_is_there_once() {
    let Members { items, .. } = two();
    assert!(is_consistent(&items, 2));
    assert!(!is_consistent(&items, 3), "somebody moved to a page that was read before");
    let twice = [items.clone(), vec![items[0].clone()]].concat();
    assert!(!is_consistent(&twice, 3), "somebody moved to a page that was read after");
}

#[test]
fn fetch_is_consistent_if_emails_match_the_readers_role() {
    let Members { mut items, .. } = two();
    let role = |items: &mut Vec<MembershipView>, role| {
        let own = items.iter_mut().find(|item| item.user.id == READER).unwrap();
        own.role = role;
        own.preferences = in_menu(1, "Alpha", 0.0).preferences;
    };
    role(&mut items, Role::Admin);
    assert!(!is_consistent(&items, 2), "promoted while it was read");
    let other = items.iter_mut().find(|item| item.user.id != READER).unwrap();
    other.user.email = Some(Email::parse("grace@example.com").unwrap());
    assert!(is_consistent(&items, 2));
    role(&mut items, Role::Member);
    assert!(!is_consistent(&items, 2), "no longer an admin");
}

#[test]
fn role_change_of_the_reader_makes_the_list_stale() {
    let mut members = two();
    let promoted =
        MembershipView { role: Role::Admin, ..newer(of_reader(member(ORGANIZATION, 1, "Ada"))) };
    assert_eq!(members.patch(&updated(promoted.clone()), READER), Patched::Stale);
    assert_eq!(members.patch(&updated(promoted), READER), Patched::Unchanged);
}

#[test]
fn reader_who_joins_again_refetches() {
    let mut members = two();
    let reader = of_reader(member(ORGANIZATION, 1, "Ada"));
    assert_eq!(members.patch(&membership_deleted(&reader, OTHER), READER), Patched::Changed);
    let again = of_reader(member(ORGANIZATION, 7, "Ada"));
    assert_eq!(members.patch(&created(again), READER), Patched::Stale);
}

#[test]
fn other_organizations_change_nothing() {
    let mut members = two();
    for message in [
        created(member(ELSEWHERE, 3, "Linus")),
        membership_deleted(&member(ELSEWHERE, 3, "Linus"), READER),
        organization_deleted(ELSEWHERE),
    ] {
        assert_eq!(members.patch(&message, READER), Patched::Unchanged);
    }
    assert_eq!(members, two());
}

#[test]
fn deleted_organization_has_no_members() {
    let mut members = two();
    assert_eq!(members.patch(&organization_deleted(ORGANIZATION), READER), Patched::Changed);
    assert_eq!(members.items.len(), 0);
}
