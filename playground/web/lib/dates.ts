// Due dates: an instant for the API, a day for people. A day without a time ends with its last minute.

const DAY = 86_400_000;
const LAST_MINUTE = "23:59";

const two = (number: number) => String(number).padStart(2, "0");

/** The local day of an instant: `2026-12-01`. */
export function dayOf(instant: Date): string {
  return `${instant.getFullYear()}-${two(instant.getMonth() + 1)}-${two(instant.getDate())}`;
}

/** The local time of an instant, or nothing where it means the whole day. */
export function timeOf(instant: Date): string {
  const time = `${two(instant.getHours())}:${two(instant.getMinutes())}`;
  return time === LAST_MINUTE ? "" : time;
}

/** The instant of a day and a time of this place, for the API; null without a day. */
export function dueAt(day: string, time: string): string | null {
  return day ? new Date(`${day}T${time || LAST_MINUTE}:00`).toISOString() : null;
}

/** The first instant, in this place, of the day that is so many days after another. */
export function dayAfter(day: string, days: number): Date {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + days);
}

/** How a due date reads: `Today`, `Tomorrow 14:00`, `Fri 28 Nov`, `1 Dec 2027`. */
export function describe(due: Date, now = new Date()): string {
  const days = Math.round((dayAfter(dayOf(due), 0).getTime() - dayAfter(dayOf(now), 0).getTime()) / DAY);
  const near = { [-1]: "Yesterday", 0: "Today", 1: "Tomorrow" }[days];
  const isThisYear = due.getFullYear() === now.getFullYear();
  const day =
    near ??
    new Intl.DateTimeFormat("en-GB", {
      ...(Math.abs(days) < 7 ? { weekday: "short" } : {}),
      day: "numeric",
      month: "short",
      ...(isThisYear ? {} : { year: "numeric" }),
    }).format(due);
  const time = timeOf(due);
  return time ? `${day} ${time}` : day;
}
