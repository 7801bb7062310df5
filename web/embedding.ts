/**
 * `/embed.js`: puts a room into the page of another site, in a frame where its own script stands. It runs in that page,
 * so it leaves nothing behind but the frame. Attributes: `data-room`, and `data-theme`, `data-readonly`, `data-height`,
 * `data-lang`, `data-title`; a `style` is the frame's.
 */
const script = document.currentScript as HTMLScriptElement | null;

function place(from: HTMLScriptElement): void {
  const { room, theme, height, lang, title, readonly } = from.dataset;
  // A browser takes dots out of an address before it asks: they would lead out of the rooms.
  if (!room || /^\.\.?$/.test(room.trim())) {
    console.error("Madang: data-room says which room is to be shown.");
    return;
  }
  const url = new URL(`/embed/r/${encodeURIComponent(room)}`, from.src);
  if (theme) url.searchParams.set("theme", theme);
  if (lang) url.searchParams.set("lang", lang);
  if (readonly !== undefined && readonly !== "false") url.searchParams.set("readonly", "");
  const frame = document.createElement("iframe");
  frame.src = url.href;
  frame.title = title ?? room;
  frame.allow = "clipboard-write";
  // Another scheme than the page's own would be given a ground that nothing shines through.
  frame.style.cssText = "display:block;width:100%;height:30rem;border:0;color-scheme:normal";
  frame.style.cssText += from.style.cssText;
  if (height) frame.style.height = /^\d+$/.test(height) ? `${height}px` : height;
  from.after(frame);
}

if (script) place(script);
else console.error("Madang: embed.js is a script of its own, not a module.");
