import { jwt } from "better-auth/plugins";

const DAY = 86_400;

/**
 * What Better Auth tells Taskward of a user, for an hour. Keys change every month, and are published for as long as tokens that
 * they signed can count.
 */
export const plugin = () =>
  jwt({
    jwks: { rotationInterval: 30 * DAY, gracePeriod: DAY },
    jwt: {
      expirationTime: "1h",
      definePayload: ({ user }) => ({ user_id: user.id, email: user.email }),
    },
  });
