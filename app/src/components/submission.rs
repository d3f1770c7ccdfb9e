//! A request that a person started, and what became of it.

use std::future::Future;
use std::pin::Pin;

use leptos::prelude::*;
use leptos::task::spawn_local;

use contract::{ApiError, ErrorCode};

/// A request that a person starts by a button or a form: one at a time, with its last problem.
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
    /// Nothing was sent yet.
    #[must_use]
    pub fn new() -> Self {
        Self::refused(None)
    }

    /// As left by a request before this page was shown.
    #[must_use]
    pub fn refused(problem: Option<ApiError>) -> Self {
        Self { pending: RwSignal::new(false), problem: RwSignal::new(problem) }
    }

    /// Whether the answer is awaited.
    #[must_use]
    pub fn pending(self) -> Signal<bool> {
        self.pending.into()
    }

    /// What is wrong with the field of that name on the wire.
    #[must_use]
    pub fn field(self, name: &'static str) -> Signal<Option<String>> {
        let problem = self.problem;
        Signal::derive(move || {
            problem.with(|problem| problem.as_ref()?.field(name).map(str::to_owned))
        })
    }

    /// What is wrong, unless it stands beside a field.
    #[must_use]
    pub fn sentence(self) -> Signal<Option<String>> {
        let problem = self.problem;
        Signal::derive(move || {
            problem.with(|problem| {
                let problem = problem.as_ref().filter(|problem| problem.fields.is_empty())?;
                Some(problem.message.clone())
            })
        })
    }

    /// Shows a problem that was found without a request.
    pub fn refuse(self, problem: ApiError) {
        self.problem.set(Some(problem));
    }

    /// Forgets the last problem.
    pub fn clear(self) {
        self.problem.set(None);
    }

    /// Sends `request` unless one is under way, and hands on its answer or shows its problem.
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

    /// Sends a request of any kind: what the code for all of them has in common.
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
                    if problem.code == ErrorCode::NotSignedIn {
                        ask_to_sign_in();
                    }
                    self.problem.set(Some(problem));
                }
            }
        });
    }
}

/// What is left to do with an answer.
type Done = Box<dyn FnOnce()>;

/// The session ended since the page was loaded: the server sends the visitor to sign in.
fn ask_to_sign_in() {
    // It only fails for a page that is being left already.
    drop(window().location().reload());
}

/// The last problem of a submission, unless it stands beside a field.
#[component]
pub fn Refusal(
    /// Whose.
    submission: Submission,
) -> impl IntoView {
    let sentence = submission.sentence();
    view! {
        <p class="notice notice--bad" role="alert">
            {sentence}
        </p>
    }
    .into_any()
}
