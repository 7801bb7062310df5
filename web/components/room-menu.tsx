/**
 * What else can be done with a room: inviting, by the device's own sharing, by copying or as a QR code, and leaving.
 * Loaded when it is asked for.
 */
import { Component } from "preact";
import { ServerCapability } from "../../src/wire/frames.ts";
import { titleOf } from "../../src/wire/room-title.ts";
import { pathOf } from "../address.ts";
import { looksAfter } from "../roles.ts";
import type { RoomView } from "../room-view.ts";
import type { Store } from "../store.ts";
import { menu as texts } from "../texts/en-menu.ts";

const linkTo = (view: RoomView): string => location.origin + pathOf(view.name);

export function showMenu(store: Store, view: RoomView): void {
  store.show({
    kind: "menu",
    label: store.texts.roomMenu,
    draw: () => (
      <>
        <RoomHead view={view} />
        <button type="button" onClick={() => share(store, view)}>
          {texts.share}
        </button>
        <button type="button" onClick={() => showInvitation(store, view, "", true)}>
          {texts.code}
        </button>
        {looksAfter(view, store.me?.author ?? 0) && (
          <button type="button" onClick={() => void setRoom(store, view)}>
            {texts.settings}
          </button>
        )}
        <button type="button" onClick={() => void makeRoom(store)}>
          {store.texts.makeRoom}
        </button>
        {((store.client?.capabilities ?? 0) & ServerCapability.isOperated) > 0 && (
          <button type="button" onClick={() => void operate(store, view)}>
            {texts.operator}
          </button>
        )}
        {!store.isWide && (
          <button type="button" onClick={() => store.leave(view)}>
            {store.texts.leave}
          </button>
        )}
      </>
    ),
  });
}

/** In place of the menu. */
const makeRoom = (store: Store): Promise<void> =>
  store.withPart(import("./make-room.tsx"), ({ showMaking }) => showMaking(store, true));

const setRoom = (store: Store, view: RoomView): Promise<void> =>
  store.withPart(import("./room-settings.tsx"), ({ showSettings }) =>
    showSettings(store, view, texts.settings),
  );

const operate = (store: Store, view: RoomView): Promise<void> =>
  store.withPart(import("./operator.tsx"), ({ showOperator }) => showOperator(store, view, texts.operator));

/** By the means of the device. Where it has none, or will not, the link is copied, and said so where it is seen. */
export async function share(store: Store, view: RoomView): Promise<void> {
  const url = linkTo(view);
  try {
    if (navigator.share) {
      await navigator.share({ title: `${titleOf(view.name)} · 마당`, url });
      if (store.layers.length > 0) store.hide();
      return;
    }
  } catch (error) {
    // Somebody thought better of it.
    if (error instanceof DOMException && error.name === "AbortError") return;
    console.warn(error);
  }
  showInvitation(store, view, (await isCopied(url)) ? texts.copied : texts.notCopied);
}

export async function copyLink({ texts }: Store, view: RoomView, href: string): Promise<void> {
  if (await isCopied(href)) view.say(texts.linkCopied);
}

/** Pages without https are not given the clipboard, so that the old way is the only one there. */
export async function isCopied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    // Outside of an open dialog nothing can be selected.
    (document.querySelector("dialog[open]:last-of-type .overlay-box") ?? document.body).append(field);
    field.select();
    const isDone = document.execCommand("copy");
    field.remove();
    return isDone;
  }
}

function showInvitation(store: Store, view: RoomView, said: string, withCode = false): void {
  const draw = () => <Invitation view={view} said={said} withCode={withCode} />;
  store.show({ kind: "card", label: store.texts.invite, draw }, true);
}

function RoomHead({ view }: { view: RoomView }) {
  return (
    <>
      <h2 class="heading" dir="auto">
        {titleOf(view.name)}
      </h2>
      <p class="quiet">{texts.what}</p>
    </>
  );
}

interface State {
  said: string;
  Code: typeof import("./qr-code.tsx").QrCode | null;
}

class Invitation extends Component<{ view: RoomView; said: string; withCode: boolean }, State> {
  override state: State = { said: this.props.said, Code: null };

  override componentDidMount(): void {
    if (this.props.withCode) void this.#showCode();
  }

  #showCode = async (): Promise<void> => {
    try {
      this.setState({ Code: (await import("./qr-code.tsx")).QrCode });
    } catch (error) {
      console.error(error);
      this.setState({ said: texts.noCode });
    }
  };

  override render() {
    const { view } = this.props;
    const { said, Code } = this.state;
    const url = linkTo(view);
    const copy = async () => this.setState({ said: (await isCopied(url)) ? texts.copied : texts.notCopied });
    return (
      <>
        <RoomHead view={view} />
        <div class="field joined">
          <input
            readonly
            aria-label={texts.link}
            dir="ltr"
            value={url}
            onFocus={({ currentTarget }) => currentTarget.select()}
          />
          <button type="button" onClick={copy}>
            {texts.copy}
          </button>
        </div>
        <p class="quiet" role="status">
          {said}
        </p>
        {Code ? (
          <Code text={url} label={texts.codeOf(titleOf(view.name))} />
        ) : (
          <button type="button" onClick={this.#showCode}>
            {texts.code}
          </button>
        )}
      </>
    );
  }
}
