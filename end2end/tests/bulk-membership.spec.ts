import { deleteOrganization, invite } from "../support/actions";
import { psql, waitForCondition } from "../support/database";
import { expect, soon, test } from "../support/fixtures";
import {
  menuEntry,
  notifications,
  pageHeading,
  pendingInvitations,
  receivedInvitations,
} from "../support/locators";
import { createOrganization } from "../support/organizations";
import { recordStreamEvents } from "../support/stream-events";

test("each of fifty invited users receives only their own invitation", async ({ signUp }) => {
  const [ada, ben, cleo] = [await signUp("Ada"), await signUp("Ben"), await signUp("Cleo")];
  const wind = await createOrganization("North Wind", ada);
  await ada.visit(`/o/${wind.slug}/members`);
  await ben.visit("/home");
  await cleo.visit("/home");
  const events = await recordStreamEvents(ben.page);

  const strangers = Array.from({ length: 48 }, (_, n) => `stranger-${n}-${wind.slug}@example.com`);
  const dialog = await invite(ada.page, wind, [ben.email, ...strangers, cleo.email].join("\n"));
  for (const { page } of [ben, cleo]) {
    await soon(receivedInvitations(page).getByRole("listitem")).toContainText("North Wind");
    await soon(notifications(page)).toContainText("You were invited to North Wind.");
  }
  await expect(dialog.getByRole("list", { name: "Results" }).getByRole("listitem")).toHaveCount(50);
  await dialog.getByRole("button", { name: "Done" }).click();
  await soon(pendingInvitations(ada.page).getByRole("listitem")).toHaveCount(50);

  // This change comes after all of them in the log, so no message is still on its way.
  await cleo.api.acceptInvitation(wind);
  const rain = await createOrganization("Soft Rain", ada, ben);
  await soon(menuEntry(ben.page, rain.name)).toBeVisible();
  const kinds = events
    .filter(({ event, text }) => event === "change" && text.includes(wind.id))
    .map(({ text }) => JSON.parse(text).kind);
  expect(kinds).toEqual(["invitation"]);
});

test("each of 10,000 members receives two messages when their organization is deleted", async ({
  ownServer,
  signUp,
}) => {
  test.setTimeout(120_000);
  const [ada, ben] = [await signUp("Ada", ownServer.url), await signUp("Ben", ownServer.url)];
  const wind = await createOrganization("North Wind", ada, ben);
  await psql(
    ownServer.database,
    `create temporary table joined as select gen_random_uuid() as id, n from generate_series(1, 10000) n;
     insert into users (id, email, name) select id, n || '@example.com', 'Zoe ' || n from joined;
     insert into memberships (id, organization_id, user_id, role)
     select gen_random_uuid(), '${wind.id}', id, 'member' from joined;`,
  );
  await waitForCondition(
    ownServer.database,
    "10002 = (select count(*) from activities where kind = 'membership')",
  );
  await ada.visit(`/o/${wind.slug}/settings`);
  await ben.visit("/home");
  const events = [await recordStreamEvents(ada.page), await recordStreamEvents(ben.page)];

  await deleteOrganization(ada.page, wind);
  // The worker has to read its 10,000 rows first.
  const inTime = expect.configure({ timeout: 30_000 });
  for (const { page } of [ada, ben]) {
    await inTime(notifications(page)).toContainText("North Wind was deleted.");
    await expect(pageHeading(page)).toHaveText("Home");
    await expect(menuEntry(page, "North Wind")).toBeHidden();
  }
  // This change comes after those rows in the log, so no message is still on its way.
  const rain = await createOrganization("Soft Rain", ada, ben);
  for (const { page } of [ada, ben]) await expect(menuEntry(page, rain.name)).toBeVisible();
  for (const its of events) {
    const about = its.filter(({ event, text }) => event === "change" && text.includes(wind.id));
    const said = about.map(({ text }) => JSON.parse(text)).map((it) => `${it.kind} ${it.action}`);
    expect(said.sort()).toEqual(["membership deleted", "organization deleted"]);
  }
});
