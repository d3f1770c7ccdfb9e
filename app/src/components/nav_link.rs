//! Links that know whether the visitor is where they lead.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// A link in a navigation, marked as the current one on its page and on all below `within`.
#[component]
pub fn NavLink(
    /// Where it leads.
    #[prop(into)]
    href: Signal<String>,
    /// The path whose pages it stands for.
    #[prop(into)]
    within: Signal<String>,
    /// Its class.
    class: &'static str,
    /// The id of what describes it further.
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
    fn a_page_is_within_its_parents_but_not_within_a_namesake() {
        assert!(is_within("/o/north", "/o/north"));
        assert!(is_within("/o/north/members", "/o/north"));
        assert!(!is_within("/o/north-wind/members", "/o/north"));
        assert!(!is_within("/home", "/o/north"));
    }
}
