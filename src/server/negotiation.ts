/** What a browser takes and what it has: the headers of a request that choose among forms of one answer. */

/** A list with weights (RFC 9110, section 12.4.2), in small letters; a weight that is no number is NaN. */
export function weighted(header: string): [value: string, quality: number][] {
  return header
    .toLowerCase()
    .split(",")
    .map((part) => {
      const [value = "", ...parameters] = part.split(";").map((piece) => piece.trim());
      const stated = parameters.find((one) => one.startsWith("q="));
      return [value, stated === undefined ? 1 : Number(stated.slice(2))];
    });
}

/** Whether an Accept-Encoding header allows a content coding (RFC 9110, section 12.5.3). */
export function accepts(header: string, coding: string): boolean {
  const list = weighted(header);
  const [, quality] =
    list.find(([value]) => value === coding) ?? list.findLast(([value]) => value === "*") ?? [];
  return quality !== undefined && quality > 0;
}

/** Whether an If-None-Match header names this ETag (RFC 9110, section 13.1.2). */
export function matches(ifNoneMatch: string, etag: string): boolean {
  return ifNoneMatch.split(",").some((one) => one.trim().replace(/^W\//, "") === etag);
}

/** A part of a path as it was before it was encoded; null when it is not well encoded. */
export function decodePart(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
