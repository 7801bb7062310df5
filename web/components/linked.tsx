/** A message's text with its links. It comes with the first text that may hold one. */
import type { ComponentChildren } from "preact";
import { linkify } from "../linkify.ts";

interface Props {
  text: string;
  /** Draws what is no link. */
  said: (part: string) => ComponentChildren;
}

export function Linked({ text, said }: Props) {
  return (
    <>
      {linkify(text).map((part) =>
        typeof part === "string" ? (
          said(part)
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
