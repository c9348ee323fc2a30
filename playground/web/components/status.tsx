"use client";

import { useEffect, useState } from "react";
import { connection } from "@/lib/connection";
import { useStore } from "@/lib/store";
import { held, sending } from "@/lib/unsaved";

/** An edit that is saved sooner is not worth a word, in milliseconds. */
const SOON = 2000;

const changes = (count: number) => (count === 1 ? "1 change waits" : `${count} changes wait`);

/** Says when what is shown may not be what there is, and what is not saved. Silent while all is well. */
export function Status() {
  const isOffline = useStore(connection) === "offline";
  const count = useStore(sending) + useStore(held);
  const isSaving = count > 0;
  const [isSlow, setIsSlow] = useState(false);
  useEffect(() => {
    if (!isSaving) return;
    const timer = setTimeout(() => setIsSlow(true), SOON);
    return () => {
      clearTimeout(timer);
      setIsSlow(false);
    };
  }, [isSaving]);
  const parts = [isOffline && "Offline", isSaving && (isOffline || isSlow) && changes(count)];
  return (
    <p className="status" role="status">
      {parts.filter(Boolean).join(", ")}
    </p>
  );
}
