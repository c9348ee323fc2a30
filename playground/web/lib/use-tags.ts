"use client";

import { useEffect, useState } from "react";
import { TagsDocument } from "./graphql/tasks";
import { followPages } from "./pages";
import { revision, type Tag } from "./tasks";

/** All of the user's tags by name, as they change; undefined until they are there. */
export function useTags(): readonly Tag[] | undefined {
  const [tags, setTags] = useState<readonly Tag[]>();
  useEffect(() => {
    const pages = followPages({
      document: TagsDocument,
      variablesOf: (after) => ({ after }),
      infoOf: ({ tags }) => tags.pageInfo,
      hear(pages) {
        const last = pages.at(-1)?.data;
        // In its own time: this may be the call that the first page is made in.
        if (last?.tags.pageInfo.hasNextPage) queueMicrotask(more);
        else if (last) setTags(sorted(pages.flatMap(({ data }) => data?.tags.nodes ?? [])));
      },
    });
    function more() {
      pages.more();
    }
    const deafen = revision.subscribe(pages.look);
    return () => {
      deafen();
      pages.stop();
    };
  }, []);
  return tags;
}

const sorted = (tags: Tag[]) => tags.sort((one, other) => one.name.localeCompare(other.name));
