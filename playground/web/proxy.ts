import { type NextRequest, NextResponse } from "next/server";

const isDevelopment = process.env.NODE_ENV === "development";

/**
 * Each page runs its own scripts, known by a number that is used once, and nothing else; it talks to this site only. Styles may
 * be inline because the widgets place themselves with them.
 */
function policy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${isDevelopment ? " 'unsafe-eval'" : ""}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

export function proxy(request: NextRequest): NextResponse {
  const content = policy(btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)))));
  const headers = new Headers(request.headers);
  headers.set("content-security-policy", content);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", content);
  return response;
}

export const config = { matcher: "/((?!api/|graphql$|_next/|icon.svg$).*)" };
