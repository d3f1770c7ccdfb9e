//! Refetches the audit log when something that it shows happened.

use super::query::AuditLog;
use crate::pages::session::Session;
use client::cache::refetch_on_message;
use contract::{Entity, StreamMessage};

/// Refetches the audit log soon after a message that is about it.
pub fn refetch_on_activity(audit_log: AuditLog) {
    refetch_on_message(Session::from_context().caches, audit_log, move |message| {
        concerns(audit_log, message)
    });
}

fn concerns(audit_log: AuditLog, message: &StreamMessage) -> bool {
    match (&message.entity, message.organization_id) {
        // The sentences contain names.
        (Entity::User(_), _) => true,
        (_, Some(id)) => {
            audit_log.map_untracked(|its| its.organization_id == id).unwrap_or_default()
        }
        _ => false,
    }
}
