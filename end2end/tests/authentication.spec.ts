import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures";
import { pageHeading, waitUntilHydrated, waitUntilLive } from "../support/locators";
import { messages, waitForLink } from "../support/mail";
import { createOrganization } from "../support/organizations";
import { PASSWORD, unique } from "../support/person";

const WRONG_CREDENTIALS = "Incorrect email address or password.";

async function submitSignIn(page: Page, email: string, password = PASSWORD): Promise<void> {
  await page.getByRole("textbox", { name: "Email" }).fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function submitSignUp(page: Page, name: string, email: string): Promise<void> {
  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await page.getByRole("textbox", { name: "Email" }).fill(email);
  await page.getByRole("button", { name: "Create account" }).click();
}

async function submitPassword(page: Page, password = PASSWORD): Promise<void> {
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: /Create account|Change password/ }).click();
}

function field(page: Page, label: string) {
  return page.getByLabel(label, { exact: true });
}

test("user signs up, signs out and signs in again", async ({ openBrowser }) => {
  const page = await openBrowser();
  const email = `dora-${unique()}@example.com`;
  await page.goto("/");
  await waitUntilHydrated(page);
  await page.getByRole("main").getByRole("link", { name: "Create an account" }).click();
  await submitSignUp(page, "Dora", email);
  await expect(page).toHaveURL("/check-mail");
  await expect(pageHeading(page)).toHaveText("Check your mail");
  await page.goto(await waitForLink(email, "sign-up"));
  await waitUntilHydrated(page);
  await expect(page.getByRole("main")).toContainText(`Choose a password for ${email}`);
  await submitPassword(page);
  await expect(page).toHaveURL("/home");
  await waitUntilLive(page);
  await expect(page.getByRole("banner")).toContainText("Dora");

  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL("/sign-in");
  await waitUntilHydrated(page);
  await submitSignIn(page, email.toUpperCase());
  await expect(page).toHaveURL("/home");
});

test("failed sign-in does not reveal whether the account exists", async ({
  browserErrors,
  signUp,
  openBrowser,
}) => {
  browserErrors.allow(/refused: POST \/auth\/sign-in 401/);
  const ada = await signUp("Ada");
  const page = await openBrowser();
  await page.goto("/sign-in");
  await waitUntilHydrated(page);
  for (const email of [ada.email, `nobody-${unique()}@example.com`]) {
    await submitSignIn(page, email, "not my password");
    await expect(page.getByRole("alert")).toHaveText(WRONG_CREDENTIALS);
    await expect(page).toHaveURL("/sign-in");
  }
});

test("sign-up forms show each error beside its field", async ({ browserErrors, openBrowser }) => {
  browserErrors.allow(/refused: POST \/auth\/sign-up\/complete 422/);
  const page = await openBrowser();
  await page.goto("/sign-up");
  await waitUntilHydrated(page);

  await submitSignUp(page, " ", "dora");
  await expect(field(page, "Name")).toHaveAccessibleDescription(/Enter a name\./);
  await expect(field(page, "Email")).toHaveAccessibleDescription(/Enter an email address/);
  for (const label of ["Name", "Email"]) {
    await expect(field(page, label)).toHaveAttribute("aria-invalid", "true");
  }

  const email = `dora-${unique()}@example.com`;
  await submitSignUp(page, "Dora", email);
  await expect(page).toHaveURL("/check-mail");
  await page.goto(await waitForLink(email, "sign-up"));
  await waitUntilHydrated(page);
  for (const [password, description] of [
    ["short", /[Aa]t least 8 characters/],
    ["password1", /easy to guess/],
    ["tributary1", /easy to guess/],
  ] as const) {
    await submitPassword(page, password);
    await expect(field(page, "Password")).toHaveAccessibleDescription(description);
  }
});

test("sign-up with a known address tells only the owner of the address", async ({
  signUp,
  openBrowser,
}) => {
  const ada = await signUp("Ada");
  const page = await openBrowser();
  const texts: (string | null)[] = [];
  for (const email of [ada.email, `nobody-${unique()}@example.com`]) {
    await page.goto("/sign-up");
    await waitUntilHydrated(page);
    await submitSignUp(page, "Eve", email);
    await expect(page).toHaveURL("/check-mail");
    texts.push(await page.getByRole("main").textContent());
  }
  expect(texts[0]).toBe(texts[1]);
  await expect
    .poll(async () => (await messages(ada.email)).join())
    .toContain("Subject: You already have a Tributary account");
});

