/**
 * Numbers of the kinds of what is done to messages (edits, removals, reactions, takedowns) and in a room that belongs to
 * somebody (roles, topic, pins, settings, sanctions, the operator's mark). Who folds them reads them; see became.ts and owned-part.ts.
 */
export const ACTS: readonly number[] = [4, 5, 6, 9, 10, 11, 12, 13, 14, 15, 18];
