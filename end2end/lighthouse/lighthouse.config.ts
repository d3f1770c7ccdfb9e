import { defineConfig } from "@playwright/test";
import tests from "../playwright.config";

/** What Lighthouse says of a release build: `make lighthouse`. */
export default defineConfig({
  ...tests,
  testDir: ".",
  globalSetup: "../support/global-setup",
  testMatch: ["lighthouse.spec.ts", "parts.spec.ts", "weight.spec.ts"],
  // Anything beside it would make it slower.
  workers: 1,
  timeout: 15 * 60_000,
});
