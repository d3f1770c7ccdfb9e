import type { Page } from "@playwright/test";
import { acceptInvitation, invite } from "../support/actions";
import { Api } from "../support/api";
import { psql } from "../support/database";
import { expect, soon, test } from "../support/fixtures";
import { memberRow, pageHeading, waitUntilHydrated, waitUntilLive } from "../support/locators";
import { waitForLink } from "../support/mail";
import { createOrganization } from "../support/organizations";
import { PASSWORD, type Person, unique } from "../support/person";
import { expectPicture, PICTURE } from "../support/pictures";

/** Opens the link. Returns the HTTP status. */
async function openLink(page: Page, link: string): Promise<number | undefined> {
  const answer = await page.goto(link);
  await waitUntilHydrated(page);
  return answer?.status();
}

/**
 * Invites Ben to Ada's organization before he has an account, then signs him up in the page's
 * browser, with the invitation link or without it.
 */
async function inviteAndSignUp(
  ada: Person,
  page: Page,
  signedUp: "with the link" | "without the link",
) {
  const wind = await createOrganization("North Wind", ada);
  const email = `ben-${unique()}@example.com`;
  const { link = "" } = await ada.api.invite(wind, email);
  const api = new Api(page.context().request, ada.url);
  await api.signUp("Ben", email, PASSWORD, signedUp === "with the link" ? link : undefined);
  return { wind, link, ben: { api, email } };
}

for (const signedUp of ["with the link", "without the link"] as const) {
  test(`user who signed up ${signedUp} accepts through the link`, async ({
    signUp,
    openBrowser,
  }) => {
    const [ada, page] = [await signUp("Ada"), await openBrowser()];
    const { wind, link, ben } = await inviteAndSignUp(ada, page, signedUp);
    await ada.visit(`/o/${wind.slug}/members`);
    expect(await openLink(page, link)).toBe(200);
    await expect(pageHeading(page)).toHaveText("Join North Wind");
    await expect(page.getByRole("main")).toContainText(
      new RegExp(
        `Ada invited ${ben.email} to join as a member. The invitation expires on \\d+ \\w+ \\d{4}.`,
      ),
    );
    await page.getByRole("button", { name: "Accept" }).click();
    await expect(page).toHaveURL(`/o/${wind.slug}/members`);
    await soon(memberRow(ada.page, "North Wind", "Ben")).toBeVisible();
  });
}

test("used link says where to find the organization", async ({
  browserErrors,
  signUp,
  openBrowser,
}) => {
  browserErrors.allow(/refused: GET \/invitations\/.* 404/);
  const [ada, page] = [await signUp("Ada"), await openBrowser()];
  const { wind, link, ben } = await inviteAndSignUp(ada, page, "with the link");
  await ben.api.acceptInvitation(wind);
  expect(await openLink(page, link)).toBe(404);
  await expect(pageHeading(page)).toHaveText("This invitation is no longer valid");
  await expect(page.getByRole("main")).toContainText(
    "If you accepted it, find the organization on your home page",
  );
  await page.getByRole("link", { name: "Go to home" }).click();
  await waitUntilLive(page);
  const organizations = page.getByRole("region", { name: "Your organizations" });
  await expect(organizations).toContainText("North Wind");
});

test("revoked and replaced links are invalid", async ({ browserErrors, signUp, openBrowser }) => {
  browserErrors.allow(/refused: GET \/invitations\/.* 404/);
  const [ada, page] = [await signUp("Ada"), await openBrowser()];
  const { wind, link } = await inviteAndSignUp(ada, page, "with the link");
  await ada.api.revokeInvitation(wind);
  expect(await openLink(page, link)).toBe(404);
  const main = page.getByRole("main");
  await expect(pageHeading(page)).toHaveText("This invitation is no longer valid");
  await expect(main).toContainText("It was accepted, revoked or replaced by a newer link.");
  await expect(main).toContainText("ask the person who invited you to send a new one");

  const { link: former = "" } = await ada.api.invite(wind, `dora-${unique()}@example.com`);
  const { link: newer = "" } = await ada.api.resendInvitation(wind);
  expect(await openLink(page, former)).toBe(404);
  expect(await openLink(page, newer)).toBe(200);
  await expect(pageHeading(page)).toHaveText("Join North Wind");
});

test("expired link says that it has expired", async ({
  database,
  browserErrors,
  signUp,
  openBrowser,
}) => {
  browserErrors.allow(/refused: GET \/invitations\/.* 410/);
  const [ada, page] = [await signUp("Ada"), await openBrowser()];
  const { link, ben } = await inviteAndSignUp(ada, page, "with the link");
  await psql(
    database,
    `update invitations set expires_at = now() - interval '1 s' where email = '${ben.email}'`,
  );
  expect(await openLink(page, link)).toBe(410);
  await expect(pageHeading(page)).toHaveText("This invitation has expired");
  await expect(page.getByRole("main")).toContainText(
    "Ask the person who invited you to send a new one.",
  );
});

test("link of a declined invitation says that it was declined", async ({
  browserErrors,
  signUp,
  openBrowser,
}) => {
  browserErrors.allow(/refused: GET \/invitations\/.* 410/);
  const [ada, page] = [await signUp("Ada"), await openBrowser()];
  const { link } = await inviteAndSignUp(ada, page, "without the link");
  await openLink(page, link);
  await page.getByRole("button", { name: "Decline" }).click();
  await expect(page).toHaveURL("/home");
  expect(await openLink(page, link)).toBe(410);
  await expect(pageHeading(page)).toHaveText("This invitation was declined");
  await expect(page.getByRole("main")).toContainText("If that was a mistake");
});

