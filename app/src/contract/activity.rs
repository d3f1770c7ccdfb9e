//! An organization's audit trail, as its members read it.

use serde::{Deserialize, Serialize};

use super::cursor::Position;
use super::id::{NoteId, PictureId, UserId};
use super::message::Action;
use super::permission::Role;
use super::text::{Email, Name, NoteTitle, Slug};
use super::time::Timestamp;

/// A page of the trail, the newest first. It doesn't say how many there are: history is long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trail {
    /// What is on this page.
    pub items: Vec<ActivityView>,
    /// Pass it as `after` for the page before in time; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<Position>,
}

/// Something that happened in an organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivityView {
    /// Its place in the log.
    pub position: Position,
    /// What happened to the subject.
    pub action: Action,
    /// Kind and subject.
    #[serde(flatten)]
    pub subject: Subject,
    /// Who did it; absent when it was nobody's request.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub actor: Option<Mentioned>,
    /// The names of the fields that changed, for updates.
    #[serde(default)]
    pub changed: Vec<String>,
    /// When it was committed.
    pub at: Timestamp,
}

/// A person in a sentence, by today's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mentioned {
    /// Who.
    pub id: UserId,
    /// What they are called; absent once their account is gone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<Name>,
    /// What they look like today.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub picture: Option<PictureId>,
}

/// What it happened to, as it was afterwards; for a deletion, before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "subject", rename_all = "lowercase")]
pub enum Subject {
    /// The organization itself.
    Organization(NamedOrganization),
    /// Somebody's membership.
    Membership {
        /// Whose.
        person: Mentioned,
        /// As what.
        role: Role,
    },
    /// An invitation. For admins, as it has an address.
    Invitation {
        /// To which address.
        email: Email,
        /// The account of that address, once known.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        person: Option<Mentioned>,
        /// As what.
        role: Role,
    },
    /// A note.
    Note {
        /// Which.
        id: NoteId,
        /// What it is called.
        title: NoteTitle,
    },
}

/// What an organization was called.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NamedOrganization {
    /// Its name.
    pub name: Name,
    /// Its slug.
    pub slug: Slug,
    /// What it was called before an update, where the log still knows.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before: Option<FormerNames>,
}

/// What an organization was called before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FormerNames {
    /// Its name.
    pub name: Name,
    /// Its slug.
    pub slug: Slug,
}
