import type { Page } from "@playwright/test";
import { Api } from "../support/api";
import { psql } from "../support/operator";
import { organization } from "../support/organizations";
import { PASSWORD, type Person, unique } from "../support/person";
import { heading, hydrated, live, member } from "../support/screen";
import { expect, soon, test } from "../support/test";

/** Follows the link, and gives the status of what is there. */
async function follow(page: Page, link: string): Promise<number | undefined> {
  const answer = await page.goto(link);
  await hydrated(page);
  return answer?.status();
}

/**
 * Ada's organization, and the link that she passed on before Ben had an account. Now he has one, made
 * by the link or without it, and is signed in at his page.
 */
async function invited(ada: Person, page: Page, made: "by the link" | "without it") {
  const wind = await organization("North Wind", ada);
  const email = `ben-${unique()}@example.com`;
  const { link = "" } = await ada.api.invite(wind, email);
  const api = new Api(page.context().request, ada.url);
  await api.signUp("Ben", email, PASSWORD, made === "by the link" ? link : undefined);
  return { wind, link, ben: { api, email } };
}

for (const made of ["by the link", "without it"] as const) {
  test(`whose account was made ${made} accepts by the link`, async ({ person, visitor }) => {
    const [ada, page] = [await person("Ada"), await visitor()];
    const { wind, link, ben } = await invited(ada, page, made);
    await ada.visits(`/o/${wind.slug}/members`);
    expect(await follow(page, link)).toBe(200);
    await expect(heading(page)).toHaveText("Join North Wind");
    await expect(page.getByRole("main")).toContainText(
      new RegExp(
        `Ada invited ${ben.email} to join as a member. The invitation expires on \\d+ \\w+ \\d{4}.`,
      ),
    );
    await page.getByRole("button", { name: "Accept" }).click();
    await expect(page).toHaveURL(`/o/${wind.slug}/members`);
    await soon(member(ada.page, "North Wind", "Ben")).toBeVisible();
  });
}

test("a link that was used says where the organization is, or how to get in", async ({
  faults,
  person,
  visitor,
}) => {
  faults.expect(/refused: GET \/invitations\/.* 404/);
  const [ada, page] = [await person("Ada"), await visitor()];
  const { wind, link, ben } = await invited(ada, page, "by the link");
  await ben.api.accept(wind);
  expect(await follow(page, link)).toBe(404);
  await expect(heading(page)).toHaveText("This invitation is no longer valid");
  await expect(page.getByRole("main")).toContainText(
    "If you accepted it, find the organization on your home page",
  );
  await page.getByRole("link", { name: "Go to home" }).click();
  await live(page);
  const belonging = page.getByRole("region", { name: "Your organizations" });
  await expect(belonging).toContainText("North Wind");
});

test("a link that was taken back is of no use, and neither is one after a newer one", async ({
  faults,
  person,
  visitor,
}) => {
  faults.expect(/refused: GET \/invitations\/.* 404/);
  const [ada, page] = [await person("Ada"), await visitor()];
  const { wind, link } = await invited(ada, page, "by the link");
  await ada.api.revoke(wind);
  expect(await follow(page, link)).toBe(404);
  const main = page.getByRole("main");
  await expect(heading(page)).toHaveText("This invitation is no longer valid");
  await expect(main).toContainText("It was accepted, revoked or replaced by a newer link.");
  await expect(main).toContainText("ask the person who invited you to send a new one");

  const { link: former = "" } = await ada.api.invite(wind, `dora-${unique()}@example.com`);
  const { link: newer = "" } = await ada.api.resend(wind);
  expect(await follow(page, former)).toBe(404);
  expect(await follow(page, newer)).toBe(200);
  await expect(heading(page)).toHaveText("Join North Wind");
});

test("a link whose time is over says so", async ({ database, faults, person, visitor }) => {
  faults.expect(/refused: GET \/invitations\/.* 410/);
  const [ada, page] = [await person("Ada"), await visitor()];
  const { link, ben } = await invited(ada, page, "by the link");
  await psql(
    database,
    `update invitations set expires_at = now() - interval '1 s' where email = '${ben.email}'`,
  );
  expect(await follow(page, link)).toBe(410);
  await expect(heading(page)).toHaveText("This invitation has expired");
  await expect(page.getByRole("main")).toContainText(
    "Ask the person who invited you to send a new one.",
  );
});

test("a link that was answered with no says so", async ({ faults, person, visitor }) => {
  faults.expect(/refused: GET \/invitations\/.* 410/);
  const [ada, page] = [await person("Ada"), await visitor()];
  const { link } = await invited(ada, page, "without it");
  await follow(page, link);
  await page.getByRole("button", { name: "Decline" }).click();
  await expect(page).toHaveURL("/home");
  expect(await follow(page, link)).toBe(410);
  await expect(heading(page)).toHaveText("This invitation was declined");
  await expect(page.getByRole("main")).toContainText("If that was a mistake");
});

test("somebody else is told whose it is not, and leaves for the one it is for", async ({
  person,
  visitor,
}) => {
  const [ada, page] = [await person("Ada"), await visitor()];
  const { link } = await invited(ada, page, "by the link");
  await follow(ada.page, link);
  const main = ada.page.getByRole("main");
  await expect(main).toContainText(`You're signed in as ${ada.email}.`);
  await expect(main).toContainText("This invitation is for a different email address");
  await expect(main.getByRole("button", { name: "Accept" })).toBeHidden();
  await main.getByRole("button", { name: "Sign out" }).click();
  await expect(ada.page).toHaveURL(link);
  await expect(main).toContainText(
    "This email address has an account. Sign in to accept or decline.",
  );
});

test("who is signed out signs in first, and comes back to answer", async ({ person, visitor }) => {
  const [ada, page] = [await person("Ada"), await visitor()];
  const { wind, link, ben } = await invited(ada, page, "by the link");
  await page.context().clearCookies();
  await follow(page, link);
  await expect(page.getByRole("main")).toContainText("This email address has an account.");
  const ways = page.getByRole("main").getByRole("link");
  await expect(ways).toHaveText(["Sign in", "Create an account"]);
  await ways.first().click();
  await hydrated(page);
  await expect(page.getByRole("textbox", { name: "Email" })).toHaveValue(ben.email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(link);
  await hydrated(page);
  await page.getByRole("button", { name: "Accept" }).click();
  await expect(page).toHaveURL(`/o/${wind.slug}/members`);
});

test("who has no account yet is led to one first", async ({ person, visitor }) => {
  const ada = await person("Ada");
  const wind = await organization("North Wind", ada);
  const { link } = await ada.api.invite(wind, `dora-${unique()}@example.com`);
  const page = await visitor();
  await follow(page, link ?? "");
  const main = page.getByRole("main");
  await expect(main).toContainText("Create an account with this email address");
  await expect(main.getByRole("link")).toHaveText(["Create an account", "Sign in"]);
});
