/**
 * A part of the page that redraws alone: only when something in `on`, the list of all that it shows, is another value
 * than it was. What is changed in place would not be seen, so whatever stands in a list is replaced, never changed.
 */
import { Component, type ComponentChildren } from "preact";

interface Props {
  /** Always of the same length. */
  on: readonly unknown[];
  draw: () => ComponentChildren;
}

export class Part extends Component<Props> {
  override shouldComponentUpdate(next: Props): boolean {
    return next.on.some((value, at) => value !== this.props.on[at]);
  }

  override render() {
    return this.props.draw();
  }
}
