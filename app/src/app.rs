//! The HTML document, the app and its routes.

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::SsrMode;
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::path;

use crate::clock::PageClock;
use crate::components::TimeTooltip;
use crate::pages::home::Home;
use crate::pages::lazy::pages::{
    Account, AccountLink, CheckMail, Confirm, EmailConfirmed, Invitation, Landing, Organization,
    Recover, SignIn, SignInCode, SignInMethods, SignUp, System, TwoFactor,
};
use crate::pages::not_found::NotFound;
use crate::pages::organization::current_tab::{CurrentTab, RedirectToMembers};
use crate::pages::signed_in_layout::SignedInLayout;
use crate::theme::{Theme, ThemeContext};
use client::effect::effect;

/// Renders the HTML document, on the server only.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let theme = Theme::from_cookie();
    let (now, zone) = PageClock::provide().attributes();
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme.name() data-now=now data-zone=zone>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content=theme.color_scheme() />
                <meta
                    name="description"
                    content="Tributary is a workspace for teams that updates live on every screen."
                />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="stylesheet" href="/pkg/tributary.css" />
                <AutoReload options=options.clone() />
                <StartScript options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// The script that starts the wasm. Leptos's `HydrationScripts` would preload the wasm together with the
/// styles, which delays the first paint on a slow network.
#[component]
fn StartScript(options: LeptosOptions) -> impl IntoView {
    let start = include_str!("app/start.js").trim_end().trim_end_matches(';');
    let (folder, name) = (&options.site_pkg_dir, &options.output_name);
    let script = format!("({start}\n)(\"/{folder}\", \"{name}\");");
    view! {
        <script type="module" nonce=use_nonce()>
            {script}
        </script>
    }
}

/// The app. Every page is rendered with its data on the server, so it is readable before scripts run.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    PageClock::provide();
    ThemeContext::provide();
    mark_hydrated();
    view! {
        <Title formatter=title />
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/") view=Landing ssr=SsrMode::Async />
                <Route path=path!("/sign-in") view=SignIn ssr=SsrMode::Async />
                <Route path=path!("/sign-in/code") view=SignInCode ssr=SsrMode::Async />
                <Route path=path!("/sign-up") view=SignUp ssr=SsrMode::Async />
                <Route path=path!("/sign-up/:token") view=AccountLink ssr=SsrMode::Async />
                <Route path=path!("/reset-password/:token") view=AccountLink ssr=SsrMode::Async />
                <Route path=path!("/confirm-email/:token") view=AccountLink ssr=SsrMode::Async />
                <Route path=path!("/recover") view=Recover ssr=SsrMode::Async />
                <Route path=path!("/check-mail") view=CheckMail ssr=SsrMode::Async />
                <Route path=path!("/email-confirmed") view=EmailConfirmed ssr=SsrMode::Async />
                <Route path=path!("/invitations/:id") view=Invitation ssr=SsrMode::Async />
                <ParentRoute path=path!("") view=SignedInLayout ssr=SsrMode::Async>
                    <Route path=path!("/home") view=Home />
                    <Route path=path!("/account") view=Account />
                    <Route path=path!("/account/two-factor") view=TwoFactor />
                    <Route path=path!("/account/sign-in-methods") view=SignInMethods />
                    <Route path=path!("/confirm") view=Confirm />
                    <Route path=path!("/system") view=System />
                    <ParentRoute path=path!("/o/:slug") view=Organization>
                        <Route path=path!("") view=RedirectToMembers />
                        <Route path=path!(":tab") view=CurrentTab />
                    </ParentRoute>
                </ParentRoute>
            </Routes>
        </Router>
        <TimeTooltip />
    }
}

fn title(page: String) -> String {
    if page.is_empty() { "Tributary".to_owned() } else { format!("{page} · Tributary") }
}

/// Sets `data-hydrated` on the body when event handlers work. Effects run in the browser only.
fn mark_hydrated() {
    effect(|| {
        if let Some(body) = document().body() {
            // It only fails for an invalid name.
            drop(body.set_attribute("data-hydrated", ""));
        }
    });
}
