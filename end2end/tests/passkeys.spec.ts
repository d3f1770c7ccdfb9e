import type { Page } from "@playwright/test";
import { expectAccessible } from "../support/accessibility";
import { expect, test } from "../support/fixtures";
import { pageHeading, waitUntilHydrated, waitUntilLive } from "../support/locators";
import { messages } from "../support/mail";
import { expireProofs } from "../support/two-factor";
import { VirtualAuthenticator } from "../support/virtual-authenticator";

const METHODS = "/account/sign-in-methods";

/** The server's URL by name. Passkeys belong to names. */
function byName(url: string): string {
  return url.replace("127.0.0.1", "localhost");
}

function passkeys(page: Page) {
  return page.getByRole("region", { name: "Passkeys" });
}

function signInWithPasskey(page: Page) {
  return page.getByRole("button", { name: "Sign in with a passkey" });
}

async function add(page: Page, name: string): Promise<void> {
  await page.getByLabel("Name of a new passkey").fill(name);
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await expect(passkeys(page).getByRole("listitem")).toContainText(name);
  await waitUntilLive(page);
}

/** Takes the session from the browser. The page is left first, as it would notice and go to sign in. */
async function forgetSession(page: Page): Promise<void> {
  await page.goto("about:blank");
  await page.context().clearCookies();
}

test("passkey is added and named, signs in, is a proof, and is removed", async ({
  database,
  url,
  signUp,
}) => {
  const ada = await signUp("Ada", byName(url));
  const { page } = ada;
  await VirtualAuthenticator.attach(page);
  await ada.visit("/account");
  await page.getByRole("link", { name: "Manage sign-in methods" }).click();
  await expect(pageHeading(page)).toHaveText("Sign-in methods");
  await expectAccessible(page, "no passkey");
  await add(page, "Laptop");
  await expectAccessible(page, "a passkey");
  await page.getByLabel("New name of Laptop").fill("Old laptop");
  await page.getByRole("button", { name: "Rename" }).click();
  await expect(passkeys(page).getByRole("listitem")).toContainText("Old laptop");
  await expect
    .poll(async () => (await messages(ada.email)).join())
    .toContain("Subject: A passkey was added");

  await forgetSession(page);
  await page.goto(`${ada.url}${METHODS}`);
  await waitUntilHydrated(page);
  await expect(signInWithPasskey(page)).toBeVisible();
  await expectAccessible(page, "sign-in page with passkeys");
  await signInWithPasskey(page).click();
  await expect(page).toHaveURL(`${ada.url}${METHODS}`);
  await waitUntilLive(page);

  await expireProofs(database, ada.email);
  await ada.visit(METHODS);
  await page.getByRole("link", { name: "Continue" }).click();
  await expect(pageHeading(page)).toHaveText("Confirm it's you");
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await expect(page).toHaveURL(`${ada.url}${METHODS}`);
  await page.getByRole("button", { name: "Remove passkey: Old laptop" }).click();
  await expect(passkeys(page).getByRole("listitem")).toHaveCount(0);
});

test("person whom the authenticator doesn't recognize signs in otherwise", async ({
  url,
  signUp,
}) => {
  const ada = await signUp("Ada", byName(url));
  const { page } = ada;
  const authenticator = await VirtualAuthenticator.attach(page);
  await ada.visit(METHODS);
  await add(page, "Laptop");
  await forgetSession(page);
  await page.goto(`${ada.url}/sign-in`);
  await waitUntilHydrated(page);
  await authenticator.setUserVerified(false);
  await signInWithPasskey(page).click();
  await expect(page.getByRole("alert")).toContainText("No passkey was used");
  await authenticator.setUserVerified(true);
  await signInWithPasskey(page).click();
  await expect(page).toHaveURL(`${ada.url}/home`);
});

test("passkeys are offered only where they work", async ({ browserErrors, url, openBrowser }) => {
  // The page preloads scripts that one of the browsers doesn't run.
  browserErrors.allow(/tributary\.(js|wasm)/);
  const atAddress = await openBrowser();
  await atAddress.goto("/sign-in");
  await waitUntilHydrated(atAddress);
  await expect(signInWithPasskey(atAddress)).toBeHidden();
  const atName = await openBrowser({ baseURL: byName(url) });
  await atName.goto("/sign-in");
  await waitUntilHydrated(atName);
  await expect(signInWithPasskey(atName)).toBeVisible();
  const withoutScripts = await openBrowser({ baseURL: byName(url), javaScriptEnabled: false });
  await withoutScripts.goto("/sign-in");
  await expect(withoutScripts.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
  await expect(signInWithPasskey(withoutScripts)).toBeHidden();
});
