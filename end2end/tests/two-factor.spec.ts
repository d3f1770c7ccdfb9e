import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures";
import { pageHeading, waitUntilHydrated, waitUntilLive } from "../support/locators";
import { messages } from "../support/mail";
import { PASSWORD } from "../support/person";
import { totp } from "../support/totp";
import { expireProofs, forgetUsedCodes, turnOn } from "../support/two-factor";

const WRONG_CODE = /This code is wrong, or it was used before/;

async function submitPassword(page: Page, email: string): Promise<void> {
  await page.getByRole("textbox", { name: "Email" }).fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(pageHeading(page)).toHaveText("Enter your code");
}

async function submitCode(page: Page, code: string): Promise<void> {
  await page.getByLabel("Code", { exact: true }).fill(code);
  await page.getByRole("button", { name: /Sign in|Confirm/ }).click();
}

test("authenticator app is set up, and signing in asks for its code", async ({
  database,
  signUp,
  openBrowser,
}) => {
  const ada = await signUp("Ada");
  await ada.visit("/account");
  await ada.page.getByRole("link", { name: "Manage two-factor authentication" }).click();
  await expect(pageHeading(ada.page)).toHaveText("Two-factor authentication");
  const { key, recoveryCodes } = await turnOn(ada.page);
  await ada.page.getByRole("link", { name: "I saved these codes" }).click();
  await expect(ada.page.getByRole("main")).toContainText("You have 10 recovery codes left");
  await expect
    .poll(async () => (await messages(ada.email)).join())
    .toContain("Subject: Two-factor authentication was turned on");

  const page = await openBrowser();
  await page.goto("/account");
  await waitUntilHydrated(page);
  await submitPassword(page, ada.email);
  await submitCode(page, totp(key, 100));
  await expect(page.getByLabel("Code", { exact: true })).toHaveAccessibleDescription(WRONG_CODE);
  await forgetUsedCodes(database, ada.email);
  await submitCode(page, totp(key));
  await expect(page).toHaveURL("/account");
  await waitUntilLive(page);

  const phone = await openBrowser();
  await phone.goto("/sign-in");
  await waitUntilHydrated(phone);
  await submitPassword(phone, ada.email);
  await submitCode(phone, recoveryCodes[0] ?? "");
  await expect(phone).toHaveURL("/home");
});

test("sensitive changes ask who one is when the last proof is too old", async ({
  database,
  browserErrors,
  signUp,
}) => {
  browserErrors.allow(/refused: DELETE \/me 403/, /refused: GET \/me(\/stream)? 401/);
  const ada = await signUp("Ada");
  await expireProofs(database, ada.email);
  const { page } = ada;
  const deleteAccount = async () => {
    await page.getByRole("button", { name: "Delete account" }).click();
    const dialog = page.getByRole("dialog", { name: "Delete your account?" });
    await dialog.getByRole("textbox").fill(ada.email);
    await dialog.getByRole("button", { name: "Delete account" }).click();
  };
  await ada.visit("/account");
  await deleteAccount();
  await expect(pageHeading(page)).toHaveText("Confirm it's you");
  await page.getByLabel("Your password").fill("not my password");
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByLabel("Your password")).toHaveAccessibleDescription("Incorrect password.");
  await page.getByLabel("Your password").fill(PASSWORD);
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page).toHaveURL(`${ada.url}/account`);
  await waitUntilLive(page);
  await deleteAccount();
  await expect(page).toHaveURL(`${ada.url}/`);
});

test("two-factor authentication works without JavaScript", async ({
  browserErrors,
  database,
  signUp,
  openBrowser,
}) => {
  // The page preloads scripts that this browser doesn't run.
  browserErrors.allow(/tributary\.(js|wasm)/);
  const ada = await signUp("Ada");
  await expireProofs(database, ada.email);
  const storageState = await ada.context.storageState();
  const page = await openBrowser({ javaScriptEnabled: false, storageState });
  await page.goto("/account/two-factor");
  await page.getByRole("link", { name: "Continue" }).click();
  await page.getByLabel("Your password").fill(PASSWORD);
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page).toHaveURL("/account/two-factor");
  await page.getByRole("button", { name: "Set up an app" }).click();
  await page.getByLabel("Code", { exact: true }).fill("123");
  await page.getByRole("button", { name: "Turn on two-factor authentication" }).click();
  await expect(page.getByLabel("Code", { exact: true })).toHaveAccessibleDescription(WRONG_CODE);
  await page.getByRole("button", { name: "Cancel" }).click();
  const { key } = await turnOn(page);
  await page.getByRole("link", { name: "I saved these codes" }).click();

  await page.getByRole("button", { name: "Sign out" }).click();
  await submitPassword(page, ada.email);
  await submitCode(page, totp(key));
  await expect(page.getByLabel("Code", { exact: true })).toHaveAccessibleDescription(WRONG_CODE);
  await forgetUsedCodes(database, ada.email);
  await submitCode(page, totp(key));
  await expect(page).toHaveURL("/home");

  // A proof that gets too old while the page is open.
  await page.goto("/account/two-factor");
  await expireProofs(database, ada.email);
  await page.getByRole("button", { name: "Replace recovery codes" }).click();
  await expect(pageHeading(page)).toHaveText("Confirm it's you");
  await forgetUsedCodes(database, ada.email);
  await submitCode(page, totp(key));
  await expect(page).toHaveURL("/account/two-factor");
  await page.getByRole("button", { name: "Replace recovery codes" }).click();
  await expect(pageHeading(page)).toHaveText("Save your recovery codes");
  await page.getByRole("link", { name: "I saved these codes" }).click();
  await page.getByRole("button", { name: "Turn off two-factor authentication" }).click();
  await expect(page.getByRole("main")).toContainText("Signing in doesn't ask for a code.");
});
