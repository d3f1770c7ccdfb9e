//! What the pages are built from: a component a file. Looks are in `style/components`.

mod avatar;
mod brand;
mod button;
mod clipboard;
mod confirmation;
mod connection;
mod copy;
mod dialog;
mod empty;
mod field;
mod form;
mod icon;
mod loaded;
mod nav_link;
mod role_select;
mod submission;
mod toaster;
mod wording;

pub use avatar::{Avatar, AvatarOf, AvatarSize};
pub use brand::Brand;
pub use button::{Button, Look};
pub use confirmation::Confirmation;
pub use connection::ConnectionBadge;
pub use copy::CopyableLink;
pub use dialog::Dialog;
pub use empty::Empty;
pub use field::{Draft, Field, InitialField, Problem};
pub use form::{Entries, Problems};
pub use icon::{Glyph, Icon};
pub use loaded::Loaded;
pub use nav_link::NavLink;
pub use role_select::RoleSelect;
pub use submission::{Refusal, Submission};
pub use toaster::{Link, Toast, Toaster, Toasts};
pub use wording::joining_as;
