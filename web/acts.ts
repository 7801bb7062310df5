/** Numbers of the kinds of what is done to messages: edits, removals, reactions, takedowns. Who folds them reads them; see became.ts. */
export const ACTS: readonly number[] = [4, 5, 6, 12];
