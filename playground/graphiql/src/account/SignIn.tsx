import { type ComponentProps, type FormEvent, useId, useRef, useState } from "react";
import { type Complaint, Refused } from "../session/server";
import { signIn, signUp } from "../session/session";

const WAYS = { signUp: "Make an account", signIn: "Sign in" } as const;

type Way = keyof typeof WAYS;

/** One form for both, so that what was typed stays when one finds oneself in the wrong one. */
export function SignIn({ isKnown }: { isKnown: boolean }) {
  const [way, setWay] = useState<Way>(isKnown ? "signIn" : "signUp");
  const [complaints, setComplaints] = useState<Complaint[]>([]);
  const [isBusy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const isNew = way === "signUp";

  const of = (field: string) => complaints.find((complaint) => complaint.field === field)?.message;
  const rest = complaints.filter(({ field }) => !field || !form.current?.elements.namedItem(field));

  const choose = (next: Way) => {
    setWay(next);
    setComplaints([]);
  };

  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (isBusy) return;
    const typed = new FormData(event.currentTarget);
    const [email = "", password = "", name = ""] = ["email", "password", "name"].map((field) => String(typed.get(field) ?? ""));
    setBusy(true);
    setComplaints([]);
    try {
      await (isNew ? signUp(email, password, name) : signIn(email, password));
    } catch (error) {
      const said = error instanceof Refused ? error.complaints : [{ message: error instanceof Error ? error.message : `${error}` }];
      setComplaints(said);
      setBusy(false);
      const wrong = said.map(({ field }) => field && form.current?.elements.namedItem(field));
      (wrong.find((field) => field instanceof HTMLInputElement) ?? form.current?.querySelector("input"))?.focus();
    }
  };

  return (
    <form ref={form} className="account-form" onSubmit={send} noValidate aria-busy={isBusy}>
      <h2 className="account-title">{WAYS[way]}</h2>
      <Field label="Email" name="email" type="email" autoComplete="username" wrong={of("email")} />
      <Field
        // Password managers look at this when the field appears.
        key={way}
        label="Password"
        name="password"
        type="password"
        autoComplete={isNew ? "new-password" : "current-password"}
        hint={isNew ? "A sentence that only you know is a good one." : undefined}
        wrong={of("password")}
      />
      {isNew && <Field label="Name, if you like" name="name" autoComplete="name" wrong={of("name")} />}
      <div role="alert">
        {rest.map(({ message, retryAfter }) => (
          <p key={message} className="account-wrong">
            {message} {retryAfter !== undefined && `Try again in ${duration(retryAfter)}.`}
          </p>
        ))}
      </div>
      <button type="submit" className="account-button account-main" disabled={isBusy}>
        {isBusy ? "One moment …" : WAYS[way]}
      </button>
      <p className="account-other">
        {isNew ? "There already? " : "New here? "}
        <button type="button" className="account-link" onClick={() => choose(isNew ? "signIn" : "signUp")}>
          {WAYS[isNew ? "signIn" : "signUp"]}
        </button>
      </p>
    </form>
  );
}

function duration(seconds: number): string {
  return seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
}

interface FieldProps extends ComponentProps<"input"> {
  label: string;
  hint?: string | undefined;
  wrong: string | undefined;
}

function Field({ label, hint, wrong, ...input }: FieldProps) {
  const id = useId();
  const said = wrong ?? hint;
  return (
    <div className="account-field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        aria-invalid={wrong !== undefined}
        aria-describedby={said && `${id}-said`}
        autoCapitalize="none"
        spellCheck={false}
        {...input}
      />
      {said && (
        <p id={`${id}-said`} className={wrong ? "account-wrong" : "account-hint"}>
          {said}
        </p>
      )}
    </div>
  );
}
