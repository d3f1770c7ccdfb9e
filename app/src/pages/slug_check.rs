//! Says whether a slug is available while it is typed.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::FieldValue;
use client::api;
use client::effect::effect;
use contract::view::SlugView;
use contract::{OrganizationId, Slug};

/// How long to wait after a key before asking the server.
const TYPING_DELAY: Duration = Duration::from_millis(300);

/// The availability of the slug in a field. It is only a hint: the server decides when the form is
/// sent.
#[component]
pub fn SlugCheck(
    /// The field.
    value: FieldValue,
    /// The organization that gets the slug; none for a new one.
    #[prop(into)]
    organization_id: Signal<Option<OrganizationId>>,
) -> impl IntoView {
    let result = RwSignal::new(None::<SlugView>);
    // The number of the latest request, as answers may arrive in another order.
    let latest = StoredValue::new(0_u32);
    effect(move || {
        let text = value.get();
        let is_unchanged = value.edited().is_none() && organization_id.get().is_some();
        result.set(None);
        latest.update_value(|latest| *latest += 1);
        let (false, Ok(slug)) = (is_unchanged, Slug::parse(&text)) else { return };
        let number = latest.get_value();
        let ask = move || {
            spawn_local(async move {
                let Ok(answer) = api::organizations::look_up_slug(&slug).await else { return };
                if latest.try_get_value() == Some(number) {
                    let _ = result.try_set(Some(answer));
                }
            });
        };
        if let Ok(timer) = set_timeout_with_handle(ask, TYPING_DELAY) {
            on_cleanup(move || timer.clear());
        }
    });
    view! {
        <span class="field__hint" role="status" aria-label="URL check">
            {move || result.get().map(|slug| availability(&slug, organization_id.get()))}
        </span>
    }
    .into_any()
}

fn availability(slug: &SlugView, organization: Option<OrganizationId>) -> &'static str {
    let is_own = slug.organization_id.is_some() && slug.organization_id == organization;
    match (slug.available, slug.organization_id) {
        (false, Some(_)) if is_own => "This is the current URL.",
        (false, Some(_)) => "Another of your organizations uses this URL. Choose a different one.",
        (false, None) => "This URL is taken. Choose a different one.",
        (true, Some(_)) if is_own => "Available. This organization used it before.",
        (true, Some(_)) => "Available. Another of your organizations used it before.",
        (true, None) => "Available.",
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn availability_depends_on_the_organization_that_uses_the_slug() {
        let [here, there] = [1, 2].map(|id| OrganizationId::from_uuid(Uuid::from_u128(id)));
        for (available, leads_to, text) in [
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
            assert_eq!(availability(&slug, Some(here)), text);
        }
        let taken = SlugView { organization_id: Some(there), available: false };
        assert_eq!(
            availability(&taken, None),
            "Another of your organizations uses this URL. Choose a different one."
        );
    }
}
