//! One activity, as a reader of the stream gets it.

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

/// What happened to the subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "lowercase")
)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is new.
    Created,
    /// Some of its fields changed.
    Updated,
    /// It is gone.
    Deleted,
}

/// What kind of thing the subject is.
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
    /// Something that an organization holds. On its organization's stream only.
    Resource(ResourceKind),
    /// Something new in an organization, for the person's own stream: that there is, not what.
    News,
}

impl Kind {
    /// As the wire writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Membership => "membership",
            Self::Organization => "organization",
            Self::Invitation => "invitation",
            Self::User => "user",
            Self::Resource(kind) => kind.as_str(),
            Self::News => "news",
        }
    }

    /// The kind that the wire writes so.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain =
            [Self::Membership, Self::Organization, Self::Invitation, Self::User, Self::News];
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
        Self::parse(&text).ok_or_else(|| D::Error::custom(format!("{text} is no kind")))
    }
}

/// The subject's kind and, unless it was deleted, the entity as the API shows it to this reader.
///
/// On the wire these are the message's own fields `kind` and `entity`; the latter is absent for a
/// deletion.
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
    /// Something that an organization holds.
    Resource(ResourceEntity),
    /// Something new in the organization that is the subject. There is nothing to show of it here.
    News,
}

impl Entity {
    /// What kind of thing it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Membership(_) => Kind::Membership,
            Self::Organization(_) => Kind::Organization,
            Self::Invitation(_) => Kind::Invitation,
            Self::User(_) => Kind::User,
            Self::Resource(held) => Kind::Resource(held.kind()),
            Self::News => Kind::News,
        }
    }

    fn read(kind: Kind, entity: Option<&RawValue>) -> Result<Self, serde_json::Error> {
        fn read<T: DeserializeOwned>(
            entity: Option<&RawValue>,
        ) -> Result<Option<T>, serde_json::Error> {
            entity.map(|entity| serde_json::from_str(entity.get())).transpose()
        }
        Ok(match kind {
            Kind::Membership => Self::Membership(read(entity)?),
            Kind::Organization => Self::Organization(read(entity)?),
            Kind::Invitation => Self::Invitation(read(entity)?),
            Kind::User => Self::User(read(entity)?),
            Kind::Resource(kind) => Self::Resource(ResourceEntity::read(kind, entity)?),
            Kind::News => Self::News,
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
            Self::Resource(held) => {
                write(serializer, self.kind(), (!held.is_gone()).then_some(held))
            }
            Self::News => write(serializer, self.kind(), None::<&()>),
        }
    }
}

/// One activity that the reader may see. The data of a `change` event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Wire")]
pub struct StreamMessage {
    /// Its place in the log.
    pub position: Position,
    /// What happened.
    pub action: Action,
    /// The entity's id.
    pub subject_id: Uuid,
    /// The organization concerned: an organization's own id for itself, absent for a user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<OrganizationId>,
    /// Whose it is, for memberships and invitations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// Who did it; absent when it was nobody's request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<UserId>,
    /// The id that the actor's client gave its request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mutation_id: Option<MutationId>,
    /// The names of the fields that changed, for updates.
    pub changed: Vec<String>,
    /// The newest place, of those that this message stands for, at which something happened that
    /// the organization's members may want to see. In catch-up, of what others than the reader did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub news: Option<Position>,
    /// Kind and entity.
    #[serde(flatten)]
    pub entity: Entity,
    /// When it was committed.
    pub at: Timestamp,
}

/// A message whose entity isn't read yet. Serde would keep an entity that is flattened in a type of
/// its own, and read it from there by a second set of functions, which every page would load.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    position: Position,
    action: Action,
    subject_id: Uuid,
    organization_id: Option<OrganizationId>,
    user_id: Option<UserId>,
    actor_id: Option<UserId>,
    mutation_id: Option<MutationId>,
    #[serde(default)]
    changed: Vec<String>,
    news: Option<Position>,
    kind: Kind,
    entity: Option<Box<RawValue>>,
    at: Timestamp,
}

impl TryFrom<Wire> for StreamMessage {
    type Error = serde_json::Error;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        Ok(Self {
            position: wire.position,
            action: wire.action,
            subject_id: wire.subject_id,
            organization_id: wire.organization_id,
            user_id: wire.user_id,
            actor_id: wire.actor_id,
            mutation_id: wire.mutation_id,
            changed: wire.changed,
            news: wire.news,
            entity: Entity::read(wire.kind, wire.entity.as_deref())?,
            at: wire.at,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_deletion_has_no_entity_on_the_wire_and_reads_back() {
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
    fn news_say_where_they_are_and_nothing_more() {
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
        assert_eq!(message.entity, Entity::News);
        assert_eq!(serde_json::to_value(&message).unwrap(), wire);
    }

    #[test]
    fn an_entity_travels_beside_its_kind() {
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
