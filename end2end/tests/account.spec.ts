import type { Locator, Page } from "@playwright/test";
import { psql } from "../support/database";
import { signInElsewhere } from "../support/devices";
import { expect, soon, test } from "../support/fixtures";
import { memberRow, pageHeading, waitUntilHydrated } from "../support/locators";
import { waitForLink } from "../support/mail";
import { createOrganization } from "../support/organizations";
import { PASSWORD, unique } from "../support/person";
import { recordStreamEvents } from "../support/stream-events";

function part(page: Page, name: string): Locator {
  return page.getByRole("region", { name });
}

test("new user name appears live in the header and for other members", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ben.visit(`/o/${wind.slug}/members`);
  await ada.visit("/home");
  await ada.page.getByRole("link", { name: "Ada" }).click();
  await expect(pageHeading(ada.page)).toHaveText("Account");
  const profile = part(ada.page, "Profile");
  await profile.getByRole("textbox", { name: "Name" }).fill("Ada Lovelace");
  await profile.getByRole("button", { name: "Save name" }).click();
  await expect(profile.getByRole("status")).toHaveText("Saved.");
  await expect(ada.page.getByRole("banner")).toContainText("Ada Lovelace");
  await soon(ben.page.getByRole("rowheader", { name: "Ada Lovelace" })).toBeVisible();
  expect(ada.pageLoads).toBe(1);

  await profile.getByRole("textbox", { name: "Name" }).fill("  ");
  await profile.getByRole("button", { name: "Save name" }).click();
  await expect(profile.getByRole("textbox", { name: "Name" })).toHaveAccessibleDescription(
    "Enter a name.",
  );
});

test("new e-mail address needs the password, and takes effect once it is confirmed", async ({
  browserErrors,
  signUp,
  openBrowser,
}) => {
  browserErrors.allow(
    /refused: POST \/me\/email 422/,
    /refused: GET \/me(\/stream|\/sessions)? 401/,
  );
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  await ada.visit("/account");
  const email = part(ada.page, "Email");
  const address = `countess-${unique()}@example.com`;
  const change = async (to: string, password: string) => {
    await email.getByLabel("New email").fill(to);
    await email.getByLabel("Your password").fill(password);
    await email.getByRole("button", { name: "Change email" }).click();
  };
  await change(address, "not my password");
  await expect(email.getByLabel("Your password")).toHaveAccessibleDescription(
    "Incorrect password.",
  );
  await change(ben.email, PASSWORD);
  await expect(email).toContainText(`Your address changes to ${ben.email}`);
  await email.getByRole("button", { name: "Cancel change" }).click();
  await expect(email).not.toContainText(ben.email);
  await change(address, PASSWORD);
  await expect(email).toContainText(`Your address changes to ${address}`);
  await expect(email).toContainText(`You sign in with ${ada.email}`);
  await expect(email.getByLabel("Your password")).toBeEmpty();

  const tab = await ada.openTab("/home");
  await tab.goto(ada.url + (await waitForLink(address, "confirm-email")));
  await waitUntilHydrated(tab);
  await tab.getByRole("button", { name: "Confirm address" }).click();
  await expect(pageHeading(tab)).toHaveText("Email address confirmed");
  await soon(email).toContainText(`You sign in with ${address}`);
  await expect(email).not.toContainText("Your address changes");

  const page = await openBrowser();
  await page.goto("/sign-in");
  await waitUntilHydrated(page);
  await page.getByRole("textbox", { name: "Email" }).fill(address);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL("/home");
});

