import { defineConfig } from "@playwright/test";
import tests from "../playwright.config";

/** Tests of a release build: `make lighthouse`. */
export default defineConfig({
  ...tests,
  testDir: ".",
  globalSetup: "../support/global-setup",
  testMatch: "*.spec.ts",
  // Parallel tests would lower the scores.
  workers: 1,
  timeout: 15 * 60_000,
});
