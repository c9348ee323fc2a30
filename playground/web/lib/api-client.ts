// The one way to the API: the bearer token on each request, and one renewal for all tabs when it is refused.
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
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

export const client = new Client({
  url: "/graphql",
  preferGetMethod: false,
  exchanges: [
    cache,
    inOrder(waiting.set),
    retryExchange({
      initialDelayMs: 500,
      maxDelayMs: 5000,
      maxNumberAttempts: Number.POSITIVE_INFINITY,
      // A change is sent until there is an answer: sent twice it is done once. Queries are asked anew by who shows them.
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
