/**
 * What the project promises, judged on the figures of one run. A ratio that the generator kept from showing itself is
 * neither met nor missed: it is a lower bound, and says so.
 */
import { advantage, amount, type Figure, find, withUnit } from "../figures.ts";

export interface Verdict {
  scenario: string;
  target: string;
  measured: string;
  state: "met" | "missed" | "bound";
}

type Judge = (figures: readonly Figure[]) => Verdict | null;

interface Place {
  scenario: string;
  case: string;
  metric: string;
}

const RIVAL_NAMES: Record<string, string> = {
  uws: "bare uWebSockets.js",
  ws: "ws",
  bun: "Bun",
  json: "JSON",
};

/** Madang is at least so many times better than a rival. */
function times(place: Place, rival: string, least: number, words?: string): Judge {
  return (figures) => {
    const ours = find(figures, { ...place, server: "madang" });
    const theirs = find(figures, { ...place, server: rival });
    if (!ours || !theirs) return null;
    const ratio = advantage(ours, theirs);
    const isMet = ratio >= least;
    // Only when it is Madang that was not driven to its end can the truth be better than what was seen.
    const isOpen = !isMet && ours.generatorBound && !theirs.generatorBound;
    const name = RIVAL_NAMES[rival] ?? rival;
    return {
      scenario: `${place.scenario}, ${place.case}`,
      target: words ?? `at least ${amount(least)} × ${name}`,
      measured: `${isOpen ? "at least " : ""}${amount(ratio)} ×${isOpen ? ", the generator was the bottleneck" : ""}`,
      state: isMet ? "met" : isOpen ? "bound" : "missed",
    };
  };
}

/** Madang's own figure, minus that of a rival if one is named, is on the right side of a bound. */
function within(place: Place, bound: number, sign: "at most" | "at least", above?: string): Judge {
  return (figures) => {
    const ours = find(figures, { ...place, server: "madang" });
    const theirs = above === undefined ? undefined : find(figures, { ...place, server: above });
    if (!ours || (above !== undefined && !theirs)) return null;
    const value = ours.value - (theirs?.value ?? 0);
    const isMet = sign === "at most" ? value <= bound : value >= bound;
    const isOpen = !isMet && ours.generatorBound;
    const beyond = above === undefined ? "" : ` above ${RIVAL_NAMES[above] ?? above}`;
    return {
      scenario: `${place.scenario}, ${place.case}`,
      target: `${place.metric} ${sign} ${withUnit(bound, ours.unit)}${beyond}`,
      measured: `${isOpen ? "at least " : ""}${withUnit(value, ours.unit)}`,
      state: isMet ? "met" : isOpen ? "bound" : "missed",
    };
  };
}

const rate = (scenario: string, name: string): Place => ({ scenario, case: name, metric: "deliveries" });
const busy = "1,000 messages/s";

const TARGETS: readonly Judge[] = [
  times(rate("broadcast", "1,000 people"), "uws", 15),
  times(rate("broadcast", "1,000 people"), "ws", 250),
  times(rate("broadcast", "1,000 people"), "bun", 5),
  times(rate("broadcast", "32 people"), "uws", 15),
  times(rate("broadcast", "32 people"), "bun", 2),
  times(rate("broadcast", "10,000 people"), "uws", 8),
  times(rate("rooms", "1,000 rooms of 10"), "uws", 1),
  times(rate("rooms", "1,000 rooms of 10"), "bun", 1),
  times(rate("rooms", "3,000 rooms of 3"), "uws", 1.5),
  within({ scenario: "calm", case: "5,000 rooms of 2, 1 message/s in each", metric: "core" }, 30, "at most"),
  times(
    { scenario: "efficiency", case: busy, metric: "CPU per delivery" },
    "uws",
    5,
    "at most a fifth of bare uWebSockets.js's CPU",
  ),
  within({ scenario: "efficiency", case: busy, metric: "p99" }, 40, "at most"),
  within({ scenario: "latency", case: "1 message/s", metric: "p50" }, 0.5, "at most", "uws"),
  within({ scenario: "latency", case: "100 messages/s", metric: "p50" }, 0.5, "at most", "uws"),
  within({ scenario: "idle", case: "10,000 connections", metric: "memory" }, 2.5, "at most"),
  within({ scenario: "stalls", case: "20 of 1,000 stalled", metric: "most memory" }, 256, "at most"),
  within({ scenario: "storm", case: "8,000 people", metric: "people" }, 5_000, "at least"),
  within({ scenario: "storm", case: "4,000 people", metric: "people" }, 5_000, "at least"),
  within({ scenario: "cold", case: "100,000 messages", metric: "first connection" }, 150, "at most"),
  times(
    { scenario: "wire", case: "1 message in a block", metric: "overhead" },
    "json",
    3,
    "at most a third of JSON's overhead",
  ),
  times(
    { scenario: "wire", case: "10 in a block", metric: "overhead" },
    "json",
    3,
    "at most a third of JSON's overhead",
  ),
];

/** Of every target whose figures are there. */
export function judge(figures: readonly Figure[]): Verdict[] {
  return TARGETS.map((target) => target(figures)).filter((verdict) => verdict !== null);
}
