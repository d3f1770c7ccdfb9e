//! What organizations hold, such as their notes.
//!
//! Every member may read all of it, and its changes come on the organization's own stream. A kind of
//! it is an entry in the list below: log, streams, catch-up, trail, client and the browser's lists
//! do the rest by that. See `docs/adding-an-entity.md`.

use std::fmt::{Debug, Display};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::id::OrganizationId;
use super::note::{CreateNote, NoteId, NoteView, UpdateNote};
use super::view::UserView;

resources! {
    /// What an organization wrote down.
    Note("note", "notes"): NoteView, NoteId, CreateNote, UpdateNote;
}

/// One thing that an organization holds, as the API shows it.
pub trait Resource:
    Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// What kind of thing it is.
    const KIND: ResourceKind;

    /// Its own id.
    type Id: Copy + Display + Into<Uuid> + Send;

    /// What makes one, with `POST /organizations/{id}/{collection}`.
    type Create: Serialize + Sync;

    /// What changes one, with `PATCH /{collection}/{id}`.
    type Update: Serialize + Sync;

    /// Its id. The later one has the greater one.
    fn id(&self) -> Self::Id;

    /// The same, as a plain UUID.
    fn uuid(&self) -> Uuid {
        self.id().into()
    }

    /// Whose.
    fn organization_id(&self) -> OrganizationId;

    /// What it is called.
    fn title(&self) -> &str;

    /// Grows with every change of the row.
    fn version(&self) -> i64;

    /// Whose name shows beside it, while their account is there.
    fn author(&mut self) -> Option<&mut UserView>;

    /// What an entity says of such a thing; `Some(None)` that it is gone.
    fn told(entity: &ResourceEntity) -> Option<Option<&Self>>;
}

/// From the list above to its types.
macro_rules! resources {
    ($(
        $(#[$doc:meta])*
        $Kind:ident($name:literal, $collection:literal):
            $View:ty, $Id:ty, $Create:ty, $Update:ty;
    )+) => {
        /// What kinds of things organizations hold.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ResourceKind {
            $($(#[$doc])* $Kind,)+
        }

        impl ResourceKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$Kind),+];

            /// As the wire writes it, and sentences.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$Kind => $name,)+
                }
            }

            /// All of an organization's together: in addresses, and as the table is called.
            #[must_use]
            pub const fn collection(self) -> &'static str {
                match self {
                    $(Self::$Kind => $collection,)+
                }
            }
        }

        /// Such a thing; absent once it is gone.
        #[derive(Clone, Debug, PartialEq)]
        pub enum ResourceEntity {
            $($(#[$doc])* $Kind(Option<$View>),)+
        }

        impl ResourceEntity {
            /// What kind of thing it is.
            #[must_use]
            pub const fn kind(&self) -> ResourceKind {
                match self {
                    $(Self::$Kind(_) => ResourceKind::$Kind,)+
                }
            }

            /// Whether it is gone.
            #[must_use]
            pub const fn is_gone(&self) -> bool {
                match self {
                    $(Self::$Kind(view) => view.is_none(),)+
                }
            }

            /// Reads one of that kind.
            ///
            /// # Errors
            /// When it is something else.
            pub fn read<'de, D: Deserializer<'de>>(
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

            fn told(entity: &ResourceEntity) -> Option<Option<&Self>> {
                match entity {
                    // With a condition, or the other arm couldn't stand where there is one kind only.
                    ResourceEntity::$Kind(view) if entity.kind() == Self::KIND => Some(view.as_ref()),
                    _ => None,
                }
            }
        })+
    };
}
use resources;

impl ResourceKind {
    /// The kind that the wire writes so.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_protocol_tells_of_every_kind() {
        let protocol = include_str!("../../../docs/protocol.md");
        let kinds = protocol.lines().find(|line| line.starts_with("| `kind` |")).unwrap();
        for kind in ResourceKind::ALL {
            assert!(kinds.contains(&format!("`{}`", kind.as_str())), "{kind:?}: {kinds}");
        }
    }
}