test("changing the password ends other sessions, and only the new one signs in", async ({
  browserErrors,
  signUp,
  openBrowser,
}) => {
  // The page of an ended session may still read the list of sessions, which has changed.
  browserErrors.allow(
    /refused: GET \/me(\/stream|\/sessions)? 401/,
    /refused: POST \/auth\/sign-in 401/,
  );
  const ada = await signUp("Ada");
  await ada.visit("/account");
  const other = await signInElsewhere(ada, openBrowser);
  const password = part(ada.page, "Password");
  await password.getByLabel("Current password").fill(PASSWORD);
  await password.getByLabel("New password").fill("another horse battery");
  await password.getByRole("button", { name: "Change password" }).click();
  await expect(password.getByRole("status")).toContainText("Password changed.");
  await soon(other).toHaveURL(/\/sign-in/);
  await waitUntilHydrated(other);
  for (const [secret, url] of [
    [PASSWORD, /\/sign-in/],
    ["another horse battery", /\/account/],
  ] as const) {
    await other.getByRole("textbox", { name: "Email" }).fill(ada.email);
    await other.getByLabel("Password").fill(secret);
    const answer = other.waitForResponse("**/auth/sign-in");
    await other.getByRole("button", { name: "Sign in" }).click();
    await answer;
    await expect(other).toHaveURL(url);
  }
});

test("unconfirmed address gets no invitations until its link is opened", async ({
  database,
  signUp,
}) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada);
  // As for an account from before addresses were confirmed.
  await psql(database, `delete from confirmed_emails where email = '${ben.email}'`);
  await ada.api.invite(wind, ben.email);
  await ben.visit("/home");
  const banner = part(ben.page, "Confirm your address");
  await expect(banner).toContainText(ben.email);
  await expect(ben.page.getByRole("main")).not.toContainText("North Wind");
  await banner.getByRole("button", { name: "Send link" }).click();
  await expect(banner.getByRole("status")).toHaveText("Link sent. Open it in your mail.");
  await expect(banner.getByRole("button", { name: "Send again" })).toBeVisible();
  await ben.page.goto(ben.url + (await waitForLink(ben.email, "confirm-email")));
  await waitUntilHydrated(ben.page);
  await ben.page.getByRole("button", { name: "Confirm address" }).click();
  await expect(pageHeading(ben.page)).toHaveText("Email address confirmed");
  await ben.page.getByRole("link", { name: "Go to home" }).click();
  await expect(ben.page.getByRole("main")).toContainText("North Wind");
  await expect(banner).toBeHidden();
});

test("account of an organization's only admin can't be deleted", async ({
  browserErrors,
  signUp,
}) => {
  browserErrors.allow(/refused: DELETE \/me 409/, /refused: GET \/me(\/stream)? 401/);
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ada.visit("/account");
  const { page } = ada;
  await part(page, "Delete account").getByRole("button").click();
  const dialog = page.getByRole("dialog", { name: "Delete your account?" });
  const go = dialog.getByRole("button", { name: "Delete account" });
  await expect(go).toBeDisabled();
  await dialog.getByRole("textbox", { name: `Type ${ada.email} to confirm` }).fill(ada.email);
  await go.click();
  await expect(dialog.getByRole("alert")).toContainText("You're the only admin of North Wind.");

  await ada.api.setRole(wind, "Ben", "admin");
  await go.click();
  await expect(page).toHaveURL(`${ada.url}/`);
  await expect(page.getByRole("main").getByRole("link", { name: "Sign in" })).toBeVisible();
  await ben.visit(`/o/${wind.slug}/members`);
  await expect(ben.page.getByRole("rowheader")).toHaveCount(1);
});

test("deleted account leaves other screens and its streams end with the reason", async ({
  database,
  browserErrors,
  signUp,
  openBrowser,
}) => {
  browserErrors.allow(/refused: GET \/me(\/stream)? 401/);
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ada.visit(`/o/${wind.slug}/members`);
  await ben.visit("/home");
  const other = await signInElsewhere(ben, openBrowser);
  const events = [await recordStreamEvents(ben.page), await recordStreamEvents(other)];

  await psql(database, `delete from users where email = '${ben.email}'`);
  for (const page of [ben.page, other]) await expect(page).toHaveURL(/\/sign-in/);
  await soon(memberRow(ada.page, "North Wind", "Ben")).toBeHidden();
  for (const its of events) {
    const ends = its.filter(({ event }) => event === "end").map(({ text }) => JSON.parse(text));
    expect(ends).toEqual([expect.objectContaining({ code: "user_deleted", reconnect: false })]);
  }
});
