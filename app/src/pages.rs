//! The pages and their layouts. Modules depend on each other in one direction: components ←
//! [`routes`] and contexts ([`session`], [`organization::context`]) ← pages ← [`lazy`] and layouts.
//! `module_cycles.rs` tests that.

mod account;
mod account_link;
mod activity_sentence;
mod choose_password;
mod code_field;
mod confirm;
mod confirm_first;
mod error_page;
pub(crate) mod home;
mod invitation;
mod landing;
pub mod lazy;
#[cfg(test)]
mod module_cycles;
mod new_organization;
pub(crate) mod not_found;
mod notifications;
pub(crate) mod organization;
mod public_layout;
mod recover;
mod redirect_error;
pub mod routes;
mod session;
mod sign_in;
mod sign_in_code;
mod sign_in_methods;
mod sign_up;
pub(crate) mod signed_in_layout;
mod slug_check;
mod system;
mod two_factor;
mod unavailable_page;
