"use client";

import { useEffect } from "react";
import { connection, waiting } from "@/lib/connection";
import { useStore } from "@/lib/store";

const changes = (count: number) => (count === 1 ? "1 change waits" : `${count} changes wait`);

/** Says when what is shown may not be what there is, and what is not saved. Silent while all is well. */
export function Status() {
  const state = useStore(connection);
  const count = useStore(waiting);
  const isOffline = state === "offline";
  useEffect(() => {
    if (count === 0) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [count]);
  return (
    <p className="status" role="status" data-offline={isOffline}>
      {isOffline && (count > 0 ? `Offline, ${changes(count)}` : "Offline")}
    </p>
  );
}