test("link for another address offers to sign out", async ({ signUp, openBrowser }) => {
  const [ada, page] = [await signUp("Ada"), await openBrowser()];
  const { link } = await inviteAndSignUp(ada, page, "with the link");
  await openLink(ada.page, link);
  const main = ada.page.getByRole("main");
  await expect(main).toContainText(`You're signed in as ${ada.email}.`);
  await expect(main).toContainText("This invitation is for a different email address");
  await expect(main.getByRole("button", { name: "Accept" })).toBeHidden();
  await main.getByRole("button", { name: "Sign out" }).click();
  await expect(ada.page).toHaveURL(link);
  await expect(main).toContainText("Create an account with this email address");
});

test("signed-out user signs in and returns to the invitation", async ({ signUp, openBrowser }) => {
  const [ada, page] = [await signUp("Ada"), await openBrowser()];
  const { wind, link, ben } = await inviteAndSignUp(ada, page, "with the link");
  await page.context().clearCookies();
  await openLink(page, link);
  await page.getByRole("main").getByRole("link", { name: "Sign in" }).click();
  await waitUntilHydrated(page);
  await expect(page.getByRole("textbox", { name: "Email" })).toHaveValue(ben.email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(link);
  await waitUntilHydrated(page);
  await page.getByRole("button", { name: "Accept" }).click();
  await expect(page).toHaveURL(`/o/${wind.slug}/members`);
});

test("visitor sees the organization's picture with a link, and not with a revoked one", async ({
  browserErrors,
  signUp,
  openBrowser,
}) => {
  browserErrors.allow(/refused: GET \/invitations\/.* 404/);
  const [ada, page] = [await signUp("Ada"), await openBrowser()];
  const wind = await createOrganization("North Wind", ada);
  await ada.visit(`/o/${wind.slug}/settings`);
  const settings = ada.page.getByRole("region", { name: "Picture", exact: true });
  await settings.getByLabel("Choose picture").setInputFiles(PICTURE);
  await expectPicture(settings.locator("img"));
  const { link = "" } = await ada.api.invite(wind, `dora-${unique()}@example.com`);
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  await openLink(page, link);
  const picture = page.getByRole("main").locator("img");
  await expectPicture(picture);
  await expect(picture).toHaveAttribute("src", /^data:image\/png;base64,/);
  expect(requests.filter((url) => url.includes("/pictures/"))).toEqual([]);
  await ada.api.revokeInvitation(wind);
  await openLink(page, link);
  await expect(pageHeading(page)).toHaveText("This invitation is no longer valid");
  await expect(picture).toHaveCount(0);
});

test("link page doesn't tell whether the invited address has an account", async ({
  signUp,
  openBrowser,
}) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada);
  const page = await openBrowser();
  for (const email of [ben.email, `dora-${unique()}@example.com`]) {
    const { link } = await ada.api.invite(wind, email);
    await openLink(page, link ?? "");
    const main = page.getByRole("main");
    await expect(main).toContainText("Create an account with this email address");
    await expect(main.getByRole("link")).toHaveText(["Create an account", "Sign in"]);
  }
});

test("user without an account joins through a copied link", async ({ signUp, openBrowser }) => {
  const ada = await signUp("Ada");
  const wind = await createOrganization("North Wind", ada);
  const email = `dora-${unique()}@example.com`;
  await ada.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await ada.visit(`/o/${wind.slug}/members`);
  const dialog = await invite(ada.page, wind, email);
  const shown = dialog.getByRole("textbox", { name: `Invitation link for ${email}` });
  await dialog.getByRole("button", { name: `Copy link for ${email}` }).click();
  await expect(dialog.getByText("Copied")).toBeVisible();
  const link = await ada.page.evaluate(() => navigator.clipboard.readText());
  await expect(shown).toHaveValue(link);
  await dialog.getByRole("button", { name: "Done" }).click();

  const page = await openBrowser();
  await page.goto(link);
  await waitUntilHydrated(page);
  await expect(pageHeading(page)).toHaveText("Join North Wind");
  await expect(page.getByRole("main")).toContainText(`Ada invited ${email} to join as a member.`);
  await page.getByRole("link", { name: "Create an account" }).click();
  await expect(page.getByLabel("Email")).toHaveValue(email);
  await page.getByLabel("Name").fill("Dora");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page).toHaveURL("/check-mail");
  await page.goto(await waitForLink(email, "sign-up"));
  await waitUntilHydrated(page);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page).toHaveURL("/home");
  await waitUntilLive(page);
  await acceptInvitation(page, wind);
  await page.getByRole("region", { name: "Your organizations" }).getByRole("link").click();
  await expect(page).toHaveURL(`/o/${wind.slug}/members`);
  await soon(memberRow(ada.page, "North Wind", "Dora")).toBeVisible();
});

test("link is useless to other users, and an unknown link is invalid", async ({
  browserErrors,
  signUp,
}) => {
  browserErrors.allow(/refused: GET \/invitations\/.* 404/);
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada);
  const { link } = await ada.api.invite(wind, `dora-${unique()}@example.com`);
  await ben.page.goto(`${ben.url}${link}`);
  await waitUntilHydrated(ben.page);
  await expect(ben.page.getByRole("main")).toContainText(`You're signed in as ${ben.email}.`);
  await expect(ben.page.getByRole("button", { name: "Accept" })).toBeHidden();
  await ben.page.getByRole("button", { name: "Sign out" }).click();
  await expect(ben.page.getByRole("link", { name: "Create an account" })).toBeVisible();

  await ben.page.goto(`${ben.url}/invitations/${"0".repeat(43)}`);
  await expect(pageHeading(ben.page)).toHaveText("This invitation is no longer valid");
});
