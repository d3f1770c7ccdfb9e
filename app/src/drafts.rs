//! Texts that a person has written but not saved. They stay in the browser until they are saved or
//! discarded: over reloads, the way back, and the end of a session.
//!
//! A draft belongs to an account, an organization and a subject. Nothing but the browser's storage
//! keeps it, so the server never sees it.

mod storage;

use serde::Serialize;
use serde::de::DeserializeOwned;

use contract::{NoteId, OrganizationId, UserId};

/// The subject of a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A note that doesn't exist yet.
    NewNote,
    /// Changes of a note.
    Note(NoteId),
    /// The addresses in the form to invite people.
    Invitations,
}

/// The drafts of a person in one organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drafts {
    user: UserId,
    organization: OrganizationId,
}

impl Drafts {
    /// Returns the drafts of that person in that organization.
    #[must_use]
    pub const fn new(user: UserId, organization: OrganizationId) -> Self {
        Self { user, organization }
    }

    /// Returns the draft for that subject. `None` on the server, and for a draft of a release that had
    /// another form.
    #[must_use]
    pub fn load<T: DeserializeOwned>(self, subject: Subject) -> Option<T> {
        serde_json::from_str(&storage::get(&self.key(subject))?).ok()
    }

    /// Keeps a draft instead of the former one.
    pub fn store<T: Serialize>(self, subject: Subject, draft: &T) {
        if let Ok(text) = serde_json::to_string(draft) {
            storage::set(&self.key(subject), &text);
        }
    }

    /// Removes the draft, after it was saved or discarded.
    pub fn remove(self, subject: Subject) {
        storage::remove(&self.key(subject));
    }

    /// Returns the notes that have a draft.
    #[must_use]
    pub fn notes(self) -> Vec<NoteId> {
        let prefix = format!("{}note-", self.prefix());
        storage::keys(&prefix).iter().filter_map(|key| key[prefix.len()..].parse().ok()).collect()
    }

    fn key(self, subject: Subject) -> String {
        let prefix = self.prefix();
        match subject {
            Subject::NewNote => format!("{prefix}new-note"),
            Subject::Note(id) => format!("{prefix}note-{id}"),
            Subject::Invitations => format!("{prefix}invitations"),
        }
    }

    fn prefix(self) -> String {
        format!("{}{}:", user_prefix(self.user), self.organization)
    }
}

/// Whether that person has drafts in any organization.
#[must_use]
pub fn exist(user: UserId) -> bool {
    !storage::keys(&user_prefix(user)).is_empty()
}

/// Removes all drafts of that person.
pub fn remove_all(user: UserId) {
    for key in storage::keys(&user_prefix(user)) {
        storage::remove(&key);
    }
}

fn user_prefix(user: UserId) -> String {
    format!("tributary-draft:{user}:")
}
