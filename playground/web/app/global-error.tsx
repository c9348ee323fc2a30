"use client";

/** What is left when a page fell over. */
export default function GlobalError() {
  return (
    <html lang="en">
      <body>
        <h1>Something went wrong</h1>
        <a href="/dashboard">Back to the tasks</a>
      </body>
    </html>
  );
}
