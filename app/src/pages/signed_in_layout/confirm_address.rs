//! Asks people whose address isn't confirmed to confirm it.

use leptos::prelude::*;

use crate::components::{Button, FormError, Submission, Transition, changing};
use crate::pages::session::Session;
use client::api;
use client::cache::memo;
use contract::Email;

/// The banner. Nothing for a confirmed address.
#[component]
pub fn ConfirmAddress(session: Session) -> impl IntoView {
    view! {
        <Transition>
            {
                let unconfirmed = memo(move |_| {
                    let me = session.me.get()?.ok()?;
                    me.user.email.filter(|_| !me.email_confirmed)
                });
                changing(move || unconfirmed.get().map(|email| view! { <Banner email /> }).into_any())
            }
        </Transition>
    }
    .into_any()
}

#[component]
fn Banner(email: Email) -> impl IntoView {
    let request = Submission::new();
    let sent = RwSignal::new(false);
    let send = move |()| request.send(api::me::send_email_confirmation(), move |()| sent.set(true));
    let label = move || if sent.get() { "Send again" } else { "Send link" };
    view! {
        <section class="notice confirm-address" aria-label="Confirm your address">
            <p>
                "Confirm your address " <strong>{email.to_string()}</strong>
                ". Until then, invitations to it don't reach you."
            </p>
            <p role="status">
                {move || sent.get().then_some("Link sent. Open it in your mail.")}
            </p>
            <FormError submission=request />
            <Button disabled=request.pending() press=send>
                {label}
            </Button>
        </section>
    }
    .into_any()
}
