// What an error of the API means to the person in front of the screen.
import type { CombinedError } from "@urql/core";

/** `extensions.code` of the first error, which the schema lists as ErrorCode. */
export function codeOf(error: CombinedError | undefined): string | undefined {
  return error?.graphQLErrors[0]?.extensions["code"] as string | undefined;
}

/** The argument that the server does not accept, without the path to it. */
export function fieldOf(error: CombinedError): string | undefined {
  const field = error.graphQLErrors[0]?.extensions["field"];
  return typeof field === "string" ? field.split(".").at(-1) : undefined;
}

/** Whether the request did not get through, or the server, or a proxy before it, could not answer for now. */
export function isUnreachable(error: CombinedError | undefined): boolean {
  if (error?.networkError === undefined) return false;
  const status: number | undefined = error.response?.status;
  return status === undefined || status === 408 || status === 429 || status >= 500;
}

/** Whether it was refused for its token. */
export function isForItsToken(error: CombinedError): boolean {
  return error.response?.status === 401 || codeOf(error) === "UNAUTHENTICATED";
}

/** One sentence. */
export function sentenceOf(error: CombinedError): string {
  if (isUnreachable(error)) return "The server cannot be reached.";
  const first = error.graphQLErrors[0];
  if (!first) return "That did not work.";
  const seconds = first.extensions["retryAfter"];
  if (typeof seconds === "number") return `${first.message} Try again in ${seconds} s.`;
  return first.message;
}
