/** Who is in the room: everyone by name, or in a large room some, and how many more. */
import type { Person } from "../../src/wire/frames.ts";
import type { RoomView } from "../room-view.ts";
import type { Store } from "../store.ts";
import { Part } from "./part.tsx";
import { PersonName, Seal } from "./person.tsx";

const MAX_SPEAKERS = 12;

/** Who spoke last, the latest first: what a large room shows instead of everyone. */
function speakers({ newest, people }: RoomView): Person[] {
  const found = new Map<number, string>();
  for (let i = newest.length - 1; i >= 0 && found.size < MAX_SPEAKERS; i--) {
    const { author, name } = newest[i] as Person;
    if (!found.has(author)) found.set(author, people.get(author) ?? name);
  }
  return [...found].map(([author, name]) => ({ author, name }));
}

/** On narrow screens, where they lie over the conversation. */
export function showPeople(store: Store, view: RoomView): void {
  store.show({
    kind: "end",
    label: store.texts.people,
    draw: () => <PeopleColumn store={store} view={view} />,
  });
}

/** Redraws alone. */
export function PeopleColumn({ store, view }: { store: Store; view: RoomView }) {
  return (
    <Part
      on={[
        view,
        view.people,
        view.count,
        view.listed,
        !view.listed && view.rows(),
        view.standing,
        view.pending,
        store.moderation,
        store.me,
        store.texts,
      ]}
      draw={() => <People store={store} view={view} />}
    />
  );
}

function People({ store, view }: { store: Store; view: RoomView }) {
  const { texts, me, language } = store;
  const isListed = view.listed || view.people.size > 0;
  const people = isListed ? [...view.people].map(([author, name]) => ({ author, name })) : speakers(view);
  const more = view.count - people.length;
  if (isListed) {
    const order = new Intl.Collator(language);
    const isMe = (author: number) => Number(author === me?.author);
    people.sort((a, b) => isMe(b.author) - isMe(a.author) || order.compare(a.name, b.name));
  }
  return (
    <aside class="people" aria-label={texts.people}>
      <h2 class="heading">
        {texts.people} <span class="count">{view.count > 0 && texts.peopleCount(view.count)}</span>
      </h2>
      {!isListed && <p class="quiet">{texts.recentSpeakers}</p>}
      {/* biome-ignore lint/a11y/noRedundantRoles: Safari forgets that a list without bullets is one. */}
      <ul class="list" role="list" aria-label={texts.people}>
        {people.map(({ author, name }) => (
          <li key={author}>
            <Seal author={author} name={name} />
            <PersonName author={author} name={name} texts={texts} you={author === me?.author && texts.you} />
            {store.moderation?.person(store, view, author, name)}
          </li>
        ))}
      </ul>
      {isListed && !view.listed && more > 0 && <p class="quiet">{texts.andMore(more)}</p>}
      {store.moderation?.kept(store, view)}
    </aside>
  );
}
