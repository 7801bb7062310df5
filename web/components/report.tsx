/**
 * Reporting a message to those who look after its room, or the server where nobody does, for a reason or for none.
 * Loaded when it is asked for. It stays open until the server has the report.
 */
import { Component } from "preact";
import { RefusedError } from "../../src/client/refused-error.ts";
import { reportMessage } from "../../src/client/report.ts";
import { Refusal } from "../../src/wire/codes.ts";
import { MAX_REPORT_LETTERS } from "../../src/wire/records/report.ts";
import type { RoomView } from "../room-view.ts";
import type { ChatClient, Store } from "../store.ts";
import { report as texts } from "../texts/en-report.ts";
import type { MessageRow } from "../timeline.ts";

interface Props {
  store: Store;
  view: RoomView;
  row: Pick<MessageRow, "seq" | "text">;
}

export function showReport(store: Store, view: RoomView, row: Props["row"]): void {
  const draw = () => <ReportForm store={store} view={view} row={row} />;
  store.show({ kind: "card", label: texts.title, draw });
}

class ReportForm extends Component<Props, { reason: string; problem: string; isAsking: boolean }> {
  override state = { reason: "", problem: "", isAsking: false };
  #isGone = false;

  override componentWillUnmount(): void {
    this.#isGone = true;
  }

  #submit = async (event: Event) => {
    event.preventDefault();
    const { store, view, row } = this.props;
    const { room } = view;
    if (this.state.isAsking || !room) return;
    this.setState({ isAsking: true, problem: "" });
    let problem = "";
    try {
      await reportMessage(store.client as ChatClient, room, row.seq, this.state.reason.trim());
    } catch (error) {
      problem = this.#wordsFor(error);
    }
    if (!problem) view.say(view.standing ? texts.sent : texts.sentServer);
    if (this.#isGone) return;
    this.setState({ isAsking: false, problem });
    if (!problem) store.hide();
  };

  #wordsFor(error: unknown): string {
    const { texts: said } = this.props.store;
    if (!(error instanceof RefusedError)) return said.refused;
    if (error.code === Refusal.tooFast) return texts.tooFast(Math.ceil(error.retryAfterMs / 60_000));
    return said.refusals[error.code] ?? said.refused;
  }

  override render() {
    const { store, view, row } = this.props;
    const { reason, problem, isAsking } = this.state;
    return (
      <form class="form" onSubmit={this.#submit}>
        <h2 class="heading">{texts.title}</h2>
        <p class="quoted" dir="auto">
          {row.text}
        </p>
        <p class="quiet">{view.standing ? texts.what : texts.whatServer}</p>
        <div class="field">
          <label for="report-reason">{texts.reason}</label>
          <div class="joined">
            <input
              id="report-reason"
              dir="auto"
              value={reason}
              maxLength={MAX_REPORT_LETTERS}
              aria-describedby="report-problem"
              autocomplete="off"
              onInput={({ currentTarget }) => this.setState({ reason: currentTarget.value, problem: "" })}
            />
          </div>
          <p id="report-problem" class="problem" role="alert">
            {problem}
          </p>
        </div>
        <div class="choices">
          <button type="submit" class="is-grave" disabled={isAsking}>
            {texts.send}
          </button>
          <button type="button" onClick={() => store.hide()}>
            {store.texts.cancel}
          </button>
        </div>
      </form>
    );
  }
}
