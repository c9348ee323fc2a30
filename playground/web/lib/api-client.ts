// The one way to the API: the bearer token on each request, and one renewal for all tabs when it is refused.
import { Client, fetchExchange, makeOperation, subscriptionExchange } from "@urql/core";
import { authExchange } from "@urql/exchange-auth";
import { retryExchange } from "@urql/exchange-retry";
import { current, isFresh, token } from "./auth";
import { cache } from "./cache";
import { waiting } from "./connection";
import { isForItsToken, isUnreachable } from "./errors";
import { inOrder } from "./in-order";

function authenticate() {
  let used: string | undefined;
  return authExchange(async ({ appendHeaders }) => ({
    addAuthToOperation(operation) {
      used = current()?.token;
      return used ? appendHeaders(operation, { authorization: `Bearer ${used}` }) : operation;
    },
    willAuthError: () => !isFresh(),
    didAuthError: isForItsToken,
    async refreshAuth() {
      // Where the token just ran out it is not the one that was refused, and renewing it is still right.
      await token(isFresh() ? used : undefined);
    },
  }));
}

/** How long an answer may take, in milliseconds; longer than the server takes before it gives up. */
const PATIENCE = 15_000;

export const client = new Client({
  url: "/graphql",
  fetch: (input, init) =>
    fetch(input, {
      ...init,
      signal: AbortSignal.any([...(init?.signal ? [init.signal] : []), AbortSignal.timeout(PATIENCE)]),
    }),
  preferGetMethod: false,
  exchanges: [
    cache,
    inOrder(waiting.set),
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
