//! Resources: entities that belong to an organization, such as notes.
//!
//! Every member may read all resources. Their changes are sent on the organization's stream. To add
//! a kind, add an entry to `resources!` below: the log, the streams, catch-up, the audit log, the
//! client and the lists in the browser are generic over it. See `docs/adding-an-entity.md`.

use std::fmt::{Debug, Display};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::id::OrganizationId;
use super::note::{CreateNote, NoteId, NoteView, UpdateNote};
use super::view::UserView;

resources! {
    /// A note.
    Note("note", "notes"): NoteView, NoteId, CreateNote, UpdateNote;
}

/// The view of a resource.
pub trait Resource:
    Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// The kind of the resource.
    const KIND: ResourceKind;

    /// The type of its id.
    type Id: Copy + Display + Into<Uuid> + Send;

    /// The body of `POST /organizations/{id}/{collection}`.
    type Create: Serialize + Sync;

    /// The body of `PATCH /{collection}/{id}`.
    type Update: Serialize + Sync;

    /// Returns the resource's id. Ids grow with the time of creation.
    fn id(&self) -> Self::Id;

    /// Returns the id without its type.
    fn uuid(&self) -> Uuid {
        self.id().into()
    }

    /// Returns the organization that the resource belongs to.
    fn organization_id(&self) -> OrganizationId;

    /// Returns the title.
    fn title(&self) -> &str;

    /// Grows with every change of the row.
    fn version(&self) -> i64;

    /// Returns the user who created the resource. `None` if the account was deleted.
    fn author(&mut self) -> Option<&mut UserView>;

    /// Returns the view in an entity of this kind: `Some(None)` for a deletion, `None` for another
    /// kind.
    fn from_entity(entity: &ResourceEntity) -> Option<Option<&Self>>;
}

/// Makes the enums and implements [`Resource`] for the views.
macro_rules! resources {
    ($(
        $(#[$doc:meta])*
        $Kind:ident($name:literal, $collection:literal):
            $View:ty, $Id:ty, $Create:ty, $Update:ty;
    )+) => {
        /// The kinds of resources.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ResourceKind {
            $($(#[$doc])* $Kind,)+
        }

        impl ResourceKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$Kind),+];

            /// Returns the kind's name on the wire and in sentences.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$Kind => $name,)+
                }
            }

            /// Returns the plural, which is the path segment in URLs and the name of the table.
            #[must_use]
            pub const fn collection(self) -> &'static str {
                match self {
                    $(Self::$Kind => $collection,)+
                }
            }
        }

        /// A resource of any kind; `None` if it was deleted.
        #[derive(Clone, Debug, PartialEq)]
        pub enum ResourceEntity {
            $($(#[$doc])* $Kind(Option<$View>),)+
        }

        impl ResourceEntity {
            /// Returns the kind of the resource.
            #[must_use]
            pub const fn kind(&self) -> ResourceKind {
                match self {
                    $(Self::$Kind(_) => ResourceKind::$Kind,)+
                }
            }

            /// Whether the resource was deleted.
            #[must_use]
            pub const fn is_deleted(&self) -> bool {
                match self {
                    $(Self::$Kind(view) => view.is_none(),)+
                }
            }

            /// Deserializes a resource of that kind. `None` is a deletion.
            ///
            /// # Errors
            /// When the data isn't a view of that kind.
            pub fn deserialize<'de, D: Deserializer<'de>>(
                kind: ResourceKind,
                entity: Option<D>,
            ) -> Result<Self, D::Error> {
                Ok(match kind {
                    $(ResourceKind::$Kind => {
                        Self::$Kind(entity.map(<$View>::deserialize).transpose()?)
                    })+
                })
            }
        }

        impl Serialize for ResourceEntity {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$Kind(view) => view.serialize(serializer),)+
                }
            }
        }

        $(impl Resource for $View {
            const KIND: ResourceKind = ResourceKind::$Kind;
            type Id = $Id;
            type Create = $Create;
            type Update = $Update;

            fn id(&self) -> $Id {
                self.id
            }

            fn organization_id(&self) -> OrganizationId {
                self.organization_id
            }

            fn title(&self) -> &str {
                self.title.as_str()
            }

            fn version(&self) -> i64 {
                self.version
            }

            fn author(&mut self) -> Option<&mut UserView> {
                self.author.as_mut()
            }

            fn from_entity(entity: &ResourceEntity) -> Option<Option<&Self>> {
                match entity {
                    // The condition is always true. Without it the second arm would be unreachable
                    // while there is only one kind.
                    ResourceEntity::$Kind(view) if entity.kind() == Self::KIND => Some(view.as_ref()),
                    _ => None,
                }
            }
        })+
    };
}
use resources;

impl ResourceKind {
    /// Returns the kind with this name on the wire, or `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocol_documents_every_kind() {
        let protocol = include_str!("../../../docs/protocol.md");
        let kinds = protocol.lines().find(|line| line.starts_with("| `kind` |")).unwrap();
        for kind in ResourceKind::ALL {
            assert!(kinds.contains(&format!("`{}`", kind.as_str())), "{kind:?}: {kinds}");
        }
    }
}
