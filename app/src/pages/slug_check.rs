//! Whether an address can be had, said while it is typed.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::Draft;
use client::api;
use client::effect::effect;
use contract::view::SlugView;
use contract::{OrganizationId, Slug};

/// How long nothing is typed before the server is asked.
const PAUSE: Duration = Duration::from_millis(300);

/// Says what there is to know of the address that a field holds. Nothing waits for it: what counts
/// is what the server says when the form is sent.
#[component]
pub fn SlugCheck(
    /// What the field holds.
    draft: Draft,
    /// Whose address it is to be; none for a new organization.
    #[prop(into)]
    of: Signal<Option<OrganizationId>>,
) -> impl IntoView {
    let known = RwSignal::new(None::<SlugView>);
    // Answers may come in another order than the questions.
    let asked = StoredValue::new(0_u32);
    effect(move || {
        let text = draft.text();
        let untouched = draft.typed().is_none() && of.get().is_some();
        known.set(None);
        asked.update_value(|asked| *asked += 1);
        let (false, Ok(slug)) = (untouched, Slug::parse(&text)) else { return };
        let number = asked.get_value();
        let ask = move || {
            spawn_local(async move {
                let Ok(answer) = api::organizations::look_up_slug(&slug).await else { return };
                if asked.try_get_value() == Some(number) {
                    let _ = known.try_set(Some(answer));
                }
            });
        };
        if let Ok(waiting) = set_timeout_with_handle(ask, PAUSE) {
            on_cleanup(move || waiting.clear());
        }
    });
    view! {
        <span class="field__hint" role="status" aria-label="URL check">
            {move || known.get().map(|slug| sentence(&slug, of.get()))}
        </span>
    }
    .into_any()
}

fn sentence(slug: &SlugView, of: Option<OrganizationId>) -> &'static str {
    let its_own = slug.organization_id.is_some() && slug.organization_id == of;
    match (slug.available, slug.organization_id) {
        (false, Some(_)) if its_own => "This is the current URL.",
        (false, Some(_)) => "Another of your organizations uses this URL. Choose a different one.",
        (false, None) => "This URL is taken. Choose a different one.",
        (true, Some(_)) if its_own => "Available. This organization used it before.",
        (true, Some(_)) => "Available. Another of your organizations used it before.",
        (true, None) => "Available.",
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_address_is_free_taken_ones_own_or_a_former_one() {
        let [here, there] = [1, 2].map(|id| OrganizationId::from_uuid(Uuid::from_u128(id)));
        for (available, leads_to, said) in [
            (true, None, "Available."),
            (false, None, "This URL is taken. Choose a different one."),
            (false, Some(here), "This is the current URL."),
            (
                false,
                Some(there),
                "Another of your organizations uses this URL. Choose a different one.",
            ),
            (true, Some(here), "Available. This organization used it before."),
            (true, Some(there), "Available. Another of your organizations used it before."),
        ] {
            let slug = SlugView { organization_id: leads_to, available };
            assert_eq!(sentence(&slug, Some(here)), said);
        }
        let taken = SlugView { organization_id: Some(there), available: false };
        assert_eq!(
            sentence(&taken, None),
            "Another of your organizations uses this URL. Choose a different one."
        );
    }
}
