import { defineConfig } from "@playwright/test";
import tests from "./playwright.config";

/** Takes the screenshots in docs/screenshots: `npx playwright test -c end2end/screenshots.config.ts`. */
export default defineConfig({
  ...tests,
  testDir: ".",
  testMatch: "screenshots.spec.ts",
  globalSetup: undefined,
  workers: 1,
});
