// Answers for a page that can't be reached, where the browser would show its own error. Nothing is
// kept, and nothing but pages comes by here: what people see is true, or says that it isn't.

// Without routes a browser asks this worker about all else too, and goes on by itself.
self.addEventListener("install", (event) => {
  const others = ["cors", "no-cors", "same-origin"];
  const routes = others.map((requestMode) => ({ condition: { requestMode }, source: "network" }));
  event.addRoutes?.(routes).catch(() => {});
});

// Pages are asked for while this starts, not after it has.
self.addEventListener("activate", (event) => {
  event.waitUntil(self.registration.navigationPreload?.enable());
});

self.addEventListener("fetch", (event) => {
  const { mode, method } = event.request;
  if (mode === "navigate" && method === "GET") event.respondWith(answer(event));
});

/** The server's. A connection that breaks is no outage, so it is asked twice unless it took long. */
async function answer(event) {
  const begun = Date.now();
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    const atOnce = Date.now() - begun < 5000;
    return atOnce ? fetch(event.request).catch(standIn) : standIn();
  }
}

/** Needs nothing else: its style and script are in it, and the policy lets nothing else in. */
function standIn() {
  const nonce = crypto.randomUUID();
  const policy =
    `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; img-src data:; ` +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  const headers = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": policy,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  };
  return new Response(page(nonce), { status: 503, headers });
}

// Its looks are those of style/pages/door.css, its theme is found as app/src/theme.rs keeps it.
const page = (nonce) => `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Tributary can't be reached</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">
  :root {
    color-scheme: light dark;
    --page: light-dark(#ffffff, #111416);
    --river: light-dark(#dfeef2, #16313a);
    --raised: light-dark(#ffffff, #1a1e21);
    --line: light-dark(#e2e6e9, #262c30);
    --text: light-dark(#161b1e, #e8ecee);
    --soft: light-dark(#4b565d, #a9b4ba);
    --button: light-dark(#0a6378, #55bdd4);
    --button-hover: light-dark(#084f60, #74cce0);
    --on-button: light-dark(#ffffff, #06191e);
    --focus: light-dark(#0a7a94, #7ed6ea);
  }
  :root[data-theme="light"] { color-scheme: light; }
  :root[data-theme="dark"] { color-scheme: dark; }
  * { box-sizing: border-box; margin: 0; }
  body {
    display: grid;
    place-items: center;
    min-height: 100dvh;
    padding: 1rem;
    background: radial-gradient(75rem 28rem at top, var(--river), transparent) no-repeat var(--page);
    color: var(--text);
    font: 400 0.9375rem / 1.5 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto,
      "Noto Sans", "Helvetica Neue", Arial, sans-serif;
  }
  main { display: grid; gap: 1rem; width: min(27rem, 100%); margin-bottom: 12vh; }
  h1 { font-size: 1.5rem; font-weight: 650; line-height: 1.25; letter-spacing: -0.01em; }
  p, ul { color: var(--soft); }
  ul { display: grid; gap: 0.5rem; padding-left: 1.25rem; }
  button {
    justify-self: start;
    min-height: 2.75rem;
    padding: 0 1rem;
    border: 1px solid transparent;
    border-radius: 0.5rem;
    background: var(--button);
    color: var(--on-button);
    font: inherit;
    font-weight: 500;
    cursor: pointer;
  }
  button:hover { background: var(--button-hover); }
  button:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
  @media (width >= 36rem) {
    main {
      padding: 2rem;
      border: 1px solid var(--line);
      border-radius: 0.75rem;
      background: var(--raised);
    }
  }
</style>
<script nonce="${nonce}">
  const show = (theme) => {
    document.documentElement.dataset.theme = theme ?? "";
  };
  show(/(?:^|; )tributary_theme=(light|dark)/.exec(document.cookie)?.[1]);
  new BroadcastChannel("tributary_theme").onmessage = ({ data }) => show(data);
</script>
</head>
<body>
<main>
<h1>Tributary can't be reached</h1>
<p>There is no connection to it from here. This page loads by itself once there is one.</p>
<ul>
<li>Look whether this device is online.</li>
<li>A tab of Tributary that is still open goes on showing what it had.</li>
<li>If all else on the internet works, Tributary itself may be away for a moment.</li>
</ul>
<button type="button">Try again</button>
<p role="status"></p>
</main>
<script nonce="${nonce}">
  const told = document.querySelector("[role=status]");
  // Each wait is longer than the one before, and no two pages' are alike.
  let wait = 1000;
  let waiting = setTimeout(tryAgain, wait);

  async function tryAgain() {
    const signal = AbortSignal.timeout(10_000);
    const { ok } = await fetch("/healthz", { cache: "no-store", signal }).catch(() => ({}));
    clearTimeout(waiting);
    if (ok) {
      location.reload();
    } else {
      waiting = setTimeout(tryAgain, wait * (0.75 + Math.random() / 2));
      wait = Math.min(wait * 1.5, 15_000);
    }
    return ok;
  }

  document.querySelector("button").onclick = async () => {
    told.textContent = "Trying again …";
    if (await tryAgain()) return;
    told.textContent = "Still no connection at " + new Date().toLocaleTimeString() + ".";
  };
  addEventListener("online", tryAgain);
  document.addEventListener("visibilitychange", () => document.hidden || tryAgain());
</script>
</body>
</html>
`;
