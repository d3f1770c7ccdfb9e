//! The query of the audit log, with the filter of the address.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;

use crate::pages::organization::context::OrganizationContext;
use client::api::activities::AuditLogFilter;
use client::cache::{self, LiveQuery};
use contract::Kind;

/// The loaded part of the audit log, newest first.
pub type AuditLog = LiveQuery<cache::Activities>;

/// Returns the audit log of the organization. A refetch gets the newest page and keeps the older ones.
pub fn audit_log_query(context: OrganizationContext) -> AuditLog {
    let filter = use_audit_log_filter();
    let itself = StoredValue::new(None::<AuditLog>);
    let audit_log = context.live_query_by(
        move || filter.get(),
        move |detail, filter| async move {
            let newest = cache::Activities::fetch(detail.organization.id, filter).await?;
            let itself = itself.try_get_value().flatten();
            let before = itself.and_then(|itself| itself.map_untracked(cache::Activities::clone));
            Ok(newest.with_older_pages_of(before))
        },
    );
    itself.set_value(Some(audit_log));
    audit_log
}

/// Returns the filter of the address. Invalid parameters are ignored.
pub fn use_audit_log_filter() -> Memo<AuditLogFilter> {
    let query = use_query_map();
    Memo::new(move |_| query.with(filter_from_query))
}

/// Parses the filter's parameters.
pub fn filter_from_query(query: &ParamsMap) -> AuditLogFilter {
    AuditLogFilter {
        person: query.get_str("person").and_then(|text| text.parse().ok()),
        kind: query.get_str("kind").and_then(Kind::parse),
    }
}
