"use client";

import { useCallback, useEffect, useMemo, useState } from "react";
import { dayOf } from "./dates";
import { filterOf, queryOf, type View, viewOf } from "./view";

const here = (): View => viewOf(new URLSearchParams(location.search));

/** The view in the address, and how to change it. Going back goes back in it. */
export function useView(): [View, (change: (view: View) => View) => void] {
  const [view, setView] = useState(here);
  useEffect(() => {
    const back = () => setView(here());
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, []);
  const change = useCallback((next: (view: View) => View) => {
    const before = here();
    const after = next(before);
    const query = queryOf(after);
    const address = query ? `?${query}` : location.pathname;
    // Each pause in typing a search is no place to come back to.
    if (after.search === before.search) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
    setView(after);
  }, []);
  return [view, change];
}

/** What a view asks for today: the same object for the same view, with a key that tells lists apart. */
export function useFilter(view: View) {
  const [query, today] = [queryOf(view), dayOf(new Date())];
  const filter = useMemo(() => filterOf(viewOf(new URLSearchParams(query)), today), [query, today]);
  return { filter, key: `${query} ${today}` };
}
