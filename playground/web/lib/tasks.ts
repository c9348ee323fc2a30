// Everything that changes tasks and tags: shown at once, sent in order, taken back visibly where the server says no.
import type { AnyVariables, CombinedError, TypedDocumentNode } from "@urql/core";
import { client } from "./api-client";
import { askWhich } from "./conflict";
import { codeOf, sentenceOf } from "./errors";
import * as api from "./graphql/tasks";
import { newId } from "./ids";
import { tell, warn } from "./notices";
import { store } from "./store";

export type Task = api.TaskPartsFragment;
export type Tag = api.TagPartsFragment;
/** What shall become of a task. */
export type Patch = Omit<api.UpdateTaskInput, "id" | "expectedVersion">;

const REMEMBERED = 200;
const own = new Set<string>();

/** Whether a change is one that this page made itself and has shown already. */
export const isOwn = (cursor: string) => own.has(cursor);

/** Counts changes to what lists hold, so that they ask for their rows again. */
export const revision = store(0);
export const listsChanged = () => revision.set(revision.get() + 1);

/** The tasks whose last change was taken back, for as long as the row says so. */
export const takenBack = store<ReadonlySet<string>>(new Set());

function flash(id: string): void {
  takenBack.set(new Set([...takenBack.get(), id]));
  setTimeout(() => takenBack.set(new Set([...takenBack.get()].filter((one) => one !== id))), 2500);
}

async function send<T extends Record<string, { cursor: string }>, V extends AnyVariables>(
  document: TypedDocumentNode<T, V>,
  variables: V,
): Promise<{ data?: T; error?: CombinedError }> {
  const { data, error } = await client.mutation(document, variables).toPromise();
  const cursor = data && Object.values(data)[0]?.cursor;
  if (cursor) {
    own.add(cursor);
    for (const old of own) {
      if (own.size <= REMEMBERED) break;
      own.delete(old);
    }
    listsChanged();
  }
  return { ...(data ? { data } : {}), ...(error ? { error } : {}) };
}

/** Makes a task; answers whether the server has it. */
export async function add(input: api.CreateTaskInput): Promise<boolean> {
  const { error } = await send(api.CreateTaskDocument, { input: { ...input, id: newId("task") } });
  if (error) warn(`“${input.title}” was not added. ${sentenceOf(error)}`);
  return !error;
}

const carried = (task: Task) =>
  task.tags
    .map(({ id }) => id)
    .sort()
    .join();

/** Whether two versions of a task differ in what a patch calls this. */
function differs(field: string, one: Task, other: Task): boolean {
  if (field === "tagIds") return carried(one) !== carried(other);
  const [a, b] = [one, other].map((task) => (task as Record<string, unknown>)[field] ?? "");
  return a !== b;
}

/** What a task would be with the patch. */
function patched(task: Task, { tagIds, ...patch }: Patch): Task {
  const tags = tagIds?.map((id) => ({ id, name: "", color: null })) ?? (tagIds === null ? [] : task.tags);
  return { ...task, ...(patch as Partial<Task>), tags };
}

/**
 * Changes what was seen as `base`; answers why that could not be. Where it was changed elsewhere meanwhile, both changes are kept
 * if they fit together, and otherwise the user says which counts.
 */
export async function change(base: Task, patch: Patch): Promise<string | null> {
  const input = { id: base.id, expectedVersion: base.version, ...patch };
  const { error } = await send(api.UpdateTaskDocument, { input });
  if (!error) return null;
  const code = codeOf(error);
  if (code === "CONFLICT") {
    const asked = client.query(api.TaskDocument, { id: base.id }, { requestPolicy: "network-only" });
    const { data } = await asked.toPromise();
    if (data?.task) return settle(base, patch, data.task);
  }
  flash(base.id);
  if (code === "NOT_FOUND") listsChanged();
  return `“${base.title}” was not changed. ${code === "NOT_FOUND" ? "It was deleted elsewhere." : sentenceOf(error)}`;
}

async function settle(base: Task, patch: Patch, theirs: Task): Promise<string | null> {
  const mine = patched(base, patch);
  const fields = Object.keys(patch);
  const both = fields.filter((field) => differs(field, base, theirs) && differs(field, mine, theirs));
  if (both.length > 0 && !(await askWhich({ mine, theirs, fields: both }))) return null;
  // Nothing of it may be left to do: an answer that got lost looks like this.
  return fields.some((field) => differs(field, mine, theirs)) ? change(theirs, patch) : null;
}

/** Changes a task where it is seen, and says so if that could not be. */
export async function changeHere(task: Task, patch: Patch): Promise<void> {
  const problem = await change(task, patch);
  if (problem) warn(problem);
}

/** Deletes a task, and offers to make it again. */
export async function remove(task: Task): Promise<void> {
  const { error } = await send(api.DeleteTaskDocument, { input: { id: task.id } });
  if (error && codeOf(error) !== "NOT_FOUND") {
    flash(task.id);
    warn(`“${task.title}” was not deleted. ${sentenceOf(error)}`);
    return;
  }
  const { title, description, completed, priority, dueAt } = task;
  const tagIds = task.tags.map(({ id }) => id);
  const run = () => void add({ title, description, completed, priority, dueAt, tagIds });
  tell(`“${title}” is deleted.`, { label: "Undo", run });
}

/** Makes a tag; answers why there is none. So do the two that follow. */
export async function addTag(name: string, color: string): Promise<string | null> {
  const { error } = await send(api.CreateTagDocument, { input: { id: newId("tag"), name, color } });
  return error ? sentenceOf(error) : null;
}

export async function changeTag(input: api.UpdateTagInput): Promise<string | null> {
  const { error } = await send(api.UpdateTagDocument, { input });
  return error ? sentenceOf(error) : null;
}

export async function removeTag(id: string): Promise<string | null> {
  const { error } = await send(api.DeleteTagDocument, { input: { id } });
  return error && codeOf(error) !== "NOT_FOUND" ? sentenceOf(error) : null;
}
