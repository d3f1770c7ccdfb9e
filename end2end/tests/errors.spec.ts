import { expect, soon, test } from "../support/fixtures";
import {
  memberRow,
  notifications,
  organizationTab,
  pageHeading,
  waitUntilLive,
} from "../support/locators";
import { createOrganization } from "../support/organizations";

test("unknown and inaccessible organizations look the same", async ({ browserErrors, signUp }) => {
  browserErrors.allow(/refused: GET \/(o|organizations)\/.* 404/);
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada);
  const texts: string[] = [];
  for (const slug of ["there-is-none", wind.slug]) {
    const answer = await ben.page.goto(`${ben.url}/o/${slug}/members`);
    expect(answer?.status()).toBe(404);
    await waitUntilLive(ben.page);
    await expect(ben.page).toHaveTitle("Organization not found · Tributary");
    await expect(pageHeading(ben.page)).toHaveText("Organization not found");
    texts.push((await ben.page.getByRole("main").textContent()) ?? "");
  }
  expect(texts[0]).toContain("It may have been deleted, or someone may have removed you");
  expect(texts[1]).toBe(texts[0]);

  // The page opens by itself once the user is a member.
  await ada.api.invite(wind, ben.email);
  await ben.api.acceptInvitation(wind);
  await soon(pageHeading(ben.page)).toHaveText("North Wind");
  await expect(memberRow(ben.page, "North Wind", "Ben")).toBeVisible();
  await ada.api.removeMember(wind, "Ben");
  await soon(ben.page).toHaveURL(`${ben.url}/home`);
  await soon(notifications(ben.page)).toContainText("You were removed from North Wind.");
});

test("unknown page of an organization keeps its tabs", async ({ browserErrors, signUp }) => {
  browserErrors.allow(/refused: GET \/o\/.* 404/);
  const ada = await signUp("Ada");
  const wind = await createOrganization("North Wind", ada);
  const answer = await ada.page.goto(`${ada.url}/o/${wind.slug}/plans`);
  expect(answer?.status()).toBe(404);
  await waitUntilLive(ada.page);
  await expect(ada.page.getByRole("heading", { name: "Page not found" })).toBeVisible();
  await organizationTab(ada.page, "North Wind", "Notes").click();
  await expect(ada.page.getByRole("heading", { name: "No notes yet" })).toBeVisible();
});

test("admin page names the admins to members, and opens on promotion", async ({
  browserErrors,
  signUp,
}) => {
  browserErrors.allow(/refused: GET \/o\/.* 403/);
  const [ada, ben, cleo] = [await signUp("Ada"), await signUp("Ben"), await signUp("Cleo")];
  const wind = await createOrganization("North Wind", ada, ben, cleo);
  const answer = await ben.page.goto(`${ben.url}/o/${wind.slug}/settings`);
  expect(answer?.status()).toBe(403);
  await waitUntilLive(ben.page);
  const main = ben.page.getByRole("main");
  await expect(
    main.getByRole("heading", { name: "You don't have access to this page" }),
  ).toBeVisible();
  await expect(main).toContainText("Ask Ada to make you an admin.");
  await ada.api.setRole(wind, "Cleo", "admin");
  await soon(main).toContainText("Ask Ada or Cleo to make you an admin.");
  await expect(main.getByRole("link", { name: "Go to members" })).toHaveAttribute(
    "href",
    `/o/${wind.slug}/members`,
  );

  await ada.api.setRole(wind, "Ben", "admin");
  await soon(main.getByRole("region", { name: "General" })).toBeVisible();
  await expect(main).not.toContainText("You don't have access to this page");
  expect(ben.pageLoads).toBe(1);
});

test("failed fetch is retried", async ({ browserErrors, signUp }) => {
  browserErrors.allow(/^failed: GET \S+\/members\S* net::ERR_FAILED$/);
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ben.visit(`/o/${wind.slug}/members`);
  await expect(memberRow(ben.page, "North Wind", "Ada")).not.toContainText(ada.email);
  let aborted = 0;
  await ben.page.route(
    /\/members(\?|$)/,
    async (route) => {
      if (route.request().resourceType() === "document") return route.continue();
      aborted += 1;
      await route.abort();
    },
    { times: 1 },
  );

  // Admins see e-mail addresses, which no message contains: the page must fetch them.
  await ada.api.setRole(wind, "Ben", "admin");
  await expect(memberRow(ben.page, "North Wind", "Ada")).toContainText(ada.email, {
    timeout: 10_000,
  });
  expect(aborted).toBe(1);
});
