// What the API's answers look like in the browser's memory, and what a change looks like before the server has answered.
import type { Exchange } from "@urql/core";
import { type Cache, cacheExchange, type NullArray } from "@urql/exchange-graphcache";
import type {
  ChangesSubscription,
  CreateTagInput,
  CreateTaskInput,
  CreateTaskMutation,
  TaskFilter,
  UpdateTagInput,
  UpdateTaskInput,
} from "./graphql/tasks";

/** Objects that are what they hang on, and have no name of their own. */
const nameless = () => null;

interface Lists {
  fieldName: "tasks" | "tags";
  /** What the list of these arguments becomes. */
  edit: (ids: string[], args: { after?: string | null; filter?: TaskFilter | null }) => string[];
}

/** Edits all pages in memory. Which rows they have anew the server is asked afterwards; this is what one sees meanwhile. */
function editLists(cache: Cache, { fieldName, edit }: Lists): void {
  for (const field of cache.inspectFields("Query")) {
    if (field.fieldName !== fieldName) continue;
    const connection = cache.resolve("Query", field.fieldKey) as string | null;
    const nodes = connection === null ? null : (cache.resolve(connection, "nodes") as NullArray<string> | null);
    if (connection === null || !nodes) continue;
    const ids = nodes.filter((id) => typeof id === "string");
    cache.link(connection, "nodes", edit(ids, field.arguments ?? {}));
  }
}

const without = (key: string) => (ids: string[]) => ids.filter((id) => id !== key);

/** Whether a list may show a task that was just made. Searching is left to the server. */
function mayShow(filter: TaskFilter | null | undefined, task: CreateTaskMutation["createTask"]["task"]): boolean {
  if (!filter) return true;
  const carried = task.tags.map(({ id }) => id);
  return (
    !filter.search &&
    (filter.completed ?? task.completed) === task.completed &&
    (filter.priority ?? [task.priority]).includes(task.priority) &&
    (filter.tagIds ?? []).every((id) => carried.includes(id)) &&
    !filter.dueAfter &&
    !filter.dueBefore
  );
}

const tagged = (ids: readonly string[] | null | undefined) => (ids ?? []).map((id) => ({ __typename: "Tag", id }));

export const cache: Exchange = cacheExchange({
  keys: {
    TaskConnection: nameless,
    TagConnection: nameless,
    PageInfo: nameless,
    Change: nameless,
    CreateTaskPayload: nameless,
    UpdateTaskPayload: nameless,
    DeleteTaskPayload: nameless,
    CreateTagPayload: nameless,
    UpdateTagPayload: nameless,
    DeleteTagPayload: nameless,
  },
  possibleTypes: { Node: ["Task", "Tag", "User", "SignIn"] },
  resolvers: { Query: { task: (_, { id }) => ({ __typename: "Task", id: id as string }) } },
  optimistic: {
    createTask(args) {
      const input = args["input"] as CreateTaskInput & { id: string };
      const now = new Date().toISOString();
      const { tagIds, ...rest } = input;
      const task = {
        description: null,
        completed: false,
        priority: "NORMAL",
        dueAt: null,
        version: 1,
        createdAt: now,
        updatedAt: now,
      };
      return {
        __typename: "CreateTaskPayload",
        task: { __typename: "Task", ...task, ...rest, tags: tagged(tagIds) },
      };
    },
    updateTask(args) {
      // The version stays that of the last answer, so that no edit passes over another's that was not seen.
      const { tagIds, expectedVersion: _, ...rest } = args["input"] as UpdateTaskInput;
      const tags = tagIds === undefined ? {} : { tags: tagged(tagIds) };
      return { __typename: "UpdateTaskPayload", task: { __typename: "Task", ...rest, ...tags } };
    },
    deleteTask: (args) => ({
      __typename: "DeleteTaskPayload",
      deletedTaskId: (args["input"] as { id: string }).id,
    }),
    createTag(args) {
      const input = args["input"] as CreateTagInput & { id: string };
      return { __typename: "CreateTagPayload", tag: { __typename: "Tag", color: null, ...input } };
    },
    updateTag: (args) => ({
      __typename: "UpdateTagPayload",
      tag: { __typename: "Tag", ...(args["input"] as UpdateTagInput) },
    }),
    deleteTag: (args) => ({
      __typename: "DeleteTagPayload",
      deletedTagId: (args["input"] as { id: string }).id,
    }),
  },
  updates: {
    Mutation: {
      createTask(result: CreateTaskMutation, _, cache) {
        const { task } = result.createTask;
        const key = `Task:${task.id}`;
        const edit: Lists["edit"] = (ids, { after, filter }) =>
          after || ids.includes(key) || !mayShow(filter, task) ? ids : [key, ...ids];
        editLists(cache, { fieldName: "tasks", edit });
      },
      deleteTask(result, _, cache) {
        const { deletedTaskId: id } = result["deleteTask"] as { deletedTaskId: string };
        editLists(cache, { fieldName: "tasks", edit: without(`Task:${id}`) });
      },
      createTag(result, _, cache) {
        const key = `Tag:${(result["createTag"] as { tag: { id: string } }).tag.id}`;
        const edit: Lists["edit"] = (ids, { after }) => (after || ids.includes(key) ? ids : [...ids, key]);
        editLists(cache, { fieldName: "tags", edit });
      },
      deleteTag(result, _, cache) {
        const { deletedTagId: id } = result["deleteTag"] as { deletedTagId: string };
        editLists(cache, { fieldName: "tags", edit: without(`Tag:${id}`) });
      },
    },
    Subscription: {
      changes({ changes }: ChangesSubscription, _, cache) {
        // What was made or changed is in memory by its name already.
        if (changes.kind !== "DELETED") return;
        const isTask = changes.nodeId.startsWith("task_");
        const key = `${isTask ? "Task" : "Tag"}:${changes.nodeId}`;
        editLists(cache, { fieldName: isTask ? "tasks" : "tags", edit: without(key) });
      },
    },
  },
});
