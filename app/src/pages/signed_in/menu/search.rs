//! Finding one among many organizations.

use leptos::prelude::*;

use crate::components::Show;
use crate::pages::signed_in::menu_controller::MenuController;
use client::cache::ssr_memo;
use contract::text::case_folded;
use contract::view::MembershipView;

/// As many can be seen at a glance.
const A_HANDFUL: usize = 6;

/// What somebody looks for in the menu.
#[derive(Clone, Copy, Debug)]
pub struct Search(RwSignal<String>);

impl Search {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self(RwSignal::default())
    }

    /// Whether something is looked for. Tracked.
    #[must_use]
    pub fn is_active(self) -> bool {
        self.0.with(|wanted| !wanted.trim().is_empty())
    }

    /// Whether it is what is looked for. Tracked.
    #[must_use]
    pub fn finds(self, membership: &MembershipView) -> bool {
        let organization = membership.organization.as_ref();
        self.0.with(|wanted| organization.is_some_and(|its| is_called(its.name.as_str(), wanted)))
    }
}

/// Whether each of the wanted words is somewhere in the name.
fn is_called(name: &str, wanted: &str) -> bool {
    let name: String = case_folded(name).collect();
    case_folded(wanted).collect::<String>().split_whitespace().all(|word| name.contains(word))
}

/// Where it is typed; only there with more organizations than a handful.
#[component]
pub fn SearchField(search: Search, arranging: MenuController) -> impl IntoView {
    let many =
        ssr_memo(move |_| arranging.shown().is_some_and(|menu| menu.items.len() > A_HANDFUL));
    let nothing = ssr_memo(move |_| {
        arranging.shown().is_some_and(|menu| !menu.items.iter().any(|item| search.finds(item)))
    });
    let Search(wanted) = search;
    view! {
        <Show when=many>
            <input
                type="search"
                class="input menu__search"
                aria-label="Search organizations"
                placeholder="Search"
                autocomplete="off"
                prop:value=wanted
                on:input:target=move |event| wanted.set(event.target().value())
            />
            <p class="menu__none" role="status" aria-label="Search result">
                {move || (search.is_active() && nothing.get()).then_some("No organizations found.")}
            </p>
        </Show>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_anywhere_in_the_name_whatever_their_case_and_order() {
        for wanted in ["", "  ", "wind", "NORTH", "wind nor", "th wi"] {
            assert!(is_called("North Wind", wanted), "{wanted:?}");
        }
        for wanted in ["south", "wind south", "northwind"] {
            assert!(!is_called("North Wind", wanted), "{wanted:?}");
        }
    }
}
