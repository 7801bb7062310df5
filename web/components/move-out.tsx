/**
 * Moving one's identity to another browser, as the one it leaves shows it: a code and words, good for some minutes and
 * one time. Closing it gives that up. And the way to end what somebody else may have got hold of. Loaded when asked for.
 */
import { Component } from "preact";
import { ClientState } from "../../src/client/contract.ts";
import { giveUpMove, moveOut, renew } from "../../src/client/move.ts";
import { RefusedError } from "../../src/client/refused-error.ts";
import { MoveWords, type Moving } from "../../src/wire/moving.ts";
import { type Baggage, pack } from "../baggage.ts";
import { Device } from "../device.ts";
import { ignored } from "../ignored.ts";
import { LINK } from "../moves.ts";
import type { ChatClient, Store } from "../store.ts";
import { move as texts } from "../texts/en-move.ts";
import { isolated, Sentence } from "./sentence.tsx";

export function showMoveOut(store: Store): void {
  const draw = () => <MoveOut store={store} />;
  store.show({ kind: "card", label: store.texts.moveOut, draw });
}

interface State {
  moving: Moving | null;
  /** Messages that have to go out before. */
  waiting: number;
  said: string;
  Code: typeof import("./qr-code.tsx").QrCode | null;
}

class MoveOut extends Component<{ store: Store }, State> {
  override state: State = { moving: null, waiting: 0, said: "", Code: null };
  #timer: ReturnType<typeof setInterval> | undefined;

  override componentDidMount(): void {
    this.#timer = setInterval(() => this.setState({}), 1000);
    void this.#begin();
  }

  override componentWillUnmount(): void {
    clearInterval(this.#timer);
    const { client, connection } = this.props.store;
    if (this.state.moving && client && connection.state === ClientState.ready)
      giveUpMove(client).catch(console.warn);
  }

  get #client(): ChatClient {
    return this.props.store.client as ChatClient;
  }

  /** In this tab by its rooms, in others by what this browser keeps. */
  async #unsent(): Promise<number> {
    const { store } = this.props;
    const entries = store.memoryOnly
      ? [...store.open.values()].flatMap(({ pending }) => pending)
      : await (await Device.open(store)).unsent();
    return entries.filter(({ refused }) => !refused).length;
  }

  #begin = async (): Promise<void> => {
    const { store } = this.props;
    this.setState({ moving: null, said: texts.asking, waiting: 0 });
    store.keepNow();
    try {
      const waiting = await this.#unsent();
      const isOver = store.connection.state === ClientState.closed;
      this.setState({ waiting, said: isOver ? store.texts.broken : texts.asking });
      if (isOver || waiting > 0) return;
      const words = store.language === "ko" ? MoveWords.ko : MoveWords.en;
      const moving = await moveOut(this.#client, words, pack(await this.#baggage()));
      this.setState({ moving, said: "" });
      this.setState({ Code: (await import("./qr-code.tsx")).QrCode });
    } catch (error) {
      console.warn(error);
      this.#fail(error);
    }
  };

  async #baggage(): Promise<Baggage> {
    const { store } = this.props;
    const open = [...store.open.keys()];
    const kept = store.memoryOnly ? [] : await (await Device.open(store)).pages();
    const names = new Set([...open, ...kept.map(({ room }) => room)]);
    const rooms = [...names].map((name) => {
      const { epoch = "", read = 0 } = kept.find(({ room }) => room === name) ?? {};
      return { name, epoch, read, open: open.includes(name) };
    });
    return { rooms, ignored: [...ignored.all], enterSends: store.enterSends };
  }

  #fail(error: unknown): void {
    const { texts: all } = this.props.store;
    this.setState({ said: (error instanceof RefusedError && all.refusals[error.code]) || all.refused });
  }

  #copy = async (): Promise<void> => {
    const { isCopied } = await import("./room-menu.tsx");
    this.setState({ said: (await isCopied(this.#link)) ? texts.copied : texts.notCopied });
  };

  #signOut = async (): Promise<void> => {
    this.setState({ moving: null, said: texts.asking });
    try {
      const { storage } = this.props.store;
      const client = this.#client;
      // One tab at a time, or the last one would keep a token that another one's ended.
      await storage.exclusive("identity", new AbortController().signal, async () => {
        const { author, token, name } = await renew(client);
        client.stop();
        await storage.saveIdentity({ author, token, name });
        client.start();
        // Answered when the new token was shown, and all others are ended. What another tab saved before that is not.
        await giveUpMove(client);
        const stored = await storage.identity();
        if (String(stored?.token) !== String(token)) await storage.saveIdentity({ author, token, name });
      });
      this.setState({ said: texts.elsewhereDone });
    } catch (error) {
      console.warn(error);
      this.#fail(error);
    }
  };

  get #link(): string {
    const words = encodeURIComponent(this.state.moving?.phrase.replaceAll(" ", "-") ?? "");
    return `${location.origin}/${LINK}${words}`;
  }

  override render() {
    const { store } = this.props;
    const { moving, waiting, said, Code } = this.state;
    const left = moving ? moving.expiresAt - (store.client?.serverAheadMs ?? 0) - Date.now() : 0;
    const seconds = Math.max(0, Math.min(600, Math.ceil(left / 1000)));
    const isOver = moving !== null && seconds === 0;
    return (
      <>
        <h2 class="heading">{store.texts.moveOut}</h2>
        <p class="quiet">
          <Sentence text={texts.outWhat(isolated(store.me?.name ?? ""))} />
        </p>
        {moving && !isOver && (
          <>
            <p class="phrase" lang={store.language} aria-label={texts.words} role="img">
              {moving.phrase}
            </p>
            <p class="quiet" aria-live="off">
              {texts.left(Math.floor(seconds / 60), seconds % 60)}
            </p>
            {Code && <Code text={this.#link} label={texts.code} />}
            <button type="button" onClick={this.#copy}>
              {texts.copy}
            </button>
          </>
        )}
        <p role="status">{isOver ? texts.over : waiting > 0 ? texts.waiting(waiting) : said}</p>
        {(isOver || waiting > 0 || (!moving && said !== texts.asking)) && (
          <button type="button" onClick={this.#begin}>
            {waiting > 0 ? texts.retry : texts.again}
          </button>
        )}
        <button type="button" onClick={() => store.hide()}>
          {texts.cancel}
        </button>
        {!store.memoryOnly && (
          <>
            <p class="quiet">{texts.elsewhereWhat}</p>
            <button type="button" onClick={this.#signOut}>
              {texts.elsewhere}
            </button>
          </>
        )}
      </>
    );
  }
}
