// graphql-ws, the client that the protocol comes from, with a socket that can set headers.
import assert from "node:assert/strict";
import { type DocumentNode, print } from "graphql";
import {
  type ClientOptions,
  CloseCode,
  createClient,
  MessageType,
  type SubscribePayload,
  stringifyMessage,
} from "graphql-ws";
import WebSocket from "ws";
import { CreateTaskDocument, type CreateTaskMutation, TasksDocument, type TasksQuery } from "../generated/graphql.js";
import { Account, type Change, changesAfter, Feed, ofTask, placeless, play, signal, Writer } from "./live.js";
import { address } from "./story.js";

const url = address().replace("http:", "ws:");
const CUT_OFF = { code: CloseCode.Forbidden, reason: "Forbidden: the access token counts no more.", wasClean: true };

/** A client that does not come back unless it is told to, and what it heard. */
function connect(options: Partial<ClientOptions>) {
  const heard: { type: MessageType; id?: string }[] = [];
  const sockets: WebSocket[] = [];
  const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0, ...options });
  client.on("opened", (socket) => sockets.push(socket as WebSocket));
  client.on("message", (message) => heard.push(message));

  /** What a query or a mutation comes to. */
  const ask = async <Data>(document: DocumentNode, variables: Record<string, unknown> = {}): Promise<Data> => {
    const answers = [];
    for await (const answer of client.iterate<Data>({ query: print(document), variables })) answers.push(answer);
    assert.deepEqual(Object.keys(answers[0] ?? {}), ["data"]);
    assert.equal(answers.length, 1);
    return answers[0]?.data as Data;
  };

  /** What a subscription is told, and the way to end it. */
  const follow = (payload: SubscribePayload) => {
    const feed = new Feed();
    return { feed, leave: client.subscribe<{ changes: Change }>(payload, feed) };
  };
  return { client, heard, sockets, ask, follow };
}

/** What is left of a close event when one looks at what the server said. */
function words(event: unknown): unknown {
  const { code, reason, wasClean } = event as WebSocket.CloseEvent;
  return { code, reason, wasClean };
}

/** Changes come in order and whole, next to queries and mutations on the same socket, until the client has enough. */
async function changes() {
  const ada = await Account.register("ada");
  const { ask, client, follow, heard, sockets } = connect({ connectionParams: { Authorization: ada.authorization } });
  const { feed, leave } = follow(changesAfter(ada.start));
  const tag = await ada.createTag("garden");
  assert.deepEqual(await feed.take(), [tag]);
  const task = await ada.createTask("Water the plants");
  assert.deepEqual(await feed.take(), [task]);

  const { createTask } = await ask<CreateTaskMutation>(CreateTaskDocument, { input: { title: "Feed the cat" } });
  const fed = ofTask(createTask);
  assert.deepEqual(await feed.take(), [fed]);
  assert(tag.cursor < task.cursor && task.cursor < fed.cursor);
  const { tasks } = await ask<TasksQuery>(TasksDocument, { orderBy: { field: "TITLE", direction: "ASC" } });
  assert.deepEqual(tasks.edges.map(({ node }) => node.id), [fed.nodeId, task.nodeId]);

  // Whoever comes later is told what was missed, and only that.
  const later = follow(changesAfter(tag.cursor));
  const missed = await later.feed.take(2);
  assert.deepEqual(placeless(missed), placeless([task, fed]));
  assert.deepEqual(missed.at(-1), fed);

  // Whoever has enough is told nothing more, while others are.
  const [first] = heard.filter(({ type }) => type === MessageType.Next);
  leave();
  heard.length = 0;
  for (const title of ["Mend the roof", "Sweep the floor"]) {
    const change = await ada.createTask(title);
    assert.deepEqual(await later.feed.take(), [change]);
  }
  await ask(TasksDocument);
  assert.deepEqual([await feed.end(), heard.filter(({ id }) => id === first?.id)], [{ error: null, rest: [] }, []]);
  assert.equal(sockets.length, 1);
  await client.dispose();
}

