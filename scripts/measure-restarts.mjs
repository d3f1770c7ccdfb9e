// Says how long Tributary is away whenever it is restarted, as by `cargo leptos watch`:
//   make watch          in one terminal
//   node scripts/measure-restarts.mjs [http://127.0.0.1:3000]
// and then change a file of the server. It holds ten streams of the demo workspace open meanwhile.
// Ends after the first restart, or with an error after ten minutes without one.
const origin = process.argv[2] ?? "http://127.0.0.1:3000";
const streams = 10;
const patience = 10 * 60_000;
const every = 5;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function ready() {
  try {
    const answer = await fetch(`${origin}/readyz`, { signal: AbortSignal.timeout(2000) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

async function signIn() {
  const answer = await fetch(`${origin}/auth/sign-in`, {
    method: "POST",
    headers: { origin, accept: "application/json", "content-type": "application/json" },
    body: JSON.stringify({ email: "ada@example.com", password: "tributary-demo" }),
  });
  if (!answer.ok) throw new Error(`signing in as ada@example.com: ${answer.status}`);
  return answer.headers.getSetCookie()[0].split(";")[0];
}

async function follow(cookie) {
  for (;;) {
    try {
      const answer = await fetch(`${origin}/me/stream`, { headers: { cookie } });
      for await (const _ of answer.body);
    } catch {
      // It is away; that is what is measured.
    }
    await pause(100);
  }
}

while (!(await ready())) await pause(200);
const cookie = await signIn();
for (let number = 0; number < streams; number += 1) void follow(cookie);
console.log(`${streams} streams are open; waiting for a restart`);
const start = performance.now();
let seen = start;
let away = false;
for (;;) {
  const now = performance.now();
  if (await ready()) {
    if (away) {
      console.log(`away for ${Math.round(performance.now() - seen)} ms`);
      process.exit(0);
    }
    seen = performance.now();
  } else {
    away = true;
  }
  if (now - start > patience) {
    console.error("no restart within ten minutes");
    process.exit(1);
  }
  await pause(every);
}
