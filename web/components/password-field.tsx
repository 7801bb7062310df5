/** A field for the password of a room, which can be shown. It keeps nothing: whoever has it says what stands there. */
import { Component, type RefObject } from "preact";
import { Refusal } from "../../src/wire/codes.ts";
import { MAX_PASSWORD_BYTES } from "../../src/wire/password.ts";
import { password as texts } from "../texts/en-password.ts";

interface Props {
  id: string;
  label: string;
  value: string;
  problem: string;
  /** One that is known, or another one. */
  kind: "current-password" | "new-password";
  field: RefObject<HTMLInputElement | null>;
  onValue: (value: string) => void;
}

/** The bytes of a password, or what is wrong with it in words. What a server thinks of it besides, it says. */
export function readPassword(written: string): Uint8Array<ArrayBuffer> | string {
  const bytes = new TextEncoder().encode(written);
  if (bytes.length > MAX_PASSWORD_BYTES) return texts.tooLong;
  if (written.includes("\0")) return texts.bad;
  return written.trim() ? bytes : texts.empty;
}

/** What the server says is wrong with a password itself; undefined: it is something else. */
export const passwordProblem = (code: number): string | undefined =>
  ({
    [Refusal.emptyText]: texts.empty,
    [Refusal.textTooLong]: texts.tooLong,
    [Refusal.badText]: texts.bad,
  })[code];

export class PasswordField extends Component<Props, { isShown: boolean }> {
  override state = { isShown: false };

  override render() {
    const { id, label, value, problem, kind, field, onValue } = this.props;
    const { isShown } = this.state;
    return (
      <div class="field">
        <label for={id}>{label}</label>
        <div class="joined">
          <input
            id={id}
            ref={field}
            {...(isShown ? { type: "text" } : { type: "password" })}
            value={value}
            dir="auto"
            autocomplete={kind}
            autocapitalize="none"
            spellcheck={false}
            enterkeyhint="go"
            aria-invalid={problem !== ""}
            aria-describedby={`${id}-problem`}
            onInput={({ currentTarget }) => onValue(currentTarget.value)}
          />
          <button
            type="button"
            class="plain"
            aria-pressed={isShown}
            aria-label={texts.show}
            title={texts.show}
            onClick={() => this.setState({ isShown: !isShown })}
          >
            <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
              <path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6" />
              {!isShown && <path d="M4 4l16 16" />}
            </svg>
          </button>
        </div>
        <p id={`${id}-problem`} class="problem" role="alert">
          {problem}
        </p>
      </div>
    );
  }
}
