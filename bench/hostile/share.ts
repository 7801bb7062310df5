/**
 * What is not too much. An address may be a school: a burst of some hundred messages, and a hundred a second, is more
 * than its people write and less than a room of others cannot bear. Thirty addresses may be thirty people in a hurry.
 */

export const oneVisitorsShare = (seconds: number) => 700 + 100 * seconds;
export const thirtyVisitorsShare = (seconds: number) => 1_200 + 300 * seconds;
