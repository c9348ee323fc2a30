"use client";

import Link from "next/link";
import { type FormEvent, useEffect, useState } from "react";
import { requestPasswordReset, resetPassword, verifyEmail } from "@/lib/accounts/taskward";

/** The token of a mailed link, taken out of the address. It stands behind the `#`, which browsers send to no server. */
function takeToken(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token) history.replaceState(null, "", location.pathname);
  return token;
}

const sentence = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Has a link mailed, or, where such a link leads, takes a new password. */
export function ResetPassword() {
  const [token, setToken] = useState<string>();
  const [said, setSaid] = useState("");
  const [isDone, setIsDone] = useState(false);
  useEffect(() => {
    const look = () => {
      const found = takeToken();
      if (!found) return;
      setToken(found);
      setIsDone(false);
    };
    look();
    // The link may be opened where this page is open already.
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, []);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    setSaid("");
    try {
      if (token) await resetPassword(token, String(fields.get("password")));
      else await requestPasswordReset(String(fields.get("email")).trim());
      setIsDone(true);
    } catch (error) {
      setSaid(sentence(error));
    }
  };
  return (
    <main className="sheet">
      <h1>{token ? "Choose a new password" : "A new password"}</h1>
      {isDone ? (
        <p role="status">
          {token ? "It counts from here on." : "If there is such an account, a link is on its way to it."}
        </p>
      ) : (
        <form onSubmit={(event) => void submit(event)}>
          {token ? (
            <label className="field">
              <span>New password</span>
              <input name="password" type="password" autoComplete="new-password" minLength={12} required />
            </label>
          ) : (
            <label className="field">
              <span>Email</span>
              <input name="email" type="email" autoComplete="username" required />
            </label>
          )}
          <p className="problem" role="alert">
            {said}
          </p>
          <button type="submit" className="primary wide">
            {token ? "Set it" : "Send me a link"}
          </button>
        </form>
      )}
      <p>
        <Link href="/login">Sign in</Link>
      </p>
    </main>
  );
}

/** Takes the token of this page's address, which counts once. */
async function verify(): Promise<string> {
  const token = takeToken();
  if (!token) return "This link is not whole.";
  return verifyEmail(token).then((email) => `${email} is verified.`, sentence);
}

let verifying: Promise<string> | undefined;

/** Where the link in a mail leads that verifies an address. */
export function VerifyEmail() {
  const [said, setSaid] = useState("One moment…");
  useEffect(() => {
    verifying ??= verify();
    void verifying.then(setSaid);
  }, []);
  return (
    <main className="sheet">
      <h1>Your address</h1>
      <p role="status">{said}</p>
      <p>
        <Link href="/dashboard">Tasks</Link>
      </p>
    </main>
  );
}
