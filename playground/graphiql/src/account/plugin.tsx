import { type GraphiQLPlugin, useGraphiQLActions } from "@graphiql/react";
import { useSyncExternalStore } from "react";
import { getState, subscribe } from "../session/session";
import { SignedIn } from "./SignedIn";
import { SignIn } from "./SignIn";

function Icon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" aria-hidden="true">
      <circle cx="12" cy="8" r="4.25" />
      <path d="M4 20.5c.8-4 4-6 8-6s7.2 2 8 6" />
    </svg>
  );
}

function Panel() {
  const { session, isResuming, isKnown, notice } = useSyncExternalStore(subscribe, getState);
  const { setVisiblePlugin } = useGraphiQLActions();
  return (
    <section className="account" aria-label="Account">
      {notice && (
        <p className="account-notice" role="status">
          {notice}
        </p>
      )}
      {session ? <SignedIn session={session} /> : isResuming ? <p role="status">One moment …</p> : <SignIn isKnown={isKnown} />}
      <button type="button" className="account-leave account-button" onClick={() => setVisiblePlugin(null)}>
        To the editor
      </button>
    </section>
  );
}

export const ACCOUNT_PLUGIN: GraphiQLPlugin = { title: "Account", icon: Icon, content: Panel };
