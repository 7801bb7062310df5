/** What the system says of a process: memory and processor time. Linux only. */
import { readFileSync } from "node:fs";

const MB = 1e6;
/** The kernel counts processor time in these, whatever the machine. */
const TICKS_A_SECOND = 100;
const SAMPLE_MS = 50;

/** Resident memory, MB; 0 when the process is gone. */
export function residentMb(pid: number): number {
  const kib = /^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0;
  return (Number(kib) * 1024) / MB;
}

/** Seconds of processor time since its start; 0 when the process is gone. */
export function cpuSeconds(pid: number): number {
  // The name stands in brackets and may hold anything; what follows it is numbers.
  const fields = read(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ") ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_A_SECOND;
}

/** Memory of all TCP sockets of the machine, MB: what is on its way to readers who do not read. */
export function socketMb(): number {
  const pages = /^TCP:.* mem (\d+)/m.exec(read("/proc/net/sockstat"))?.[1] ?? 0;
  return (Number(pages) * 4096) / MB;
}

/** A process's page in /proc is gone as soon as the process is. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Looks at a process's memory until it is told to stop. */
export class Watch {
  peakMb = 0;
  peakSocketMb = 0;
  #timer: NodeJS.Timeout;

  /** `tooMuch` is called once when it holds more than `mostMb`. */
  constructor(pid: number, mostMb: number, tooMuch: () => void) {
    const look = () => {
      const now = residentMb(pid);
      if (this.peakMb <= mostMb && now > mostMb) tooMuch();
      this.peakMb = Math.max(this.peakMb, now);
      this.peakSocketMb = Math.max(this.peakSocketMb, socketMb());
    };
    look();
    this.#timer = setInterval(look, SAMPLE_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
