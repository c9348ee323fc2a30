"use client";

import Link from "next/link";
import { type FormEvent, useEffect, useState } from "react";
import { accounts, keeper } from "@/lib/accounts";
import { Refused } from "@/lib/accounts/types";
import { begin, onSession, type Reason, renew, wayBack } from "@/lib/auth";

const REASONS: Record<Reason, string> = {
  needed: "Sign in to see your tasks.",
  ended: "Your sign-in has ended, here or elsewhere. Sign in again to go on where you were.",
  "signed-out": "You are signed out.",
  everywhere: "You are signed out everywhere.",
  deleted: "Your account is deleted, with all that was in it.",
};

/** Registers or signs in, and goes back to where one was. */
export function SignInForm({ isNew }: { isNew: boolean }) {
  const [query, setQuery] = useState<URLSearchParams>();
  const [problem, setProblem] = useState<{ text: string; field?: string | undefined }>();
  const [isBusy, setIsBusy] = useState(false);

  useEffect(() => {
    const asked = new URLSearchParams(location.search);
    setQuery(asked);
    // Signing in counts for all tabs.
    const deafen = onSession(() => location.replace(wayBack(asked.get("next"))));
    // Whoever came by themselves may be signed in; whoever was sent here is not.
    if (!asked.has("reason")) renew().catch(() => {});
    return deafen;
  }, []);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [email, password] = [String(form.get("email")).trim(), String(form.get("password"))];
    setIsBusy(true);
    setProblem(undefined);
    try {
      const keeps = await accounts();
      begin(await (isNew ? keeps.register(email, password) : keeps.signIn(email, password)));
    } catch (error) {
      const field = error instanceof Refused ? error.field : undefined;
      setProblem({ text: error instanceof Error ? error.message : String(error), field });
      setIsBusy(false);
    }
  };
  const reason = query?.get("reason");
  const said = reason && Object.hasOwn(REASONS, reason) ? REASONS[reason as Reason] : undefined;
  const next = query?.get("next");
  const lost = Number(query?.get("lost") ?? 0);
  const other = `${isNew ? "/login" : "/register"}${next ? `?${new URLSearchParams({ next })}` : ""}`;
  const isAbout = (...fields: string[]) => problem?.field !== undefined && fields.includes(problem.field);
  return (
    <main className="sheet">
      <h1>{isNew ? "Make an account" : "Sign in"}</h1>
      <p className="soft">{said ?? "Tasks that nobody but you can see."}</p>
      {lost > 0 && (
        <p className="problem" role="alert">
          {lost === 1 ? "Your last change was" : `Your last ${lost} changes were`} not saved before that.
        </p>
      )}
      <form onSubmit={(event) => void submit(event)}>
        <label className="field">
          <span>Email</span>
          <input
            name="email"
            type="email"
            autoComplete="username"
            required
            maxLength={254}
            aria-invalid={isAbout("email")}
            aria-describedby="problem"
          />
        </label>
        <label className="field">
          <span>Password</span>
          <input
            name="password"
            type="password"
            autoComplete={isNew ? "new-password" : "current-password"}
            required
            minLength={isNew ? 12 : undefined}
            aria-invalid={isAbout("password", "newPassword")}
            aria-describedby={isNew ? "rule problem" : "problem"}
          />
        </label>
        {isNew && (
          <p id="rule" className="hint">
            At least 12 characters. A line of words that only you would think of is best.
          </p>
        )}
        <p id="problem" className="problem" role="alert">
          {problem?.text}
        </p>
        <button type="submit" className="primary wide" disabled={isBusy}>
          {isNew ? "Register" : "Sign in"}
        </button>
      </form>
      <p className="soft">
        {isNew ? "You have one already? " : "New here? "}
        <Link href={other}>{isNew ? "Sign in" : "Make an account"}</Link>
        {!isNew && query && keeper() === "taskward" && (
          <>
            {" · "}
            <Link href="/reset-password">Lost your password?</Link>
          </>
        )}
      </p>
    </main>
  );
}
