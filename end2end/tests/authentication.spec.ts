import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures";
import { pageHeading, waitUntilHydrated, waitUntilLive } from "../support/locators";
import { createOrganization } from "../support/organizations";
import { PASSWORD, unique } from "../support/person";

const WRONG_CREDENTIALS = "Incorrect email address or password.";

async function submitSignIn(page: Page, email: string, password = PASSWORD): Promise<void> {
  await page.getByRole("textbox", { name: "Email" }).fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function submitSignUp(
  page: Page,
  name: string,
  email: string,
  password = PASSWORD,
): Promise<void> {
  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await page.getByRole("textbox", { name: "Email" }).fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
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

test("sign-up form shows each error beside its field", async ({
  browserErrors,
  signUp,
  openBrowser,
}) => {
  browserErrors.allow(/refused: POST \/auth\/sign-up 422/);
  const ada = await signUp("Ada");
  const page = await openBrowser();
  await page.goto("/sign-up");
  await waitUntilHydrated(page);

  await submitSignUp(page, " ", "dora", "short");
  await expect(field(page, "Name")).toHaveAccessibleDescription(/Enter a name\./);
  await expect(field(page, "Email")).toHaveAccessibleDescription(/Enter an email address/);
  await expect(field(page, "Password")).toHaveAccessibleDescription(/[Aa]t least 8 characters/);
  for (const label of ["Name", "Email", "Password"]) {
    await expect(field(page, label)).toHaveAttribute("aria-invalid", "true");
  }

  await submitSignUp(page, "Dora", ada.email);
  await expect(field(page, "Email")).toHaveAccessibleDescription(/account/);
  await expect(field(page, "Email")).toHaveValue(ada.email);
  await expect(field(page, "Name")).toHaveAttribute("aria-invalid", "false");
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

test("sign-up, sign-in and sign-out work without JavaScript", async ({
  browserErrors,
  openBrowser,
}) => {
  // The page preloads scripts that this browser doesn't run.
  browserErrors.allow(/tributary\.(js|wasm)/);
  const page = await openBrowser({ javaScriptEnabled: false });
  const email = `dora-${unique()}@example.com`;
  await page.goto("/sign-up");
  await submitSignUp(page, "Dora", "dora", "short");
  await expect(page).toHaveURL(/\/sign-up\?/);
  await expect(field(page, "Name")).toHaveValue("Dora");
  await expect(field(page, "Email")).toHaveAccessibleDescription(/Enter an email address/);
  await submitSignUp(page, "Dora", email);
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
});
