/** Any emoji for a message: a grid of those that people look for, and a field for what the device's keyboard has. */
import { createRef } from "preact";
import { reaction } from "../../src/wire/records/reaction.ts";
import type { RoomView } from "../room-view.ts";
import type { Store } from "../store.ts";
import { signs as texts } from "../texts/en-signs.ts";

/** By group, in the order of their names in `texts.groups`. */
const GROUPS = [
  "😀 😄 😁 😆 😅 🤣 🙂 🙃 😉 😊 😇 🥰 😍 🤩 😘 😋 😜 🤪 🤗 🤭 🤫 🤔 🤐 😐 😑 😶 😏 😒 🙄 😬 😌 😔 😪 😴 😷 🤒 🤢 🤯 🥳 😎 🤓 🧐 😕 😟 🙁 😯 😲 😳 🥺 😨 😰 😭 😱 😖 😞 😓 😩 🥱 😤 😡 🤬 😈 💀 💩 🤡 👻 👽 🤖",
  "👋 🤚 ✋ 🖖 👌 🤏 ✌️ 🤞 🤟 🤘 🤙 👈 👉 👆 👇 ☝️ 👎 ✊ 👊 👏 🙌 👐 🤲 🤝 ✍️ 💪 🧠 👀 👄 🙆 🙅 💁 🙋 🙇 🤦 🤷 💃 🕺 🏃 🧘 🛌",
  "🐶 🐱 🐭 🐰 🦊 🐻 🐼 🐯 🦁 🐮 🐷 🐸 🐵 🐔 🐧 🐦 🦉 🐴 🦄 🐝 🦋 🐢 🐙 🐬 🐳 🦦 🌸 🌹 🌻 🌲 🍀 🍁 🌞 🌙 ⭐ 🌈 ☁️ ⚡ ❄️ 🔥 💧 🌊",
  "🍎 🍊 🍋 🍉 🍇 🍓 🍑 🥑 🌽 🥕 🍞 🧀 🍳 🍔 🍟 🍕 🌭 🌮 🍙 🍚 🍜 🍣 🥟 🍦 🍩 🍪 🎂 🍰 🍫 🍿 ☕ 🍵 🍺 🍷 🥂 🧋",
  "🎉 🎁 🏆 🥇 ⚽ 🏀 🎯 🎮 🎲 🎵 🎸 🎨 📷 🎬 📚 ✏️ 📌 📎 💡 🔧 🔑 🔒 💻 📱 ⏰ 📅 📈 💰 ✉️ 🚀 ✈️ 🚗 🚲 🏠 🏖️ ⛰️ 🗺️ 🛒",
  "🧡 💛 💚 💙 💜 🖤 🤍 💔 💕 💖 💯 ✨ 💢 💤 💬 ✅ ☑️ ❌ ❓ ❗ ➕ ➖ ⚠️ 🚫 ♻️ 🆗 🆕 🔴 🟡 🟢 🔵 ⬆️ ⬇️ ➡️ 1️⃣ 2️⃣ 3️⃣ #️⃣ 🏳️‍🌈 🇰🇷",
].map((group) => group.split(" "));

export function showSignPicker(store: Store, view: RoomView, to: number): void {
  store.show({
    kind: "card",
    label: texts.signs,
    draw: () => <SignPicker store={store} view={view} to={to} />,
  });
}

function SignPicker({ store, view, to }: { store: Store; view: RoomView; to: number }) {
  const field = createRef<HTMLInputElement>();
  const said = createRef<HTMLParagraphElement>();
  const put = (text: string) => {
    view.room?.act(reaction, { to, on: true, text });
    store.hide();
  };
  const submit = (event: Event) => {
    event.preventDefault();
    const text = field.current?.value.trim() ?? "";
    // What the server would refuse is said at once.
    if (reaction.fits?.({ to, on: true, text })) put(text);
    else if (said.current) said.current.textContent = texts.noSign;
  };
  return (
    <>
      <h2 class="heading">{texts.signs}</h2>
      <form class="field joined" onSubmit={submit}>
        <input ref={field} aria-label={texts.ownSign} placeholder={texts.ownSign} autocomplete="off" />
        <button type="submit">{texts.put}</button>
      </form>
      <p class="quiet" role="status" ref={said} />
      <div class="picker">
        {GROUPS.map((group, at) => (
          <section key={texts.groups[at]} aria-label={texts.groups[at]}>
            <h3 class="quiet">{texts.groups[at]}</h3>
            <div class="grid">
              {group.map((sign) => (
                <button key={sign} type="button" onClick={() => put(sign)}>
                  {sign}
                </button>
              ))}
            </div>
          </section>
        ))}
      </div>
    </>
  );
}
