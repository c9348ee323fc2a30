// Operations over a WebSocket, which is opened for the first and closed after the last of them.
import { type Client, CloseCode, createClient, MessageType, stringifyMessage } from "graphql-ws";
import { ENDPOINT } from "./session/server";
import { freshToken, getState, subscribe, tokenInsteadOf } from "./session/session";

const url = new URL(ENDPOINT);
url.protocol = url.protocol.replace("http", "ws");
/** Longest pause between tries to connect, in milliseconds. */
const LONGEST = 30_000;

const settings = {
  url: url.href,
  retryAttempts: Number.POSITIVE_INFINITY,
  retryWait: (tries: number) =>
    new Promise<void>((over) => setTimeout(over, Math.min(1000 * 2 ** tries, LONGEST) * (0.5 + Math.random() / 2))),
};

/** A client with an `Authorization` of its own. */
export function clientWith(authorization: string): Client {
  return createClient({ ...settings, connectionParams: { authorization }, retryAttempts: 0 });
}

let open: WebSocket | undefined;
let shown: string | null = null;

/** The client with whoever is signed in. */
export const client = createClient({
  ...settings,
  connectionParams: async () => {
    shown = await freshToken();
    return shown ? { authorization: `Bearer ${shown}` } : {};
  },
  on: {
    connected: (socket) => {
      open = socket as WebSocket;
    },
    closed: (event) => {
      open = undefined;
      // The token does not count any more, whatever it says of itself. The client comes back with another.
      if ((event as CloseEvent).code === CloseCode.Forbidden && shown) void tokenInsteadOf(shown).catch(() => {});
    },
  },
});

let user = getState().session?.user.id;

// A new token of the same user is shown to the open socket, so that what it carries outlives the old one. For anybody else
// everything begins anew.
subscribe(() => {
  const { session } = getState();
  if (session?.user.id !== user) client.terminate();
  else if (session && open?.readyState === WebSocket.OPEN && session.token !== shown) {
    shown = session.token;
    open.send(stringifyMessage({ type: MessageType.Ping, payload: { authorization: `Bearer ${shown}` } }));
  }
  user = session?.user.id;
});
