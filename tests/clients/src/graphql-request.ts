// graphql-request: promises, and errors that are thrown.
import assert from "node:assert/strict";
import { ClientError, GraphQLClient } from "graphql-request";
import { TasksDocument } from "../generated/graphql.js";
import { type Ask, type Asked, address, authorization, story } from "./story.js";

const client = new GraphQLClient(address());

const ask: Ask = async <Data, Variables extends Record<string, unknown>>(
  ...[document, variables, token]: Asked<Data, Variables>
) => {
  try {
    const data = await client.request<Data, Record<string, unknown>>(document, variables, authorization(token));
    return { data, errors: [] };
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return { data: error.response.data as Data, errors: error.response.errors ?? [] };
  }
};

const { accessToken } = await story(ask, "ada@example.com");

const { tasks } = await client.request(TasksDocument, { first: 1 }, authorization(accessToken));
assert.equal(tasks.edges[0]?.node.title, "Mend the roof");
