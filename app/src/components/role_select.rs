//! The choice of a role.

use leptos::html;
use leptos::prelude::*;

use client::effect::effect;
use contract::Role;

/// The roles in the order of the list.
const ROLES: [Role; 2] = [Role::Member, Role::Admin];

/// A select with the roles.
#[component]
pub fn RoleSelect(
    /// Its id, if a `<label>` refers to it.
    #[prop(optional)]
    id: Option<&'static str>,
    /// The accessible name, if there is no `<label>`.
    #[prop(optional, into)]
    label: Option<Signal<String>>,
    /// Whether it is in a row of a table rather than in a form.
    #[prop(optional)]
    inline: bool,
    #[prop(into)] role: Signal<Role>,
    #[prop(optional, into)] disabled: Signal<bool>,
    /// Called with another role than the current one.
    #[prop(into)]
    choose: Callback<Role>,
) -> impl IntoView {
    let select = NodeRef::<html::Select>::new();
    effect(move || {
        let chosen = index_of(role.get());
        if let Some(select) = select.get() {
            select.set_selected_index(chosen);
        }
    });
    let choose = move |chosen: i32| {
        let chosen = usize::try_from(chosen).ok().and_then(|index| ROLES.get(index).copied());
        if let Some(chosen) = chosen.filter(|chosen| *chosen != role.get_untracked()) {
            choose.run(chosen);
        }
    };
    let options = ROLES.map(|option| {
        view! { <option selected=untrack(move || role.get()) == option>{option.label()}</option> }
    });
    view! {
        <select
            id=id
            class=if inline { "select select--inline" } else { "select" }
            aria-label=move || label.map(|label| label.get())
            autocomplete="off"
            disabled=disabled
            node_ref=select
            on:change:target=move |event| choose(event.target().selected_index())
        >
            {options}
        </select>
    }
    .into_any()
}

fn index_of(role: Role) -> i32 {
    match role {
        Role::Member => 0,
        Role::Admin => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_of_matches_the_order_of_the_list() {
        for (index, role) in (0..).zip(ROLES) {
            assert_eq!(index_of(role), index);
        }
    }
}
