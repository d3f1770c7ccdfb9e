//! Tests with notes.

use super::*;
use crate::cache::fixtures::*;
use contract::note::NoteView;
use contract::{Email, NoteTitle};

type Notes = ResourceList<NoteView>;

fn two() -> Notes {
    Notes::new(ORGANIZATION, vec![note(ORGANIZATION, 1), note(ORGANIZATION, 2)])
}

fn retitled(mut note: NoteView, title: &str) -> NoteView {
    note.title = NoteTitle::parse(title).unwrap();
    note.version += 1;
    note
}

#[test]
fn new_note_is_inserted_first_and_once() {
    let mut notes = two();
    let third = about_note(Action::Created, note(ORGANIZATION, 3));
    assert_eq!(notes.patch(&third, READER), Patched::Changed);
    assert_eq!(notes.patch(&third, READER), Patched::Unchanged);
    assert_eq!(notes.items[0], note(ORGANIZATION, 3));
    assert_eq!(notes.items.len(), 3);
}

#[test]
fn newer_version_replaces_an_older_one_only() {
    let mut notes = two();
    let newer = retitled(note(ORGANIZATION, 1), "Another title");
    let told = about_note(Action::Updated, newer.clone());
    assert_eq!(notes.patch(&told, READER), Patched::Changed);
    assert_eq!(notes.items[1], newer);
    let late = about_note(Action::Updated, note(ORGANIZATION, 1));
    assert_eq!(notes.patch(&late, READER), Patched::Unchanged);
    assert_eq!(notes.items[1], newer);
}

#[test]
fn message_after_the_own_response_changes_nothing() {
    let mut notes = two();
    let newer = retitled(note(ORGANIZATION, 2), "Mine");
    assert_eq!(notes.merge_response(&newer), Patched::Changed);
    let echo = about_note(Action::Updated, newer);
    assert_eq!(notes.patch(&echo, READER), Patched::Unchanged);
}

#[test]
fn deleted_note_is_removed() {
    let mut notes = two();
    let deleted = note_deleted(&note(ORGANIZATION, 1));
    assert_eq!(notes.patch(&deleted, READER), Patched::Changed);
    assert_eq!(notes.patch(&deleted, READER), Patched::Unchanged);
    assert_eq!(notes.items, [note(ORGANIZATION, 2)]);
}

#[test]
fn renamed_author_is_shown_without_an_email() {
    let mut notes = two();
    let mut author = notes.items[0].author.clone().unwrap();
    author.email = Some(Email::parse("grace@example.com").unwrap());
    let mut told = user_renamed(&author, "Grace Hopper");
    if let Entity::User(Some(user)) = &mut told.entity {
        user.email = author.email;
    }
    assert_eq!(notes.patch(&told, READER), Patched::Changed);
    for note in &notes.items {
        let author = note.author.as_ref().unwrap();
        assert_eq!((author.name.as_str(), &author.email), ("Grace Hopper", &None));
    }
    assert_eq!(notes.patch(&told, READER), Patched::Unchanged);
}

#[test]
fn name_from_the_user_stream_wins_over_an_older_name_in_a_later_note() {
    let mut notes = two();
    let third = note(ORGANIZATION, 3);
    let renamed = user_renamed(third.author.as_ref().unwrap(), "Grace Hopper");
    notes.items.clear();
    assert_eq!(notes.patch(&renamed, READER), Patched::Unchanged);
    assert_eq!(notes.patch(&about_note(Action::Created, third), READER), Patched::Changed);
    assert_eq!(notes.items[0].author.as_ref().unwrap().name.as_str(), "Grace Hopper");
}

#[test]
fn author_who_joins_again_has_the_current_name() {
    let mut notes = two();
    let author = notes.items[0].author.clone().unwrap();
    let mut again = member(ORGANIZATION, 9, "Grace Hopper");
    again.user.id = author.id;
    again.user.version = author.version + 1;
    assert_eq!(notes.patch(&created(again), READER), Patched::Changed);
    assert_eq!(notes.items[0].author.as_ref().unwrap().name.as_str(), "Grace Hopper");
}

#[test]
fn newer_note_does_not_restore_an_old_author_name() {
    let mut notes = two();
    let author = notes.items[0].author.clone().unwrap();
    let _ = notes.patch(&user_renamed(&author, "Grace Hopper"), READER);
    let told = about_note(Action::Updated, retitled(note(ORGANIZATION, 2), "Newer"));
    assert_eq!(notes.patch(&told, READER), Patched::Changed);
    assert_eq!(notes.items[0].title.as_str(), "Newer");
    assert_eq!(notes.items[0].author.as_ref().unwrap().name.as_str(), "Grace Hopper");
}

#[test]
fn reader_who_leaves_sees_none_and_who_joins_again_refetches() {
    let mine = of_reader(member(ORGANIZATION, 1, "Ada"));
    for message in [membership_deleted(&mine, OTHER), organization_deleted(ORGANIZATION)] {
        let mut notes = two();
        assert_eq!(notes.patch(&message, READER), Patched::Changed);
        assert_eq!(notes.items, []);
    }
    assert_eq!(two().patch(&created(mine), READER), Patched::Stale);
}

#[test]
fn other_organizations_and_members_change_nothing() {
    let mut notes = two();
    let grace = member(ORGANIZATION, 2, "Grace");
    for message in [
        about_note(Action::Created, note(ELSEWHERE, 3)),
        note_deleted(&note(ELSEWHERE, 1)),
        organization_deleted(ELSEWHERE),
        membership_deleted(&of_reader(member(ELSEWHERE, 1, "Ada")), OTHER),
        membership_deleted(&grace, OTHER),
        created(grace),
    ] {
        assert_eq!(notes.patch(&message, READER), Patched::Unchanged);
    }
    assert_eq!(notes, two());
}
