//! Going back in time: what is older is read when the end of the list comes into sight.

use leptos::html;
use leptos::prelude::*;

use super::AuditLog;
use crate::components::{Refusal, Show, Submission, in_sight};
use client::api;
use client::cache::ssr_memo;
use client::effect::effect;

/// The end of the list, as long as there is more.
#[component]
pub fn Older(trail: AuditLog) -> impl IntoView {
    let next = ssr_memo(move |_| trail.map(|its| its.next).flatten());
    let reading = Submission::new();
    let read = move || {
        let asked = trail.map_untracked(|its| (its.organization_id, its.filter, its.next));
        let Some((organization, filter, Some(after))) = asked else { return };
        reading.send(
            async move { api::activities::list(organization, filter, Some(after)).await },
            move |older| {
                trail.update_with(|its| {
                    // Another filter may have been chosen meanwhile.
                    if its.filter == filter && its.organization_id == organization {
                        its.append(after, older);
                    }
                });
            },
        );
    };
    let end = NodeRef::<html::Div>::new();
    let seen = in_sight(end);
    effect(move || {
        // Tracked: a page that doesn't fill the screen leaves the end in sight.
        if seen.get() && next.get().is_some() && reading.sentence().get().is_none() {
            read();
        }
    });
    view! {
        <Refusal submission=reading />
        <div node_ref=end>
            <Show when=move || next.get().is_some()>
                <button
                    type="button"
                    class="button"
                    disabled=reading.pending()
                    on:click=move |_| read()
                >
                    "Show older"
                </button>
            </Show>
        </div>
    }
    .into_any()
}
