import { store } from "./store";
import type { Patch } from "./tasks";
import { held } from "./unsaved";

/** Edits that wait until the one before of the same task is answered, by task: each is shown, and sent as one. */
export const waitingPatches = store<ReadonlyMap<string, Patch>>(new Map());

const flights = new Map<string, Promise<unknown>>();

function set(patches: ReadonlyMap<string, Patch>): void {
  waitingPatches.set(patches);
  held.set(patches.size);
}

/** Takes what waits for a task. */
function take(id: string): Patch | undefined {
  const patch = waitingPatches.get().get(id);
  set(new Map([...waitingPatches.get()].filter(([other]) => other !== id)));
  return patch;
}

/** Nothing of it is to be sent any more. */
export const drop = (id: string): void => void take(id);

/**
 * Runs one edit of a task at a time, so that each is measured by what the one before became. Those that come meanwhile become
 * one, for which all who made a part of it get the same answer.
 */
export function fly<T extends { known: K | null }, K>(
  id: string,
  patch: Patch,
  run: (patch: Patch, known: K | null) => Promise<T>,
): Promise<T | null> {
  const before = flights.get(id) as Promise<T | null> | undefined;
  const begin = (known: K | null, patch: Patch) => {
    const flight = run(patch, known).finally(() => {
      if (flights.get(id) === flight) flights.delete(id);
    });
    flights.set(id, flight);
    return flight;
  };
  if (!before) return begin(null, patch);
  set(new Map([...waitingPatches.get(), [id, { ...waitingPatches.get().get(id), ...patch }]]));
  return before.then((landed) => {
    const all = take(id);
    // Another part of it has taken all along, or it was dropped.
    return all ? begin(landed?.known ?? null, all) : ((flights.get(id) as Promise<T | null> | undefined) ?? null);
  });
}
