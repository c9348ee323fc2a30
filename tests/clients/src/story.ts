// What every client has to be able to do: the same story for all of them, told through the little that a client is.
import assert from "node:assert/strict";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import {
  CreateTaskDocument,
  LoginDocument,
  RegisterDocument,
  TaskDocument,
  TasksDocument,
  type TasksQueryVariables,
} from "../generated/graphql.js";

/** What came of an operation, whatever the client makes of it: its data, its errors, or both. */
export type Outcome<Data> = {
  data: Data | null | undefined;
  errors: readonly { message: string; path?: readonly (string | number)[]; extensions?: Record<string, unknown> }[];
};

/** An operation, and an access token if there is one. */
export type Asked<Data, Variables> = [
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  token?: string,
];

/** A client that carries out operations. */
export type Ask = <Data, Variables extends Record<string, unknown>>(
  ...asked: Asked<Data, Variables>
) => Promise<Outcome<Data>>;

const PASSWORD = "gravel otter marmalade";

/** Registers, logs in, makes three tasks, pages through them, and meets every kind of error. Returns what it signed in with. */
export async function story(ask: Ask, email: string): Promise<{ accessToken: string; refreshToken: string }> {
  const answered = async <Data, Variables extends Record<string, unknown>>(
    ...asked: Asked<Data, Variables>
  ): Promise<Data> => {
    const { data, errors } = await ask(...asked);
    assert.deepEqual(errors, []);
    assert(data);
    return data;
  };
  const codes = (outcome: Outcome<unknown>) => outcome.errors.map((error) => error.extensions?.code);

  const { register } = await answered(RegisterDocument, { input: { email, password: PASSWORD, name: "Ada" } });
  assert.equal(register.user.email, email);
  const { login } = await answered(LoginDocument, { input: { email, password: PASSWORD } });
  assert.equal(login.user.id, register.user.id);
  const { accessToken, refreshToken } = login;
  assert(refreshToken);

  for (const title of ["Water the plants", "Feed the cat", "Mend the roof"]) {
    const input = { title, priority: "HIGH", dueAt: "2026-12-01T09:00:00+01:00" } as const;
    const { createTask } = await answered(CreateTaskDocument, { input }, accessToken);
    const version: number = createTask.task.version;
    assert.equal(version, 1);
    const dueAt: string | null = createTask.task.dueAt;
    assert.equal(dueAt, "2026-12-01T08:00:00.000Z");
    assert.deepEqual(createTask.task.tags, []);
  }

  const wanted: TasksQueryVariables = {
    first: 2,
    filter: { priority: ["HIGH", "URGENT"], completed: false },
    orderBy: { field: "TITLE", direction: "ASC" },
  };
  const { tasks } = await answered(TasksDocument, wanted, accessToken);
  assert.equal(tasks.totalCount, 3);
  assert.deepEqual(tasks.edges.map(({ node }) => node.title), ["Feed the cat", "Mend the roof"]);
  assert(tasks.pageInfo.hasNextPage);
  const after = tasks.pageInfo.endCursor;
  assert.equal(after, tasks.edges.at(-1)?.cursor);
  const rest = await answered(TasksDocument, { ...wanted, after }, accessToken);
  assert.deepEqual(rest.tasks.edges.map(({ node }) => node.title), ["Water the plants"]);
  assert(!rest.tasks.pageInfo.hasNextPage);

  const nobody = await ask(TasksDocument, wanted);
  assert.deepEqual([codes(nobody), nobody.data ?? null], [["UNAUTHENTICATED"], null]);
  const forged = await ask(TasksDocument, wanted, `${accessToken}x`);
  assert.deepEqual([codes(forged), forged.data ?? null], [["UNAUTHENTICATED"], null]);

  const nameless = await ask(CreateTaskDocument, { input: { title: " " } }, accessToken);
  assert.deepEqual(codes(nameless), ["BAD_USER_INPUT"]);
  assert.equal(nameless.errors[0]?.extensions?.field, "title");
  const stale = await ask(TasksDocument, { ...wanted, after: "nonsense" }, accessToken);
  assert.deepEqual(codes(stale), ["BAD_USER_INPUT"]);
  assert.equal(stale.errors[0]?.extensions?.field, "after");

  // What fails takes nothing else with it: `task` is null, and `me` is there.
  const absent = await ask(TaskDocument, { id: "task_01h455vb4pex5vsknk084sn02q" }, accessToken);
  assert.deepEqual([codes(absent), absent.errors[0]?.path], [["NOT_FOUND"], ["task"]]);
  assert.equal(absent.data?.task, null);
  assert.equal(absent.data?.me.email, email);
  return { accessToken, refreshToken };
}

/** What shows who is asking. */
export function authorization(token?: string): Record<string, string> {
  return token ? { authorization: `Bearer ${token}` } : {};
}

/** Whether it is a mutation, for which clients have a method of its own. */
export function isMutation(document: TypedDocumentNode<unknown, never>): boolean {
  return document.definitions.some((part) => part.kind === "OperationDefinition" && part.operation === "mutation");
}

/** Where the server is: what the program was started with. */
export function address(): string {
  const url = process.argv[2];
  assert(url, "the first argument is the address of the server");
  return url;
}
