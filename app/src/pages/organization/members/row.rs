//! One member.

use crate::components::{Avatar, AvatarOf, Button, Look, Moment, RoleSelect, Show};
use leptos::prelude::*;

use super::desk::Desk;
use super::selection::SelectCell;
use client::cache::ssr_memo;
use contract::view::MembershipView;
use contract::{Capability, MembershipId};

/// A row of the table. It is made once for a membership and changes in place.
#[component]
pub fn Row(
    membership: MembershipView,
    /// Those that are drawn.
    rows: Signal<Vec<MembershipView>>,
    /// Where it is in the list, from 0.
    index: Signal<usize>,
    desk: Desk,
) -> impl IntoView {
    let Desk { visit, marks, window, selection, .. } = desk;
    let id = membership.id;
    let joined = membership.created_at;
    let user_id = membership.user.id;
    let is_me = ssr_memo(move |_| {
        visit.map(|detail| detail.membership.user.id == user_id).unwrap_or_default()
    });
    let sees_emails = visit.may(Capability::SeeEmails);
    let may_select = visit.may(Capability::ManageMembers);
    let membership = following(rows, membership);
    let name = Signal::derive(move || membership.with(|its| its.user.name.clone()));
    let of = ssr_memo(move |_| membership.with(|its| AvatarOf::person(&its.user)));
    let email = move || {
        membership.with(|its| its.user.email.as_ref().map(|email| email.as_str().to_owned()))
    };
    view! {
        // The header is the first row, counted from 1.
        <tr
            class:news=move || marks.is_marked(id)
            aria-rowindex=move || index.get() + 2
            on:focusin=move |_| window.focus(id)
        >
            <Show when=may_select>
                <SelectCell membership selection />
            </Show>
            <th scope="row">
                <div class="table__person">
                    <Avatar of name />
                    <span class="table__name" title=move || name.get().to_string()>
                        {move || name.get().to_string()}
                    </span>
                    <Show when=is_me>
                        <span class="tag">"You"</span>
                    </Show>
                </div>
            </th>
            <Show when=sees_emails>
                <td class="table__wide soft">{move || email()}</td>
            </Show>
            <td>
                <RoleCell membership desk />
            </td>
            <td class="table__aside soft">
                <Moment at=joined />
            </td>
            <td class="table__end">
                <Actions membership is_me desk />
            </td>
        </tr>
    }
    .into_any()
}

/// The membership as it changes. What is shown of one that goes stays till the end.
fn following(rows: Signal<Vec<MembershipView>>, first: MembershipView) -> Signal<MembershipView> {
    ssr_memo(move |last: Option<&MembershipView>| {
        let now = rows.with(|rows| rows.iter().find(|row| row.id == first.id).cloned());
        now.or_else(|| last.cloned()).unwrap_or_else(|| first.clone())
    })
}

/// The choice of a role can be used while it is sent: it keeps the focus.
#[component]
fn RoleCell(membership: Signal<MembershipView>, desk: Desk) -> impl IntoView {
    let Desk { roles, visit, .. } = desk;
    let may_change = visit.may(Capability::ManageMembers);
    let id: MembershipId = membership.with_untracked(|its| its.id);
    let role = ssr_memo(move |_| membership.with(|its| roles.of(its)));
    let label = move || format!("Role of {}", membership.with(|its| its.user.name.to_string()));
    view! {
        <Show
            when=may_change
            fallback=move || view! { <span>{move || role.get().label()}</span> }
        >
            <RoleSelect
                inline=true
                label=Signal::derive(label)
                role
                choose=move |role| roles.choose(id, role)
            />
        </Show>
    }
    .into_any()
}

#[component]
fn Actions(membership: Signal<MembershipView>, is_me: Signal<bool>, desk: Desk) -> impl IntoView {
    let Desk { visit, departing, .. } = desk;
    let may_remove = visit.may(Capability::ManageMembers);
    let organization = visit.name();
    let remove = move || format!("Remove {}", membership.with(|its| its.user.name.to_string()));
    let leave = move || format!("Leave {}", organization.get());
    let remove_button = move || {
        view! {
            <Show when=may_remove>
                <Button
                    look=Look::QuietDanger
                    label=Signal::derive(remove)
                    press=move |()| departing.ask_to_remove(membership.get_untracked())
                >
                    "Remove"
                </Button>
            </Show>
        }
    };
    view! {
        <Show when=is_me fallback=remove_button>
            <Button
                look=Look::QuietDanger
                label=Signal::derive(leave)
                press=move |()| departing.ask_to_leave()
            >
                "Leave"
            </Button>
        </Show>
    }
    .into_any()
}
