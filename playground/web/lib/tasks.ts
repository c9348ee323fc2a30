// Everything that changes tasks and tags: shown at once, sent in order, taken back visibly where the server says no.
import type { AnyVariables, CombinedError, TypedDocumentNode } from "@urql/core";
import { client, server } from "./api-client";
import { askWhich } from "./conflict";
import { codeOf, sentenceOf } from "./errors";
import { drop, fly } from "./flights";
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

/** What a task would be with the patch; `all` are the tags that are known by more than their ids. */
export function patched(task: Task, { tagIds, ...patch }: Patch, all: readonly Tag[] = []): Task {
  const named = (id: string) => all.find((tag) => tag.id === id) ?? { id, name: "", color: null };
  const tags = tagIds === undefined ? task.tags : (tagIds ?? []).map(named);
  return { ...task, ...(patch as Partial<Task>), tags };
}

/** What became of an edit: why nothing, if so, and what is known of the task from then on. */
export interface Landed {
  problem: string | null;
  /** It was deleted elsewhere. */
  isGone: boolean;
  known: Task | null;
}

/**
 * Changes what was seen as `base`. Where it was changed elsewhere meanwhile, both changes are kept if they fit together, and
 * otherwise the user says which counts. Null where it was deleted here before it could be sent.
 */
export function change(base: Task, patch: Patch): Promise<Landed | null> {
  // What an edit before this one met with may be another's, of which the user has not seen anything.
  return fly(base.id, patch, (patch, known: Task | null) =>
    known ? settle(base, patch, known) : attempt(base, patch),
  );
}

async function attempt(base: Task, patch: Patch): Promise<Landed> {
  const input = { id: base.id, expectedVersion: base.version, ...patch };
  const { data, error } = await send(api.UpdateTaskDocument, { input });
  if (!error) return { problem: null, isGone: false, known: data?.updateTask.task ?? null };
  const code = codeOf(error);
  if (code === "CONFLICT") {
    const { data } = await server.query(api.TaskDocument, { id: base.id }).toPromise();
    if (data?.task) return settle(base, patch, data.task);
  }
  flash(base.id);
  const isGone = code === "NOT_FOUND";
  if (isGone) listsChanged();
  const why = isGone ? "It was deleted elsewhere." : sentenceOf(error);
  return { problem: `“${base.title}” was not changed. ${why}`, isGone, known: base };
}

async function settle(base: Task, patch: Patch, theirs: Task): Promise<Landed> {
  const mine = patched(base, patch);
  const fields = Object.keys(patch);
  const both = fields.filter((field) => differs(field, base, theirs) && differs(field, mine, theirs));
  const isMine = both.length === 0 || (await askWhich({ mine, theirs, fields: both }));
  // Nothing of it may be left to do: an answer that got lost looks like this.
  if (isMine && fields.some((field) => differs(field, mine, theirs))) return attempt(theirs, patch);
  listsChanged();
  return { problem: null, isGone: false, known: theirs };
}

/** Deletes a task, and offers to make it again. */
export async function remove(task: Task): Promise<void> {
  drop(task.id);
  const { error } = await send(api.DeleteTaskDocument, { input: { id: task.id } });
  if (error && codeOf(error) !== "NOT_FOUND") {
    flash(task.id);
    warn(`“${task.title}” was not deleted. ${sentenceOf(error)}`);
    return;
  }
  tell(`“${task.title}” is deleted.`, { label: "Undo", run: () => void addAgain(task) });
}

/** Makes a task that is like one that is gone. */
export function addAgain({ title, description, completed, priority, dueAt, tags }: Task): Promise<boolean> {
  return add({ title, description, completed, priority, dueAt, tagIds: tags.map(({ id }) => id) });
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