/** Without a cursor nothing is told of what was before, and everything from then on. */
async function fromHereOn() {
  const ada = await Account.register("ada");
  const before = await ada.createTask("Before");
  const { client, follow } = connect({ connectionParams: { AUTHORIZATION: ada.authorization } });
  const { feed } = follow(changesAfter());
  // It cannot be seen from outside when it has begun.
  const made: Change[] = [];
  while (feed.waiting === 0) {
    made.push(await ada.createTask(`Task ${made.length}`));
    await new Promise((over) => setTimeout(over, 50));
  }
  made.push(await ada.createTask("After"));
  const first = (await feed.take())[0];
  const begun = made.findIndex(({ nodeId }) => nodeId === first?.nodeId);
  assert.notEqual(first?.nodeId, before.nodeId);
  assert(begun >= 0);
  assert.deepEqual(placeless(await feed.take(made.length - 1 - begun)), placeless(made.slice(begun + 1)));
  await client.dispose();
}

/** The header of the handshake says who is asking where the payload does not. */
async function header() {
  const ada = await Account.register("ada");
  const withHeader = (authorization: string) =>
    class extends WebSocket {
      constructor(to: string, protocols: string | string[]) {
        super(to, protocols, { headers: { authorization } });
      }
    };
  const { client, follow } = connect({ webSocketImpl: withHeader(ada.authorization) });
  const { feed } = follow(changesAfter(ada.start));
  const task = await ada.createTask("Water the plants");
  assert.deepEqual(await feed.take(), [task]);
  await client.dispose();

  const refused = connect({ webSocketImpl: withHeader(`${ada.authorization}x`) }).follow(changesAfter());
  const { error } = await refused.feed.end();
  assert.equal((error as WebSocket.ErrorEvent).message, "Unexpected server response: 401");
}

/** Who is not let in, and what is not answered. */
async function refused() {
  const [ada, bob] = [await Account.register("ada"), await Account.register("bob")];
  const bad = connect({ connectionParams: { authorization: `${ada.authorization}x` } }).follow(changesAfter());
  const reason = "Forbidden: the access token is not valid.";
  assert.deepEqual(words((await bad.feed.end()).error), { code: CloseCode.Forbidden, reason, wasClean: true });

  // The socket is there for strangers, too: they may sign in over it.
  const stranger = connect({});
  const unauthenticated = [{ message: "Sign in first.", extensions: { code: "UNAUTHENTICATED" } }];
  assert.deepEqual(await stranger.follow(changesAfter()).feed.end(), { error: unauthenticated, rest: [] });

  const { client, follow, sockets } = connect({ connectionParams: { authorization: ada.authorization } });
  const { feed } = follow(changesAfter(ada.start));
  const wrong = (await follow({ query: "subscription { changes { nothing } }" }).feed.end()).error;
  assert.deepEqual((wrong as { extensions: unknown }[]).map(({ extensions }) => extensions), [
    { code: "GRAPHQL_VALIDATION_FAILED" },
  ]);
  const foreign = (await follow(changesAfter((await bob.createTag("garden")).cursor)).feed.end()).error;
  assert.deepEqual((foreign as { extensions: unknown }[]).map(({ extensions }) => extensions), [
    { code: "BAD_USER_INPUT", field: "after" },
  ]);
  // One that fails ends no other, but whoever becomes somebody else does.
  const task = await ada.createTask("Water the plants");
  assert.deepEqual(await feed.take(), [task]);
  renew(sockets, bob);
  const close = { code: CloseCode.Forbidden, reason: "Forbidden: the token is another user's.", wasClean: true };
  assert.deepEqual(words((await feed.end()).error), close);
  await client.dispose();
}

