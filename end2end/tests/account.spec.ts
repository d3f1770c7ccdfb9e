import type { BrowserContextOptions, Locator, Page } from "@playwright/test";
import { psql } from "../support/operator";
import { organization } from "../support/organizations";
import { PASSWORD, type Person, unique } from "../support/person";
import { heading, hydrated, live, member } from "../support/screen";
import { listensIn } from "../support/stream";
import { expect, soon, test } from "../support/test";

function part(page: Page, name: string): Locator {
  return page.getByRole("region", { name });
}

function sessions(page: Page): Locator {
  return part(page, "Sessions").getByRole("listitem");
}

/** The person at another browser. */
async function atAnotherBrowser(
  person: Person,
  visitor: (options?: BrowserContextOptions) => Promise<Page>,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const page = await visitor(options);
  await page.goto("/sign-in?next=/account");
  await hydrated(page);
  await page.getByRole("textbox", { name: "Email" }).fill(person.email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL("/account");
  await live(page);
  return page;
}

test("a new name is in the header and at every colleague's at once", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  await ben.visits(`/o/${wind.slug}/members`);
  await ada.visits("/home");
  await ada.page.getByRole("link", { name: "Ada" }).click();
  await expect(heading(ada.page)).toHaveText("Account");
  const profile = part(ada.page, "Profile");
  await profile.getByRole("textbox", { name: "Name" }).fill("Ada Lovelace");
  await profile.getByRole("button", { name: "Save name" }).click();
  await expect(profile.getByRole("status")).toHaveText("Saved.");
  await expect(ada.page.getByRole("banner")).toContainText("Ada Lovelace");
  await soon(ben.page.getByRole("rowheader", { name: "Ada Lovelace" })).toBeVisible();
  expect(ada.loads).toBe(1);

  await profile.getByRole("textbox", { name: "Name" }).fill("  ");
  await profile.getByRole("button", { name: "Save name" }).click();
  await expect(profile.getByRole("textbox", { name: "Name" })).toHaveAccessibleDescription(
    "Enter a name.",
  );
});

test("another address needs the password, and signs in from then on", async ({
  faults,
  person,
  visitor,
}) => {
  faults.expect(/refused: POST \/me\/email 422/);
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  await ada.visits("/account");
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
  await expect(email.getByLabel("New email")).toHaveAccessibleDescription(/already has an account/);
  await change(address, PASSWORD);
  await expect(email).toContainText(`You sign in with ${address}`);
  await expect(email.getByLabel("Your password")).toBeEmpty();

  const page = await visitor();
  await page.goto("/sign-in");
  await hydrated(page);
  await page.getByRole("textbox", { name: "Email" }).fill(address);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL("/home");
});

test("a new password ends the other sessions, and is the one that signs in", async ({
  faults,
  person,
  visitor,
}) => {
  faults.expect(/refused: GET \/me(\/stream)? 401/, /refused: POST \/auth\/sign-in 401/);
  const ada = await person("Ada");
  await ada.visits("/account");
  const other = await atAnotherBrowser(ada, visitor);
  const password = part(ada.page, "Password");
  await password.getByLabel("Current password").fill(PASSWORD);
  await password.getByLabel("New password").fill("another horse battery");
  await password.getByRole("button", { name: "Change password" }).click();
  await expect(password.getByRole("status")).toContainText("Password changed.");
  await soon(other).toHaveURL(/\/sign-in/);
  await hydrated(other);
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

test("sessions appear and end on the screen as they do elsewhere", async ({
  faults,
  person,
  visitor,
}) => {
  faults.expect(/refused: GET \/me(\/stream)? 401/);
  const ada = await person("Ada");
  await ada.visits("/account");
  await expect(sessions(ada.page)).toHaveCount(1);
  const phone = await atAnotherBrowser(ada, visitor, {
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

  const others = [await atAnotherBrowser(ada, visitor), await atAnotherBrowser(ada, visitor)];
  await soon(sessions(ada.page)).toHaveCount(3);
  await part(ada.page, "Sessions").getByRole("button", { name: "End other sessions" }).click();
  await soon(sessions(ada.page)).toHaveCount(1);
  for (const page of others) await soon(page).toHaveURL(/\/sign-in/);
  await expect(ada.page).toHaveURL(`${ada.url}/account`);
});

test("the theme is kept, and is there before any script runs", async ({
  faults,
  person,
  visitor,
}) => {
  faults.expect(/tributary\.(js|wasm)/);
  const ada = await person("Ada");
  const ground = (page: Page) =>
    page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await ada.page.emulateMedia({ colorScheme: "light" });
  await ada.visits("/account");
  const light = await ground(ada.page);
  await ada.page.getByRole("radio", { name: "Dark" }).check();
  await expect.poll(() => ground(ada.page)).not.toBe(light);
  const dark = await ground(ada.page);

  const page = await visitor({ javaScriptEnabled: false, colorScheme: "light" });
  await page.context().addCookies(await ada.context.cookies());
  await page.goto("/account");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page.getByRole("radio", { name: "Dark" })).toBeChecked();

  await ada.page.reload();
  await hydrated(ada.page);
  expect(await ground(ada.page)).toBe(dark);
  await ada.page.getByRole("radio", { name: "System" }).check();
  expect(await ground(ada.page)).toBe(light);
  await ada.page.reload();
  await expect(ada.page.getByRole("radio", { name: "System" })).toBeChecked();
  expect(await ground(ada.page)).toBe(light);
});

test("an account goes once nobody is left without an admin", async ({ faults, person }) => {
  faults.expect(/refused: DELETE \/me 409/, /refused: GET \/me(\/stream)? 401/);
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  await ada.visits("/account");
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
  await ben.visits(`/o/${wind.slug}/members`);
  await expect(ben.page.getByRole("rowheader")).toHaveCount(1);
});

test("an account that is gone is gone from every screen, and its own say why", async ({
  database,
  faults,
  person,
  visitor,
}) => {
  faults.expect(/refused: GET \/me(\/stream)? 401/);
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  await ada.visits(`/o/${wind.slug}/members`);
  await ben.visits("/home");
  const other = await atAnotherBrowser(ben, visitor);
  const told = [await listensIn(ben.page), await listensIn(other)];

  await psql(database, `delete from users where email = '${ben.email}'`);
  for (const page of [ben.page, other]) await expect(page).toHaveURL(/\/sign-in/);
  await soon(member(ada.page, "North Wind", "Ben")).toBeHidden();
  for (const its of told) {
    const ends = its.filter(({ event }) => event === "end").map(({ text }) => JSON.parse(text));
    expect(ends).toEqual([expect.objectContaining({ code: "user_deleted", reconnect: false })]);
  }
});
