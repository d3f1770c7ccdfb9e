//! The product's name.

use leptos::prelude::*;

use super::{Glyph, Icon};

/// The name, as a link to where everything begins.
#[component]
pub fn Brand(
    /// Where that is.
    href: &'static str,
) -> impl IntoView {
    view! {
        <a class="brand" href=href>
            <span class="brand__mark">
                <Glyph icon=Icon::Tributary />
            </span>
            <span class="brand__name">"Tributary"</span>
        </a>
    }
    .into_any()
}
