// The one way to the API: the bearer token on each request, and one renewal for all tabs when it is refused.
import {
  Client,
  type ClientOptions,
  fetchExchange,
  makeOperation,
  type Operation,
  subscriptionExchange,
} from "@urql/core";
import { authExchange } from "@urql/exchange-auth";
import { retryExchange } from "@urql/exchange-retry";
import { current, isFresh, token } from "./auth";
import { cache } from "./cache";
import { isForItsToken, isUnreachable } from "./errors";
import { inOrder } from "./in-order";
import { sending } from "./unsaved";

const bearer = (token: string) => `Bearer ${token}`;

/** The token that an operation was sent with. */
function tokenOf({ context: { fetchOptions } }: Operation): string | undefined {
  const headers = typeof fetchOptions === "object" ? (fetchOptions.headers as Record<string, string> | undefined) : {};
  return headers?.["authorization"]?.replace("Bearer ", "");
}

function authenticate() {
  let refused: string | undefined;
  return authExchange(async ({ appendHeaders }) => ({
    addAuthToOperation(operation) {
      const session = current();
      return session ? appendHeaders(operation, { authorization: bearer(session.token) }) : operation;
    },
    willAuthError: () => !isFresh(),
    didAuthError(error, operation) {
      const isRefused = isForItsToken(error);
      if (isRefused) refused = tokenOf(operation);
      return isRefused;
    },
    async refreshAuth() {
      await token(refused);
    },
  }));
}

/** How long an answer may take, in milliseconds; longer than the server takes before it gives up. */
const PATIENCE = 15_000;

const settings: Omit<ClientOptions, "exchanges"> = {
  url: "/graphql",
  preferGetMethod: false,
  fetch(input, init) {
    const signals = [AbortSignal.timeout(PATIENCE), ...(init?.signal ? [init.signal] : [])];
    return fetch(input, { ...init, signal: AbortSignal.any(signals) });
  },
};

/** Past the cache, and what it shows before it is so: what the server has. */
export const server = new Client({
  ...settings,
  requestPolicy: "network-only",
  exchanges: [authenticate(), fetchExchange],
});

export const client = new Client({
  ...settings,
  exchanges: [
    cache,
    inOrder(sending.set),
    retryExchange({
      initialDelayMs: 500,
      maxDelayMs: 5000,
      maxNumberAttempts: Number.POSITIVE_INFINITY,
      // A change is sent until there is an answer: sent twice it is done once. Queries are asked anew by who shows them.
      // What the renewal of a token failed for counts as not tried.
      retryWith: (_, operation) =>
        makeOperation(operation.kind, operation, { ...operation.context, authAttempt: undefined }),
      retryIf: (error, operation) => operation.kind === "mutation" && isUnreachable(error),
    }),
    authenticate(),
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: ({ query = "", variables }) => ({
        subscribe(sink) {
          // What is live comes after what is there: the socket is loaded when there is something to follow.
          const begun = import("./live").then(({ listen }) => listen({ query, variables }, sink));
          begun.catch(sink.error);
          return { unsubscribe: () => void begun.then((stop) => stop()) };
        },
      }),
    }),
  ],
});
