//! The console message of a panic in a release.
import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures";

test("a panic names its message, file and line on the console", async ({
  browserErrors,
  openBrowser,
}) => {
  browserErrors.allow(/panicked at/, /^exception: unreachable/);
  const page = await openBrowser();
  await replaceFirstElement(page);
  const panic = page.waitForEvent("console", (message) => message.text().includes("panicked at"));
  await page.goto("/");
  const [place, message] = (await panic).text().split("\n");
  expect(place).toMatch(/panicked at \S+\.rs:\d+:\d+:$/);
  expect(message).toBe("internal error: entered unreachable code");
});

/** Adds an element to the document in transit, so that hydration finds what the server didn't render. */
async function replaceFirstElement(page: Page): Promise<void> {
  await page.route("/", async (route) => {
    const response = await route.fetch();
    const html = await response.text();
    const changed = html.replace(/(<body[^>]*>)/, "$1<hr>");
    expect(changed).not.toBe(html);
    await route.fulfill({ response, body: changed });
  });
}
