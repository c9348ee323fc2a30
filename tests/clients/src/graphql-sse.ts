// graphql-sse, which sends each subscription as a request of its own, and its events as they are.
import assert from "node:assert/strict";
import { createClient, NetworkError } from "graphql-sse";
import { Account, type Change, changesAfter, Feed, placeless, play, signal, Writer } from "./live.js";
import { address } from "./story.js";

const url = address();
const CUT_OFF = { errors: [{ message: "The access token counts no more.", extensions: { code: "UNAUTHENTICATED" } }] };

/** What a client that does not come back is told, of changes or anything else. */
function follow(headers: Record<string, string>, request = changesAfter()) {
  const client = createClient({ url, headers, retryAttempts: 0 });
  return client.iterate<{ changes: Change }>(request);
}

/** The next few results, whole. */
async function take(results: AsyncIterator<unknown>, count = 1): Promise<unknown[]> {
  const taken = [];
  while (taken.length < count) taken.push((await results.next()).value);
  return taken;
}

/** The same with the least that a client can be; for what graphql-sse keeps to itself. */
async function* events(headers: Record<string, string>, request = changesAfter()) {
  const body = JSON.stringify(request);
  const asked = { accept: "text/event-stream", "content-type": "application/json", ...headers };
  const response = await fetch(url, { method: "POST", headers: asked, body });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/event-stream; charset=utf-8");
  assert(response.body);
  let text = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const parts = (text + chunk).split("\n\n");
    text = parts.pop() ?? "";
    for (const part of parts.filter((part) => part !== ":")) yield part.split("\n");
  }
  assert.equal(text, "");
}

/** Changes come in order and whole, each with an id that a client can come back with. */
async function changes() {
  const ada = await Account.register("ada");
  const { authorization } = ada;
  const results = follow({ authorization }, changesAfter(ada.start));
  const raw = events({ authorization }, changesAfter(ada.start));
  const made: Change[] = [];
  for (const create of [() => ada.createTag("garden"), () => ada.createTask("Water the plants")]) {
    const change = await create();
    made.push(change);
    const data = { data: { changes: change } };
    assert.deepEqual(await take(results), [data]);
    const [event, id, told, ...more] = (await raw.next()).value ?? [];
    assert.deepEqual([event, id, more], ["event: next", `id: ${change.cursor}`, []]);
    assert.deepEqual(JSON.parse(told?.replace(/^data: /, "") ?? ""), data);
  }
  await results.return?.();
  await raw.return?.();

  // Whoever comes back says where they were, and that counts more than where they once began.
  const [tag, task] = made;
  const fed = await ada.createTask("Feed the cat");
  const back = follow({ authorization, "last-event-id": tag?.cursor ?? "" }, changesAfter(ada.start));
  const missed = (await take(back, 2)) as { data: { changes: Change } }[];
  assert.deepEqual(placeless(missed.map(({ data }) => data.changes)), placeless([task as Change, fed]));
  assert.deepEqual(missed[1], { data: { changes: fed } });
  await back.return?.();
}

/** What is wrong with a query is told as an event, and what is wrong with the token by the status. */
async function refused() {
  const ada = await Account.register("ada");
  const { authorization } = ada;
  const wrong = { query: "subscription { changes { nothing } }", variables: {} };
  const told = [];
  for await (const result of follow({ authorization }, wrong)) told.push(result);
  assert.deepEqual(told.map((result) => [Object.keys(result), result.errors?.map(({ extensions }) => extensions)]), [
    [["errors"], [{ code: "GRAPHQL_VALIDATION_FAILED" }]],
  ]);
  const raw = [];
  for await (const event of events({ authorization }, wrong)) raw.push(event);
  assert.deepEqual(raw, [["event: next", `data: ${JSON.stringify(told[0])}`], ["event: complete", "data:"]]);

  const strangers: Record<string, string>[] = [{ authorization: `${authorization}x` }, {}];
  for (const headers of strangers) {
    await assert.rejects(take(follow(headers)), (error) => {
      assert(error instanceof NetworkError);
      const { status, headers } = error.response as Response;
      assert.deepEqual([status, headers.get("content-type")], [401, "application/json; charset=utf-8"]);
      return true;
    });
  }
}

