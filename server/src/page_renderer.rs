//! The threads that render pages.
//!
//! A page is rendered on one thread, from its first to its last byte: Leptos loads its data in tasks of
//! their own, which don't race with the rendering there. A thread takes turns among its pages, and the
//! threads that serve the streams never wait for a large page.
//!
//! A page that was begun is rendered to its end, because Leptos panics when a task reads a signal of a
//! page that was dropped. When its reader is gone, its requests for data fail at once ([`ReaderGone`]), so
//! the end comes soon. Only a few pages are rendered at once; the others wait for a turn.

use std::cell::Cell;
use std::io;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use any_spawner::{CustomExecutor, Executor, PinnedFuture, PinnedLocalFuture};
use api::error::ApiFailure;
use axum::body::{self, Body};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::LocalSet;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

/// How long a client waits for a page, including the page's wait for a turn.
const RENDER_TIMEOUT: Duration = Duration::from_secs(15);

/// How many pages a thread renders at once. A page waits for its data most of the time.
const PAGES_PER_THREAD: usize = 16;

/// Why a page isn't rendered.
#[derive(Debug, thiserror::Error)]
enum RenderError {
    #[error("the page wasn't rendered within {RENDER_TIMEOUT:?}")]
    Timeout,
    #[error("rendering the page panicked")]
    Panicked,
}

/// Threads that render pages, one for each core. They end when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct PageRenderer {
    threads: Arc<[mpsc::UnboundedSender<Job>]>,
    turn: Arc<AtomicUsize>,
    /// One for each page that is rendered.
    permits: Arc<Semaphore>,
}

/// An extension of a page's request: cancelled once nobody waits for the page any more.
#[derive(Clone, Debug, Default)]
pub struct ReaderGone(pub CancellationToken);

/// A page to render.
#[derive(Debug)]
struct Job {
    request: Request,
    page: Next,
    /// The request's span, for the lines that are logged while the page is rendered.
    span: Span,
    /// Closed when nobody waits for the page any more.
    reply: oneshot::Sender<Result<Response, axum::Error>>,
    /// Given back when the page is rendered, also when nobody waits for it any more.
    permit: OwnedSemaphorePermit,
}

impl PageRenderer {
    /// Starts the threads, with the timers and sockets of the current runtime.
    ///
    /// # Errors
    /// When the system starts no more threads.
    pub fn start() -> io::Result<Self> {
        // It is already set if another server runs in this process.
        let _ = Executor::init_custom_executor(SameThread);
        let count = thread::available_parallelism().map_or(1, NonZero::get);
        let threads = (0..count).map(|_| start_thread()).collect::<io::Result<_>>()?;
        let permits = Arc::new(Semaphore::new(count * PAGES_PER_THREAD));
        Ok(Self { threads, turn: Arc::default(), permits })
    }

    async fn render(&self, request: Request, page: Next) -> Result<Response, ApiFailure> {
        let rendered = async {
            let permit = Arc::clone(&self.permits).acquire_owned().await;
            let permit = permit.expect("the semaphore is never closed");
            let (reply, rendered) = oneshot::channel();
            let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.threads.len();
            // A closed channel drops the job, and with it `reply`.
            let _ = self.threads[turn].send(Job {
                request,
                page,
                span: Span::current(),
                reply,
                permit,
            });
            rendered.await
        };
        let rendered = tokio::time::timeout(RENDER_TIMEOUT, rendered).await;
        let rendered = rendered.map_err(|_| ApiFailure::overloaded(RenderError::Timeout))?;
        let rendered = rendered.map_err(|_| ApiFailure::internal(RenderError::Panicked))?;
        rendered.map_err(ApiFailure::internal)
    }
}

/// Renders the page on one of the threads; a middleware.
pub async fn render_page(
    State(renderer): State<PageRenderer>,
    request: Request,
    page: Next,
) -> Response {
    renderer.render(request, page).await.into_response()
}

fn start_thread() -> io::Result<mpsc::UnboundedSender<Job>> {
    let (sender, mut jobs) = mpsc::unbounded_channel::<Job>();
    let runtime = Handle::current();
    let render_all = async move {
        while let Some(job) = jobs.recv().await {
            let span = job.span.clone();
            tokio::task::spawn_local(job.run().instrument(span));
        }
    };
    thread::Builder::new().name("page-renderer".to_owned()).spawn(move || {
        RENDERS_PAGES.set(true);
        runtime.block_on(LocalSet::new().run_until(render_all));
    })?;
    Ok(sender)
}

impl Job {
    async fn run(self) {
        let Self { mut request, page, mut reply, permit: _permit, .. } = self;
        if reply.is_closed() {
            return;
        }
        let reader_gone = ReaderGone::default();
        request.extensions_mut().insert(reader_gone.clone());
        let render = async {
            let (head, body) = page.run(request).await.into_parts();
            // Its end is rendered here too.
            let body = body::to_bytes(body, usize::MAX).await;
            body.map(|body| Response::from_parts(head, Body::from(body)))
        };
        let mut render = std::pin::pin!(render);
        let rendered = tokio::select! {
            rendered = render.as_mut() => rendered,
            () = reply.closed() => {
                reader_gone.0.cancel();
                render.await
            }
        };
        // The client may have left meanwhile.
        let _ = reply.send(rendered);
    }
}

thread_local! {
    static RENDERS_PAGES: Cell<bool> = const { Cell::new(false) };
}

/// Runs the tasks of a page on the thread that renders it.
struct SameThread;

impl CustomExecutor for SameThread {
    fn spawn(&self, task: PinnedFuture<()>) {
        let task = task.in_current_span();
        if RENDERS_PAGES.get() {
            tokio::task::spawn_local(task);
        } else {
            tokio::spawn(task);
        }
    }

    fn spawn_local(&self, task: PinnedLocalFuture<()>) {
        tokio::task::spawn_local(task.in_current_span());
    }

    fn poll_local(&self) {}
}

#[cfg(test)]
mod tests;
