//! What one organization wrote down.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::merge;
use super::patch::{Patch, Patched};
use crate::api;
use crate::contract::note::NoteView;
use crate::contract::view::UserView;
use crate::contract::{Action, ApiError, Entity, NoteId, OrganizationId, StreamMessage, UserId};
use crate::order::sort;

/// All notes of one organization. Kept true by its own stream, and by the user's stream for the
/// names of authors and for the reader's membership.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notes {
    /// Of which organization.
    pub organization_id: OrganizationId,
    /// The newest first.
    pub items: Vec<NoteView>,
    #[serde(skip)]
    names: Names,
}

/// The newest names that were heard of people. They come on the user's stream, and may be here
/// before a note that was told with the name before, on the organization's.
#[derive(Clone, Debug, Default)]
struct Names(HashMap<UserId, UserView>);

impl Names {
    fn hear(&mut self, user: &UserView) {
        let newest = self.0.entry(user.id).or_insert_with(|| user.clone());
        if newest.version < user.version {
            newest.clone_from(user);
        }
    }
}

/// What was heard isn't shown: lists that show the same are the same.
impl PartialEq for Names {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Notes {
    /// Reads all of them, page by page.
    ///
    /// # Errors
    /// Those of `GET /organizations/{id}/notes`.
    pub async fn fetch(organization_id: OrganizationId) -> Result<Self, ApiError> {
        let mut items = Vec::new();
        let mut after = None;
        loop {
            let page = api::notes::of_organization(organization_id, after.as_deref()).await?;
            items.extend(page.items);
            after = page.next;
            if after.is_none() {
                return Ok(Self::of(organization_id, items));
            }
        }
    }

    /// The note of that id.
    #[must_use]
    pub fn find(&self, id: NoteId) -> Option<&NoteView> {
        self.items.iter().find(|note| note.id == id)
    }

    /// Takes in a note that a request was answered with, before the stream tells of it; also the
    /// newer one that came with a refusal.
    pub fn take_in(&mut self, note: &NoteView) -> Patched {
        if note.organization_id != self.organization_id {
            return Patched::Unchanged;
        }
        let patched = merge::into_notes(&mut self.items, note);
        let author = note.author.as_ref().and_then(|author| self.names.0.get(&author.id));
        if let Some(author) = author.cloned() {
            // Whoever is told of a change was told of this one already.
            let _ = self.name_author(&author);
        }
        self.sort();
        patched
    }

    pub(super) fn of(organization_id: OrganizationId, items: Vec<NoteView>) -> Self {
        let mut notes = Self { organization_id, items, names: Names::default() };
        notes.sort();
        notes
    }

    fn name_author(&mut self, user: &UserView) -> Patched {
        self.names.hear(user);
        self.items
            .iter_mut()
            .filter_map(|note| note.author.as_mut())
            .map(|author| merge::author(author, user))
            .fold(Patched::Unchanged, Patched::and)
    }

