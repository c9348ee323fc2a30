// What happens elsewhere, as it happens: the subscription `changes`, begun again at the cursor where it broke off.
import { pipe, subscribe } from "wonka";
import { client } from "./api-client";
import { current, isFresh, onSession, renew, renewalOf } from "./auth";
import { connection } from "./connection";
import { codeOf } from "./errors";
import { ChangesDocument, type ChangesSubscription } from "./graphql/tasks";
import { isUp, probe, reconnect } from "./socket";

export { listen } from "./socket";

type Change = ChangesSubscription["changes"];

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 5000;
/** After so long a subscription has begun; until there is a change nothing says so. */
const BEGUN = 300;

/**
 * Follows the changes until the answer is called. `behind` is called after each connection, as some may have been missed before
 * the first, and questions may have got no answer before the others.
 */
export function follow(hear: (change: Change) => void, behind: () => void): () => void {
  let cursor: string | null = null;
  let pause = FIRST_PAUSE;
  let again: ReturnType<typeof setTimeout> | undefined;
  let look: ReturnType<typeof setTimeout> | undefined;
  let unsubscribe = () => {};

  const begin = () => {
    clearTimeout(again);
    unsubscribe();
    ({ unsubscribe } = pipe(
      client.subscription(ChangesDocument, { after: cursor }),
      subscribe(({ data, error, hasNext }) => {
        if (data && !error) {
          cursor = data.changes.cursor;
          hear(data.changes);
        }
        if (!error && hasNext) return;
        if (codeOf(error) === "CURSOR_FORGOTTEN") cursor = null;
        if (error?.networkError) connection.set("offline");
        clearTimeout(again);
        again = setTimeout(begin, pause * (0.75 + Math.random() / 2));
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      }),
    ));
  };
  const up = () => {
    clearTimeout(look);
    if (!isUp.get()) return;
    pause = FIRST_PAUSE;
    connection.set("live");
    look = setTimeout(behind, BEGUN);
  };
  const online = () => {
    pause = FIRST_PAUSE;
    reconnect();
    begin();
  };
  const offline = () => connection.set("offline");
  /** After sleep a socket can be dead without knowing it. */
  const awake = () => {
    if (document.visibilityState !== "visible") return;
    if (connection.get() === "offline") online();
    else if (isUp.get()) probe();
  };

  addEventListener("online", online);
  addEventListener("offline", offline);
  document.addEventListener("visibilitychange", awake);
  const stops = [isUp.subscribe(up), renewInTime()];
  begin();
  return () => {
    clearTimeout(again);
    clearTimeout(look);
    unsubscribe();
    for (const stop of stops) stop();
    removeEventListener("online", online);
    removeEventListener("offline", offline);
    document.removeEventListener("visibilitychange", awake);
  };
}

/** Renews the token before it ends, so that the socket need not. */
function renewInTime(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const plan = () => {
    clearTimeout(timer);
    const session = current();
    if (!session) return;
    const wait = Math.max(0, renewalOf(session) - Date.now()) + 50;
    timer = setTimeout(() => void (isFresh() || renew().catch(() => {})), wait);
  };
  const forget = onSession(plan);
  plan();
  return () => {
    clearTimeout(timer);
    forget();
  };
}
