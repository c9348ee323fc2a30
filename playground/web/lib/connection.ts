import { store } from "./store";

/** Whether what is on the screen is what the server has. */
export const connection = store<"connecting" | "live" | "offline">("connecting");