    fn sort(&mut self) {
        sort(&mut self.items, |one, other| other.id.cmp(&one.id));
    }
}

impl Patch for Notes {
    fn patch(&mut self, message: &StreamMessage, reader: UserId) -> Patched {
        let of_this_one = message.organization_id == Some(self.organization_id);
        let of_reader = of_this_one && message.user_id == Some(reader);
        match &message.entity {
            Entity::Note(Some(note)) => self.take_in(note),
            Entity::Note(None) if of_this_one => {
                merge::remove(&mut self.items, |note| note.id.uuid() == message.subject_id)
            }
            Entity::User(Some(user)) => self.name_author(user),
            // Whoever just joined has not heard what happened before.
            Entity::Membership(Some(_)) if of_reader && message.action == Action::Created => {
                Patched::Stale
            }
            // Nobody here was told of a new name while its bearer belonged elsewhere.
            Entity::Membership(Some(membership)) => self.name_author(&membership.user),
            Entity::Membership(None) if of_reader => merge::remove(&mut self.items, |_| true),
            Entity::Organization(None) if of_this_one => merge::remove(&mut self.items, |_| true),
            _ => Patched::Unchanged,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::tests::fixtures::*;
    use crate::contract::{Email, NoteTitle};

    fn two() -> Notes {
        Notes::of(ORGANIZATION, vec![note(ORGANIZATION, 1), note(ORGANIZATION, 2)])
    }

    fn retitled(mut note: NoteView, title: &str) -> NoteView {
        note.title = NoteTitle::parse(title).unwrap();
        note.version += 1;
        note
    }

    #[test]
    fn a_new_note_comes_first_and_once() {
        let mut notes = two();
        let third = about_note(Action::Created, note(ORGANIZATION, 3));
        assert_eq!(notes.patch(&third, READER), Patched::Changed);
        assert_eq!(notes.patch(&third, READER), Patched::Unchanged);
        assert_eq!(notes.items[0], note(ORGANIZATION, 3));
        assert_eq!(notes.items.len(), 3);
    }

    #[test]
    fn a_newer_version_shows_and_an_older_one_does_not() {
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
    fn what_a_request_was_answered_with_makes_the_echo_no_news() {
        let mut notes = two();
        let newer = retitled(note(ORGANIZATION, 2), "Mine");
        assert_eq!(notes.take_in(&newer), Patched::Changed);
        let echo = about_note(Action::Updated, newer);
        assert_eq!(notes.patch(&echo, READER), Patched::Unchanged);
    }

    #[test]
    fn a_deleted_note_goes() {
        let mut notes = two();
        let deleted = note_deleted(&note(ORGANIZATION, 1));
        assert_eq!(notes.patch(&deleted, READER), Patched::Changed);
        assert_eq!(notes.patch(&deleted, READER), Patched::Unchanged);
        assert_eq!(notes.items, [note(ORGANIZATION, 2)]);
    }

    #[test]
    fn an_author_who_is_renamed_shows_without_an_address() {
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
    fn a_name_that_came_before_the_note_that_was_told_with_the_former_one_stays() {
        let mut notes = two();
        let third = note(ORGANIZATION, 3);
        let renamed = user_renamed(third.author.as_ref().unwrap(), "Grace Hopper");
        notes.items.clear();
        assert_eq!(notes.patch(&renamed, READER), Patched::Unchanged);
        assert_eq!(notes.patch(&about_note(Action::Created, third), READER), Patched::Changed);
        assert_eq!(notes.items[0].author.as_ref().unwrap().name.as_str(), "Grace Hopper");
    }

    #[test]
    fn an_author_who_joins_again_shows_by_the_name_of_now() {
        let mut notes = two();
        let author = notes.items[0].author.clone().unwrap();
        let mut again = member(ORGANIZATION, 9, "Grace Hopper");
        again.user.id = author.id;
        again.user.version = author.version + 1;
        assert_eq!(notes.patch(&created(again), READER), Patched::Changed);
        assert_eq!(notes.items[0].author.as_ref().unwrap().name.as_str(), "Grace Hopper");
    }

    #[test]
    fn a_newer_note_does_not_bring_an_authors_old_name_back() {
        let mut notes = two();
        let author = notes.items[0].author.clone().unwrap();
        let _ = notes.patch(&user_renamed(&author, "Grace Hopper"), READER);
        let told = about_note(Action::Updated, retitled(note(ORGANIZATION, 2), "Newer"));
        assert_eq!(notes.patch(&told, READER), Patched::Changed);
        assert_eq!(notes.items[0].title.as_str(), "Newer");
        assert_eq!(notes.items[0].author.as_ref().unwrap().name.as_str(), "Grace Hopper");
    }

    #[test]
    fn a_reader_who_left_sees_none_and_who_joins_again_reads_them() {
        let mine = of_reader(member(ORGANIZATION, 1, "Ada"));
        for message in [membership_deleted(&mine, OTHER), organization_deleted(ORGANIZATION)] {
            let mut notes = two();
            assert_eq!(notes.patch(&message, READER), Patched::Changed);
            assert_eq!(notes.items, []);
        }
        assert_eq!(two().patch(&created(mine), READER), Patched::Stale);
    }

    #[test]
    fn other_organizations_and_other_members_do_nothing() {
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
}
