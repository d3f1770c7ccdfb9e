//! The wire format: ids, views, requests, stream events, errors and permissions.
//!
//! This crate has types and pure functions only, no I/O. The server, the browser, the tests and
//! the load tool share it, so each field is declared once. Field names on the wire are `camelCase`;
//! error and reset codes are `snake_case`. `docs/protocol.md` specifies the stream.

pub mod account_link;
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
pub mod organization_ref;
pub mod passkey;
pub mod permission;
pub mod picture;
pub mod request;
pub mod resource;
pub mod second_factor;
pub mod sign_in_methods;
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
pub use organization_ref::OrganizationRef;
pub use permission::{Access, Capability, Role};
pub use resource::{Resource, ResourceEntity, ResourceKind};
pub use text::{Description, Email, InvalidText, Name, Password, Slug};
pub use time::Timestamp;
