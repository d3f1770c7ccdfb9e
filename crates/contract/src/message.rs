//! The data of a `change` event: one activity, as one reader of the stream may see it.

use serde::de::{DeserializeOwned, Error as _};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::cursor::Position;
use super::id::{MutationId, OrganizationId, UserId};
use super::resource::{ResourceEntity, ResourceKind};
use super::time::Timestamp;
use super::view::{InvitationView, MembershipView, OrganizationView, UserView};

/// The change that an activity records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "lowercase")
)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// The subject was created.
    Created,
    /// Fields of the subject changed.
    Updated,
    /// The subject was deleted.
    Deleted,
}

/// The kind of entity that an activity is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A membership.
    Membership,
    /// An organization.
    Organization,
    /// An invitation.
    Invitation,
    /// A user.
    User,
    /// A resource of an organization. Sent on the organization's stream only.
    Resource(ResourceKind),
    /// A change in an organization that its members haven't seen yet, without the change itself.
    /// Sent on user streams; `news` on the wire.
    Unread,
    /// An organization or a user that open invitations quote, for readers who see such an invitation.
    Quote,
}

impl Kind {
    /// Returns the kind's name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Membership => "membership",
            Self::Organization => "organization",
            Self::Invitation => "invitation",
            Self::User => "user",
            Self::Resource(kind) => kind.as_str(),
            Self::Unread => "news",
            Self::Quote => "quote",
        }
    }

    /// Returns the kind with this name on the wire, or `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = [
            Self::Membership,
            Self::Organization,
            Self::Invitation,
            Self::User,
            Self::Unread,
            Self::Quote,
        ];
        let plain = plain.into_iter().find(|kind| kind.as_str() == text);
        plain.or_else(|| ResourceKind::parse(text).map(Self::Resource))
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom(format!("unknown kind `{text}`")))
    }
}

/// The kind of the subject and, unless it was deleted, its view for this reader.
///
/// On the wire these are the fields `kind` and `entity` of the message. A deletion has no `entity`.
#[derive(Clone, Debug, PartialEq)]
pub enum Entity {
    /// A membership.
    Membership(Option<MembershipView>),
    /// An organization.
    Organization(Option<OrganizationView>),
    /// An invitation.
    Invitation(Option<InvitationView>),
    /// A user.
    User(Option<UserView>),
    /// A resource of an organization.
    Resource(ResourceEntity),
    /// Unread changes in the organization that is the subject. It has no `entity`.
    Unread,
    /// The subject, an organization or a user, has another name, slug or colour, which open invitations show.
    /// The message has no `entity`: the client reads the invitations again.
    Quote,
}

impl Entity {
    /// Returns the kind of the subject.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Membership(_) => Kind::Membership,
            Self::Organization(_) => Kind::Organization,
            Self::Invitation(_) => Kind::Invitation,
            Self::User(_) => Kind::User,
            Self::Resource(resource) => Kind::Resource(resource.kind()),
            Self::Unread => Kind::Unread,
            Self::Quote => Kind::Quote,
        }
    }

    fn parse(kind: Kind, entity: Option<&RawValue>) -> Result<Self, serde_json::Error> {
        fn view<T: DeserializeOwned>(
            entity: Option<&RawValue>,
        ) -> Result<Option<T>, serde_json::Error> {
            entity.map(|entity| serde_json::from_str(entity.get())).transpose()
        }
        Ok(match kind {
            Kind::Membership => Self::Membership(view(entity)?),
            Kind::Organization => Self::Organization(view(entity)?),
            Kind::Invitation => Self::Invitation(view(entity)?),
            Kind::User => Self::User(view(entity)?),
            Kind::Resource(kind) => Self::Resource(ResourceEntity::deserialize(kind, entity)?),
            Kind::Unread => Self::Unread,
            Kind::Quote => Self::Quote,
        })
    }
}

impl Serialize for Entity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn write<S: Serializer, T: Serialize>(
            serializer: S,
            kind: Kind,
            entity: Option<&T>,
        ) -> Result<S::Ok, S::Error> {
            let fields = 1 + usize::from(entity.is_some());
            let mut message = serializer.serialize_struct("Entity", fields)?;
            message.serialize_field("kind", &kind)?;
            if let Some(entity) = entity {
                message.serialize_field("entity", entity)?;
            }
            message.end()
        }
        match self {
            Self::Membership(entity) => write(serializer, self.kind(), entity.as_ref()),
            Self::Organization(entity) => write(serializer, self.kind(), entity.as_ref()),
            Self::Invitation(entity) => write(serializer, self.kind(), entity.as_ref()),
            Self::User(entity) => write(serializer, self.kind(), entity.as_ref()),
            Self::Resource(resource) => {
                write(serializer, self.kind(), (!resource.is_deleted()).then_some(resource))
            }
            Self::Unread | Self::Quote => write(serializer, self.kind(), None::<&()>),
        }
    }
}

