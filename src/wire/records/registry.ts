/**
 * All kinds of records that somebody says or does. Whoever reads, writes or judges records knows them from here; a
 * reader that needs fewer is given fewer. Invariant: no two kinds have one number.
 */
import { action } from "./action.ts";
import { edit } from "./edit.ts";
import { founding } from "./founding.ts";
import type { RecordKind } from "./kind.ts";
import { noted } from "./noted.ts";
import { operated } from "./operated.ts";
import { pin } from "./pin.ts";
import { reaction } from "./reaction.ts";
import { removal } from "./removal.ts";
import { reply } from "./reply.ts";
import { report } from "./report.ts";
import { role } from "./role.ts";
import { sanction } from "./sanction.ts";
import { settings } from "./settings.ts";
import { sweep } from "./sweep.ts";
import { takedown } from "./takedown.ts";
import { text } from "./text.ts";
import { topic } from "./topic.ts";

/** Those that read as texts: what a reader that folds nothing shows. */
export const MESSAGES: readonly RecordKind[] = [text, reply, action];

/** By name, for those who say them. */
export const kinds = {
  text,
  reply,
  edit,
  removal,
  reaction,
  action,
  role,
  topic,
  pin,
  takedown,
  settings,
  sanction,
  sweep,
};

export const KINDS: readonly RecordKind[] = [
  text,
  reply,
  edit,
  removal,
  reaction,
  action,
  founding,
  role,
  topic,
  pin,
  takedown,
  settings,
  sanction,
  sweep,
  noted,
  report,
  operated,
];

/** The kind of a number; undefined: a later one, or none that a person says. */
export const kindOf = (number: number): RecordKind | undefined => KINDS.find(({ kind }) => kind === number);
