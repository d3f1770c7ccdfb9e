//! New activities, as they happen.

use super::AuditLog;
use crate::pages::signed_in::Session;
use client::cache::refetch_on_message;
use contract::{Entity, StreamMessage};

/// Reads the trail again soon after something happened that is in it.
pub fn follow(trail: AuditLog) {
    refetch_on_message(Session::of_page().caches, trail, move |message| concerns(trail, message));
}

fn concerns(trail: AuditLog, message: &StreamMessage) -> bool {
    match (&message.entity, message.organization_id) {
        // Names stand in every sentence.
        (Entity::User(_), _) => true,
        (_, Some(id)) => trail.map_untracked(|its| its.organization_id == id).unwrap_or_default(),
        _ => false,
    }
}
