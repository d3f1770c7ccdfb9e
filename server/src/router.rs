//! The router of the main listener: REST, streams, probes, pages and files.

use std::sync::{Arc, LazyLock};

use app::clock::ServerTime;
use app::{App, shell};
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any};
use http::{Extensions, HeaderValue, StatusCode, header};
use leptos::config::LeptosOptions;
use leptos::prelude::{expect_context, provide_context};
use leptos_axum::{AxumRouteListing, LeptosRoutes, ResponseOptions, generate_route_list};
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::services::ServeDir;

use crate::config::Config;
use crate::error_page;
use crate::monitoring::{self, DetailsAccess};
use crate::node_health::NodeHealth;
use crate::page_renderer::{PageRenderer, ReaderGone, render_page};
use crate::readiness::Readiness;
use crate::recovery_codes_page;
use api::Api;
use api::allowed_hosts::{AllowedHosts, refuse_other_hosts};
use api::auth::session::PageSession;
use api::client_address::{TrustedProxies, set_client_address};
use api::error::{ApiFailure, write_envelope};
use api::fetch_metadata::{refuse_embedding, refuse_other_sites};
use api::request_span::trace_request;
use api::response_headers::{KEPT_AND_CHECKED, KEPT_FOR_A_YEAR, Transport, set_headers};
use api::routes::{Audience, Routes};
use api::security_log::log_refusals;
use client::api::ServerTransport;
use db::clock::Clock;
use stream::{self, Streams};

/// The routes of the main listener. `system` serves the system page's data.
pub fn router(
    api: Api,
    streams: Streams,
    readiness: Readiness,
    system: Router,
    renderer: PageRenderer,
    proxies: Arc<TrustedProxies>,
    config: &Config,
) -> Router {
    let (node_health, security_key) = (readiness.node_health.clone(), api.security_key);
    let hosts = AllowedHosts::new(api.public_origin.as_ref());
    let rest = api::router(api.clone()).merge(system);
    let pages = pages(rest.clone(), api.clock.clone(), renderer, config);
    let router = Router::new()
        .merge(rest.layer(compression()))
        .merge(stream::router(streams, api))
        .layer(middleware::from_fn(refuse_other_sites))
        .merge(monitoring::main_router(readiness, DetailsAccess::of_main_listener(config)))
        .merge(pages);
    let router = router.layer(middleware::from_fn_with_state(node_health, record_condition));
    let router = router.layer(middleware::from_fn_with_state(hosts, refuse_other_hosts));
    let router = router.layer(middleware::from_fn_with_state(security_key, log_refusals));
    let router = router.layer(middleware::from_fn_with_state(proxies, set_client_address));
    let transport = if config.is_secure() { Transport::Https } else { Transport::Http };
    with_request_id(router).layer(middleware::from_fn_with_state(transport, set_headers))
}

/// Records the condition of the database that made a request fail.
async fn record_condition(
    State(health): State<NodeHealth>,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    let failure = response.extensions().get::<Arc<ApiFailure>>();
    if let Some(condition) = failure.and_then(|failure| failure.condition()) {
        health.record(condition);
    }
    response
}

/// Gives each request an id for the log and for error envelopes, and a span, and renders errors.
fn with_request_id(router: Router) -> Router {
    // Without this a panic closes the connection, and the browser shows an error page of its own.
    let panicked = |_| ApiFailure::internal("the handler panicked").into_response();
    router
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(write_envelope))
        .layer(middleware::from_fn(error_page::render_for_browsers))
        .layer(middleware::from_fn(recovery_codes_page::render_for_browsers))
        .layer(middleware::from_fn(trace_request))
}

/// The pages and their files. Server rendering loads a page's data from `rest`, without a network.
///
/// Browsers don't keep pages (`api::response_headers`): after signing out, the back button must not show
/// them. Proxies must not change them, because a changed page can't be hydrated; some hide email addresses,
/// for example.
fn pages(rest: Router, clock: Clock, renderer: PageRenderer, config: &Config) -> Router {
    let options = LeptosOptions::builder()
        .output_name("tributary")
        .site_root(config.site_root.to_string_lossy().into_owned())
        .site_pkg_dir("pkg")
        .site_addr(config.address)
        .reload_port(reload_port())
        .build();
    let rest = with_request_id(rest);
    let context = move || {
        send_content_security_policy();
        provide_transport(&rest);
        provide_context(ServerTime(clock.now()));
    };
    let document = {
        let options = options.clone();
        move || shell(options.clone())
    };
    let not_found = leptos_axum::render_app_async_with_context(context.clone(), document.clone());
    let render = middleware::from_fn_with_state(renderer, render_page);
    Router::new()
        .leptos_routes_with_context(&options, page_routes(), context, document)
        .layer(render.clone())
        .layer(middleware::from_fn(refuse_embedding))
        .fallback_service(files(&options, any(not_found).layer(render)))
        .layer(middleware::from_fn(envelope_for_programs))
        .layer(compression())
        .with_state(options)
}

