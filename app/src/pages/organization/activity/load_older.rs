//! Loads older pages of the audit log when the end of the list comes near the viewport.

use leptos::html;
use leptos::prelude::*;

use super::query::AuditLog;
use crate::components::{FormError, Show, Submission, is_near_viewport};
use client::api;
use client::cache::memo;
use client::effect::effect;

/// The end of the list, with a button while there are older pages.
#[component]
pub fn LoadOlder(audit_log: AuditLog) -> impl IntoView {
    let next = memo(move |_| audit_log.map(|its| its.next).flatten());
    let request = Submission::new();
    let load = move || {
        let next_page = audit_log.map_untracked(|its| (its.organization_id, its.filter, its.next));
        let Some((organization, filter, Some(after))) = next_page else { return };
        request.send(
            async move { api::activities::list(organization, filter, Some(after)).await },
            move |older| {
                audit_log.update_with(|its| {
                    // The filter may have changed meanwhile.
                    if its.filter == filter && its.organization_id == organization {
                        its.append(after, older);
                    }
                });
            },
        );
    };
    let end = NodeRef::<html::Div>::new();
    let is_near_end = is_near_viewport(end);
    effect(move || {
        // Runs again after each page: a short one leaves the end near the viewport. It stops at an
        // error.
        if is_near_end.get() && next.get().is_some() && request.message().get().is_none() {
            load();
        }
    });
    view! {
        <FormError submission=request />
        <div node_ref=end>
            <Show when=move || next.get().is_some()>
                <button
                    type="button"
                    class="button"
                    disabled=request.pending()
                    on:click=move |_| load()
                >
                    "Show older"
                </button>
            </Show>
        </div>
    }
    .into_any()
}
