// The WebSocket for what is live, shared by all that is followed.
import { createClient, type FormattedExecutionResult } from "graphql-ws";
import type { ExecutionResult } from "urql";
import { onSession, token } from "./auth";
import { store } from "./store";

/** Whether there is a socket that the server took. */
export const isUp = store(false);

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** What the server closes with when a token does not count, or does not any more. */
const FORBIDDEN = 4403;

let shown: string | undefined;
let refused: string | undefined;

/** How long an answer to a ping may take, in milliseconds. */
const PONG = 5000;

let open: WebSocket | undefined;
let missing: ReturnType<typeof setTimeout> | undefined;

const client = createClient({
  url: `${location.origin.replace(/^http/, "ws")}/graphql`,
  connectionParams: async () => {
    shown = await token(refused);
    return bearer(shown);
  },
  // What is followed ends with the socket: `live.ts` begins the next one where the last one stood.
  retryAttempts: 0,
  keepAlive: 20_000,
  on: {
    connected: (connected) => {
      open = connected as WebSocket;
      isUp.set(true);
    },
    ping: (received) => {
      if (!received) expectPong();
    },
    pong: (received) => {
      if (received) clearTimeout(missing);
    },
    closed: (event) => {
      refused = (event as CloseEvent).code === FORBIDDEN ? shown : undefined;
      open = undefined;
      clearTimeout(missing);
      isUp.set(false);
    },
  },
});

function ping(payload?: object): void {
  if (open?.readyState === WebSocket.OPEN) open.send(JSON.stringify({ type: "ping", payload }));
}

// A ping that brings a fresh token keeps the socket beyond the end of the one that it began with.
onSession(({ token }) => {
  if (!open) return;
  shown = token;
  ping(bearer(token));
});

/** A socket can be dead without having said so: one that does not answer is closed. */
function expectPong(): void {
  clearTimeout(missing);
  missing = setTimeout(() => client.terminate(), PONG);
}

/** Asks whether the socket still lives. */
export function probe(): void {
  expectPong();
  ping();
}

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

/** Has the socket opened anew. */
export const reconnect = (): void => client.terminate();
