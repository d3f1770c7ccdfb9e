//! Search, role filter and order of the members.

use leptos::html;
use leptos::prelude::*;

use super::query::{use_members_query, use_set_members_query};
use crate::components::FieldValue;
use client::api::memberships::{MembersQuery, Order, Sort, role_name};
use client::effect::effect;
use contract::Role;
use contract::text::SearchText;

/// The controls above the table.
#[component]
pub fn Filters() -> impl IntoView {
    view! {
        <div class="filters" role="search" aria-label="Members">
            <Search />
            <RoleFilter />
            <SortSelect />
        </div>
    }
    .into_any()
}

#[component]
fn Search() -> impl IntoView {
    let query = use_members_query();
    let set_query = use_set_members_query();
    let input = NodeRef::<html::Input>::new();
    // The text in the field is ahead of the address while someone types.
    let text_field = FieldValue::new(Signal::derive(move || query.with(|query| query.q.clone())));
    effect(move || {
        let text = text_field.get();
        if let Some(input) = input.get().filter(|input| input.value() != text) {
            input.set_value(&text);
        }
    });
    let search = move |text: String| {
        text_field.set(text.clone());
        set_query(&MembersQuery { q: text, ..query.get_untracked() });
    };
    view! {
        <label class="filters__field">
            <span class="field__label">"Search"</span>
            <input
                class="input"
                type="search"
                autocomplete="off"
                maxlength=SearchText::MAX_CHARACTERS
                value=text_field.get_untracked()
                node_ref=input
                on:input:target=move |event| search(event.target().value())
                on:blur=move |_| text_field.reset()
            />
        </label>
    }
    .into_any()
}

#[component]
fn RoleFilter() -> impl IntoView {
    let query = use_members_query();
    let set_query = use_set_members_query();
    let choose = move |text: String| {
        let role = [Role::Admin, Role::Member].into_iter().find(|role| role_name(*role) == text);
        set_query(&MembersQuery { role, ..query.get_untracked() });
    };
    let option = move |role: Option<Role>, label: &'static str| {
        view! {
            <option
                value=role.map(role_name).unwrap_or_default()
                selected=move || query.with(|query| query.role) == role
            >
                {label}
            </option>
        }
    };
    view! {
        <label class="filters__field">
            <span class="field__label">"Role"</span>
            <select
                class="select"
                autocomplete="off"
                on:change:target=move |event| choose(event.target().value())
            >
                {option(None, "All roles")}
                {option(Some(Role::Admin), "Admins")}
                {option(Some(Role::Member), "Members")}
            </select>
        </label>
    }
    .into_any()
}

/// The orders to choose from.
const ORDERS: [(Sort, Order, &str); 6] = [
    (Sort::Name, Order::Asc, "Name, A to Z"),
    (Sort::Name, Order::Desc, "Name, Z to A"),
    (Sort::Role, Order::Asc, "Admins first"),
    (Sort::Role, Order::Desc, "Members first"),
    (Sort::CreatedAt, Order::Asc, "Oldest first"),
    (Sort::CreatedAt, Order::Desc, "Newest first"),
];

/// Chooses the order on narrow screens, which don't show the sortable headers.
#[component]
fn SortSelect() -> impl IntoView {
    let query = use_members_query();
    let set_query = use_set_members_query();
    let choose = move |index: i32| {
        let chosen = usize::try_from(index).ok().and_then(|index| ORDERS.get(index));
        if let Some(&(sort, order, _)) = chosen {
            set_query(&MembersQuery { sort, order, ..query.get_untracked() });
        }
    };
    let options = ORDERS.map(|(sort, order, label)| {
        let is_chosen = move || query.with(|query| (query.sort, query.order) == (sort, order));
        view! { <option selected=is_chosen>{label}</option> }
    });
    view! {
        <label class="filters__field members__sort-select">
            <span class="field__label">"Sort by"</span>
            <select
                class="select"
                autocomplete="off"
                on:change:target=move |event| choose(event.target().selected_index())
            >
                {options}
            </select>
        </label>
    }
    .into_any()
}
