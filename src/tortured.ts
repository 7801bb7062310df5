/**
 * The server that fails on purpose: the same composition with the controls that the variable MADANG_TORTURE asks for.
 * Started by the torture alone. Invariant: the program that people run knows neither this file nor the variable.
 */
import { readControls } from "./controls.ts";
import { main } from "./main.ts";

const wishes = process.env.MADANG_TORTURE;
if (wishes) {
  process.stderr.write("MADANG_TORTURE is set: this server fails on purpose and must not be used.\n");
  await main(readControls(wishes));
} else {
  process.stderr.write(
    "This server fails on purpose, and MADANG_TORTURE does not say how; the torture starts it.\n",
  );
  process.exitCode = 2;
}
