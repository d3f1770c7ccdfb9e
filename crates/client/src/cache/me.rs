//! The signed-in user.

use super::merge;
use super::patch::{Patch, Patched};
use contract::view::Me;
use contract::{Entity, StreamMessage, UserId};

impl Patch for Me {
    fn patch(&mut self, message: &StreamMessage, _: UserId) -> Patched {
        match &message.entity {
            Entity::User(Some(user)) => {
                // The address changes only when it was confirmed.
                if self.pending_email.is_some() && self.pending_email == user.email {
                    self.pending_email = None;
                    self.email_confirmed = true;
                }
                merge::user(&mut self.user, user)
            }
            _ => Patched::Unchanged,
        }
    }
}
