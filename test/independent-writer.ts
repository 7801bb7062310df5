/**
 * A second writer of the protocol's frames, made from the tables of PROTOCOL.md and sharing no code with src/wire: slow
 * and plain on purpose, so that a mistake in the codec cannot hide behind the same mistake here. Values have the form
 * of the document's JSON: tokens in hexadecimal, texts as strings.
 */
import { type Field, type Fields, LAYOUTS, LIMITS } from "./independent-layouts.ts";
import { counted, fixed, hex, long, type Str, utf8, varint } from "./independent-numbers.ts";

/** What stands behind the numbers of a frame, as those read it who show it. */
export function writePlainTold(values: Fields, frame = "BECAME"): Uint8Array {
  const { fields: all } = LAYOUTS[`server ${frame}`]!;
  const fields = all.slice(frame === "BECAME" ? 4 : 1);
  return Uint8Array.from(fields.flatMap((field) => writeField(field, values)));
}

/** The bytes of a frame. `values.frame` names it; in `values.blocks` stand the bytes of blocks. */
export function writeFrame(direction: string, values: Fields): Uint8Array {
  const layout = LAYOUTS[`${direction} ${values.frame}`];
  if (!layout) throw new Error(`no layout for ${direction} ${values.frame}`);
  return Uint8Array.from([layout.byte, ...layout.fields.flatMap((field) => writeField(field, values))]);
}

function writeField([name, type, entry]: Field, values: Fields): number[] {
  const value = values[name];
  if (type === "list" || type === "entries") {
    const items = value as unknown[];
    const written = items.flatMap((item) =>
      entry!.flatMap((field) => writeField(field, field[0] === "" ? { "": item } : (item as Fields))),
    );
    return type === "list" ? [...varint(items.length), ...written] : written;
  }
  if (type.includes("..")) return [value as number];
  switch (type) {
    case "varint":
    case "varint1":
      return varint(value as number);
    case "flag":
      return [value ? 1 : 0];
    case "u48":
      return fixed(value as number, 6);
    case "u64":
      return hex(value as string);
    case "str8":
      return counted(utf8(value as Str));
    case "token":
      return counted(hex(value as string));
    case "text":
      return utf8(value as Str);
    case "hex":
      return hex(value as string);
    case "enter flags":
      return [(values.position ? 1 : 0) + (values.anyName ? 2 : 0) + (values.password !== undefined ? 4 : 0)];
    case "make flags":
      return [(values.unlisted ? 1 : 0) + (values.password !== undefined ? 2 : 0)];
    case "password": {
      const password = value === undefined ? [] : utf8(value as Str);
      return value === undefined ? [] : [...varint(password.length), ...password];
    }
    case "direction":
      return [(values.direction as number) + (values.became ? 2 : 0)];
    case "state": {
      const edit = values.edit as { number: number; author: number; time: number; text: Str } | null;
      if (!edit) return [values.removed ? 1 : 0];
      const { number, author, time, text } = edit;
      return [2, ...varint(number), ...varint(author), ...fixed(time, 6), ...long(utf8(text))];
    }
    case "counted text":
      return long(utf8(value as Str));
    case "position": {
      const position = value as { epoch: string; seq: number } | null;
      return position ? [...hex(position.epoch), ...varint(position.seq)] : [];
    }
    case "limits": {
      const stated = LIMITS.map((limit, i) => [
        ...varint(i + 1),
        ...varint((value as Record<string, number>)[limit]!),
      ]);
      return [...varint(stated.length), ...stated.flat()];
    }
    case "blocks":
      return (value as Uint8Array[]).flatMap((block) => [...varint(block.length), ...block]);
    default:
      throw new Error(`no type ${type}`);
  }
}