/** A client that comes back by itself goes on behind the last event, whatever happened between. */
async function resumed() {
  const ada = await Account.register("ada");
  const feed = new Feed();
  const writer = new Writer(ada);
  let connected = 0;
  const last = () => feed.seen.at(-1)?.cursor;
  const client = createClient({
    url,
    headers: () => ({ authorization: ada.authorization, ...(last() ? { "last-event-id": last() } : {}) }),
    retryAttempts: 100,
    retry: () => writer.more(5),
    on: { connected: () => (connected += 1) },
  });
  client.subscribe<{ changes: Change }>(changesAfter(ada.start), feed);
  await feed.take(5);
  signal("SIGKILL");
  await writer.more(15);
  await writer.stop();
  const end = await ada.createTask("The last one");
  while ((await feed.take())[0]?.nodeId !== end.nodeId);
  assert.equal(connected, 2);
  assert.deepEqual(placeless(feed.seen), placeless(await ada.changes()));
  assert.deepEqual(feed.seen.at(-1), end);
  client.dispose();
}

/** What was committed before the end of the server is told, and then the stream breaks off for clients to come back. */
async function goingAway() {
  const ada = await Account.register("ada");
  const results = follow({ authorization: ada.authorization }, changesAfter(ada.start));
  await ada.createTag("garden");
  await take(results);
  const tasks = await Promise.all([1, 2, 3, 4, 5].map((number) => ada.createTask(`Task ${number}`)));
  signal("SIGTERM");
  tasks.sort((one, other) => (one.cursor < other.cursor ? -1 : 1));
  const rest = (await take(results, 5)) as { data: { changes: Change } }[];
  assert.deepEqual(placeless(rest.map(({ data }) => data.changes)), placeless(tasks));
  assert.deepEqual(rest.at(-1), { data: { changes: tasks.at(-1) } });
  await assert.rejects(take(results), (error) => error instanceof NetworkError && error.response === undefined);
}

/** Whoever is logged out everywhere is told so where they listen, and so is whoever's token ends. */
async function loggedOut() {
  const [ada, bob] = [await Account.register("ada"), await Account.register("bob")];
  const [hers, his] = [ada, bob].map(({ authorization, start }) => follow({ authorization }, changesAfter(start)));
  assert(hers && his);
  await ada.createTag("garden");
  await take(hers);
  await (await ada.elsewhere()).logoutEverywhere();
  const begin = Date.now();
  assert.deepEqual([await hers.next(), (await hers.next()).done], [{ done: false, value: CUT_OFF }, true]);
  assert(Date.now() - begin < 1000, `${Date.now() - begin} ms after it was answered`);

  const task = await bob.createTask("Water the plants");
  assert.deepEqual(await take(his), [{ data: { changes: task } }]);
  await his.return?.();
}

/** There is no way to show a fresh token: the stream ends with the one that it began with. */
async function expired() {
  const ada = await Account.register("ada");
  const results = follow({ authorization: ada.authorization }, changesAfter(ada.start));
  const tag = await ada.createTag("garden");
  assert.deepEqual(await take(results), [{ data: { changes: tag } }]);
  assert.deepEqual([await results.next(), (await results.next()).done], [{ done: false, value: CUT_OFF }, true]);
  const late = Date.now() - ada.expiry;
  assert(late >= 0 && late < 1000, `${late} ms after the token has ended`);

  // Whoever comes back with a fresh one goes on.
  await ada.refresh();
  const task = await ada.createTask("Water the plants");
  const back = follow({ authorization: ada.authorization, "last-event-id": tag.cursor });
  assert.deepEqual(await take(back), [{ data: { changes: task } }]);
  await back.return?.();
}

await play({ changes, expired, goingAway, loggedOut, refused, resumed });
