/**
 * The metrics, on a listener of their own that only this machine reaches. Invariant: nothing else is answered here,
 * and no name of another site leads to it.
 */
import uWS, { type HttpResponse } from "uWebSockets.js";
import { Hosts } from "./hosts.ts";
import { respond, respondLater, watch } from "./http-outlet.ts";
import { type Listening, listen } from "./listen.ts";
import { RequestHead } from "./request-head.ts";
import { type Answer, problem } from "./respond.ts";

export interface MetricsListener {
  port: number;
  close(): void;
}

/** `text` makes the metrics anew; `onError` hears of what kept it from that. @throws ListenError */
export async function serveMetrics(
  address: { host: string; port: number },
  text: () => Promise<string>,
  onError: (error: unknown) => void,
): Promise<MetricsListener> {
  const app = uWS.App();
  const nothing = { publicUrl: "", allowedHosts: [], allowedOrigins: [], machineName: "" };
  const hosts = new Hosts({ ...nothing, listening: "127.0.0.1" });
  app.any("/*", (res, req) => {
    const head = new RequestHead(req);
    const refusal = head.fault ?? judge(head, hosts);
    if (refusal) respond(res, refusal, head.isHead, true);
    else void answer(res, head.isHead);
  });
  const answer = async (res: HttpResponse, isHead: boolean): Promise<void> => {
    const life = watch(res);
    const told = await text().then(
      (body): Answer => ({ status: 200, headers: METRICS_TYPE, body }),
      (error: unknown) => {
        onError(error);
        return problem(500, "internal", "The metrics cannot be told now.");
      },
    );
    respondLater(res, told, isHead, life);
  };
  const listening: Listening = listen(app, address.host, address.port);
  return { port: listening.port, close: () => app.close() };
}

const METRICS_TYPE = [["Content-Type", "text/plain; version=0.0.4; charset=utf-8"]] as const;

function judge(head: RequestHead, hosts: Hosts): Answer | null {
  if (!hosts.allows(head.get("host"))) return problem(421, "wrong_host", "Ask for the metrics by address.");
  if (head.path !== "/metrics") return problem(404, "not_found", "There is nothing here but /metrics.");
  if (head.method === "GET" || head.isHead) return null;
  return problem(405, "method_not_allowed", "Allowed here: GET, HEAD.", [["Allow", "GET, HEAD"]]);
}
