//! The pages, and the frames around them.

mod account;
pub mod apart;
mod error_page;
mod home;
mod invitation;
mod landing;
mod not_found;
mod organization;
mod path;
mod public_layout;
mod refusal;
mod sign_in;
mod sign_up;
mod signed_in;
mod slug_check;
mod system;
mod unavailable_page;

pub use account::Account;
pub use home::Home;
pub use invitation::Invitation;
pub use landing::Landing;
pub use not_found::NotFound;
pub use organization::{
    CurrentTab, InviteForm, Members, Organization, RemovalQuestion, Settings, TabPage, ToMembers,
};
pub use sign_in::SignIn;
pub use sign_up::SignUp;
pub use signed_in::{Editable, NewOrganizationForm, SignedIn};
pub use system::System;
