import { setRole } from "../support/actions";
import { organization } from "../support/organizations";
import { member, messages, pending, tab } from "../support/screen";
import { expect, soon, test } from "../support/test";

test("whoever becomes an admin gains the settings, and loses them again", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  await ada.visits(`/o/${wind.slug}/members`);
  await ben.visits(`/o/${wind.slug}/members`);
  const settings = tab(ben.page, "North Wind", "Settings");
  await expect(tab(ben.page, "North Wind", "Members")).toBeVisible();
  await expect(settings).toBeHidden();

  await setRole(ada.page, wind, "Ben", "Admin");
  await soon(settings).toBeVisible();
  await soon(ben.page.getByRole("button", { name: "Invite people" })).toBeVisible();
  await soon(pending(ben.page)).toContainText("No pending invitations.");
  await soon(member(ben.page, "North Wind", "Ada")).toContainText(ada.email);
  await soon(messages(ben.page)).toContainText("You are now an admin of North Wind.");
  const next = messages(ben.page).getByRole("link", { name: "Settings" });
  await expect(next).toHaveAttribute("href", `/o/${wind.slug}/settings`);

  await setRole(ada.page, wind, "Ben", "Member");
  await soon(settings).toBeHidden();
  await soon(ben.page.getByRole("button", { name: "Invite people" })).toBeHidden();
  await soon(pending(ben.page)).toBeHidden();
  await soon(member(ben.page, "North Wind", "Ada")).not.toContainText(ada.email);
  await soon(messages(ben.page)).toContainText("You are now a member of North Wind.");
  expect([ada.loads, ben.loads]).toEqual([1, 1]);
});

test("whoever loses the role while looking at the settings is led to the members", async ({
  person,
}) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  await ada.api.setRole(wind, "Ben", "admin");
  await ada.visits(`/o/${wind.slug}/members`);
  await ben.visits(`/o/${wind.slug}/settings`);
  await expect(ben.page.getByRole("region", { name: "General" })).toBeVisible();

  await setRole(ada.page, wind, "Ben", "Member");
  await soon(ben.page).toHaveURL(`${ben.url}/o/${wind.slug}/members`);
  await soon(member(ben.page, "North Wind", "Ben")).toBeVisible();
});

test("other members see the new role too", async ({ person }) => {
  const [ada, ben, cleo] = [await person("Ada"), await person("Ben"), await person("Cleo")];
  const wind = await organization("North Wind", ada, ben, cleo);
  await ada.visits(`/o/${wind.slug}/members`);
  await cleo.visits(`/o/${wind.slug}/members`);
  const role = member(cleo.page, "North Wind", "Ben").getByRole("cell").first();
  await expect(role).toHaveText("Member");

  await setRole(ada.page, wind, "Ben", "Admin");
  await soon(role).toHaveText("Admin");
});

test("what couldn't be read at the first attempt is read again", async ({ faults, person }) => {
  faults.expect(/^failed: GET \S+\/members\S* net::ERR_FAILED$/);
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  await ben.visits(`/o/${wind.slug}/members`);
  await expect(member(ben.page, "North Wind", "Ada")).not.toContainText(ada.email);
  let refused = 0;
  await ben.page.route(
    /\/members(\?|$)/,
    async (route) => {
      if (route.request().resourceType() === "document") return route.continue();
      refused += 1;
      await route.abort();
    },
    { times: 1 },
  );

  // An admin sees addresses, which are in no message.
  await ada.api.setRole(wind, "Ben", "admin");
  await expect(member(ben.page, "North Wind", "Ada")).toContainText(ada.email, { timeout: 10_000 });
  expect(refused).toBe(1);
});
