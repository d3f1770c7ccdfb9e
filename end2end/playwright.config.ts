import { defineConfig } from "@playwright/test";

/** Where the browser is. Playwright's own downloads are not used. */
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** It is to show pages, and to talk to nobody else. */
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
  // A test makes its own people and organizations, so any two may run side by side.
  fullyParallel: true,
  workers: 2,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  reporter: "list",
  use: {
    browserName: "chromium",
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath,
      args: chromiumArguments,
    },
  },
});
