// Apollo Client that sends something shorter in the place of queries: their hashes, once the server has seen them, or the
// ids that graphql-codegen gave them, where the server was started with its manifest.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import { CombinedGraphQLErrors } from "@apollo/client/errors";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { type Ask, address, authorization, isMutation, story } from "./story.js";

const uri = address();
const trusted = process.argv[3] === "trusted";

/** The operations whose texts went out. */
const texts: string[] = [];
const watched: typeof fetch = (to, options) => {
  const body: { query?: string; operationName: string } = JSON.parse(String(options?.body));
  if (body.query !== undefined) texts.push(body.operationName);
  return fetch(to, options);
};

const hash = { sha256: (text: string) => createHash("sha256").update(text).digest("hex") };
const id = { generateHash: (document: object) => (document as { __meta__: { hash: string } }).__meta__.hash };
const link = new PersistedQueryLink(trusted ? id : hash).concat(new HttpLink({ uri, fetch: watched }));
const client = new ApolloClient({ link, cache: new InMemoryCache() });

const ask: Ask = async (document, variables, token) => {
  const settings = { context: { headers: authorization(token) }, errorPolicy: "all", fetchPolicy: "no-cache" } as const;
  const { data, error } = isMutation(document)
    ? await client.mutate({ mutation: document, variables, ...settings })
    : await client.query({ query: document, variables, ...settings });
  if (error && !CombinedGraphQLErrors.is(error)) throw error;
  return { data, errors: error?.errors ?? [] };
};

await story(ask, "ada@example.com");
assert.deepEqual(texts, trusted ? [] : ["Register", "Login", "CreateTask", "Tasks", "Task"]);
await story(ask, "bob@example.com");
assert.equal(texts.length, trusted ? 0 : 5);