test("forgotten password is replaced by a link, which works once", async ({
  browserErrors,
  signUp,
  openBrowser,
}) => {
  browserErrors.allow(
    /refused: GET \/me(\/stream)? 401/,
    /refused: GET \/reset-password\/.* 410/,
    /refused: POST \/auth\/sign-in 401/,
  );
  const ada = await signUp("Ada");
  await ada.visit("/home");
  const page = await openBrowser();
  await page.goto("/sign-in");
  await waitUntilHydrated(page);
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await expect(pageHeading(page)).toHaveText("Forgot your password?");
  await page.getByRole("textbox", { name: "Email" }).fill(ada.email);
  await page.getByRole("button", { name: "Send link" }).click();
  await expect(page).toHaveURL("/check-mail");
  const link = await waitForLink(ada.email, "reset-password");
  await page.goto(link);
  await waitUntilHydrated(page);
  await submitPassword(page, "another horse battery");
  await expect(page).toHaveURL("/home");
  await expect(ada.page).toHaveURL(/\/sign-in/);

  await page.goto(link);
  await expect(pageHeading(page)).toHaveText("This link has expired, or it was used already");
  const other = await openBrowser();
  await other.goto("/sign-in");
  await waitUntilHydrated(other);
  await submitSignIn(other, ada.email);
  await expect(other.getByRole("alert")).toHaveText(WRONG_CREDENTIALS);
  await submitSignIn(other, ada.email, "another horse battery");
  await expect(other).toHaveURL("/home");
});

test("signing in leads to the page that was requested", async ({ signUp, openBrowser }) => {
  const ada = await signUp("Ada");
  const wind = await createOrganization("North Wind", ada);
  for (const path of ["/home", `/o/${wind.slug}/settings`]) {
    const page = await openBrowser();
    await page.goto(path);
    await expect(page).toHaveURL(`/sign-in?next=${encodeURIComponent(path)}`);
    await waitUntilHydrated(page);
    await submitSignIn(page, ada.email);
    await expect(page).toHaveURL(path);
    await expect(pageHeading(page)).toHaveText(path === "/home" ? "Home" : "North Wind");
  }
});

test("signing in never leads to another site", async ({ signUp, openBrowser }) => {
  const ada = await signUp("Ada");
  const page = await openBrowser();
  await page.goto("/sign-in?next=//evil.example/");
  await waitUntilHydrated(page);
  await submitSignIn(page, ada.email);
  await expect(page).toHaveURL("/home");
});

test("signed-in user is redirected from public pages to home", async ({ signUp }) => {
  const ada = await signUp("Ada");
  for (const path of ["/", "/sign-in", "/sign-up"]) {
    await ada.page.goto(ada.url + path);
    await expect(ada.page).toHaveURL(`${ada.url}/home`);
  }
});

test("sign-up, sign-in, recovery and sign-out work without JavaScript", async ({
  browserErrors,
  openBrowser,
}) => {
  // The page preloads scripts that this browser doesn't run.
  browserErrors.allow(/tributary\.(js|wasm)/, /refused: GET \/reset-password\/.* 410/);
  const page = await openBrowser({ javaScriptEnabled: false });
  const email = `dora-${unique()}@example.com`;
  await page.goto("/sign-up");
  await submitSignUp(page, "Dora", "dora");
  await expect(page).toHaveURL(/\/sign-up\?/);
  await expect(field(page, "Name")).toHaveValue("Dora");
  await expect(field(page, "Email")).toHaveAccessibleDescription(/Enter an email address/);
  await submitSignUp(page, "Dora", email);
  await expect(page).toHaveURL("/check-mail");
  await page.goto(await waitForLink(email, "sign-up"));
  await submitPassword(page, "password1");
  await expect(field(page, "Password")).toHaveAccessibleDescription(/easy to guess/);
  await submitPassword(page);
  await expect(page).toHaveURL("/home");
  await expect(page.getByRole("region", { name: "Your organizations" })).toContainText(
    "No organizations yet",
  );

  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL("/sign-in");
  await submitSignIn(page, email, "not my password");
  await expect(page.getByRole("alert")).toHaveText(WRONG_CREDENTIALS);
  await expect(field(page, "Email")).toHaveValue(email);
  await page.goto("/home");
  await expect(page).toHaveURL("/sign-in?next=%2Fhome");
  await submitSignIn(page, email);
  await expect(page).toHaveURL("/home");

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await page.getByRole("textbox", { name: "Email" }).fill(email);
  await page.getByRole("button", { name: "Send link" }).click();
  await expect(page).toHaveURL("/check-mail");
  const link = await waitForLink(email, "reset-password");
  await page.goto(link);
  await submitPassword(page, "another horse battery");
  await expect(page).toHaveURL("/home");
  await page.goto(link);
  await expect(pageHeading(page)).toHaveText("This link has expired, or it was used already");
});
