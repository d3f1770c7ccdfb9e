//! The row of a member.

use leptos::prelude::*;

use super::selection_bar::SelectCell;
use super::state::MembersState;
use crate::components::{
    Avatar, AvatarOf, Button, ButtonVariant, RoleSelect, Show, TimeText, changing,
};
use client::cache::memo;
use contract::view::MembershipView;
use contract::{Capability, MembershipId};

/// A row of the table. It is created once for a membership and updates in place.
#[component]
pub fn Row(
    membership: MembershipView,
    /// The memberships of the rendered rows.
    rows: Signal<Vec<MembershipView>>,
    /// Its index in the list, from 0.
    index: Signal<usize>,
    state: MembersState,
) -> impl IntoView {
    let MembersState { context, highlights, window, selection, lookalikes, .. } = state;
    let id = membership.id;
    let joined = membership.created_at;
    let user_id = membership.user.id;
    let is_me = memo(move |_| {
        context.map(|detail| detail.membership.user.id == user_id).unwrap_or_default()
    });
    let sees_emails = context.may(Capability::SeeEmails);
    let may_select = context.may(Capability::ManageMembers);
    let membership = live_row(rows, membership);
    let name = Signal::derive(move || membership.with(|its| its.user.name.clone()));
    let of = memo(move |_| membership.with(|its| AvatarOf::person(&its.user)));
    let other =
        memo(move |_| lookalikes.map(|its| its.other(id).map(ToString::to_string)).flatten());
    let email = move || {
        membership.with(|its| its.user.email.as_ref().map(|email| email.as_str().to_owned()))
    };
    view! {
        // Row 1 is the header.
        <tr
            class:highlight=move || highlights.is_highlighted(id)
            aria-rowindex=move || index.get() + 2
            on:focusin=move |_| window.set_focused(id)
        >
            <Show when=may_select>
                <SelectCell membership selection />
            </Show>
            <th scope="row">
                <div class="table__person">
                    <Avatar of name />
                    <span class="table__name" translate="no" title=move || name.get().to_string()>
                        {move || name.get().to_string()}
                    </span>
                    <Show when=is_me>
                        <span class="tag">"You"</span>
                    </Show>
                    {changing(move || other.get().map(|other| view! { <Lookalike other /> }).into_any())}
                </div>
            </th>
            <Show when=sees_emails>
                <td class="table__wide text-muted" translate="no">
                    {move || email()}
                </td>
            </Show>
            <td translate="no">
                <RoleCell membership state />
            </td>
            <td class="table__aside text-muted">
                <TimeText at=joined />
            </td>
            <td class="table__end">
                <Actions membership is_me state />
            </td>
        </tr>
    }
    .into_any()
}

/// Says that the name looks like another member's.
#[component]
fn Lookalike(other: String) -> impl IntoView {
    let explanation = format!("This name looks like another member's: {other}");
    view! {
        <span class="tag" title=explanation>
            "Similar name"
        </span>
    }
    .into_any()
}

/// Returns the membership as it changes; its last state while its row is being removed.
fn live_row(rows: Signal<Vec<MembershipView>>, first: MembershipView) -> Signal<MembershipView> {
    memo(move |last: Option<&MembershipView>| {
        let now = rows.with(|rows| rows.iter().find(|row| row.id == first.id).cloned());
        now.or_else(|| last.cloned()).unwrap_or_else(|| first.clone())
    })
}

/// The role. Its select stays enabled while a change is sent, as disabling it would lose the focus.
#[component]
fn RoleCell(membership: Signal<MembershipView>, state: MembersState) -> impl IntoView {
    let MembersState { role_changes, context, .. } = state;
    let may_change = context.may(Capability::ManageMembers);
    let id: MembershipId = membership.with_untracked(|its| its.id);
    let role = memo(move |_| membership.with(|its| role_changes.role(its)));
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
                choose=move |role| role_changes.set_role(id, role)
            />
        </Show>
    }
    .into_any()
}

#[component]
fn Actions(
    membership: Signal<MembershipView>,
    is_me: Signal<bool>,
    state: MembersState,
) -> impl IntoView {
    let MembersState { context, departure, .. } = state;
    let may_remove = context.may(Capability::ManageMembers);
    let organization = context.name();
    let remove = move || format!("Remove {}", membership.with(|its| its.user.name.to_string()));
    let leave = move || format!("Leave {}", organization.get());
    let remove_button = move || {
        view! {
            <Show when=may_remove>
                <Button
                    variant=ButtonVariant::QuietDanger
                    label=Signal::derive(remove)
                    press=move |()| departure.confirm_removal(membership.get_untracked())
                >
                    "Remove"
                </Button>
            </Show>
        }
    };
    view! {
        <Show when=is_me fallback=remove_button>
            <Button
                variant=ButtonVariant::QuietDanger
                label=Signal::derive(leave)
                press=move |()| departure.confirm_leaving()
            >
                "Leave"
            </Button>
        </Show>
    }
    .into_any()
}
