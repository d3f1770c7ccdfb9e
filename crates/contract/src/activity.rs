//! The audit log and the recent activity, as members of an organization read them.

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

/// A page of an organization's audit log, newest first. It has no total, because counting a long
/// history is expensive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditLog {
    /// The activities on this page.
    pub items: Vec<ActivityView>,
    /// The value of `after` for the next, older page. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<Position>,
}

/// The latest activities in all organizations of the reader, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecentActivity {
    /// At most a few activities; there is no next page.
    pub items: Vec<RecentActivityView>,
}

/// An activity in one of the reader's organizations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecentActivityView {
    /// The organization.
    pub organization_id: OrganizationId,
    /// The activity.
    pub activity: ActivityView,
}

/// An activity, with what a sentence about it needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "RawActivity")]
pub struct ActivityView {
    /// The activity's position in the log.
    pub position: Position,
    /// The change of the subject.
    pub action: Action,
    /// The kind and the subject.
    #[serde(flatten)]
    pub subject: Subject,
    /// The user whose request made the change. Absent for changes outside of a request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<PersonSummary>,
    /// The names of the fields that changed, for updates.
    pub changed: Vec<String>,
    /// When the change was committed.
    pub at: Timestamp,
}

/// An activity whose subject isn't parsed yet, because its type depends on `kind`.
#[derive(Deserialize)]
struct RawActivity {
    position: Position,
    action: Action,
    kind: Kind,
    subject: Box<RawValue>,
    actor: Option<PersonSummary>,
    #[serde(default)]
    changed: Vec<String>,
    at: Timestamp,
}

impl TryFrom<RawActivity> for ActivityView {
    type Error = serde_json::Error;

    fn try_from(raw: RawActivity) -> Result<Self, Self::Error> {
        let RawActivity { position, action, kind, subject, actor, changed, at } = raw;
        let subject = Subject::parse(kind, subject.get())?;
        Ok(Self { position, action, subject, actor, changed, at })
    }
}

/// A person that an activity mentions, with their present name and picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PersonSummary {
    /// The account's id.
    pub id: UserId,
    /// The person's name. Absent if the account was deleted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<Name>,
    /// The person's picture, if there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub picture: Option<PictureId>,
}

/// The subject of an activity, as it was after the change; for a deletion, before it.
///
/// On the wire these are the fields `kind` and `subject` of the activity.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// The organization itself.
    Organization(OrganizationSubject),
    /// A membership.
    Membership(MembershipSubject),
    /// An invitation. Only for admins, because it has an email address.
    Invitation(InvitationSubject),
    /// A resource of the organization.
    Resource(ResourceKind, ResourceSubject),
}

impl Subject {
    /// Returns the kind of the subject.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Organization(_) => Kind::Organization,
            Self::Membership(_) => Kind::Membership,
            Self::Invitation(_) => Kind::Invitation,
            Self::Resource(kind, _) => Kind::Resource(*kind),
        }
    }

    fn parse(kind: Kind, text: &str) -> Result<Self, serde_json::Error> {
        Ok(match kind {
            Kind::Organization => Self::Organization(serde_json::from_str(text)?),
            Kind::Membership => Self::Membership(serde_json::from_str(text)?),
            Kind::Invitation => Self::Invitation(serde_json::from_str(text)?),
            Kind::Resource(kind) => Self::Resource(kind, serde_json::from_str(text)?),
            Kind::User | Kind::Unread | Kind::Quote => {
                let kind = kind.as_str();
                return Err(serde_json::Error::custom(format!(
                    "an activity can't be about a {kind}"
                )));
            }
        })
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut activity = serializer.serialize_struct("Subject", 2)?;
        activity.serialize_field("kind", &self.kind())?;
        match self {
            Self::Organization(subject) => activity.serialize_field("subject", subject)?,
            Self::Membership(subject) => activity.serialize_field("subject", subject)?,
            Self::Invitation(subject) => activity.serialize_field("subject", subject)?,
            Self::Resource(_, subject) => activity.serialize_field("subject", subject)?,
        }
        activity.end()
    }
}

/// The membership that an activity is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MembershipSubject {
    /// The member.
    pub person: PersonSummary,
    /// The role.
    pub role: Role,
}

/// The invitation that an activity is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InvitationSubject {
    /// The invited email address.
    pub email: Email,
    /// The account with that email address, if there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub person: Option<PersonSummary>,
    /// The role.
    pub role: Role,
}

/// The resource that an activity is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceSubject {
    /// The resource's id.
    pub id: Uuid,
    /// The title at that time.
    pub title: String,
}

/// The organization that an activity is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationSubject {
    /// The name at that time.
    pub name: Name,
    /// The slug at that time.
    pub slug: Slug,
    /// Name and slug before an update, if the log still keeps them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before: Option<PreviousNames>,
}

/// An organization's name and slug before an update.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PreviousNames {
    /// The former name.
    pub name: Name,
    /// The former slug.
    pub slug: Slug,
}
