//! Choosing a picture from the disk, or going back to initials.

use leptos::ev::Event;
use leptos::prelude::*;

use super::Show;
use super::button::{Button, Look};
use super::field::Problem;
use super::form::Problems;
use super::submission::{Refusal, Submission};
use contract::picture::{MEDIA_TYPES, MOST_BYTES};

/// A picture of somebody or something: one is sent as soon as it is chosen.
#[component]
pub fn PictureChoice(
    /// Unique on the page.
    id: &'static str,
    /// Whether there is one that can be taken away.
    #[prop(into)]
    has_picture: Signal<bool>,
    /// What became of the last choice.
    submission: Submission,
    /// Sends a file.
    #[prop(into)]
    choose: Callback<Vec<u8>>,
    /// Takes the picture away.
    #[prop(into)]
    remove: Callback<()>,
) -> impl IntoView {
    let chosen = move |event: Event| {
        take(&event, move |file| match file {
            Some(file) if file.len() <= MOST_BYTES => choose.run(file),
            unfit => {
                let (code, message) = match unfit {
                    Some(_) => ("too_large", "This file is too large. Choose one up to 2 MB."),
                    None => ("invalid", "This file can't be read. Choose another one."),
                };
                let mut problems = Problems::default();
                problems.note("picture", code, message.to_owned());
                submission.refuse(problems.into_error());
            }
        });
    };
    view! {
        <div class="picture-choice">
            <div class="buttons">
                // Before its label, so that the label shows the focus.
                <input
                    id=id
                    type="file"
                    class="unseen"
                    accept=MEDIA_TYPES
                    aria-describedby=format!("{id}-hint {id}-problem")
                    disabled=submission.pending()
                    on:change=chosen
                />
                <label class="button" for=id>
                    "Choose picture"
                </label>
                <Show when=has_picture>
                    <Button look=Look::Quiet disabled=submission.pending() press=remove>
                        "Remove picture"
                    </Button>
                </Show>
            </div>
            <span class="field__hint" id=format!("{id}-hint")>
                "PNG, JPEG or WebP, up to 2 MB. Cropped to a square."
            </span>
            <Problem id=id sentence=submission.field("picture") />
            <Refusal submission />
        </div>
    }
    .into_any()
}

/// Reads the file that was chosen, if there is one, and hands it on: none when it can't be read, and
/// only the beginning of one that is too large.
#[cfg(feature = "hydrate")]
fn take(event: &Event, then: impl FnOnce(Option<Vec<u8>>) + 'static) {
    use wasm_bindgen_futures::{JsFuture, spawn_local};
    let input: web_sys::HtmlInputElement = event_target(event);
    let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
    let most = i32::try_from(MOST_BYTES + 1).unwrap_or(i32::MAX);
    let part = file.slice_with_i32_and_i32(0, most);
    // The same file can be chosen again.
    input.set_value("");
    spawn_local(async move {
        let Ok(part) = part else { return then(None) };
        let read = JsFuture::from(part.array_buffer()).await;
        then(read.ok().map(|buffer| js_sys::Uint8Array::new(&buffer).to_vec()));
    });
}

/// A server has no disk of the person's.
#[cfg(not(feature = "hydrate"))]
fn take(_: &Event, _: impl FnOnce(Option<Vec<u8>>) + 'static) {}
