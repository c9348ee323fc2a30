/** What proves who is signed in, until it ends. */
export interface Session {
  /** For `Authorization: Bearer …`. Kept in memory and nowhere else. */
  token: string;
  /** Milliseconds since 1970 by this machine's clock, whatever the server's says. */
  endsAt: number;
  /** How long it counts, in milliseconds. */
  life: number;
  user: { id: string; email: string };
}

/** A place where the user is signed in. */
export interface SignIn {
  id: string;
  /** RFC 3339. */
  lastUsedAt: string;
  userAgent?: string | null;
  ipAddress?: string | null;
}

/**
 * Whoever keeps the accounts: Taskward itself, or Better Auth. Everything rejects with `Refused` where the keeper said no, and
 * with `Unreachable` where it said nothing.
 */
export interface Accounts {
  /**
   * A new token for whoever this browser is signed in as; null when that is nobody. `isCutOff` says that the one before was
   * refused before its time.
   */
  renew(isCutOff: boolean): Promise<Session | null>;
  register(email: string, password: string): Promise<Session>;
  signIn(email: string, password: string): Promise<Session>;
  /** Ends this browser's sign-in. */
  signOut(): Promise<void>;
  /** Ends all of the user's sign-ins and tokens, on whatever machine. */
  signOutEverywhere(token: string): Promise<void>;
  signIns(token: string): Promise<SignIn[]>;
  endSignIn(token: string, id: string): Promise<void>;
  /** Ends all sign-ins but a new one, which is this browser's. */
  changePassword(token: string, current: string, next: string): Promise<Session>;
  deleteAccount(token: string, password: string): Promise<void>;
}

/** The keeper of the accounts said no. */
export class Refused extends Error {
  constructor(
    /** A sentence for the user. */
    message: string,
    /** What was wrong: `email`, `password`, `newPassword`, … */
    readonly field?: string,
    /** Whether it was because of what it was asked with: another token may do. */
    readonly isForItsToken = false,
  ) {
    super(message);
  }
}

/** There was no answer that one could understand. */
export class Unreachable extends Error {
  constructor() {
    super("The server cannot be reached. Try again in a moment.");
  }
}
