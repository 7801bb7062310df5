/** Who may do what in a room that belongs to somebody, as its page shows it; the server judges in any case. */

import type { OutboxEntry } from "../src/client/contract.ts";
import { pin } from "../src/wire/records/pin.ts";
import { Role, role } from "../src/wire/records/role.ts";
import { settings } from "../src/wire/records/settings.ts";
import { topic } from "../src/wire/records/topic.ts";
import type { RoomView } from "./room-view.ts";

/** Nobody has one in an open room. */
export const roleOf = ({ standing }: RoomView, author: number): Role =>
  standing?.roles.get(author)?.role ?? Role.none;

/** Whether this person may set the topic and pins, and take down what others with a lower role say. */
export const looksAfter = (view: RoomView, author: number): boolean => roleOf(view, author) >= Role.moderator;

/** Own words on the room itself that were refused. What is done to messages is told at the message. */
export const refusedIn = ({ pending }: RoomView): OutboxEntry[] =>
  pending.filter(
    ({ act, refused }) => refused && [role, topic, pin, settings].some(({ kind }) => kind === act?.kind),
  );