/** A client that comes back by itself goes on where it was, whatever happened between. */
async function resumed() {
  const ada = await Account.register("ada");
  const feed = new Feed();
  const writer = new Writer(ada);
  let [connected, closed] = [0, 0];
  const { client } = connect({
    connectionParams: { authorization: ada.authorization },
    retryAttempts: 100,
    shouldRetry: () => true,
    // So that something was missed when it is back.
    retryWait: () => writer.more(5),
    on: { connected: () => (connected += 1), closed: () => (closed += 1) },
  });
  const { query } = changesAfter();
  // Read anew for each connection.
  const payload = { query, get variables() { return { after: feed.seen.at(-1)?.cursor ?? ada.start }; } };
  client.subscribe<{ changes: Change }>(payload, feed);
  await feed.take(5);
  signal("SIGKILL");
  await writer.more(15);
  await writer.stop();
  const last = await ada.createTask("The last one");
  while ((await feed.take())[0]?.nodeId !== last.nodeId);
  assert.deepEqual([connected, closed], [2, 1]);
  assert.deepEqual(placeless(feed.seen), placeless(await ada.changes()));
  assert.deepEqual(feed.seen.at(-1), last);
  assert.deepEqual(feed.seen.map(({ cursor }) => cursor), feed.seen.map(({ cursor }) => cursor).sort());
  await client.dispose();
}

/** What was committed before the end of the server is told before the end of the socket. */
async function goingAway() {
  const ada = await Account.register("ada");
  const { follow, heard } = connect({ connectionParams: { authorization: ada.authorization } });
  const { feed } = follow(changesAfter(ada.start));
  await ada.createTag("garden");
  await feed.take();
  const tasks = await Promise.all([1, 2, 3, 4, 5].map((number) => ada.createTask(`Task ${number}`)));
  signal("SIGTERM");
  const { error, rest } = await feed.end();
  assert.deepEqual(words(error), { code: 1001, reason: "The server is going away.", wasClean: true });
  tasks.sort((one, other) => (one.cursor < other.cursor ? -1 : 1));
  assert.deepEqual(placeless(rest), placeless(tasks));
  assert.deepEqual(rest.at(-1), tasks.at(-1));
  assert.deepEqual(heard.filter(({ type }) => type === MessageType.Complete), []);
}

/** Shows the server a fresh token, in the payload of a ping. */
function renew(sockets: WebSocket[], account: Account) {
  sockets[0]?.send(stringifyMessage({ type: MessageType.Ping, payload: { authorization: account.authorization } }));
}

/** A socket outlives its tokens where it is shown fresh ones, and nowhere else. */
async function renewed() {
  const ada = await Account.register("ada");
  const { client, follow, heard, sockets } = connect({ connectionParams: { authorization: ada.authorization } });
  const { feed } = follow(changesAfter(ada.start));
  const thrice = ada.expiry + 2 * (ada.expiry - Date.now());
  let pings = 0;
  for (; Date.now() < thrice; pings += 1) {
    await ada.refresh();
    renew(sockets, ada);
    const task = await ada.createTask(`Task ${pings}`);
    assert.deepEqual(await feed.take(), [task]);
    await new Promise((over) => setTimeout(over, 300));
  }
  assert.equal(heard.filter(({ type }) => type === MessageType.Pong).length, pings);

  // A ping that shows nothing is answered, and renews nothing.
  sockets[0]?.send(stringifyMessage({ type: MessageType.Ping }));
  const { error, rest } = await feed.end();
  const late = Date.now() - ada.expiry;
  assert.deepEqual([words(error), rest], [CUT_OFF, []]);
  assert(late >= 0 && late < 1000, `${late} ms after the token has ended`);
  assert.equal(heard.filter(({ type }) => type === MessageType.Pong).length, pings + 1);
  assert.equal(sockets.length, 1);
  await client.dispose();
}

/** Whoever is logged out everywhere is told so where they listen. */
async function loggedOut() {
  const [ada, bob] = [await Account.register("ada"), await Account.register("bob")];
  const [hers, his] = [ada, bob].map(({ authorization, start }) => {
    const { client, follow } = connect({ connectionParams: { authorization } });
    return { client, ...follow(changesAfter(start)) };
  });
  assert(hers && his);
  await ada.createTag("garden");
  await hers.feed.take();
  await (await ada.elsewhere()).logoutEverywhere();
  const begin = Date.now();
  assert.deepEqual(words((await hers.feed.end()).error), CUT_OFF);
  assert(Date.now() - begin < 1000, `${Date.now() - begin} ms after it was answered`);

  const task = await bob.createTask("Water the plants");
  assert.deepEqual(await his.feed.take(), [task]);
  await his.client.dispose();
}

await play({ changes, fromHereOn, goingAway, header, loggedOut, refused, renewed, resumed });
