// urql with its exchange for signing in, which trades the refresh token once an access token has ended.
import assert from "node:assert/strict";
import { authExchange } from "@urql/exchange-auth";
import { createClient } from "graphql-ws";
import { Client, cacheExchange, fetchExchange, subscriptionExchange } from "urql";
import WebSocket from "ws";
import { ChangesDocument, RefreshDocument, TaskDocument, TasksDocument } from "../generated/graphql.js";
import { Account, Feed } from "./live.js";
import { type Ask, address, authorization, isMutation, story } from "./story.js";

const url = address();
const settings = { url, preferGetMethod: false, requestPolicy: "network-only" } as const;

const ask: Ask = async (document, variables, token) => {
  const fetchOptions = { headers: authorization(token) };
  const client = new Client({ ...settings, fetchOptions, exchanges: [cacheExchange, fetchExchange] });
  const run = isMutation(document) ? client.mutation(document, variables) : client.query(document, variables);
  const { data, error } = await run.toPromise();
  if (error?.networkError) throw error.networkError;
  return { data, errors: error?.graphQLErrors ?? [] };
};

const { refreshToken } = await story(ask, "ada@example.com");

// Whoever comes back with a token that has ended is not asked for the password again.
let session = { accessToken: "ended.long.ago", refreshToken };
let refreshed = 0;
const client = new Client({
  ...settings,
  exchanges: [
    authExchange(async (utilities) => ({
      addAuthToOperation: (operation) =>
        session.accessToken
          ? utilities.appendHeaders(operation, { Authorization: `Bearer ${session.accessToken}` })
          : operation,
      didAuthError: (error) => error.graphQLErrors.some((one) => one.extensions.code === "UNAUTHENTICATED"),
      refreshAuth: async () => {
        session.accessToken = "";
        const { data } = await utilities.mutate(RefreshDocument, { input: { refreshToken: session.refreshToken } });
        assert(data?.refresh.refreshToken);
        session = { accessToken: data.refresh.accessToken, refreshToken: data.refresh.refreshToken };
        refreshed += 1;
      },
    })),
    fetchExchange,
  ],
});
const [many, one] = await Promise.all([
  client.query(TasksDocument, { first: 1 }).toPromise(),
  client.query(TaskDocument, { id: "task_01h455vb4pex5vsknk084sn02q" }).toPromise(),
]);
assert.equal(many.data?.tasks.totalCount, 3);
assert.equal(one.data?.me.email, "ada@example.com");
assert.equal(refreshed, 1);

// Changes, over a WebSocket and as events.
const bob = await Account.register("bob");
const { authorization: shown, start: after } = bob;
const connectionParams = { authorization: shown };
const socket = createClient({ url: url.replace("http:", "ws:"), webSocketImpl: WebSocket, connectionParams });
const overSocket = subscriptionExchange({
  forwardSubscription: ({ query = "", variables }) => ({
    subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
  }),
});
const feeds = [
  new Client({ ...settings, exchanges: [overSocket] }),
  new Client({
    ...settings,
    exchanges: [fetchExchange],
    fetchOptions: { headers: { authorization: shown } },
    fetchSubscriptions: true,
  }),
].map((client) => {
  const feed = new Feed();
  const results = client.subscription(ChangesDocument, { after });
  return { feed, ...results.subscribe(({ data, error }) => feed.next({ data, errors: error })) };
});
for (const title of ["Sweep the floor", "Wind the clock"]) {
  const change = await bob.createTask(title);
  for (const { feed } of feeds) assert.deepEqual(await feed.take(), [change]);
}
for (const { unsubscribe } of feeds) unsubscribe();
