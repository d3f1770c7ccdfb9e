import { test as base, expect, soon } from "../support/fixtures";
import { menuEntry, pageHeading } from "../support/locators";
import { createOrganization } from "../support/organizations";
import type { Person } from "../support/person";
import { BackgroundProcess, run } from "../support/processes";

interface Event {
  event: string;
  data: Record<string, unknown>;
}

/** Parses the complete events in the output of `curl -N` so far. */
function parseEvents(output: string): Event[] {
  return output
    .split("\n\n")
    .slice(0, -1)
    .map(
      (block) =>
        new Map(block.split("\n").map((line) => line.split(/: (.*)/s, 2) as [string, string])),
    )
    .filter((fields) => fields.has("event"))
    .map((fields) => ({
      event: fields.get("event") ?? "",
      data: JSON.parse(fields.get("data") ?? ""),
    }));
}

const test = base.extend<{
  /** Reads a user's stream with curl until the end of the test. Returns its events so far. */
  readStream: (person: Person) => Promise<() => Event[]>;
  /** Executes a statement with psql, with psql variables in it. */
  psql: (statement: string, variables: Record<string, string>) => Promise<void>;
}>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from it
  readStream: async ({}, use) => {
    const started: BackgroundProcess[] = [];
    await use(async (person) => {
      const cookie = await person.cookieHeader();
      const curl = new BackgroundProcess("curl", ["-sSN", "-H", cookie, `${person.url}/me/stream`]);
      started.push(curl);
      await expect.poll(() => parseEvents(curl.stdout).map((it) => it.event)).toContain("offset");
      return () => parseEvents(curl.stdout);
    });
    await Promise.all(started.map((curl) => curl.stop()));
  },

  psql: ({ database }, use) =>
    use(async (statement, variables) => {
      const settings = Object.entries(variables).map(([name, value]) => `--set=${name}=${value}`);
      await run("psql", ["--no-psqlrc", "--set=ON_ERROR_STOP=1", ...settings, database], statement);
    }),
});

test("curl on the stream shows a change made by curl", async ({ readStream, signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  const { id } = await ada.api.membership(wind, "Ben");
  const events = await readStream(ben);

  await run("curl", [
    ...["-sS", "--fail-with-body", "-X", "PATCH", "-H", await ada.cookieHeader()],
    ...["-H", "content-type: application/json", "-d", '{"role":"admin"}'],
    `${ada.url}/memberships/${id}`,
  ]);
  await soon
    .poll(() => events().at(-1))
    .toMatchObject({
      event: "change",
      data: {
        kind: "membership",
        action: "updated",
        subjectId: id,
        organizationId: wind.id,
        changed: ["role"],
        entity: { role: "admin", organization: { name: "North Wind" } },
      },
    });
});

test("changes made by psql appear on the page and on the stream", async ({
  readStream,
  signUp,
  psql,
}) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  const events = await readStream(ada);
  await ben.visit(`/o/${wind.slug}/members`);

  await psql("update organizations set name = :'name' where id = :'id'", {
    name: "South Wind",
    id: wind.id,
  });
  await soon(pageHeading(ben.page)).toHaveText("South Wind");
  await soon(menuEntry(ben.page, "South Wind")).toBeVisible();
  await soon
    .poll(() => events().at(-1))
    .toMatchObject({
      event: "change",
      data: {
        kind: "organization",
        action: "updated",
        changed: ["name"],
        entity: { name: "South Wind" },
      },
    });
  expect(events().at(-1)?.data).not.toHaveProperty("actorId");

  const { id } = await ada.api.membership(wind, "Ben");
  await psql("delete from memberships where id = :'id'", { id });
  await soon(ben.page).toHaveURL(`${ben.url}/home`);
  await soon
    .poll(() => events().at(-1))
    .toMatchObject({
      event: "change",
      data: { kind: "membership", action: "deleted", subjectId: id },
    });
});