/// One activity that the reader may see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "RawMessage")]
pub struct StreamMessage {
    /// The activity's position in the log.
    pub position: Position,
    /// The change of the subject.
    pub action: Action,
    /// The subject's id.
    pub subject_id: Uuid,
    /// The organization that the subject belongs to or is. Absent for users, and for quotes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<OrganizationId>,
    /// The member or the invited person, for memberships and invitations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// The user whose request made the change. Absent for changes outside of a request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<UserId>,
    /// The id that the actor's client chose for the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mutation_id: Option<MutationId>,
    /// The names of the fields that changed, for updates.
    pub changed: Vec<String>,
    /// The newest position at which the organization has an unread change. During catch-up a
    /// message stands for several activities, and the reader's own don't count. `news` on the wire.
    #[serde(rename = "news", skip_serializing_if = "Option::is_none")]
    pub unread: Option<Position>,
    /// The kind and the view of the subject.
    #[serde(flatten)]
    pub entity: Entity,
    /// When the change was committed.
    pub at: Timestamp,
}

/// A message whose entity isn't parsed yet, because its type depends on `kind`.
///
/// Serde's `flatten` would buffer the entity and deserialize it from the buffer. That needs a second
/// copy of all deserializers in the browser's binary.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawMessage {
    position: Position,
    action: Action,
    subject_id: Uuid,
    organization_id: Option<OrganizationId>,
    user_id: Option<UserId>,
    actor_id: Option<UserId>,
    mutation_id: Option<MutationId>,
    #[serde(default)]
    changed: Vec<String>,
    #[serde(rename = "news")]
    unread: Option<Position>,
    kind: Kind,
    entity: Option<Box<RawValue>>,
    at: Timestamp,
}

impl TryFrom<RawMessage> for StreamMessage {
    type Error = serde_json::Error;

    fn try_from(raw: RawMessage) -> Result<Self, Self::Error> {
        Ok(Self {
            position: raw.position,
            action: raw.action,
            subject_id: raw.subject_id,
            organization_id: raw.organization_id,
            user_id: raw.user_id,
            actor_id: raw.actor_id,
            mutation_id: raw.mutation_id,
            changed: raw.changed,
            unread: raw.unread,
            entity: Entity::parse(raw.kind, raw.entity.as_deref())?,
            at: raw.at,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn deletion_has_no_entity_on_the_wire() {
        let wire = json!({
            "position": 7,
            "action": "deleted",
            "subjectId": "018f4c1e-7b1a-7000-8000-000000000000",
            "changed": [],
            "kind": "organization",
            "at": "2026-11-24T08:00:00Z",
        });
        let message: StreamMessage = serde_json::from_value(wire.clone()).unwrap();
        assert_eq!(message.entity, Entity::Organization(None));
        assert_eq!(serde_json::to_value(&message).unwrap(), wire);
    }

    #[test]
    fn unread_message_has_a_position_and_no_entity() {
        let wire = json!({
            "position": 9,
            "action": "updated",
            "subjectId": "018f4c1e-7b1a-7000-8000-000000000000",
            "organizationId": "018f4c1e-7b1a-7000-8000-000000000000",
            "changed": [],
            "news": 9,
            "kind": "news",
            "at": "2026-11-24T08:00:00Z",
        });
        let message: StreamMessage = serde_json::from_value(wire.clone()).unwrap();
        assert_eq!(message.entity, Entity::Unread);
        assert_eq!(serde_json::to_value(&message).unwrap(), wire);
    }

    #[test]
    fn message_about_a_quote_names_what_changed_and_nothing_of_it() {
        let wire = json!({
            "position": 9,
            "action": "updated",
            "subjectId": "018f4c1e-7b1a-7000-8000-000000000000",
            "changed": ["name"],
            "kind": "quote",
            "at": "2026-11-24T08:00:00Z",
        });
        let message: StreamMessage = serde_json::from_value(wire.clone()).unwrap();
        assert_eq!(message.entity, Entity::Quote);
        assert_eq!(serde_json::to_value(&message).unwrap(), wire);
    }

    #[test]
    fn entity_is_a_field_beside_its_kind() {
        let wire = json!({
            "position": 8,
            "action": "updated",
            "subjectId": "018f4c1e-7b1a-7000-8000-000000000000",
            "changed": ["name"],
            "kind": "user",
            "entity": {
                "id": "018f4c1e-7b1a-7000-8000-000000000000",
                "name": "Ada",
                "version": 2,
            },
            "at": "2026-11-24T08:00:00Z",
        });
        let message: StreamMessage = serde_json::from_value(wire.clone()).unwrap();
        assert_eq!(message.entity.kind(), Kind::User);
        assert_eq!(serde_json::to_value(&message).unwrap(), wire);
    }
}
