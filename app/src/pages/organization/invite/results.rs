//! Shows the outcome for each address of an invite request.

use leptos::prelude::*;

use crate::components::CopyableLink;
use contract::view::{InviteOutcome, InviteResult};

/// Each address with its outcome, and with a link to copy: no email is sent. People whose account has the
/// address see the invitation without it.
#[component]
pub fn Results(results: Vec<InviteResult>) -> impl IntoView {
    let has_links = results.iter().any(|result| result.link.is_some());
    view! {
        {has_links
            .then(|| {
                view! {
                    <p class="text-muted">
                        "Copy the links now and send them to the people. You won't see them again."
                    </p>
                }
            })}
        <ul class="invite-results" aria-label="Results">
            {results.into_iter().map(|result| view! { <ResultItem result /> }).collect_view()}
        </ul>
    }
    .into_any()
}

#[component]
fn ResultItem(result: InviteResult) -> impl IntoView {
    let InviteResult { email, outcome, link } = result;
    let link = link.map(|path| view! { <CopyableLink path recipient=email.to_string() /> });
    view! {
        <li class="invite-result">
            <div class="invite-result__head">
                <span>{email.to_string()}</span>
                <span class="tag">{outcome_label(outcome)}</span>
            </div>
            {link}
        </li>
    }
    .into_any()
}

const fn outcome_label(outcome: InviteOutcome) -> &'static str {
    match outcome {
        InviteOutcome::Invited => "Invited",
        InviteOutcome::Renewed => "Invitation resent",
        InviteOutcome::AlreadyInvited => "Already invited",
        InviteOutcome::AlreadyMember => "Already a member",
    }
}
