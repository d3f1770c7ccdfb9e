import type { Locator, Page } from "@playwright/test";
import { signInElsewhere } from "../support/devices";
import { expect, soon, test } from "../support/fixtures";

function part(page: Page, name: string): Locator {
  return page.getByRole("region", { name });
}

function sessions(page: Page): Locator {
  return part(page, "Sessions").getByRole("listitem");
}

test("session list shows new and ended sessions live", async ({
  browserErrors,
  signUp,
  openBrowser,
}) => {
  browserErrors.allow(/refused: GET \/me(\/stream)? 401/);
  const ada = await signUp("Ada");
  await ada.visit("/account");
  await expect(sessions(ada.page)).toHaveCount(1);
  const phone = await signInElsewhere(ada, openBrowser, {
    userAgent:
      "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
  });
  await soon(sessions(ada.page)).toHaveCount(2);
  const onPhone = sessions(ada.page).filter({ hasText: "Chrome on Android" });
  await expect(onPhone).toContainText("Last used just now");
  await expect(sessions(phone).filter({ hasText: "This browser" })).toContainText(
    "Chrome on Android",
  );
  await onPhone.getByRole("button", { name: "End session: Chrome on Android" }).click();
  await soon(sessions(ada.page)).toHaveCount(1);
  await soon(phone).toHaveURL(/\/sign-in/);

  const others = [await signInElsewhere(ada, openBrowser), await signInElsewhere(ada, openBrowser)];
  await soon(sessions(ada.page)).toHaveCount(3);
  await part(ada.page, "Sessions").getByRole("button", { name: "End other sessions" }).click();
  await soon(sessions(ada.page)).toHaveCount(1);
  for (const page of others) await soon(page).toHaveURL(/\/sign-in/);
  await expect(ada.page).toHaveURL(`${ada.url}/account`);
});

test("signing out in one tab signs out the others", async ({ browserErrors, signUp }) => {
  browserErrors.allow(/refused: GET \/me(\/stream)? 401/);
  const ada = await signUp("Ada");
  await ada.visit("/home");
  const other = await ada.openTab("/home");
  await ada.page.getByRole("button", { name: "Sign out" }).click();
  await expect(ada.page).toHaveURL(`${ada.url}/sign-in`);
  await soon(other).toHaveURL(/\/sign-in/);
});
