import { defineConfig } from "@playwright/test";

/** The system's browser; Playwright's own downloads are not used. */
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Switches that keep the browser from connecting to anything but the server. */
export const chromiumArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export default defineConfig({
  testDir: "./tests",
  globalSetup: "./support/global-setup",
  // Each test creates its own users and organizations, so tests may run in parallel.
  fullyParallel: true,
  // Tests wait about half of their time, so three of them keep two cores busy.
  workers: 3,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  // A page may load slowly on a busy machine. What must be fast has a bound of its own, such as `soon`.
  expect: { timeout: 15_000 },
  reporter: "list",
  use: {
    browserName: "chromium",
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    // `--trace retain-on-failure` records one. It takes a tenth of the processor time.
    trace: "off",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath,
      args: chromiumArguments,
    },
  },
});
