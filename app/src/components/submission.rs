//! A request that a person starts by a button or a form.

use std::future::Future;
use std::pin::Pin;

use form_urlencoded::Serializer;
use leptos::prelude::*;
use leptos::task::spawn_local;

use contract::{ApiError, ErrorCode};

/// The state of the request: only one at a time, and the error of the last one.
#[derive(Clone, Copy, Debug)]
pub struct Submission {
    pending: RwSignal<bool>,
    problem: RwSignal<Option<ApiError>>,
}

impl Default for Submission {
    fn default() -> Self {
        Self::new()
    }
}

impl Submission {
    /// Creates a submission without a request and without an error.
    #[must_use]
    pub fn new() -> Self {
        Self::with_error(None)
    }

    /// Creates a submission without a request, but with an error from before the page was shown.
    #[must_use]
    pub fn with_error(problem: Option<ApiError>) -> Self {
        Self { pending: RwSignal::new(false), problem: RwSignal::new(problem) }
    }

    /// Whether a request is in flight.
    #[must_use]
    pub fn pending(self) -> Signal<bool> {
        self.pending.into()
    }

    /// Returns the text of the button that starts the request: `idle`, or `pending` while it is in
    /// flight.
    #[must_use]
    pub fn button_text(self, idle: &'static str, pending: &'static str) -> Signal<&'static str> {
        let is_pending = self.pending;
        Signal::derive(move || if is_pending.get() { pending } else { idle })
    }

    /// Returns the error of the field with that name in the request.
    #[must_use]
    pub fn field(self, name: &'static str) -> Signal<Option<String>> {
        let problem = self.problem;
        Signal::derive(move || {
            problem.with(|problem| problem.as_ref()?.field(name).map(str::to_owned))
        })
    }

    /// Returns the error message, unless the error is about fields.
    #[must_use]
    pub fn message(self) -> Signal<Option<String>> {
        let problem = self.problem;
        Signal::derive(move || {
            problem.with(|problem| {
                let problem = problem.as_ref().filter(|problem| problem.fields.is_empty())?;
                Some(problem.message.clone())
            })
        })
    }

    /// Shows an error that was found without a request.
    pub fn fail(self, problem: ApiError) {
        self.problem.set(Some(problem));
    }

    /// Removes the error.
    pub fn clear(self) {
        self.problem.set(None);
    }

    /// Sends `request`, unless one is in flight. Then calls `done` with its answer, or shows its error.
    pub fn send<T: 'static>(
        self,
        request: impl Future<Output = Result<T, ApiError>> + 'static,
        done: impl FnOnce(T) + 'static,
    ) {
        self.run(Box::pin(async move {
            let answer = request.await?;
            Ok(Box::new(move || done(answer)) as Done)
        }));
    }

    /// Does the part of [`Self::send`] that isn't generic, so that its code exists only once.
    fn run(self, request: Pin<Box<dyn Future<Output = Result<Done, ApiError>>>>) {
        if self.pending.get_untracked() {
            return;
        }
        self.problem.set(None);
        self.pending.set(true);
        spawn_local(async move {
            let answer = request.await;
            self.pending.set(false);
            match answer {
                Ok(done) => done(),
                Err(problem) => {
                    match problem.code {
                        ErrorCode::NotSignedIn => reload_to_sign_in(),
                        ErrorCode::ProofRequired => load_confirmation(),
                        _ => {}
                    }
                    self.problem.set(Some(problem));
                }
            }
        });
    }
}

/// The handler with its answer.
type Done = Box<dyn FnOnce()>;

/// Redirects to the sign-in page by reloading: the session has ended since the page was loaded.
fn reload_to_sign_in() {
    // It only fails for a page that is being left already.
    drop(window().location().reload());
}

/// Loads the page that asks for a proof and leads back here: the last proof is too old.
fn load_confirmation() {
    let location = window().location();
    let path = location.pathname().unwrap_or_default();
    let query = Serializer::new(String::new()).append_pair("next", &path).finish();
    // It only fails for a malformed address; this one is well-formed.
    drop(location.set_href(&format!("/confirm?{query}")));
}

/// The error message of a submission, unless the error is about fields.
#[component]
pub fn FormError(submission: Submission) -> impl IntoView {
    let message = submission.message();
    view! {
        <p class="notice notice--bad" role="alert">
            {message}
        </p>
    }
    .into_any()
}
