use super::*;
use crate::cache::fixtures::*;
use contract::{Email, Role};

fn two() -> Members {
    let reader = of_reader(member(ORGANIZATION, 1, "Ada"));
    Members::of(ORGANIZATION, vec![member(ORGANIZATION, 2, "Grace"), reader])
}

#[test]
fn of_a_beginning_what_happens_beyond_is_read_and_what_is_held_is_patched() {
    let mut beginning = Members { extent: Extent::Beginning { beyond: 8 }, ..two() };
    let held = member(ORGANIZATION, 2, "Grace");
    let stranger = member(ORGANIZATION, 3, "Zoe");
    for message in [created(stranger.clone()), membership_deleted(&stranger, OTHER)] {
        assert_eq!(beginning.patch(&message, READER), Patched::Stale);
    }
    assert_eq!(names(&beginning), ["Ada", "Grace"]);
    assert_eq!(beginning.patch(&membership_deleted(&held, OTHER), READER), Patched::Changed);
}

fn names(members: &Members) -> Vec<&str> {
    members.items.iter().map(|item| item.user.name.as_str()).collect()
}

#[test]
fn a_new_member_takes_a_place_by_name_and_the_total_follows() {
    let mut members = two();
    let joined = created(member(ORGANIZATION, 3, "barbara"));
    assert_eq!(members.patch(&joined, READER), Patched::Changed);
    assert_eq!(members.patch(&joined, READER), Patched::Unchanged);
    assert_eq!(names(&members), ["Ada", "barbara", "Grace"]);
    assert_eq!(members.items.len(), 3);
}

#[test]
fn a_member_who_is_removed_goes() {
    let mut members = two();
    let removed = membership_deleted(&member(ORGANIZATION, 2, "Grace"), READER);
    assert_eq!(members.patch(&removed, READER), Patched::Changed);
    assert_eq!(members.patch(&removed, READER), Patched::Unchanged);
    assert_eq!(names(&members), ["Ada"]);
    assert_eq!(members.items.len(), 1);
}

#[test]
fn an_update_of_somebody_unknown_is_an_insert() {
    let mut members = two();
    let unknown = updated(newer(member(ORGANIZATION, 3, "Linus")));
    assert_eq!(members.patch(&unknown, READER), Patched::Changed);
    assert_eq!(members.items.len(), 3);
}

#[test]
fn somebodys_new_role_shows_and_an_old_one_does_not() {
    let mut members = two();
    let promoted = MembershipView { role: Role::Admin, ..member(ORGANIZATION, 2, "Grace") };
    assert_eq!(members.patch(&updated(promoted.clone()), READER), Patched::Unchanged);
    assert_eq!(members.patch(&updated(newer(promoted)), READER), Patched::Changed);
    assert_eq!(members.items[1].role, Role::Admin);
}

#[test]
fn a_renamed_person_keeps_the_address_and_takes_another_place() {
    let mut members = two();
    let email = Email::parse("grace@example.com").unwrap();
    members.items[1].user.email = Some(email.clone());
    let renamed = user_renamed(&members.items[1].user, "Aaron");
    assert_eq!(members.patch(&renamed, READER), Patched::Changed);
    assert_eq!(names(&members), ["Aaron", "Ada"]);
    assert_eq!(members.items[0].user.email, Some(email));
}

#[test]
fn whatever_arrives_in_whatever_order_the_list_stays_in_order() {
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
fn an_address_known_as_an_admin_elsewhere_does_not_show_here() {
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
fn a_read_is_whole_when_everybody_is_there_once() {
    let Members { items, .. } = two();
    assert!(is_of_one_moment(&items, 2));
    assert!(!is_of_one_moment(&items, 3), "somebody moved to a page that was read before");
    let twice = [items.clone(), vec![items[0].clone()]].concat();
    assert!(!is_of_one_moment(&twice, 3), "somebody moved to a page that was read after");
}

#[test]
fn a_read_is_whole_when_addresses_and_the_readers_role_go_together() {
    let Members { mut items, .. } = two();
    let role = |items: &mut Vec<MembershipView>, role| {
        let own = items.iter_mut().find(|item| item.user.id == READER).unwrap();
        own.role = role;
        own.preferences = in_menu(1, "Alpha", 0.0).preferences;
    };
    role(&mut items, Role::Admin);
    assert!(!is_of_one_moment(&items, 2), "promoted while it was read");
    let other = items.iter_mut().find(|item| item.user.id != READER).unwrap();
    other.user.email = Some(Email::parse("grace@example.com").unwrap());
    assert!(is_of_one_moment(&items, 2));
    role(&mut items, Role::Member);
    assert!(!is_of_one_moment(&items, 2), "no longer an admin");
}

#[test]
fn the_readers_own_new_role_asks_for_another_read() {
    let mut members = two();
    let promoted =
        MembershipView { role: Role::Admin, ..newer(of_reader(member(ORGANIZATION, 1, "Ada"))) };
    assert_eq!(members.patch(&updated(promoted.clone()), READER), Patched::Stale);
    assert_eq!(members.patch(&updated(promoted), READER), Patched::Unchanged);
}

#[test]
fn a_reader_who_joins_again_reads_what_was_missed() {
    let mut members = two();
    let reader = of_reader(member(ORGANIZATION, 1, "Ada"));
    assert_eq!(members.patch(&membership_deleted(&reader, OTHER), READER), Patched::Changed);
    let again = of_reader(member(ORGANIZATION, 7, "Ada"));
    assert_eq!(members.patch(&created(again), READER), Patched::Stale);
}

#[test]
fn other_organizations_do_nothing() {
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
fn nobody_belongs_to_a_deleted_organization() {
    let mut members = two();
    assert_eq!(members.patch(&organization_deleted(ORGANIZATION), READER), Patched::Changed);
    assert_eq!(members.items.len(), 0);
}
