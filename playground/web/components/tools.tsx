"use client";

import { type RefObject, useEffect, useState } from "react";
import { ORDERS, type View } from "@/lib/view";

/** How long one stops typing before what was typed is searched for, in milliseconds. */
const PAUSE = 250;

interface Props {
  field: RefObject<HTMLInputElement | null>;
  view: View;
  change: (change: (view: View) => View) => void;
}

/** Searching and ordering. */
export function Tools({ field, view, change }: Props) {
  const [typed, setTyped] = useState(view.search);
  const [sought, setSought] = useState(view.search);
  if (view.search !== sought) {
    // It was changed elsewhere: going back, say.
    setSought(view.search);
    setTyped(view.search);
  }
  useEffect(() => {
    if (typed === sought) return;
    const timer = setTimeout(() => change((view) => ({ ...view, search: typed })), PAUSE);
    return () => clearTimeout(timer);
  }, [typed, sought, change]);
  return (
    <div className="tools">
      <input
        ref={field}
        type="search"
        aria-label="Search tasks"
        placeholder="Search"
        value={typed}
        maxLength={200}
        onChange={(event) => setTyped(event.target.value)}
      />
      <select
        aria-label="Order"
        value={view.order}
        onChange={(event) => {
          const order = event.target.value as View["order"];
          change((view) => ({ ...view, order }));
        }}
      >
        {Object.entries(ORDERS).map(([name, [label]]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </select>
    </div>
  );
}
