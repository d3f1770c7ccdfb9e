//! One member.

use leptos::prelude::*;

use super::departure::Departing;
use super::selection::{SelectCell, Selection};
use super::window::Window;
use crate::api;
use crate::cache::{LiveQuery, Members, follow};
use crate::components::{Avatar, AvatarOf, Button, Look, RoleSelect, Submission, Toast, Toasts};
use crate::contract::request::UpdateMembership;
use crate::contract::view::MembershipView;
use crate::contract::{Capability, MembershipId, Role};
use crate::pages::organization::visit::Visit;

/// A row of the table. It is made once for a membership and changes in place.
#[component]
pub fn Row(
    membership: MembershipView,
    /// Where it is in the list, from 0.
    index: Signal<usize>,
    members: LiveQuery<Members>,
    visit: Visit,
    departing: Departing,
    selection: Selection,
    window: Window,
) -> impl IntoView {
    let id = membership.id;
    let joined = membership.created_at.day();
    let user_id = membership.user.id;
    let is_me = follow(move |_| {
        visit.map(|detail| detail.membership.user.id == user_id).unwrap_or_default()
    });
    let sees_emails = visit.may(Capability::SeeEmails);
    let may_select = visit.may(Capability::ManageMembers);
    let membership = following(members, membership);
    let name = Signal::derive(move || membership.with(|its| its.user.name.clone()));
    let of = follow(move |_| membership.with(|its| AvatarOf::person(&its.user)));
    let email = move || {
        membership.with(|its| its.user.email.as_ref().map(|email| email.as_str().to_owned()))
    };
    view! {
        // The header is the first row, counted from 1.
        <tr aria-rowindex=move || index.get() + 2 on:focusin=move |_| window.focus(id)>
            <Show when=move || may_select.get()>
                <SelectCell membership selection />
            </Show>
            <th scope="row">
                <div class="table__person">
                    <Avatar of name />
                    <span class="table__name">{move || name.get().to_string()}</span>
                    <Show when=move || is_me.get()>
                        <span class="tag">"You"</span>
                    </Show>
                </div>
            </th>
            <Show when=move || sees_emails.get()>
                <td class="table__wide soft">{email}</td>
            </Show>
            <td>
                <RoleCell membership members visit />
            </td>
            <td class="table__aside soft">{joined}</td>
            <td class="table__end">
                <Actions membership is_me visit departing />
            </td>
        </tr>
    }
    .into_any()
}

/// The membership as it changes. What is shown of one that goes stays till the end.
fn following(members: LiveQuery<Members>, first: MembershipView) -> Signal<MembershipView> {
    follow(move |last: Option<&MembershipView>| {
        let now = members.map(|its| its.items.iter().find(|item| item.id == first.id).cloned());
        now.flatten().or_else(|| last.cloned()).unwrap_or_else(|| first.clone())
    })
}

#[component]
fn RoleCell(
    membership: Signal<MembershipView>,
    members: LiveQuery<Members>,
    visit: Visit,
) -> impl IntoView {
    let toasts = Toasts::of_page();
    let may_change = visit.may(Capability::ManageMembers);
    let change = Submission::new();
    let role = follow(move |_| membership.with(|its| its.role));
    let choose = move |role: Role| {
        let MembershipView { id, role: before, .. } = membership.get_untracked();
        set_role(members, id, role);
        let changes = UpdateMembership { role: Some(role), ..Default::default() };
        change.send(
            async move {
                let answer = api::memberships::update(id, &changes).await;
                if let Err(problem) = &answer {
                    set_role(members, id, before);
                    toasts.show(Toast::failure(&*problem.message));
                }
                answer
            },
            move |updated| members.update_with(|its| replace(its, updated)),
        );
    };
    let label = move || format!("Role of {}", membership.with(|its| its.user.name.to_string()));
    view! {
        <Show
            when=move || may_change.get()
            fallback=move || view! { <span>{move || role.get().label()}</span> }
        >
            <RoleSelect
                inline=true
                label=Signal::derive(label)
                role
                disabled=change.pending()
                choose
            />
        </Show>
    }
    .into_any()
}

fn set_role(members: LiveQuery<Members>, id: MembershipId, role: Role) {
    members.update_with(|its| {
        if let Some(held) = its.items.iter_mut().find(|held| held.id == id) {
            held.role = role;
        }
    });
}

/// Puts in what the server answered, unless the stream has brought something newer.
fn replace(members: &mut Members, updated: MembershipView) {
    let held = members.items.iter_mut().find(|held| held.id == updated.id);
    if let Some(held) = held.filter(|held| held.version < updated.version) {
        *held = updated;
    }
}

#[component]
fn Actions(
    membership: Signal<MembershipView>,
    is_me: Signal<bool>,
    visit: Visit,
    departing: Departing,
) -> impl IntoView {
    let may_remove = visit.may(Capability::ManageMembers);
    let organization = visit.name();
    let remove = move || format!("Remove {}", membership.with(|its| its.user.name.to_string()));
    let leave = move || format!("Leave {}", organization.get());
    let remove_button = move || {
        view! {
            <Show when=move || may_remove.get()>
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
        <Show when=move || is_me.get() fallback=remove_button>
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
