/** One's own name, there from the first moment, and the way to change it. */
import { Component } from "preact";
import { fieldProblem } from "../field-problem.ts";
import type { Store } from "../store.ts";

interface State {
  draft: string | null;
  /** What is wrong with it before anybody is asked. */
  problem: string;
}

export class NameField extends Component<{ store: Store }, State> {
  override state: State = { draft: null, problem: "" };
  /** What is being asked for: Enter tells of itself as a submission and as a change, and one is enough. */
  #asked = "";

  async #save(name: string): Promise<void> {
    if (name === this.#asked) return;
    this.#asked = name;
    const problem = name.trim() && (await fieldProblem("nickname", name));
    this.setState({ problem });
    if (!problem) await this.props.store.rename(name);
    this.#asked = "";
    if (!problem && this.props.store.nameProblem === null) this.setState({ draft: null });
  }

  override render() {
    const { me, nameProblem, texts } = this.props.store;
    const name = me?.name ?? "";
    const { problem } = this.state;
    const draft = this.state.draft ?? name;
    const save = (event: Event) => {
      event.preventDefault();
      if (draft !== name) void this.#save(draft);
    };
    return (
      <form class="field" onSubmit={save}>
        <label for="nickname">{texts.nickname}</label>
        <div class="joined">
          <input
            id="nickname"
            value={draft}
            disabled={!me}
            dir="auto"
            autocomplete="nickname"
            spellcheck={false}
            aria-invalid={problem !== "" || nameProblem !== null}
            aria-describedby="name-problem"
            onInput={(event) => this.setState({ draft: event.currentTarget.value, problem: "" })}
            onChange={save}
          />
          {draft !== name && <button type="submit">{texts.save}</button>}
        </div>
        <p id="name-problem" class="problem" role="alert">
          {problem || (nameProblem && <span>{texts.refusals[nameProblem.code] ?? texts.refused}</span>)}
          {!problem && nameProblem?.suggestion && (
            <button type="button" onClick={() => void this.#save(nameProblem.suggestion)}>
              {texts.useName(nameProblem.suggestion)}
            </button>
          )}
        </p>
      </form>
    );
  }
}
