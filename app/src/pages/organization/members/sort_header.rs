//! The header of a sortable column.

use leptos::prelude::*;

use super::query::{use_members_query, use_set_members_query};
use client::api::memberships::{MembersQuery, Order, Sort};

/// Sorts by the column; a second click reverses the order.
#[component]
pub fn SortHeader(
    sort: Sort,
    label: &'static str,
    /// A class that sets the column's width. Without one, it shares the remaining width.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    let query = use_members_query();
    let set_query = use_set_members_query();
    let order = move || query.with(|query| (query.sort == sort).then_some(query.order));
    let aria_sort = move || match order() {
        None => "none",
        Some(Order::Asc) => "ascending",
        Some(Order::Desc) => "descending",
    };
    let arrow = move || match order() {
        None => "",
        Some(Order::Asc) => "▲",
        Some(Order::Desc) => "▼",
    };
    let press = move |_| {
        let query = query.get_untracked();
        let order = match query.sort == sort {
            true => query.order.reversed(),
            false => Order::Asc,
        };
        set_query(&MembersQuery { sort, order, ..query });
    };
    view! {
        <th scope="col" class=class aria-sort=aria_sort>
            <button type="button" class="table__sort" on:click=press>
                {label}
                <span aria-hidden="true">{move || arrow()}</span>
            </button>
        </th>
    }
    .into_any()
}
