/** What is said in English to whoever reports a message. */
import { many } from "./many.ts";

export const report = {
  title: "Report this message?",
  what: "Those who look after this room will see the message and that you reported it.",
  whatServer: "Whoever operates this server will see the message and that you reported it.",
  reason: "Why (optional)",
  send: "Report",
  sent: "Reported. Those who look after this room will see it.",
  sentServer: "Reported. Whoever operates this server will see it.",
  tooFast: (minutes: number) =>
    `Too many reports came lately. Try again in ${many(minutes, "minute", "minutes")}.`,
};

export type ReportTexts = typeof report;
