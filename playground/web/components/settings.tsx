"use client";

import Link from "next/link";
import { type FormEvent, type ReactNode, useCallback, useEffect, useState } from "react";
import { accounts, keeper } from "@/lib/accounts";
import { isVerified, requestVerification } from "@/lib/accounts/taskward";
import { type Accounts, Refused, type SignIn } from "@/lib/accounts/types";
import { begin, current, demand, end } from "@/lib/auth";
import { Guarded } from "./guarded";

export function Settings() {
  return (
    <main className="sheet broad">
      <p>
        <Link href="/dashboard">← Tasks</Link>
      </p>
      <h1>Account and security</h1>
      <Guarded waiting={<p className="soft">Loading…</p>}>
        <Who />
        <SignIns />
        <Password />
        <Deletion />
      </Guarded>
    </main>
  );
}

/** Who one is, and a way to show that the address is one's own where Taskward mails. */
function Who() {
  const [isOpen, setIsOpen] = useState(false);
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (keeper() === "taskward") void ask(async (_, token) => setIsOpen(!(await isVerified(token))));
  }, []);
  const request = async () => {
    const problem = await ask((_, token) => requestVerification(token));
    setSaid(problem || "A link is on its way to you.");
  };
  return (
    <p className="soft">
      {current()?.user.email}
      {isOpen && " is not verified yet. "}
      {isOpen && !said && (
        <button type="button" onClick={() => void request()}>
          Send me a link
        </button>
      )}
      <span role="status">{said}</span>
    </p>
  );
}

/** Calls the keeper of the accounts with a token that counts; answers what went wrong, in a sentence. */
async function ask(work: (keeps: Accounts, token: string) => Promise<void>): Promise<string> {
  try {
    const session = await demand();
    if (!session) return "";
    try {
      await work(await accounts(), session.token);
    } catch (error) {
      if (!(error instanceof Refused && error.isForItsToken)) throw error;
      // It was ended elsewhere: once more with another one, or off to the login page.
      const next = await demand(session.token);
      if (next) await work(await accounts(), next.token);
    }
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

interface SectionProps {
  title: string;
  children: ReactNode;
  said: string;
}

function Section({ title, children, said }: SectionProps) {
  return (
    <section className="part">
      <h2>{title}</h2>
      {children}
      <p className="problem" role="alert">
        {said}
      </p>
    </section>
  );
}

/** A browser and a system in a word or two, as far as they say. */
function nameOf(userAgent: string | null | undefined): string {
  const browser = /Edg|Firefox|Chrome|Safari|curl/.exec(userAgent ?? "")?.[0] ?? "Unknown program";
  const system = /Android|iPhone|iPad|Windows|Mac OS X|Linux/.exec(userAgent ?? "")?.[0];
  return `${browser === "Edg" ? "Edge" : browser}${system ? ` on ${system}` : ""}`;
}

const when = (instant: string) =>
  new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" }).format(new Date(instant));

function SignIns() {
  const [list, setList] = useState<SignIn[]>();
  const [said, setSaid] = useState("");
  const load = useCallback(
    async () => setSaid(await ask(async (keeps, token) => setList(await keeps.signIns(token)))),
    [],
  );
  const endOne = async (id: string) => {
    setSaid(await ask((keeps, token) => keeps.endSignIn(token, id)));
    // If it was this browser's own, there is nobody to ask any more.
    await load();
  };
  const endAll = async () => {
    const problem = await ask((keeps, token) => keeps.signOutEverywhere(token));
    if (problem) setSaid(problem);
    else end("everywhere");
  };
  useEffect(() => void load(), [load]);
  return (
    <Section title="Where you are signed in" said={said}>
      {list ? (
        <ul className="rows">
          {list.map(({ id, userAgent, ipAddress, lastUsedAt }) => (
            <li key={id} className="row">
              <span className="cut">
                {nameOf(userAgent)}
                <small>
                  {ipAddress ? `${ipAddress}, ` : ""}last used {when(lastUsedAt)}
                </small>
              </span>
              <button type="button" onClick={() => void endOne(id)} aria-label={`End ${nameOf(userAgent)}`}>
                End
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <p className="soft">Loading…</p>
      )}
      <button type="button" onClick={() => void endAll()}>
        Sign out everywhere
      </button>
    </Section>
  );
}

/** Whose password is asked for, for programs that keep passwords. */
function Username() {
  return <input type="email" autoComplete="username" defaultValue={current()?.user.email} readOnly hidden />;
}

function Password() {
  const [said, setSaid] = useState("");
  const [isDone, setIsDone] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const fields = new FormData(form);
    setIsDone(false);
    const problem = await ask(async (keeps, token) =>
      begin(await keeps.changePassword(token, String(fields.get("current")), String(fields.get("next")))),
    );
    setSaid(problem);
    if (problem) return;
    form.reset();
    setIsDone(true);
  };
  return (
    <Section title="Password" said={said}>
      <form onSubmit={(event) => void submit(event)}>
        <Username />
        <label className="field">
          <span>Present password</span>
          <input name="current" type="password" autoComplete="current-password" required />
        </label>
        <label className="field">
          <span>New password</span>
          <input name="next" type="password" autoComplete="new-password" minLength={12} required />
        </label>
        <button type="submit">Change password</button>{" "}
        <span role="status">{isDone && "Changed. You are signed out everywhere else."}</span>
      </form>
    </Section>
  );
}

function Deletion() {
  const [said, setSaid] = useState("");
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const password = String(new FormData(event.currentTarget).get("password"));
    const problem = await ask((keeps, token) => keeps.deleteAccount(token, password));
    if (problem) setSaid(problem);
    else end("deleted");
  };
  return (
    <Section title="Delete the account" said={said}>
      <p className="soft">Every task and tag goes with it. There is no way back.</p>
      <form onSubmit={(event) => void submit(event)}>
        <Username />
        <label className="field">
          <span>Your password</span>
          <input name="password" type="password" autoComplete="current-password" required />
        </label>
        <button type="submit" className="danger">
          Delete account
        </button>
      </form>
    </Section>
  );
}
