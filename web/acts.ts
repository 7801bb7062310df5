/**
 * Numbers of the kinds of what is done to messages (edits, removals, reactions, takedowns) and in a room that belongs
 * to somebody (roles, topic, pins, settings, sanctions, the operator's mark), or in its back room (16, 17). Who folds
 * them reads them; see became.ts, owned-part.ts and back-part.tsx.
 */
export const ACTS: readonly number[] = [4, 5, 6, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18];
