//! Navigation links that mark the current page.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// A link with `aria-current="page"` on `within` and all pages below it.
#[component]
pub fn NavLink(
    #[prop(into)] href: Signal<String>,
    /// The path of the pages that it stands for.
    #[prop(into)]
    within: Signal<String>,
    class: &'static str,
    /// The id of an element that describes it (`aria-describedby`).
    #[prop(optional, into)]
    description: Option<String>,
    children: Children,
) -> impl IntoView {
    let path = use_location().pathname;
    let current = move || is_within(&path.read(), &within.read()).then_some("page");
    view! {
        <a class=class href=move || href.get() aria-current=current aria-describedby=description>
            {children()}
        </a>
    }
    .into_any()
}

/// Whether `path` is `parent` or a page below it.
#[must_use]
pub fn is_within(path: &str, parent: &str) -> bool {
    path.strip_prefix(parent).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_is_within_its_parents_only() {
        assert!(is_within("/o/north", "/o/north"));
        assert!(is_within("/o/north/members", "/o/north"));
        assert!(!is_within("/o/north-wind/members", "/o/north"));
        assert!(!is_within("/home", "/o/north"));
    }
}
