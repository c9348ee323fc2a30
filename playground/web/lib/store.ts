import { useSyncExternalStore } from "react";

/** A value that is not React's, and that components can follow. */
export interface Store<T> {
  get: () => T;
  set: (value: T) => void;
  subscribe: (hear: () => void) => () => void;
}

export function store<T>(value: T): Store<T> {
  const heard = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const hear of heard) hear();
    },
    subscribe(hear) {
      heard.add(hear);
      return () => heard.delete(hear);
    },
  };
}

/** What is picked of the value as it is, and again whenever that is another. */
export function useStore<T, Picked = T>(
  { get, subscribe }: Store<T>,
  pick: (value: T) => Picked = (value) => value as unknown as Picked,
): Picked {
  const picked = () => pick(get());
  return useSyncExternalStore(subscribe, picked, picked);
}
