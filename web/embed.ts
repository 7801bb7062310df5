/**
 * What a room does before its script when it stands in a frame within the page of another site. It stands in the page
 * itself; what the frame shows of a room is embed.css. Invariant: a frame takes neither the focus of the page around it
 * nor that page's place, and leads nowhere but into a new tab.
 */
const asked = new URLSearchParams(location.search);
const { dataset } = document.documentElement;
const theme = asked.get("theme");
if (theme === "light" || theme === "dark") dataset.theme = theme;
if (asked.has("readonly")) dataset.readonly = "";

// Several frames in one tab share what a tab remembers: each is of its own room, and opens no other one's.
try {
  sessionStorage.removeItem("madang.open");
} catch {
  // Nothing is kept here, and nothing was.
}

// Whoever reads the page around it is not to be pulled in here, before something is touched here.
const take = HTMLElement.prototype.focus;
HTMLElement.prototype.focus = function (options?: FocusOptions) {
  if (document.hasFocus()) take.call(this, options);
};

/** The same room, or something in it. */
const isHere = ({ origin, pathname }: HTMLAnchorElement) =>
  origin === location.origin && [pathname, `/embed${pathname}`].includes(location.pathname);

/** What is done to a message, or answers it. */
const WRITES = ".message-more, .sign, .mark, .refused button";

addEventListener(
  "click",
  (event) => {
    const pressed = event.target as Element;
    const link = pressed.closest("a");
    // Before the room hears of it: in the frame it would go there itself.
    if (link?.href && !isHere(link)) event.stopPropagation();
    if ("readonly" in dataset && pressed.closest(WRITES)) event.stopPropagation();
  },
  true,
);

if ("readonly" in dataset) {
  // A message's menu, by whatever it is asked for, and a finger that answers.
  for (const name of ["contextmenu", "touchstart", "pointerdown"])
    addEventListener(
      name,
      (event) => (event.target as Element).closest?.(".message") && event.stopPropagation(),
      true,
    );
  const onKey = (event: KeyboardEvent) =>
    /^(Enter|ContextMenu|F10)$/.test(event.key) && event.stopPropagation();
  addEventListener("keydown", onKey, true);
}

// Those lead to other rooms.
addEventListener(
  "keydown",
  (event: KeyboardEvent) => {
    const { key, altKey, ctrlKey, metaKey } = event;
    const isList = (ctrlKey || metaKey) && key.toLowerCase() === "k";
    if (isList || (altKey && /^Arrow(Up|Down)$/.test(key))) event.stopPropagation();
  },
  true,
);

addEventListener("DOMContentLoaded", () => {
  const link = document.querySelector<HTMLAnchorElement>(".embed-bar a");
  if (link) link.href = location.pathname.replace(/^\/embed/, "");
});
