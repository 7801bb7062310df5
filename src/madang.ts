/** The program that people run. */
import { main } from "./main.ts";

await main();
