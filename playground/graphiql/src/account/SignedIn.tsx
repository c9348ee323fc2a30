import { useEffect, useRef, useState } from "react";
import type { Session } from "../session/server";
import { renew, signOut } from "../session/session";

export function SignedIn({ session: { token, user, expiresAt } }: { session: Session }) {
  const title = useRef<HTMLHeadingElement>(null);
  const [said, setSaid] = useState("");
  const now = useNow();

  // The form that had the focus is gone.
  useEffect(() => {
    if (document.activeElement === document.body) title.current?.focus();
  }, []);

  /** Says what became of it, unless it has said so itself. */
  const act = (work: () => Promise<unknown>, done = "") => async () => {
    setSaid("");
    try {
      if ((await work()) !== false) setSaid(done);
    } catch (error) {
      setSaid(error instanceof Error ? error.message : `${error}`);
    }
  };

  return (
    <div className="account-form">
      <h2 className="account-title" ref={title} tabIndex={-1}>
        Signed in
      </h2>
      <dl className="account-facts">
        <dt>Email</dt>
        <dd>{user.email}</dd>
        {user.name && (
          <>
            <dt>Name</dt>
            <dd>{user.name}</dd>
          </>
        )}
        <dt>Access token</dt>
        <dd>
          {left(expiresAt - now)}, until{" "}
          <time dateTime={new Date(expiresAt).toISOString()}>{new Date(expiresAt).toLocaleTimeString()}</time>
        </dd>
      </dl>
      <div className="account-row">
        {/* Browsers keep the clipboard for https and for this machine. */}
        {navigator.clipboard && (
          <button type="button" className="account-button" onClick={act(() => navigator.clipboard.writeText(token), "Copied.")}>
            Copy token
          </button>
        )}
        <button type="button" className="account-button" onClick={act(renew, "Renewed.")}>
          Renew
        </button>
        <button type="button" className="account-button" onClick={act(signOut)}>
          Sign out
        </button>
      </div>
      <p role="status" className="account-hint">
        {said}
      </p>
      <p className="account-hint">
        The token goes with every operation, over HTTP and over the WebSocket, unless the Headers editor has an{" "}
        <code>Authorization</code> of its own. It is renewed in time, and is in memory only: no storage, no history.
      </p>
    </div>
  );
}

function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const ticking = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(ticking);
  }, []);
  return now;
}

function left(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
