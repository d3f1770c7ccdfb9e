//! The head of a column by which the table can be sorted.

use leptos::prelude::*;

use super::wanted::{goer, wanted_of_page};
use client::api::memberships::{MembersQuery, Order, Sort};

/// Sorts by its column; once more, the other way round.
#[component]
pub fn SortHeader(
    /// By what.
    sort: Sort,
    /// What the column is called.
    label: &'static str,
    /// What sets its width, unless it shares what the others leave.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    let wanted = wanted_of_page();
    let go = goer();
    let order = move || wanted.with(|wanted| (wanted.sort == sort).then_some(wanted.order));
    let aria_sort = move || match order() {
        None => "none",
        Some(Order::Asc) => "ascending",
        Some(Order::Desc) => "descending",
    };
    let mark = move || match order() {
        None => "",
        Some(Order::Asc) => "▲",
        Some(Order::Desc) => "▼",
    };
    let press = move |_| {
        let wanted = wanted.get_untracked();
        let order = match wanted.sort == sort {
            true => wanted.order.reversed(),
            false => Order::Asc,
        };
        go(&MembersQuery { sort, order, ..wanted });
    };
    view! {
        <th scope="col" class=class aria-sort=aria_sort>
            <button type="button" class="table__sort" on:click=press>
                {label}
                <span aria-hidden="true">{move || mark()}</span>
            </button>
        </th>
    }
    .into_any()
}
