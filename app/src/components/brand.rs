//! The product's name.

use leptos::prelude::*;

use super::{Glyph, Icon};

/// The name, as a link.
#[component]
pub fn Brand(href: &'static str) -> impl IntoView {
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
