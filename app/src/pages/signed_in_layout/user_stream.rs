//! Subscribes to the user stream while a page behind sign-in is open.

use leptos::prelude::*;

use crate::components::{ConnectionBadge, Suspense, Toasts, changing};
use crate::pages::notifications::Notifications;
use crate::pages::session::Session;
use client::cache::memo;
use client::effect::effect;
use client::realtime::{StreamOptions, StreamStatus, use_user_stream};
use contract::{Cursor, UserId};

/// Opens the stream as soon as the signed-in person is known, and shows its status.
#[component]
pub fn UserStream(session: Session) -> impl IntoView {
    view! {
        <Suspense>
            {
                // The first cursor stays: the page's data was read after it, and a later one could
                // miss changes.
                let start = memo(move |previous: Option<&Option<(UserId, Cursor)>>| {
                    let previous = previous.copied().flatten();
                    previous.or_else(|| session.me.map(|me| (me.user.id, me.cursor)))
                });
                let subscribe = move |(user_id, cursor)| {
                    view! { <Subscription session user_id cursor /> }
                };
                changing(move || start.get().map(subscribe).into_any())
            }
        </Suspense>
    }
    .into_any()
}

#[component]
fn Subscription(session: Session, user_id: UserId, cursor: Cursor) -> impl IntoView {
    show_notifications(session, user_id);
    let stream = use_user_stream(StreamOptions { user_id, cursor, caches: session.caches });
    effect(move || session.set_stream_cursor(stream.cursor.get()));
    effect(move || {
        let has_ended = matches!(stream.status.get(), StreamStatus::Ended(_));
        if has_ended && !session.signing_out.get_untracked() {
            // The session ended: the server redirects to the sign-in page, which leads back. It only
            // fails for a page that is being left already.
            drop(window().location().reload());
        }
    });
    view! { <ConnectionBadge status=stream.status since=stream.since /> }.into_any()
}

/// Shows a toast for each message that concerns the person.
fn show_notifications(session: Session, user_id: UserId) {
    let toasts = Toasts::from_context();
    let notifications = StoredValue::new(Notifications::default());
    effect(move || {
        let remember =
            |menu: &_| notifications.try_update_value(|its| its.remember_organizations(menu));
        let _ = session.menu.map_without_suspense(remember);
    });
    session.caches.on_message(move |message| {
        let toast = session.menu.map_untracked(|menu| {
            notifications.try_update_value(|its| its.toast_for(message, user_id, menu)).flatten()
        });
        if let Some(toast) = toast.flatten() {
            toasts.show(toast);
        }
    });
}
