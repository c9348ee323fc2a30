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
/** A task with its description, as far as that has been read. */
export type Detail = Task & { description?: string | null };
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
  const id = newId("task");
  const { error } = await send(api.CreateTaskDocument, { input: { ...input, id } });
  if (error) warn(`“${input.title}” was not added. ${sentenceOf(error)}`);
  return !error;
}

const carried = (task: Task) =>
  task.tags
    .map(({ id }) => id)
    .sort()
    .join();

/** Whether two versions of a task differ in a field, as far as both are known to have it. */
function differs(field: string, one: Detail, other: Detail): boolean {
  if (field === "tagIds") return carried(one) !== carried(other);
  const [a, b] = [one, other].map((task) => (task as Record<string, unknown>)[field]);
  return a !== undefined && b !== undefined && (a ?? "") !== (b ?? "");
}

/** What a task would be with the patch. */
function patched(task: Detail, { tagIds, ...patch }: Patch): Detail {
  const tags = tagIds?.map((id) => ({ id, name: "", color: null })) ?? (tagIds === null ? [] : task.tags);
  return { ...task, ...(patch as Partial<Detail>), tags };
}

/**
 * Changes what was seen as `base`. Where it was changed elsewhere meanwhile, both changes are kept if they fit together, and
 * otherwise the user says which counts.
 */
export async function change(base: Detail, patch: Patch): Promise<boolean> {
  const input = { id: base.id, expectedVersion: base.version, ...patch };
  const { error } = await send(api.UpdateTaskDocument, { input });
  if (!error) return true;
  if (codeOf(error) === "CONFLICT") {
    const { data } = await client
      .query(api.TaskDocument, { id: base.id }, { requestPolicy: "network-only" })
      .toPromise();
    if (data?.task) return settle(base, patch, data.task);
  }
  flash(base.id);
  const gone = codeOf(error) === "NOT_FOUND";
  warn(`“${base.title}” was not changed. ${gone ? "It was deleted elsewhere." : sentenceOf(error)}`);
  if (gone) listsChanged();
  return false;
}

async function settle(base: Detail, patch: Patch, theirs: Detail): Promise<boolean> {
  const mine = patched(base, patch);
  const both = Object.keys(patch).filter((field) => differs(field, base, theirs) && differs(field, mine, theirs));
  if (both.length === 0) {
    // Nothing of it may be left to do: an answer that got lost looks like this.
    const rest = Object.keys(patch).some((field) => differs(field, mine, theirs));
    return rest ? change(theirs, patch) : true;
  }
  const mineCounts = await askWhich({ mine, theirs, fields: both });
  if (mineCounts) return change(theirs, patch);
  return true;
}

/** Deletes a task, and offers to make it again. */
export async function remove(task: Task): Promise<void> {
  const { data } = await client.query(api.TaskDocument, { id: task.id }).toPromise();
  const { error } = await send(api.DeleteTaskDocument, { input: { id: task.id } });
  if (error && codeOf(error) !== "NOT_FOUND") {
    flash(task.id);
    warn(`“${task.title}” was not deleted. ${sentenceOf(error)}`);
    return;
  }
  const { title, completed, priority, dueAt } = task;
  const description = data?.task?.description ?? null;
  const tagIds = task.tags.map(({ id }) => id);
  const run = () => void add({ title, completed, priority, dueAt, description, tagIds });
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
