"use client";

import { type KeyboardEvent, useEffect, useRef } from "react";
import { useQuery } from "urql";
import { client } from "@/lib/api-client";
import { sentenceOf } from "@/lib/errors";
import { type TaskFilter, type TaskOrder, TasksDocument, type TasksQueryVariables } from "@/lib/graphql/tasks";
import { listsChanged, type Tag } from "@/lib/tasks";
import { usePages } from "@/lib/use-tasks";
import { isNarrowed, type View } from "@/lib/view";
import { TaskRow } from "./task-row";

interface Props {
  view: View;
  filter: TaskFilter;
  orderBy: TaskOrder;
  tags: readonly Tag[];
  clear: () => void;
  /** Called when there is an answer to show. */
  there: () => void;
}

/** The tasks of a view, page by page as one comes near the end. */
export function TaskList({ view, filter, orderBy, tags, clear, there }: Props) {
  const { pages, more } = usePages(filter, orderBy);
  const [first] = pages;
  return (
    <section aria-label="Tasks" onKeyDown={walk}>
      {first && <Head view={view} variables={first} clear={clear} there={there} />}
      <ul className="tasks">
        {pages.map((variables, index) => (
          <Page
            key={variables.after ?? "first"}
            variables={variables}
            tags={tags}
            more={index === pages.length - 1 ? more : undefined}
          />
        ))}
      </ul>
    </section>
  );
}

interface HeadProps extends Pick<Props, "view" | "clear" | "there"> {
  variables: TasksQueryVariables;
}

/** How many there are, or why there is nothing to see. */
function Head({ view, variables, clear, there }: HeadProps) {
  const [{ data, error, fetching }] = useQuery({ query: TasksDocument, variables });
  useEffect(() => {
    if (!fetching) there();
  }, [fetching, there]);
  if (error && !data) {
    return (
      <div className="empty" role="alert">
        <p>{sentenceOf(error)}</p>
        <button type="button" onClick={retry(variables)}>
          Try again
        </button>
      </div>
    );
  }
  if (!data) return null;
  const { nodes, totalCount = nodes.length } = data.tasks;
  if (nodes.length > 0) return <p className="count">{totalCount === 1 ? "1 task" : `${totalCount} tasks`}</p>;
  if (isNarrowed(view)) {
    return (
      <div className="empty">
        <p>Nothing here is like that.</p>
        <button type="button" onClick={clear}>
          Show everything
        </button>
      </div>
    );
  }
  const words = {
    open: "All done. Enjoy it, or write down what comes next.",
    done: "Nothing is done yet.",
    all: "No tasks yet. The first one goes into the field above.",
  };
  return <p className="empty">{words[view.state]}</p>;
}

function retry(variables: TasksQueryVariables) {
  return () =>
    void client.query(TasksDocument, variables, { requestPolicy: "network-only" }).toPromise().then(listsChanged);
}

interface PageProps {
  variables: TasksQueryVariables;
  tags: readonly Tag[];
  /** Has the page behind this one shown, where there is none yet. */
  more: ((cursor: string) => void) | undefined;
}

function Page({ variables, tags, more }: PageProps) {
  const [{ data, fetching }] = useQuery({ query: TasksDocument, variables });
  if (!data)
    return fetching ? (
      <li>
        <Skeleton />
      </li>
    ) : null;
  const { hasNextPage, endCursor } = data.tasks.pageInfo;
  return (
    <>
      {data.tasks.nodes.map((task) => (
        <TaskRow key={task.id} task={task} tags={tags} />
      ))}
      {more && hasNextPage && endCursor !== null && <End seen={() => more(endCursor)} />}
    </>
  );
}

/** The end of what is loaded. */
function End({ seen }: { seen: () => void }) {
  const end = useRef<HTMLLIElement>(null);
  const told = useRef(seen);
  told.current = seen;
  useEffect(() => {
    if (!end.current) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && told.current(), {
      rootMargin: "800px",
    });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, []);
  return (
    <li ref={end} aria-hidden="true">
      <Skeleton />
    </li>
  );
}

export function Skeleton() {
  return (
    <div className="skeleton" role="presentation">
      {[72, 54, 63, 40, 58, 47].map((width) => (
        <div key={width} style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}

/** Arrow keys go from task to task. */
function walk(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const at = event.target as HTMLElement;
  if (!step || !at.matches(".task > .title, .task > input")) return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>(".task > .title")];
  const here = rows.findIndex((row) => row.parentElement === at.parentElement);
  const next = rows[here + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
