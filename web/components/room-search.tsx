/**
 * For lists of many rooms: a field to search in them, and the way to more than the server tells of unasked. Loaded when
 * there are so many.
 */
import type { RoomSummary } from "../../src/wire/frames.ts";
import type { Store } from "../store.ts";
import { search as texts } from "../texts/en-search.ts";

/** Of `/api/rooms`. */
interface RoomsAnswer {
  rooms: RoomSummary[];
}

/** What was asked for is asked for once. */
const asked = new WeakSet<Store>();

async function listAll(store: Store): Promise<void> {
  if (asked.has(store)) return;
  asked.add(store);
  try {
    const answer = await fetch("/api/rooms");
    if (!answer.ok) throw new Error(`/api/rooms answered ${answer.status}`);
    store.allRooms = ((await answer.json()) as RoomsAnswer).rooms;
  } catch (error) {
    console.warn(error);
    asked.delete(store);
  }
  store.tick();
}

/** Decomposed, the letters of a syllable that is being written are found in any that it may become. */
const plain = (name: string) =>
  name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[\s-]+/g, "-");

export function RoomSearch({
  store,
  isFound,
  seek,
}: {
  store: Store;
  isFound: boolean;
  seek: (isSought: ((name: string) => boolean) | undefined) => void;
}) {
  const search = (text: string) => {
    const sought = plain(text.trim());
    seek(sought ? (name) => plain(name).includes(sought) : undefined);
    void listAll(store);
  };
  return (
    <div class="field">
      <div class="joined">
        <input
          type="search"
          dir="auto"
          aria-label={texts.search}
          placeholder={texts.search}
          autocapitalize="none"
          onInput={({ currentTarget }) => search(currentTarget.value)}
        />
      </div>
      <p class="quiet" role="status">
        {isFound ? "" : texts.none}
      </p>
    </div>
  );
}

export function MoreRooms({ store }: { store: Store }) {
  const { overview, allRooms } = store;
  if (!overview || overview.roomCount <= Math.max(overview.rooms.length, allRooms.length)) return null;
  // There are more than anybody looks through; each can be entered by its name.
  if (allRooms.length > 0) return <p class="quiet">{texts.tooMany}</p>;
  return (
    <button type="button" onClick={() => listAll(store)}>
      {texts.more}
    </button>
  );
}
