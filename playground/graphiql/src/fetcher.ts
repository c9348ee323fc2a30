// How GraphiQL's operations reach the server: subscriptions over a WebSocket, everything else over HTTP.
import type { Fetcher, FetcherParams, Observable } from "@graphiql/toolkit";
import { type ExecutionResult, getOperationAST } from "graphql";
import { reach, read } from "./session/server";
import { freshToken, tokenInsteadOf } from "./session/session";
import { client, clientWith } from "./socket";

type Outcome = ExecutionResult<Record<string, unknown>, Record<string, unknown>>;

interface Sink {
  next(outcome: Outcome): void;
  error(error: unknown): void;
  complete(): void;
}

export const fetcher: Fetcher = (params, { documentAST, headers } = {}) => {
  const operation = documentAST && getOperationAST(documentAST, params.operationName);
  // What somebody writes into the editor of headers goes before the panel's token.
  const own = new Headers(headers as Record<string, string> | undefined);
  return operation?.operation === "subscription" ? follow(params, own) : ask(params, own);
};

async function ask(params: FetcherParams, own: Headers): Promise<Outcome> {
  const send = (token: string | null) => {
    const headers = new Headers({ accept: "application/json", "content-type": "application/json" });
    if (token) headers.set("authorization", `Bearer ${token}`);
    own.forEach((value, name) => headers.set(name, value));
    return reach({ method: "POST", headers, body: JSON.stringify(params) });
  };
  const token = own.has("authorization") ? null : await freshToken();
  let response = await send(token);
  if (response.status === 401 && token) {
    // Nothing of it ran. The token may have been cut off before its time, and there may be another.
    const next = await tokenInsteadOf(token);
    if (next) response = await send(next);
  }
  return (await read(response)) as Outcome;
}

function follow({ query, variables, operationName }: FetcherParams, own: Headers): Observable<Outcome> {
  return {
    // GraphiQL knows this one of the ways to subscribe.
    subscribe: ((sink: Sink) => {
      const authorization = own.get("authorization");
      const over = authorization ? clientWith(authorization) : client;
      const unsubscribe = over.subscribe<Record<string, unknown>>(
        { query, variables: variables as Record<string, unknown>, ...(operationName ? { operationName } : {}) },
        {
          next: (outcome) => sink.next(outcome as Outcome),
          error: (error) => fail(error, sink),
          complete: () => sink.complete(),
        },
      );
      return { unsubscribe };
    }) as Observable<Outcome>["subscribe"],
  };
}

/** The server's errors are shown as it tells them, and the rest in a sentence. */
function fail(error: unknown, sink: Sink): void {
  if (Array.isArray(error)) {
    sink.next({ errors: error });
    sink.complete();
  } else if (error instanceof CloseEvent) {
    sink.error(new Error(`The connection was closed: ${error.reason || `code ${error.code}`}`));
  } else {
    sink.error(error instanceof Error ? error : new Error("The server cannot be reached."));
  }
}
