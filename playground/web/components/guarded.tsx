"use client";

import { type ReactNode, useCallback, useEffect, useState } from "react";
import { demand } from "@/lib/auth";

/** Shows what is for people who are signed in; everybody else is on the way to the login page. */
export function Guarded({ children, waiting }: { children: ReactNode; waiting: ReactNode }) {
  const [state, setState] = useState<"asking" | "in" | "unreachable">("asking");
  const ask = useCallback(() => {
    setState("asking");
    demand().then(
      (session) => session && setState("in"),
      () => setState("unreachable"),
    );
  }, []);
  useEffect(ask, [ask]);
  if (state === "in") return children;
  if (state === "asking") return waiting;
  return (
    <main className="sheet">
      <h1>Nobody answers</h1>
      <p>The server cannot be reached. Your tasks are where they were.</p>
      <button type="button" className="primary" onClick={ask}>
        Try again
      </button>
    </main>
  );
}
