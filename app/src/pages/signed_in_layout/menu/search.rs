//! Searching the menu.

use leptos::prelude::*;

use crate::components::Show;
use crate::pages::session::menu_controller::MenuController;
use client::cache::memo;
use contract::text::case_folded;
use contract::view::MembershipView;

/// The search field is shown for more organizations than this.
const MAX_WITHOUT_SEARCH: usize = 6;

/// The search text.
#[derive(Clone, Copy, Debug)]
pub struct Search(RwSignal<String>);

impl Search {
    /// Creates an empty search, which matches all organizations.
    #[must_use]
    pub fn new() -> Self {
        Self(RwSignal::default())
    }

    /// Whether a text was entered. Tracked.
    #[must_use]
    pub fn is_active(self) -> bool {
        self.0.with(|query| !query.trim().is_empty())
    }

    /// Whether the membership's organization matches. Tracked.
    #[must_use]
    pub fn matches(self, membership: &MembershipView) -> bool {
        let organization = membership.organization.as_ref();
        self.0.with(|query| organization.is_some_and(|its| name_matches(its.name.as_str(), query)))
    }
}

/// Whether the name contains each word of the query, in any case and order.
fn name_matches(name: &str, query: &str) -> bool {
    let name: String = case_folded(name).collect();
    case_folded(query).collect::<String>().split_whitespace().all(|word| name.contains(word))
}

/// The search field, if there are many organizations.
#[component]
pub fn SearchField(search: Search, menu_controller: MenuController) -> impl IntoView {
    let many = memo(move |_| {
        menu_controller.menu().is_some_and(|menu| menu.items.len() > MAX_WITHOUT_SEARCH)
    });
    let is_nothing_found = memo(move |_| {
        menu_controller
            .menu()
            .is_some_and(|menu| !menu.items.iter().any(|item| search.matches(item)))
    });
    let Search(text) = search;
    view! {
        <Show when=many>
            <input
                type="search"
                class="input menu__search"
                aria-label="Search organizations"
                placeholder="Search"
                autocomplete="off"
                prop:value=text
                on:input:target=move |event| text.set(event.target().value())
            />
            <p class="menu__none" role="status" aria-label="Search result">
                {move || (search.is_active() && is_nothing_found.get()).then_some("No organizations found.")}
            </p>
        </Show>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_match_anywhere_in_the_name_in_any_case_and_order() {
        for query in ["", "  ", "wind", "NORTH", "wind nor", "th wi"] {
            assert!(name_matches("North Wind", query), "{query:?}");
        }
        for query in ["south", "wind south", "northwind"] {
            assert!(!name_matches("North Wind", query), "{query:?}");
        }
    }
}
