// Asks a server what the audit of graphql-http asks, and prints a line of JSON about each question.

import { serverAudits } from 'graphql-http';

const url = process.argv[2];

// A server may want a header with a GET that no other site's page can send unasked; this one does.
const fetchFn = (address, options = {}) => {
  const headers = new Headers(options.headers);
  if ((options.method ?? 'GET') === 'GET') headers.set('graphql-require-preflight', '1');
  return fetch(address, { ...options, headers });
};

for (const audit of serverAudits({ url, fetchFn })) {
  const { id, name, status, reason } = await audit.fn();
  console.log(JSON.stringify({ id, name, status, reason }));
}
