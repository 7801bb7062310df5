/** Rooms and the paths under which they are reached. Pure. */

/** The form in which the server names the room, as far as it can be known here: links and storage use it. */
export function canonicalRoom(name: string): string {
  return (
    name
      // Half a character has no place in a link.
      .replace(/\p{Cs}/gu, "\ufffd")
      .normalize("NFC")
      .trim()
      .replace(/\p{Zs}+/gu, "-")
      .toLowerCase()
      .normalize("NFC")
  );
}

/** The room of a path, embedded in another site's page or not, or the back room of one; null for the front page and for what cannot be read. */
export function roomOf(path: string): string | null {
  const [, encoded] = /^(?:\/embed)?\/r\/([^/]+(\/back)?)\/?$/.exec(path) ?? [];
  if (!encoded) return null;
  try {
    return canonicalRoom(decodeURIComponent(encoded)) || null;
  } catch {
    return null;
  }
}

/** The message of a link's fragment, or null when it names none. */
export function seqOf(hash: string): number | null {
  const seq = /^#\d{1,15}$/.test(hash) ? Number(hash.slice(1)) : 0;
  return seq || null;
}

/** Nothing stands before the name of the server's own back room, and two slashes in a row are not kept by all. */
export function pathOf(room: string | null): string {
  return room === null ? "/" : `/r/${encodeURIComponent(room).replace(/(.)%2F/, "$1/")}`;
}