/// The routes of the pages.
///
/// They are generated once in a process: meanwhile Leptos answers no request for data, so a page that
/// another server rendered at that moment would wait for ever.
fn page_routes() -> Vec<AxumRouteListing> {
    static ROUTES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(App));
    ROUTES.clone()
}

/// The files of the site.
///
/// `leptos_axum`'s own file handler isn't used: when another page renders on the same thread, it adds
/// that page's headers to the file.
fn files(options: &LeptosOptions, not_found: MethodRouter) -> Router {
    let files = ServeDir::new(&*options.site_root)
        .precompressed_br()
        .precompressed_gzip()
        .append_index_html_on_directories(false)
        .call_fallback_on_method_not_allowed(true)
        .fallback(not_found);
    file_routes()
        .into_router()
        .fallback_service(files)
        .layer(middleware::from_fn(set_cache_control))
        .layer(middleware::map_response(name_character_set))
}

/// Browsers keep the parts of a release's code, whose folder is named after their content. Other names don't
/// change between versions, so browsers have to revalidate those files.
async fn set_cache_control(request: Request, next: Next) -> Response {
    let is_part = request.uri().path().starts_with("/pkg/parts-");
    let mut response = next.run(request).await;
    let is_kept = is_part && response.status().is_success();
    let cache_control = if is_kept { KEPT_FOR_A_YEAR } else { KEPT_AND_CHECKED };
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(cache_control);
    response
}

/// The texts of the site are UTF-8, whatever the page that loads them is (ASVS 4.1.1).
async fn name_character_set(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let type_of_text = headers.get(header::CONTENT_TYPE).and_then(|its| its.to_str().ok());
    let type_of_text = type_of_text.filter(|its| {
        (its.starts_with("text/") || its.ends_with("+xml")) && !its.contains("charset=")
    });
    if let Some(text) = type_of_text
        && let Ok(complete) = HeaderValue::try_from(format!("{text}; charset=utf-8"))
    {
        headers.insert(header::CONTENT_TYPE, complete);
    }
    response
}

/// The files that the server makes itself.
pub fn file_routes() -> Routes {
    Routes::new().get("/service-worker.js", Audience::Anyone, error_page::service_worker)
}

/// Compresses pages and answers, but not streams, whose events would wait in the compressor, and not
/// WebAssembly: a release has it precompressed, and a debug build's is too large to compress on the
/// fly.
fn compression() -> CompressionLayer<impl Predicate> {
    let wasm = NotForContentType::const_new("application/wasm");
    CompressionLayer::new().compress_when(DefaultPredicate::new().and(wasm))
}

fn provide_transport(rest: &Router) {
    let parts = leptos::prelude::use_context::<http::request::Parts>();
    let parts = parts.as_ref();
    let cookie =
        parts.and_then(|parts| parts.headers.get(header::COOKIE)?.to_str().ok().map(str::to_owned));
    let reader_gone = parts.and_then(|parts| parts.extensions.get::<ReaderGone>().cloned());
    let reader_gone = reader_gone.map_or_else(CancellationToken::new, |ReaderGone(gone)| gone);
    let router = rest.clone();
    let mut extensions = Extensions::new();
    extensions.insert(PageSession::default());
    provide_context(ServerTransport { router, cookie, extensions, reader_gone });
}

/// Allows only scripts that the server itself wrote (ASVS 3.4.3).
fn send_content_security_policy() {
    let Some(nonce) = leptos::nonce::use_nonce() else { return };
    // `cargo leptos watch` reloads the page through a WebSocket.
    let reload = match std::env::var_os("LEPTOS_WATCH") {
        Some(_) => format!(" ws://127.0.0.1:{}", reload_port()),
        None => String::new(),
    };
    let policy = format!(
        "default-src 'self'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; \
         worker-src 'self'; connect-src 'self'{reload}; img-src 'self' data:; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'; object-src 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        expect_context::<ResponseOptions>().insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

fn reload_port() -> u32 {
    std::env::var("LEPTOS_RELOAD_PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(3001)
}

/// Answers an unknown address with the error envelope, unless a browser asks for a page.
async fn envelope_for_programs(request: Request, next: Next) -> Response {
    let wants_html = error_page::accepts_html(request.headers());
    let response = next.run(request).await;
    if wants_html || response.status() != StatusCode::NOT_FOUND {
        return response;
    }
    ApiFailure::not_found("This page doesn't exist.").into_response()
}

#[cfg(test)]
mod tests;
