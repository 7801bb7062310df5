/**
 * The text of every message of the bench, 64 bytes of ASCII that carry what the receivers check. Never more than
 * digits and a filler, so that each server sees ordinary text.
 *
 *   ┌──────────────────┬────────┬──────────┬────────────────────────────────────┐
 *   │ intended time    │ sender │ counter  │ filler                             │
 *   │ 16 digits, µs    │ 6      │ 8 digits │ 34 characters                      │
 *   └──────────────────┴────────┴──────────┴────────────────────────────────────┘
 */
export const TEXT_BYTES = 64;
const TIME_DIGITS = 16;
const SENDER_AT = 16;
const COUNTER_AT = 22;
const FILLER_AT = 30;
const FILLER = Buffer.from(" come out to the yard, it is warm ");

export function putText(out: Uint8Array, at: number, timeUs: number, sender: number, counter: number): void {
  const high = Math.floor(timeUs / 1e8);
  putDigits(out, at, 8, high);
  putDigits(out, at + 8, 8, timeUs - high * 1e8);
  putDigits(out, at + SENDER_AT, 6, sender);
  putDigits(out, at + COUNTER_AT, 8, counter);
  for (let i = 0; i < FILLER.length; i++) out[at + FILLER_AT + i] = FILLER[i]!;
}

function putDigits(out: Uint8Array, at: number, digits: number, value: number): void {
  value |= 0;
  for (let i = at + digits - 1; i >= at; i--) {
    const rest = (value / 10) | 0;
    out[i] = 48 + value - rest * 10;
    value = rest;
  }
}

function digits(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) value = value * 10 + bytes[i]! - 48;
  return value;
}

/** Microseconds of the generator's clock at which the message was to be sent. */
export const timeOf = (bytes: Uint8Array, at: number) => digits(bytes, at, TIME_DIGITS);
export const senderOf = (bytes: Uint8Array, at: number) => digits(bytes, at + SENDER_AT, 6);
export const counterOf = (bytes: Uint8Array, at: number) => digits(bytes, at + COUNTER_AT, 8);
