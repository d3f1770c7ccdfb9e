import type { Page } from "@playwright/test";
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

/** Ada's organization, and the link by which Ben is invited. */
async function invited(ada: Person, ben: Person) {
  const wind = await organization("North Wind", ada);
  const { link } = await ada.api.invite(wind, ben.email);
  return { wind, link: ben.url + link };
}

test("the invited accepts by the link", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const { wind, link } = await invited(ada, ben);
  await ada.visits(`/o/${wind.slug}/members`);
  expect(await follow(ben.page, link)).toBe(200);
  await expect(heading(ben.page)).toHaveText("Join North Wind");
  await expect(ben.page.getByRole("main")).toContainText(
    new RegExp(
      `Ada invited ${ben.email} to join as a member. The invitation is valid until \\d+ \\w+ \\d{4}.`,
    ),
  );
  await ben.page.getByRole("button", { name: "Accept" }).click();
  await expect(ben.page).toHaveURL(`${ben.url}/o/${wind.slug}/members`);
  await soon(member(ada.page, "North Wind", "Ben")).toBeVisible();
});

test("a link that was used says where the organization is, or how to get in", async ({
  faults,
  person,
}) => {
  faults.expect(/refused: GET \/invitations\/.* 404/);
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const { wind, link } = await invited(ada, ben);
  await ben.api.accept(wind);
  expect(await follow(ben.page, link)).toBe(404);
  await expect(heading(ben.page)).toHaveText("This invitation is no longer valid");
  await expect(ben.page.getByRole("main")).toContainText(
    "If you accepted it, you find the organization at home",
  );
  await ben.page.getByRole("link", { name: "Go to home" }).click();
  await live(ben.page);
  const belonging = ben.page.getByRole("region", { name: "Your organizations" });
  await expect(belonging).toContainText("North Wind");
});

test("a link that was taken back is of no use, and neither is one after a newer one", async ({
  faults,
  person,
}) => {
  faults.expect(/refused: GET \/invitations\/.* 404/);
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const { wind, link } = await invited(ada, ben);
  await ada.api.revoke(wind);
  expect(await follow(ben.page, link)).toBe(404);
  const main = ben.page.getByRole("main");
  await expect(heading(ben.page)).toHaveText("This invitation is no longer valid");
  await expect(main).toContainText("It was accepted, taken back, or a newer link took its place.");
  await expect(main).toContainText("ask whoever invited you for a new one");

  const { link: newer } = await ada.api.invite(wind, ben.email);
  expect(await follow(ben.page, link)).toBe(404);
  expect(await follow(ben.page, ben.url + newer)).toBe(200);
  await expect(heading(ben.page)).toHaveText("Join North Wind");
});

test("a link whose time is over says so", async ({ database, faults, person }) => {
  faults.expect(/refused: GET \/invitations\/.* 410/);
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const { link } = await invited(ada, ben);
  await psql(
    database,
    `update invitations set expires_at = now() - interval '1 s' where email = '${ben.email}'`,
  );
  expect(await follow(ben.page, link)).toBe(410);
  await expect(heading(ben.page)).toHaveText("This invitation has expired");
  await expect(ben.page.getByRole("main")).toContainText("Ask whoever invited you for a new one.");
});

test("a link that was answered with no says so", async ({ faults, person }) => {
  faults.expect(/refused: GET \/invitations\/.* 410/);
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const { link } = await invited(ada, ben);
  await follow(ben.page, link);
  await ben.page.getByRole("button", { name: "Reject" }).click();
  await expect(ben.page).toHaveURL(`${ben.url}/home`);
  expect(await follow(ben.page, link)).toBe(410);
  await expect(heading(ben.page)).toHaveText("This invitation was rejected");
  await expect(ben.page.getByRole("main")).toContainText("If that was a mistake");
});

test("somebody else is told whose it is not, and leaves for the one it is for", async ({
  person,
}) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const { link } = await invited(ada, ben);
  await follow(ada.page, link);
  const main = ada.page.getByRole("main");
  await expect(main).toContainText(`You are signed in as ${ada.email}.`);
  await expect(main).toContainText("This invitation is for another address");
  await expect(main.getByRole("button", { name: "Accept" })).toBeHidden();
  await main.getByRole("button", { name: "Sign out" }).click();
  await expect(ada.page).toHaveURL(link);
  await expect(main).toContainText("This address has an account. Sign in to answer.");
});

test("who is signed out signs in first, and comes back to answer", async ({ person, visitor }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const { wind, link } = await invited(ada, ben);
  const page = await visitor();
  await follow(page, link);
  await expect(page.getByRole("main")).toContainText("This address has an account.");
  const ways = page.getByRole("main").getByRole("link");
  await expect(ways).toHaveText(["Sign in", "Create an account"]);
  await ways.first().click();
  await hydrated(page);
  await expect(page.getByRole("textbox", { name: "E-mail" })).toHaveValue(ben.email);
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
  await expect(main).toContainText("To answer, create an account with this address");
  await expect(main.getByRole("link")).toHaveText(["Create an account", "Sign in"]);
});
