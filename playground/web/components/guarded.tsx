"use client";

import { type ReactNode, useEffect, useState } from "react";
import { demand } from "@/lib/auth";

/** How long it is until a server that cannot be reached is asked again, in milliseconds. */
const PAUSE = 3000;

/** Shows what is for people who are signed in; everybody else is on the way to the login page. */
export function Guarded({ children, waiting }: { children: ReactNode; waiting: ReactNode }) {
  const [isIn, setIsIn] = useState(false);
  const [failures, setFailures] = useState(0);
  useEffect(() => {
    let isOver = false;
    const ask = () =>
      demand().then(
        (session) => session && !isOver && setIsIn(true),
        () => !isOver && setFailures(failures + 1),
      );
    const timer = setTimeout(ask, failures === 0 ? 0 : PAUSE);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [failures]);
  if (isIn) return children;
  if (failures === 0) return waiting;
  return (
    <div className="sheet" role="status">
      <h1>Nobody answers</h1>
      <p>The server cannot be reached. Your tasks are where they were; as soon as it is back they are here.</p>
    </div>
  );
}
