/** Whether a message of this look shows none of its text: it was removed, or its author is ignored on this device. */
export const isGone = (look = ""): boolean => /removed|hidden/.test(look);
