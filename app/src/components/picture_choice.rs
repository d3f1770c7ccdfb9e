//! Uploading and removing a picture.

use leptos::ev::Event;
use leptos::prelude::*;

use super::Show;
use super::button::{Button, ButtonVariant};
use super::field::Problem;
use super::form::FieldProblems;
use super::submission::{FormError, Submission};
use contract::picture::{ACCEPTED_MEDIA_TYPES, MAX_UPLOAD_BYTES};

/// A file is uploaded as soon as it is chosen.
#[component]
pub fn PictureChoice(
    /// Unique on the page.
    id: &'static str,
    /// Whether there is a picture to remove.
    #[prop(into)]
    has_picture: Signal<bool>,
    /// The request of the last upload or removal.
    submission: Submission,
    /// Called with the content of the chosen file.
    #[prop(into)]
    choose: Callback<Vec<u8>>,
    /// Called to remove the picture.
    #[prop(into)]
    remove: Callback<()>,
) -> impl IntoView {
    let chosen = move |event: Event| {
        read_file(&event, move |file| match file {
            Some(file) if file.len() <= MAX_UPLOAD_BYTES => choose.run(file),
            invalid => {
                let (code, message) = match invalid {
                    Some(_) => ("too_large", "This file is too large. Choose one up to 2 MB."),
                    None => ("invalid", "This file can't be read. Choose another one."),
                };
                let mut problems = FieldProblems::default();
                problems.add("picture", code, message.to_owned());
                submission.fail(problems.into_error());
            }
        });
    };
    view! {
        <div class="picture-choice">
            <div class="buttons">
                // Before its label, so that CSS can show its focus on the label.
                <input
                    id=id
                    type="file"
                    class="visually-hidden"
                    accept=ACCEPTED_MEDIA_TYPES
                    aria-describedby=format!("{id}-hint {id}-problem")
                    disabled=submission.pending()
                    on:change=chosen
                />
                <label class="button" for=id>
                    "Choose picture"
                </label>
                <Show when=has_picture>
                    <Button variant=ButtonVariant::Quiet disabled=submission.pending() press=remove>
                        "Remove picture"
                    </Button>
                </Show>
            </div>
            <span class="field__hint" id=format!("{id}-hint")>
                "PNG, JPEG or WebP, up to 2 MB. Cropped to a square."
            </span>
            <Problem id=id message=submission.field("picture") />
            <FormError submission />
        </div>
    }
    .into_any()
}

/// Reads the chosen file and passes it to `then`: none if it can't be read, and only the first bytes of
/// one that is too large. Does nothing if no file was chosen.
#[cfg(feature = "hydrate")]
fn read_file(event: &Event, then: impl FnOnce(Option<Vec<u8>>) + 'static) {
    use wasm_bindgen_futures::{JsFuture, spawn_local};
    let input: web_sys::HtmlInputElement = event_target(event);
    let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
    let most = i32::try_from(MAX_UPLOAD_BYTES + 1).unwrap_or(i32::MAX);
    let part = file.slice_with_i32_and_i32(0, most);
    // So that the same file can be chosen again.
    input.set_value("");
    spawn_local(async move {
        let Ok(part) = part else { return then(None) };
        let read = JsFuture::from(part.array_buffer()).await;
        then(read.ok().map(|buffer| js_sys::Uint8Array::new(&buffer).to_vec()));
    });
}

/// Not called on the server.
#[cfg(not(feature = "hydrate"))]
fn read_file(_: &Event, _: impl FnOnce(Option<Vec<u8>>) + 'static) {}
