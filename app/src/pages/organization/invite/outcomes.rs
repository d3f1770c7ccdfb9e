//! What became of the addresses of an invite request.

use leptos::prelude::*;

use crate::components::CopyableLink;
use contract::view::{InviteOutcome, InviteResult};

/// Each address, what became of it, and for one without an account the link to give to its owner.
#[component]
pub fn Outcomes(outcomes: Vec<InviteResult>) -> impl IntoView {
    let links = outcomes.iter().any(|result| result.link.is_some());
    view! {
        {links
            .then(|| {
                view! {
                    <p class="soft">
                        "Copy the links for people without an account now. You won't see them again."
                    </p>
                }
            })}
        <ul class="outcomes" aria-label="Results">
            {outcomes.into_iter().map(|result| view! { <Outcome result /> }).collect_view()}
        </ul>
    }
    .into_any()
}

#[component]
fn Outcome(result: InviteResult) -> impl IntoView {
    let InviteResult { email, outcome, link } = result;
    let link = link.map(|path| view! { <CopyableLink path recipient=email.to_string() /> });
    view! {
        <li class="outcome">
            <div class="outcome__head">
                <span>{email.to_string()}</span>
                <span class="tag">{label(outcome)}</span>
            </div>
            {link}
        </li>
    }
    .into_any()
}

const fn label(outcome: InviteOutcome) -> &'static str {
    match outcome {
        InviteOutcome::Invited => "Invited",
        InviteOutcome::Renewed => "Invitation resent",
        InviteOutcome::AlreadyInvited => "Already invited",
        InviteOutcome::AlreadyMember => "Already a member",
    }
}
