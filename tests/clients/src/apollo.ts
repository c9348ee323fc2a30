// Apollo Client, with a cache that puts the pages of a list together.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import { CombinedGraphQLErrors } from "@apollo/client/errors";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { relayStylePagination } from "@apollo/client/utilities";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { ChangesDocument, TasksDocument } from "../generated/graphql.js";
import { Account, Feed } from "./live.js";
import { type Ask, address, authorization, isMutation, story } from "./story.js";

const uri = address();
const pages = { typePolicies: { Query: { fields: { tasks: relayStylePagination(["filter", "orderBy"]) } } } };

const client = new ApolloClient({ link: new HttpLink({ uri }), cache: new InMemoryCache(pages) });

const ask: Ask = async (document, variables, token) => {
  const settings = { context: { headers: authorization(token) }, errorPolicy: "all", fetchPolicy: "no-cache" } as const;
  const { data, error } = isMutation(document)
    ? await client.mutate({ mutation: document, variables, ...settings })
    : await client.query({ query: document, variables, ...settings });
  if (error && !CombinedGraphQLErrors.is(error)) throw error;
  return { data, errors: error?.errors ?? [] };
};

const { accessToken } = await story(ask, "ada@example.com");

// A list that grows by pages, in the cache.
const query = { query: TasksDocument, variables: { first: 2, orderBy: { field: "TITLE", direction: "ASC" } } } as const;
const context = { headers: authorization(accessToken) };
const list = client.watchQuery({ ...query, context });
const watched = list.subscribe(() => {});
const first = await list.refetch();
assert(first.data?.tasks.pageInfo.hasNextPage);
await list.fetchMore({ variables: { after: first.data.tasks.pageInfo.endCursor } });
const titles = client.readQuery(query)?.tasks.edges.map(({ node }) => node.title);
assert.deepEqual(titles, ["Feed the cat", "Mend the roof", "Water the plants"]);
watched.unsubscribe();

// Queries by their hashes and as GETs, with the header that no page of another site can send unasked.
const sent: string[] = [];
const hashes = new PersistedQueryLink({
  sha256: (text) => createHash("sha256").update(text).digest("hex"),
  useGETForHashedQueries: true,
});
const http = new HttpLink({
  uri,
  headers: { "Apollo-Require-Preflight": "1" },
  fetch: (input, init) => {
    sent.push(`${init?.method} ${/[?&{"]query["=]/.test(`${input} ${init?.body}`) ? "text" : "hash"}`);
    return fetch(input, init);
  },
});
const hashing = new ApolloClient({ link: hashes.concat(http), cache: new InMemoryCache() });
await assert.rejects(hashing.query(query), (error) => {
  assert(CombinedGraphQLErrors.is(error));
  return error.errors[0]?.extensions?.code === "UNAUTHENTICATED";
});
for (const fetchPolicy of ["cache-first", "network-only"] as const) {
  const { data } = await hashing.query({ ...query, context, fetchPolicy });
  assert.equal(data?.tasks.totalCount, 3);
}
// What nobody was answered is not remembered; what was is asked for by its hash alone from then on.
assert.deepEqual(sent, ["GET hash", "POST text", "GET hash", "POST text", "GET hash"]);

// Changes over a WebSocket.
const bob = await Account.register("bob");
const { authorization: shown, start: after } = bob;
const connectionParams = { authorization: shown };
const socket = createClient({ url: uri.replace("http:", "ws:"), webSocketImpl: WebSocket, connectionParams });
const live = new ApolloClient({ link: new GraphQLWsLink(socket), cache: new InMemoryCache() });
const feed = new Feed();
const following = live.subscribe({ query: ChangesDocument, variables: { after } }).subscribe({
  ...feed,
  next: ({ data, error }) => feed.next({ data, errors: error }),
});
for (const title of ["Sweep the floor", "Wind the clock"]) {
  const change = await bob.createTask(title);
  // For its cache this client asks what everything is.
  assert.deepEqual(await feed.take(), [{ ...change, __typename: "Change" }]);
}
following.unsubscribe();
