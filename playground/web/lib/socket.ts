// The WebSocket for what is live, shared by all that is followed.
import { createClient, type FormattedExecutionResult } from "graphql-ws";
import type { ExecutionResult } from "urql";
import { onSession, token } from "./auth";
import { store } from "./store";

/** Whether there is a socket that the server took. */
export const isUp = store(false);

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

let open: WebSocket | undefined;

const client = createClient({
  url: `${location.origin.replace(/^http/, "ws")}/graphql`,
  connectionParams: async () => bearer(await token()),
  // What is followed ends with the socket: `live.ts` begins the next one where the last one stood.
  retryAttempts: 0,
  keepAlive: 20_000,
  on: {
    connected: (connected) => {
      open = connected as WebSocket;
      isUp.set(true);
    },
    closed: () => {
      open = undefined;
      isUp.set(false);
    },
  },
});

// A ping that brings a fresh token keeps the socket beyond the end of the one that it began with.
onSession(({ token }) => {
  if (open?.readyState === WebSocket.OPEN) open.send(JSON.stringify({ type: "ping", payload: bearer(token) }));
});

interface Sink {
  next: (result: ExecutionResult) => void;
  error: (error: unknown) => void;
  complete: () => void;
}

/** Runs an operation over the socket, until the answer is called. */
export function listen(operation: { query: string; variables: object | undefined }, sink: Sink): () => void {
  const next = (result: FormattedExecutionResult) => sink.next(result as ExecutionResult);
  const { query, variables } = operation;
  return client.subscribe({ query, variables: variables as Record<string, unknown> }, { ...sink, next });
}

/** Has the socket opened anew: what is there may be dead without having said so. */
export const reconnect = (): void => client.terminate();
