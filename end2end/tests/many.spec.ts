import { deleteForEverybody, invite } from "../support/actions";
import { holds, psql } from "../support/operator";
import { organization } from "../support/organizations";
import { heading, invitations, menuEntry, messages, pending } from "../support/screen";
import { listensIn } from "../support/stream";
import { expect, soon, test } from "../support/test";

test("of fifty who are invited at once, each who looks is told, and of nobody else", async ({
  person,
}) => {
  const [ada, ben, cleo] = [await person("Ada"), await person("Ben"), await person("Cleo")];
  const wind = await organization("North Wind", ada);
  await ada.visits(`/o/${wind.slug}/members`);
  await ben.visits("/home");
  await cleo.visits("/home");
  const told = await listensIn(ben.page);

  const strangers = Array.from({ length: 48 }, (_, n) => `stranger-${n}-${wind.slug}@example.com`);
  const dialog = await invite(ada.page, wind, [ben.email, ...strangers, cleo.email].join("\n"));
  for (const { page } of [ben, cleo]) {
    await soon(invitations(page).getByRole("listitem")).toContainText("North Wind");
    await soon(messages(page)).toContainText("You were invited to North Wind.");
  }
  await expect(dialog.getByRole("list", { name: "Results" }).getByRole("listitem")).toHaveCount(50);
  await dialog.getByRole("button", { name: "Done" }).click();
  await soon(pending(ada.page).getByRole("listitem")).toHaveCount(50);

  // He hears of a change that is after all of them in the log.
  await cleo.api.accept(wind);
  const rain = await organization("Soft Rain", ada, ben);
  await soon(menuEntry(ben.page, rain.name)).toBeVisible();
  const kinds = told
    .filter(({ event, text }) => event === "change" && text.includes(wind.id))
    .map(({ text }) => JSON.parse(text).kind);
  expect(kinds).toEqual(["invitation"]);
});

test("ten thousand members are told of a deletion, each in a few words", async ({
  ownServer,
  person,
}) => {
  test.setTimeout(120_000);
  const [ada, ben] = [await person("Ada", ownServer.url), await person("Ben", ownServer.url)];
  const wind = await organization("North Wind", ada, ben);
  await psql(
    ownServer.database,
    `create temporary table joined as select gen_random_uuid() as id, n from generate_series(1, 10000) n;
     insert into users (id, email, name) select id, n || '@example.com', 'Zoe ' || n from joined;
     insert into memberships (id, organization_id, user_id, role)
     select gen_random_uuid(), '${wind.id}', id, 'member' from joined;`,
  );
  await holds(
    ownServer.database,
    "10002 = (select count(*) from activities where kind = 'membership')",
  );
  await ada.visits(`/o/${wind.slug}/settings`);
  await ben.visits("/home");
  const told = [await listensIn(ada.page), await listensIn(ben.page)];

  await deleteForEverybody(ada.page, wind);
  // Its ten thousand rows have to be read first.
  const inTime = expect.configure({ timeout: 30_000 });
  for (const { page } of [ada, ben]) {
    await inTime(messages(page)).toContainText("North Wind was deleted.");
    await expect(heading(page)).toHaveText("Home");
    await expect(menuEntry(page, "North Wind")).toBeHidden();
  }
  // One of each person's own comes after those ten thousand.
  const rain = await organization("Soft Rain", ada, ben);
  for (const { page } of [ada, ben]) await expect(menuEntry(page, rain.name)).toBeVisible();
  for (const its of told) {
    const about = its.filter(({ event, text }) => event === "change" && text.includes(wind.id));
    const said = about.map(({ text }) => JSON.parse(text)).map((it) => `${it.kind} ${it.action}`);
    expect(said.sort()).toEqual(["membership deleted", "organization deleted"]);
  }
});
