//! Choosing a role.

use leptos::html;
use leptos::prelude::*;

use client::effect::effect;
use contract::Role;

/// The roles, in the order in which they are offered.
const ROLES: [Role; 2] = [Role::Member, Role::Admin];

/// A list of roles to choose from.
#[component]
pub fn RoleSelect(
    /// Its id, where a label elsewhere names it.
    #[prop(optional)]
    id: Option<&'static str>,
    /// What it is called, where no label does.
    #[prop(optional, into)]
    label: Option<Signal<String>>,
    /// In a row rather than in a form.
    #[prop(optional)]
    inline: bool,
    /// The role that is chosen.
    #[prop(into)]
    role: Signal<Role>,
    /// Whether another can't be chosen now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Called with another choice.
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
    fn each_role_is_offered_at_its_index() {
        for (index, role) in (0..).zip(ROLES) {
            assert_eq!(index_of(role), index);
        }
    }
}
