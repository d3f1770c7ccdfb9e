// The theme, as app/src/theme.rs keeps it: the page can't always know it when it is made.
const show = (theme) => {
  document.documentElement.dataset.theme = theme ?? "";
};
show(/(?:^|; )(?:__Host-)?tributary_theme=(light|dark)/.exec(document.cookie)?.[1]);
new BroadcastChannel("tributary_theme").onmessage = ({ data }) => show(data);

// Loads the page again once it can be had. Not a refresh, which would take people who read it away
// from where they are (WCAG 2.2.1).
const button = document.querySelector("[data-probe]");
const told = document.querySelector("[role=status]");
// Each wait is longer than the one before, and no two pages' are alike. A server that answered but is
// in trouble isn't asked as soon as one that may just have been out of reach.
let wait = button.dataset.probe ? 1000 : 5000;
let waiting = setTimeout(retry, wait);

async function retry() {
  const signal = AbortSignal.timeout(10_000);
  const probe = button.dataset.probe || location.href;
  const answer = fetch(probe, { method: "HEAD", cache: "no-store", signal });
  const { status } = await answer.catch(() => ({ status: 503 }));
  clearTimeout(waiting);
  const isBack = status < 500;
  if (isBack) {
    location.reload();
  } else {
    waiting = setTimeout(retry, wait * (0.75 + Math.random() / 2));
    wait = Math.min(wait * 1.5, 10_000);
  }
  return isBack;
}

button.onclick = async (event) => {
  event.preventDefault();
  told.textContent = "Trying again…";
  if (await retry()) return;
  told.textContent = `${button.dataset.still} at ${new Date().toLocaleTimeString("en-GB")}.`;
};
addEventListener("online", retry);
document.addEventListener("visibilitychange", () => document.hidden || retry());
