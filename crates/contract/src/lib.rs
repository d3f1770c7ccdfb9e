//! The wire: what browser and server say to each other.
//!
//! Types only, no input or output. The server, the browser, the tests and the load tool all use
//! these, so a field exists in one place. See `docs/protocol.md` for the stream's promises.

pub mod activity;
#[cfg(feature = "sqlx")]
pub mod author;
pub mod colour;
pub mod cursor;
pub mod error;
pub mod event;
pub mod id;
pub mod message;
pub mod note;
pub mod permission;
pub mod picture;
pub mod reference;
pub mod request;
pub mod resource;
pub mod system;
pub mod text;
pub mod time;
pub mod view;

pub use colour::Colour;
pub use cursor::{Cursor, Epoch, Position};
pub use error::{ApiError, ErrorCode, FieldProblem};
pub use event::StreamEvent;
pub use id::{
    InvitationId, MembershipId, MutationId, NodeId, OrganizationId, PictureId, SessionId, UserId,
};
pub use message::{Action, Entity, Kind, StreamMessage};
pub use note::{NoteBody, NoteId, NoteTitle};
pub use permission::{Access, Capability, Role};
pub use reference::OrganizationRef;
pub use resource::{Resource, ResourceEntity, ResourceKind};
pub use text::{Description, Email, InvalidText, Name, Password, Slug};
pub use time::Timestamp;
