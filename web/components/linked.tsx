/** A message's text with its links. It comes with the first text that may hold one. */
import { linkify } from "../linkify.ts";

export function Linked({ text }: { text: string }) {
  return (
    <>
      {linkify(text).map((part) =>
        typeof part === "string" ? (
          part
        ) : (
          <>
            <a href={part.href} dir="ltr" target="_blank" rel="noopener noreferrer nofollow">
              {part.label}
            </a>
            {part.leads && <bdi class="leads"> (→ {part.leads})</bdi>}
          </>
        ),
      )}
    </>
  );
}
