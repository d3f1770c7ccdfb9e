//! New activities, as they happen.

use std::time::Duration;

use leptos::prelude::*;

use super::Trail;
use crate::contract::{Entity, StreamMessage};
use crate::pages::signed_in::Session;

/// Much that happens at once is read once.
const GATHERED_FOR: Duration = Duration::from_millis(250);

/// Reads the trail again soon after something happened that is in it.
pub fn follow(trail: Trail) {
    let waiting = StoredValue::new(false);
    Session::of_page().caches.on_message(move |message| {
        if !concerns(trail, message) || waiting.try_get_value() != Some(false) {
            return;
        }
        waiting.set_value(true);
        let read = move || {
            // The page may be gone by now.
            if waiting.try_set_value(false).is_none() {
                trail.refetch();
            }
        };
        set_timeout(read, GATHERED_FOR);
    });
}

fn concerns(trail: Trail, message: &StreamMessage) -> bool {
    match (&message.entity, message.organization_id) {
        // Names stand in every sentence.
        (Entity::User(_), _) => true,
        (_, Some(id)) => trail.map_untracked(|its| its.organization_id == id).unwrap_or_default(),
        _ => false,
    }
}
