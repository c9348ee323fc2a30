// What the programs that follow changes have in common: somebody who makes changes over plain HTTP, and what was told of
// them by whatever carries a subscription.
import assert from "node:assert/strict";
import { inspect } from "node:util";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { print } from "graphql";
import { GraphQLClient } from "graphql-request";
import {
  ChangesDocument,
  ChangesSoFarDocument,
  type ChangesSoFarQuery,
  type ChangesSubscription,
  CreateTagDocument,
  CreateTaskDocument,
  type CreateTaskMutation,
  LoginDocument,
  LogoutEverywhereDocument,
  RefreshDocument,
  RegisterDocument,
} from "../generated/graphql.js";
import { address, authorization } from "./story.js";

/** Longer than anything takes that happens at all. */
const PATIENCE = 20_000;
const PASSWORD = "gravel otter marmalade";

export type Change = ChangesSubscription["changes"];

/** A user and one of their sign-ins. What no log may tell of them is told on stdout, for those who look into the log. */
export class Account {
  readonly #http = new GraphQLClient(address());
  readonly #email: string;
  #accessToken: string;
  #refreshToken: string;
  /** The cursor before all changes. */
  readonly start: string;

  private constructor(email: string, accessToken: string, refreshToken: string | null, start: string) {
    assert(refreshToken);
    console.log(`${email}\n${accessToken}\n${refreshToken}`);
    [this.#email, this.#accessToken, this.#refreshToken, this.start] = [email, accessToken, refreshToken, start];
  }

  /** A new user; programs with names in common can share a server. */
  static async register(name: string): Promise<Account> {
    const http = new GraphQLClient(address());
    const email = `${name}-${process.pid}@example.com`;
    const { register } = await http.request(RegisterDocument, { input: { email, password: PASSWORD } });
    return new Account(email, register.accessToken, register.refreshToken, register.cursor);
  }

  /** The same user, signed in elsewhere. */
  async elsewhere(): Promise<Account> {
    const { login } = await this.#http.request(LoginDocument, { input: { email: this.#email, password: PASSWORD } });
    return new Account(this.#email, login.accessToken, login.refreshToken, this.start);
  }

  get authorization(): string {
    return `Bearer ${this.#accessToken}`;
  }

  /** When the access token counts no more, in milliseconds since 1970. */
  get expiry(): number {
    const claims = Buffer.from(this.#accessToken.split(".")[1] ?? "", "base64url").toString();
    return JSON.parse(claims).exp * 1000;
  }

  /** Trades the tokens for fresh ones. */
  async refresh(): Promise<void> {
    const { refresh } = await this.#http.request(RefreshDocument, { input: { refreshToken: this.#refreshToken } });
    assert(refresh.refreshToken);
    console.log(`${refresh.accessToken}\n${refresh.refreshToken}`);
    [this.#accessToken, this.#refreshToken] = [refresh.accessToken, refresh.refreshToken];
  }

  /** Makes a task, and says what has to be told of it. */
  async createTask(title: string): Promise<Change> {
    const { createTask } = await this.#ask(CreateTaskDocument, { input: { title } });
    return ofTask(createTask);
  }

  /** Makes a tag, and says what has to be told of it. */
  async createTag(name: string): Promise<Change> {
    const { tag, cursor } = (await this.#ask(CreateTagDocument, { input: { name } })).createTag;
    return made({ __typename: "Tag", ...tag }, tag.createdAt, cursor);
  }

  /** Every change there is, as a copy reads it that begins from nothing. */
  async changes(): Promise<Change[]> {
    const all: Change[] = [];
    for (let after: string | null | undefined = this.start, more = true; more; ) {
      const page: ChangesSoFarQuery = await this.#ask(ChangesSoFarDocument, { first: 7, after });
      all.push(...page.changes.nodes);
      ({ endCursor: after, hasNextPage: more } = page.changes.pageInfo);
    }
    return all;
  }

  async logoutEverywhere(): Promise<void> {
    assert.deepEqual(await this.#ask(LogoutEverywhereDocument, {}), { logoutEverywhere: { ok: true } });
  }

  #ask<Data, Variables extends Record<string, unknown>>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    return this.#http.request<Data, Record<string, unknown>>(document, variables, authorization(this.#accessToken));
  }
}

type Kept = Extract<Change["node"], { id: string }>;

function made(node: Kept, at: string, cursor: string): Change {
  return { cursor, kind: "CREATED", nodeId: node.id, at, caughtUp: true, node };
}

/** What has to be told of a task that was just made. */
export function ofTask({ task, cursor }: CreateTaskMutation["createTask"]): Change {
  return made({ __typename: "Task", ...task }, task.createdAt, cursor);
}

/** What subscriptions to changes are sent as, by clients that take text. */
export function changesAfter(after?: string): { query: string; variables: { after?: string } } {
  return { query: print(ChangesDocument), variables: { after } };
}

/** Where a subscription puts what it is told, and who waits for that takes it from. */
export class Feed {
  /** All that was told, taken or not. */
  readonly seen: Change[] = [];
  readonly #told: Change[] = [];
  #end: { error: unknown } | undefined;
  #wake = () => {};

  next = ({ data, errors }: { data?: ChangesSubscription | null; errors?: unknown }): void => {
    assert.equal(errors, undefined);
    assert(data);
    this.seen.push(data.changes);
    this.#told.push(data.changes);
    this.#wake();
  };

  error = (error: unknown): void => {
    this.#end ??= { error };
    this.#wake();
  };

  complete = (): void => this.error(null);

  /** How many were told and not taken. */
  get waiting(): number {
    return this.#told.length;
  }

  /** The next few. */
  async take(count = 1): Promise<Change[]> {
    await this.#until(() => this.#told.length >= count);
    return this.#told.splice(0, count);
  }

  /** What it ended with, null where it was completed; and what was told before that and not taken. */
  async end(): Promise<{ error: unknown; rest: Change[] }> {
    await this.#until(() => this.#end !== undefined);
    return { error: this.#end?.error, rest: this.#told.splice(0) };
  }

  async #until(is: () => boolean): Promise<void> {
    const begin = Date.now();
    while (!is()) {
      const left = begin + PATIENCE - Date.now();
      if (left <= 0 || this.#end) assert.fail(`told ${this.#told.length}, then ${inspect(this.#end)}`);
      await new Promise<void>((woken) => {
        const timer = setTimeout(woken, left);
        this.#wake = () => (clearTimeout(timer), woken());
      });
    }
  }
}

/** Makes tasks one after the other until it is told to stop, whether there is a server to take them or not. */
export class Writer {
  #made = 0;
  #stopped = false;
  readonly #done: Promise<void>;

  constructor(account: Account) {
    this.#done = (async () => {
      while (!this.#stopped) {
        const isMade = await account.createTask(`Task ${this.#made}`).then(() => true, isUnreachable);
        if (isMade) this.#made += 1;
        else await pause(20);
      }
    })();
  }

  /** Returns when it has made so many more. */
  async more(count: number): Promise<void> {
    for (const goal = this.#made + count; this.#made < goal; ) await Promise.race([pause(5), this.#done]);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }
}

/** Of errors, only this is to be expected from a server that was killed. */
function isUnreachable(error: unknown): false {
  if (error instanceof TypeError && ["fetch failed", "terminated"].includes(error.message)) return false;
  throw error;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((over) => setTimeout(over, milliseconds));
}

/** What of changes is the same however far a reader has come: a page says of its last one alone that it was the last. */
export function placeless(changes: readonly Change[]): Omit<Change, "cursor" | "caughtUp">[] {
  return changes.map(({ cursor: _, caughtUp: __, ...rest }) => rest);
}

/** Sends a signal to the server, whose process is named behind the scenario. */
export function signal(name: "SIGKILL" | "SIGTERM"): void {
  process.kill(Number(process.argv[4]), name);
}

/** Runs what the second argument names. Nothing keeps the program alive once that is over, and nothing for very long. */
export async function play(scenarios: Record<string, () => Promise<void>>): Promise<void> {
  const scenario = scenarios[process.argv[3] ?? ""];
  assert(scenario, "the second argument names a scenario");
  const late = setTimeout(() => assert.fail("it takes too long"), 3 * PATIENCE);
  await scenario();
  clearTimeout(late);
}
