"use client";

import { useEffect, useState } from "react";
import { pipe, subscribe } from "wonka";
import { client } from "./api-client";
import { TagsDocument } from "./graphql/tasks";
import { revision, type Tag } from "./tasks";

/** All of the user's tags by name, as they change; undefined until they are there. */
export function useTags(): readonly Tag[] | undefined {
  const [tags, setTags] = useState<readonly Tag[]>();
  useEffect(() => {
    let stops: (() => void)[] = [];
    const pages: (readonly Tag[])[] = [];
    const watch = (page: number, after: string | null, fresh: boolean) => {
      const context = fresh ? ({ requestPolicy: "cache-and-network" } as const) : {};
      const { unsubscribe } = pipe(
        client.query(TagsDocument, { after }, context),
        subscribe(({ data }) => {
          if (!data) return;
          const { nodes, pageInfo } = data.tags;
          pages[page] = nodes;
          if (pageInfo.hasNextPage && stops.length === page + 1) watch(page + 1, pageInfo.endCursor, fresh);
          else setTags(pages.flat().sort((one, other) => one.name.localeCompare(other.name)));
        }),
      );
      stops[page] = unsubscribe;
    };
    const begin = (fresh: boolean) => {
      for (const stop of stops) stop();
      stops = [];
      watch(0, null, fresh);
    };
    begin(false);
    const stop = revision.subscribe(() => begin(true));
    return () => {
      stop();
      for (const stop of stops) stop();
    };
  }, []);
  return tags;
}
