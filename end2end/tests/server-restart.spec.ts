import { expect, soon, test } from "../support/fixtures";
import { connectionBadge, pageHeading, waitUntilLive } from "../support/locators";
import { expectSameAsFreshLoad } from "../support/offline";
import { createOrganization } from "../support/organizations";
import { countEvents, recordStreamEvents, type StreamEvent } from "../support/stream-events";

test("pages reconnect by themselves after a restart, with few attempts", async ({
  browserErrors,
  ownServer,
  signUp,
}) => {
  browserErrors.allow(
    /net::ERR_(CONNECTION_(REFUSED|RESET)|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING)/,
  );
  const ada = await signUp("Ada", ownServer.url);
  const others = [];
  for (const name of ["Ben", "Cleo", "Dora"]) others.push(await signUp(name, ownServer.url));
  const wind = await createOrganization("North Wind", ada, ...others);
  const events: StreamEvent[][] = [];
  const attempts: string[] = [];
  for (const other of others) {
    await other.visit(`/o/${wind.slug}/members`);
    events.push(await recordStreamEvents(other.page));
    other.page.on("request", (request) => {
      if (new URL(request.url()).pathname === "/me/stream") attempts.push(other.name);
    });
  }

  await ownServer.restart();
  await ada.api.updateOrganization(wind, { name: "South Wind" });
  for (const { page } of others) {
    await expect(connectionBadge(page)).toHaveText("Live", { timeout: 35_000 });
    await soon(pageHeading(page)).toHaveText("South Wind");
  }
  // The server told each stream when to reconnect, and was ready by then.
  for (const its of events) {
    const ends = its.filter(({ event }) => event === "end").map(({ text }) => JSON.parse(text));
    // The user stream and the organization stream.
    const draining = expect.objectContaining({ code: "draining", reconnect: true });
    expect(ends).toEqual([draining, draining]);
    expect(countEvents(its, "reset")).toBe(0);
  }
  for (const { name } of others) {
    // The page backs off, so even a slow start sees few attempts.
    expect(attempts.filter((it) => it === name).length).toBeLessThanOrEqual(5);
  }
  expect(others.map((it) => it.pageLoads)).toEqual([1, 1, 1]);
  for (const other of others) {
    await waitUntilLive(other.page);
    await expectSameAsFreshLoad(other);
  }
});
