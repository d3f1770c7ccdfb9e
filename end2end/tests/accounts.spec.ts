import type { Page } from "@playwright/test";
import { organization } from "../support/organizations";
import { PASSWORD, unique } from "../support/person";
import { heading, hydrated, live } from "../support/screen";
import { expect, soon, test } from "../support/test";

const WRONG = "Incorrect email address or password.";

async function signIn(page: Page, email: string, password = PASSWORD): Promise<void> {
  await page.getByRole("textbox", { name: "Email" }).fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function signUp(page: Page, name: string, email: string, password = PASSWORD): Promise<void> {
  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await page.getByRole("textbox", { name: "Email" }).fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
}

function field(page: Page, label: string) {
  return page.getByLabel(label, { exact: true });
}

test("an account is created, left and entered again", async ({ visitor }) => {
  const page = await visitor();
  const email = `dora-${unique()}@example.com`;
  await page.goto("/");
  await hydrated(page);
  await page.getByRole("main").getByRole("link", { name: "Create an account" }).click();
  await signUp(page, "Dora", email);
  await expect(page).toHaveURL("/home");
  await live(page);
  await expect(page.getByRole("banner")).toContainText("Dora");

  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL("/sign-in");
  await hydrated(page);
  await signIn(page, email.toUpperCase());
  await expect(page).toHaveURL("/home");
});

test("a wrong password is told, and nothing about the account", async ({
  faults,
  person,
  visitor,
}) => {
  faults.expect(/refused: POST \/auth\/sign-in 401/);
  const ada = await person("Ada");
  const page = await visitor();
  await page.goto("/sign-in");
  await hydrated(page);
  for (const email of [ada.email, `nobody-${unique()}@example.com`]) {
    await signIn(page, email, "not my password");
    await expect(page.getByRole("alert")).toHaveText(WRONG);
    await expect(page).toHaveURL("/sign-in");
  }
});

test("what is wrong with a field stands beside it", async ({ faults, person, visitor }) => {
  faults.expect(/refused: POST \/auth\/sign-up 422/);
  const ada = await person("Ada");
  const page = await visitor();
  await page.goto("/sign-up");
  await hydrated(page);

  await signUp(page, " ", "dora", "short");
  await expect(field(page, "Name")).toHaveAccessibleDescription(/Enter a name\./);
  await expect(field(page, "Email")).toHaveAccessibleDescription(/Enter an email address/);
  await expect(field(page, "Password")).toHaveAccessibleDescription(/[Aa]t least 8 characters/);
  for (const label of ["Name", "Email", "Password"]) {
    await expect(field(page, label)).toHaveAttribute("aria-invalid", "true");
  }

  await signUp(page, "Dora", ada.email);
  await expect(field(page, "Email")).toHaveAccessibleDescription(/account/);
  await expect(field(page, "Email")).toHaveValue(ada.email);
  await expect(field(page, "Name")).toHaveAttribute("aria-invalid", "false");
});

test("a visitor who must sign in first gets to where they wanted", async ({ person, visitor }) => {
  const ada = await person("Ada");
  const wind = await organization("North Wind", ada);
  for (const path of ["/home", `/o/${wind.slug}/settings`]) {
    const page = await visitor();
    await page.goto(path);
    await expect(page).toHaveURL(`/sign-in?next=${encodeURIComponent(path)}`);
    await hydrated(page);
    await signIn(page, ada.email);
    await expect(page).toHaveURL(path);
    await expect(heading(page)).toHaveText(path === "/home" ? "Home" : "North Wind");
  }
});

test("signing in leads to no other site", async ({ person, visitor }) => {
  const ada = await person("Ada");
  const page = await visitor();
  await page.goto("/sign-in?next=//evil.example/");
  await hydrated(page);
  await signIn(page, ada.email);
  await expect(page).toHaveURL("/home");
});

test("the signed-in don't get to see the doors", async ({ person }) => {
  const ada = await person("Ada");
  for (const path of ["/", "/sign-in", "/sign-up"]) {
    await ada.page.goto(ada.url + path);
    await expect(ada.page).toHaveURL(`${ada.url}/home`);
  }
});

test("signing out in one tab ends the others", async ({ faults, person }) => {
  faults.expect(/refused: GET \/me(\/stream)? 401/);
  const ada = await person("Ada");
  await ada.visits("/home");
  const other = await ada.opensTab("/home");
  await ada.page.getByRole("button", { name: "Sign out" }).click();
  await expect(ada.page).toHaveURL(`${ada.url}/sign-in`);
  await soon(other).toHaveURL(/\/sign-in/);
});

test("without scripts, accounts work all the same", async ({ faults, visitor }) => {
  // The page names its scripts, which this browser doesn't run.
  faults.expect(/tributary\.(js|wasm)/);
  const page = await visitor({ javaScriptEnabled: false });
  const email = `dora-${unique()}@example.com`;
  await page.goto("/sign-up");
  await signUp(page, "Dora", "dora", "short");
  await expect(page).toHaveURL(/\/sign-up\?/);
  await expect(field(page, "Name")).toHaveValue("Dora");
  await expect(field(page, "Email")).toHaveAccessibleDescription(/Enter an email address/);
  await signUp(page, "Dora", email);
  await expect(page).toHaveURL("/home");
  await expect(page.getByRole("region", { name: "Your organizations" })).toContainText(
    "No organizations yet",
  );

  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL("/sign-in");
  await signIn(page, email, "not my password");
  await expect(page.getByRole("alert")).toHaveText(WRONG);
  await expect(field(page, "Email")).toHaveValue(email);
  await page.goto("/home");
  await expect(page).toHaveURL("/sign-in?next=%2Fhome");
  await signIn(page, email);
  await expect(page).toHaveURL("/home");
});
