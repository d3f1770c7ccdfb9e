import { equalsFreshlyLoaded } from "../support/missing";
import { organization } from "../support/organizations";
import { connection, heading, live } from "../support/screen";
import { count, listensIn, type Told } from "../support/stream";
import { expect, soon, test } from "../support/test";

test("a restart is only a pause: every page comes back by itself, and with little haste", async ({
  faults,
  ownServer,
  person,
}) => {
  faults.expect(/net::ERR_(CONNECTION_(REFUSED|RESET)|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING)/);
  const ada = await person("Ada", ownServer.url);
  const others = [];
  for (const name of ["Ben", "Cleo", "Dora"]) others.push(await person(name, ownServer.url));
  const wind = await organization("North Wind", ada, ...others);
  const told: Told[][] = [];
  const attempts: string[] = [];
  for (const other of others) {
    await other.visits(`/o/${wind.slug}/members`);
    told.push(await listensIn(other.page));
    other.page.on("request", (request) => {
      if (new URL(request.url()).pathname === "/me/stream") attempts.push(other.name);
    });
  }

  await ownServer.restart();
  await ada.api.updateOrganization(wind, { name: "South Wind" });
  for (const { page } of others) {
    await expect(connection(page)).toHaveText("Live", { timeout: 35_000 });
    await soon(heading(page)).toHaveText("South Wind");
  }
  // They were told when to come back, and by then the server was there.
  for (const its of told) {
    const ends = its.filter(({ event }) => event === "end").map(({ text }) => JSON.parse(text));
    // The person's stream, and the organization's.
    const draining = expect.objectContaining({ code: "draining", reconnect: true });
    expect(ends).toEqual([draining, draining]);
    expect(count(its, "reset")).toBe(0);
  }
  for (const { name } of others) {
    // Each wait is longer than the one before: no more than these while a slow machine starts.
    expect(attempts.filter((it) => it === name).length).toBeLessThanOrEqual(5);
  }
  expect(others.map((it) => it.loads)).toEqual([1, 1, 1]);
  for (const other of others) {
    await live(other.page);
    await equalsFreshlyLoaded(other);
  }
});
