/** Takes the last pages of rooms from this device: what nobody may see any more, or what is too much. */
import type { KeptPages } from "./kept-pages.ts";

export async function forgetPages({ db }: KeptPages, rooms: readonly string[]): Promise<void> {
  try {
    await (await db)?.write("pages", false, (store) => {
      for (const room of rooms) store.delete(room);
    });
  } catch {
    // The next visit forgets them.
  }
}
