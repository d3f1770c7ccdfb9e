//! An organization's audit trail, as its members read it.

use serde::de::Error as _;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::cursor::Position;
use super::id::{OrganizationId, PictureId, UserId};
use super::message::{Action, Kind};
use super::permission::Role;
use super::resource::ResourceKind;
use super::text::{Email, Name, Slug};
use super::time::Timestamp;

/// A page of the trail, the newest first. It doesn't say how many there are: history is long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditLog {
    /// What is on this page.
    pub items: Vec<ActivityView>,
    /// Pass it as `after` for the page before in time; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<Position>,
}

/// What happened last in the reader's organizations, the newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecentActivity {
    /// A few of them.
    pub items: Vec<RecentActivityView>,
}

/// Something that happened in one of the reader's organizations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecentActivityView {
    /// In which.
    pub organization_id: OrganizationId,
    /// What.
    pub activity: ActivityView,
}

/// Something that happened in an organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Wire")]
pub struct ActivityView {
    /// Its place in the log.
    pub position: Position,
    /// What happened to the subject.
    pub action: Action,
    /// Kind and subject.
    #[serde(flatten)]
    pub subject: Subject,
    /// Who did it; absent when it was nobody's request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<Mentioned>,
    /// The names of the fields that changed, for updates.
    pub changed: Vec<String>,
    /// When it was committed.
    pub at: Timestamp,
}

/// An activity whose subject isn't read yet, for the same reason as a message's entity.
#[derive(Deserialize)]
struct Wire {
    position: Position,
    action: Action,
    kind: Kind,
    subject: Box<RawValue>,
    actor: Option<Mentioned>,
    #[serde(default)]
    changed: Vec<String>,
    at: Timestamp,
}

impl TryFrom<Wire> for ActivityView {
    type Error = serde_json::Error;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        let Wire { position, action, kind, subject, actor, changed, at } = wire;
        let subject = Subject::read(kind, subject.get())?;
        Ok(Self { position, action, subject, actor, changed, at })
    }
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
///
/// On the wire these are the activity's own fields `kind` and `subject`.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// The organization itself.
    Organization(NamedOrganization),
    /// Somebody's membership.
    Membership(NamedMembership),
    /// An invitation. For admins, as it has an address.
    Invitation(NamedInvitation),
    /// Something that the organization holds.
    Resource(ResourceKind, NamedThing),
}

impl Subject {
    /// What kind of thing it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Organization(_) => Kind::Organization,
            Self::Membership(_) => Kind::Membership,
            Self::Invitation(_) => Kind::Invitation,
            Self::Resource(kind, _) => Kind::Resource(*kind),
        }
    }

    fn read(kind: Kind, text: &str) -> Result<Self, serde_json::Error> {
        Ok(match kind {
            Kind::Organization => Self::Organization(serde_json::from_str(text)?),
            Kind::Membership => Self::Membership(serde_json::from_str(text)?),
            Kind::Invitation => Self::Invitation(serde_json::from_str(text)?),
            Kind::Resource(kind) => Self::Resource(kind, serde_json::from_str(text)?),
            Kind::User | Kind::News => {
                let kind = kind.as_str();
                return Err(serde_json::Error::custom(format!("no activity is of a {kind}")));
            }
        })
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut activity = serializer.serialize_struct("Subject", 2)?;
        activity.serialize_field("kind", &self.kind())?;
        match self {
            Self::Organization(its) => activity.serialize_field("subject", its)?,
            Self::Membership(its) => activity.serialize_field("subject", its)?,
            Self::Invitation(its) => activity.serialize_field("subject", its)?,
            Self::Resource(_, its) => activity.serialize_field("subject", its)?,
        }
        activity.end()
    }
}

/// Whose membership it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NamedMembership {
    /// Whose.
    pub person: Mentioned,
    /// As what.
    pub role: Role,
}

/// Whom an invitation was for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NamedInvitation {
    /// To which address.
    pub email: Email,
    /// The account of that address, once known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub person: Option<Mentioned>,
    /// As what.
    pub role: Role,
}

/// What something was called that the organization held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NamedThing {
    /// Which.
    pub id: Uuid,
    /// Its title.
    pub title: String,
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
