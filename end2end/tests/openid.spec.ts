import type { Page } from "@playwright/test";
import { expectAccessible } from "../support/accessibility";
import { test as base, expect } from "../support/fixtures";
import { freePort } from "../support/free-port";
import { pageHeading, waitUntilHydrated, waitUntilLive } from "../support/locators";
import { messages, waitForLink } from "../support/mail";
import { OpenIdProvider } from "../support/openid-provider";
import { Person, unique } from "../support/person";
import { Server } from "../support/server";
import { expireProofs } from "../support/two-factor";

const PASSWORD = "another horse battery";

interface Fixtures {
  provider: OpenIdProvider;
  /** A server whose people can sign in with the provider. */
  server: Server;
}

const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from it
  provider: async ({}, use) => {
    const provider = await OpenIdProvider.start();
    await use(provider);
    await provider.stop();
  },

  server: async ({ provider }, use) => {
    const address = `127.0.0.1:${await freePort()}`;
    const settings = provider.settings(`http://${address}`);
    const server = await Server.start({ ...settings, ADDRESS: address });
    await use(server);
    await server.stop();
  },
});

function newAddress(): string {
  return `ada-${unique()}@example.com`;
}

/** Follows the link to the provider, and signs in there. */
async function continueWithAcme(page: Page, email: string): Promise<void> {
  await page.getByRole("link", { name: "Continue with Acme" }).click();
  await expect(pageHeading(page)).toHaveText("Sign in to Acme");
  await page.getByLabel("Email").fill(email);
  await page.getByRole("button", { name: "Sign in" }).click();
}

function otherServices(page: Page) {
  return page.getByRole("region", { name: "Other services" });
}

test("account is created by the provider, gets a password, and the provider is unlinked", async ({
  server,
  openBrowser,
}) => {
  const email = newAddress();
  const page = await openBrowser({ baseURL: server.url });
  await page.goto("/account/sign-in-methods");
  await expect(pageHeading(page)).toHaveText("Sign in");
  await waitUntilHydrated(page);
  await expectAccessible(page, "sign-in page with a provider");
  await continueWithAcme(page, email);
  await expect(page).toHaveURL("/account/sign-in-methods");
  await waitUntilLive(page);
  await expectAccessible(page, "sign-in methods");
  await expect(otherServices(page)).toContainText(email);
  await page.getByRole("button", { name: `Unlink Acme: ${email}` }).click();
  await expect(page.getByRole("alert")).toContainText("the only way to sign in");

  await page.goto("/account");
  await waitUntilLive(page);
  await expectAccessible(page, "account without a password");
  await page.getByRole("button", { name: "Send a link to choose a password" }).click();
  await expect(pageHeading(page)).toHaveText("Check your mail");
  await page.goto(await waitForLink(email, "reset-password"));
  await waitUntilHydrated(page);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page).toHaveURL("/home");
  await page.goto("/account/sign-in-methods");
  await page.getByRole("button", { name: `Unlink Acme: ${email}` }).click();
  await page.getByRole("link", { name: "Link Acme" }).click();
  await expect(pageHeading(page)).toHaveText("Sign in to Acme");
  await page.getByLabel("Email").fill(email);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(otherServices(page)).toContainText(email);
  await expect
    .poll(async () => (await messages(email)).join())
    .toContain("Subject: A way to sign in to Tributary was removed");
});

test("account is linked by its confirmed address, and its owner is told", async ({
  server,
  browser,
  openBrowser,
}) => {
  const ada = await Person.signUp("Ada", await browser.newContext(), server.url);
  const page = await openBrowser({ baseURL: server.url });
  await page.goto("/sign-in");
  await waitUntilHydrated(page);
  await continueWithAcme(page, ada.email);
  await expect(page).toHaveURL("/home");
  await expect
    .poll(async () => (await messages(ada.email)).join())
    .toContain("Subject: Another way to sign in to Tributary was added");
  await ada.context.close();
});

test("signing in with a provider works without JavaScript", async ({
  server,
  browserErrors,
  openBrowser,
}) => {
  // The page preloads scripts that this browser doesn't run.
  browserErrors.allow(/tributary\.(js|wasm)/);
  const email = newAddress();
  const page = await openBrowser({ baseURL: server.url, javaScriptEnabled: false });
  await page.goto("/sign-in?next=%2Faccount%2Fsign-in-methods");
  await continueWithAcme(page, email);
  await expect(page).toHaveURL("/account/sign-in-methods");

  await expireProofs(server.database, email);
  await page.reload();
  await page.getByRole("link", { name: "Continue", exact: true }).click();
  await expect(pageHeading(page)).toHaveText("Confirm it's you");
  await continueWithAcme(page, newAddress());
  await expect(page.getByRole("alert")).toContainText("You signed in as somebody else there.");
  await continueWithAcme(page, email);
  await expect(page).toHaveURL("/account/sign-in-methods");
  await page.getByRole("button", { name: `Unlink Acme: ${email}` }).click();
  await expect(page.getByRole("alert")).toContainText("the only way to sign in");
});

test("sign-in page says that the provider can't be reached", async ({
  provider,
  server,
  openBrowser,
}) => {
  await provider.stop();
  const page = await openBrowser({ baseURL: server.url });
  await page.goto("/sign-in");
  await waitUntilHydrated(page);
  await page.getByRole("link", { name: "Continue with Acme" }).click();
  await expect(page.getByRole("alert")).toContainText("can't be reached");
  await expectAccessible(page, "provider that can't be reached");
});
