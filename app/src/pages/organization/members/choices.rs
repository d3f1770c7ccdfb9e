//! Looking for members: a search, and a role.

use leptos::html;
use leptos::prelude::*;

use super::wanted::{goer, wanted_of_page};
use crate::components::Draft;
use client::api::memberships::{MembersQuery, Order, Sort, role_name};
use client::effect::effect;
use contract::Role;

/// What to look for.
#[component]
pub fn Choices() -> impl IntoView {
    view! {
        <div class="filters" role="search" aria-label="Members">
            <Search />
            <Roles />
            <Sorting />
        </div>
    }
    .into_any()
}

#[component]
fn Search() -> impl IntoView {
    let wanted = wanted_of_page();
    let go = goer();
    let input = NodeRef::<html::Input>::new();
    // Whoever types is ahead of the address.
    let draft = Draft::following(Signal::derive(move || wanted.with(|wanted| wanted.q.clone())));
    effect(move || {
        let text = draft.text();
        if let Some(input) = input.get().filter(|input| input.value() != text) {
            input.set_value(&text);
        }
    });
    let search = move |text: String| {
        draft.type_in(text.clone());
        go(&MembersQuery { q: text, ..wanted.get_untracked() });
    };
    view! {
        <label class="filters__choice">
            <span class="field__label">"Search"</span>
            <input
                class="input"
                type="search"
                autocomplete="off"
                value=draft.text_untracked()
                node_ref=input
                on:input:target=move |event| search(event.target().value())
                on:blur=move |_| draft.forget()
            />
        </label>
    }
    .into_any()
}

#[component]
fn Roles() -> impl IntoView {
    let wanted = wanted_of_page();
    let go = goer();
    let choose = move |text: String| {
        let role = [Role::Admin, Role::Member].into_iter().find(|role| role_name(*role) == text);
        go(&MembersQuery { role, ..wanted.get_untracked() });
    };
    let option = move |role: Option<Role>, label: &'static str| {
        view! {
            <option
                value=role.map(role_name).unwrap_or_default()
                selected=move || wanted.with(|wanted| wanted.role) == role
            >
                {label}
            </option>
        }
    };
    view! {
        <label class="filters__choice">
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

const ORDERS: [(Sort, Order, &str); 6] = [
    (Sort::Name, Order::Asc, "Name, A to Z"),
    (Sort::Name, Order::Desc, "Name, Z to A"),
    (Sort::Role, Order::Asc, "Admins first"),
    (Sort::Role, Order::Desc, "Members first"),
    (Sort::CreatedAt, Order::Asc, "Oldest first"),
    (Sort::CreatedAt, Order::Desc, "Newest first"),
];

/// Where there is no room for the table's headers, which sort by click.
#[component]
fn Sorting() -> impl IntoView {
    let wanted = wanted_of_page();
    let go = goer();
    let choose = move |index: i32| {
        let chosen = usize::try_from(index).ok().and_then(|index| ORDERS.get(index));
        if let Some(&(sort, order, _)) = chosen {
            go(&MembersQuery { sort, order, ..wanted.get_untracked() });
        }
    };
    let options = ORDERS.map(|(sort, order, label)| {
        let is_chosen = move || wanted.with(|wanted| (wanted.sort, wanted.order) == (sort, order));
        view! { <option selected=is_chosen>{label}</option> }
    });
    view! {
        <label class="filters__choice members__sorting">
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
