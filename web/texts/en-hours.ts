/** Some time in English, as what it is after or for. */
import { many } from "./many.ts";

export function hoursText(hours: number): string {
  const [days, weeks] = [hours / 24, hours / 168];
  if (hours % 24) return hours === 1 ? "an hour" : many(hours, "hour", "hours");
  if (weeks === 1) return "a week";
  return days === 1 ? "a day" : many(days, "day", "days");
}
