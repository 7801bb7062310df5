/**
 * What a scenario works with: one build of Madang, its server, the crowd, the link, the phone. Everything is started
 * for one scenario and ended after it. Invariant: nothing is left when `close` has resolved, whatever failed.
 */
import { randomBytes } from "node:crypto";
import { madang } from "../contenders.ts";
import type { Progress } from "../progress.ts";
import { ServerProcess } from "../server-process.ts";
import { RoleProcess } from "../torture/roles.ts";
import type { LinkCounts, LinkSettings } from "./link.ts";
import { Phone } from "./phone.ts";

export interface StageOptions {
  /** The folder of the build. */
  dist: string;
  chromium: string;
  dataRoot: string;
  quick: boolean;
  tiny: boolean;
  /** How often what is short is measured; the median counts. */
  times: number;
  progress: Progress;
}

export class Stage {
  readonly options: StageOptions;
  readonly server: ServerProcess;
  readonly phone: Phone;
  readonly crowd = new RoleProcess("client-crowd");
  #link: RoleProcess | null = null;
  #linkPort = 0;

  private constructor(options: StageOptions, server: ServerProcess, phone: Phone) {
    this.options = options;
    this.server = server;
    this.phone = phone;
  }

  static async open(options: StageOptions): Promise<Stage> {
    const contender = madang("", [], options.dist);
    const server = await ServerProcess.start({
      contender,
      core: undefined,
      dataRoot: options.dataRoot,
      flags: ["--room-messages-per-second", "0"],
    });
    try {
      return new Stage(options, server, await Phone.start(options.chromium));
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Straight to the server. */
  url(room: string): string {
    return `http://127.0.0.1:${this.server.port}/r/${encodeURIComponent(room)}`;
  }

  /** Over a link of its own, which is cut and begins anew. */
  async overLink(room: string, settings: LinkSettings): Promise<string> {
    if (!this.#link) {
      this.#link = new RoleProcess("client-link");
      this.#linkPort = await this.#link.ask<number>("listen", { port: this.server.port });
    }
    await this.#link.ask("set", settings);
    return `http://127.0.0.1:${this.#linkPort}/r/${encodeURIComponent(room)}`;
  }

  /** A page that is nothing but a field and so many bytes: what no page can do without over this link. */
  async bareOverLink(settings: LinkSettings, bytes: number): Promise<string> {
    const url = await this.overLink("", settings);
    const head = '<!doctype html><meta name="viewport" content="width=device-width"><form class="composer">';
    const html = `${head}<textarea></textarea></form><!--${randomBytes(bytes)
      .toString("latin1")
      .replace(/[^ -,.-~]/g, ".")}-->`;
    await (this.#link as RoleProcess).ask("bare", html);
    return url;
  }

  linkCounts(): Promise<LinkCounts> {
    return (this.#link as RoleProcess).ask<LinkCounts>("counts");
  }

  sit(room: string, count: number): Promise<void> {
    return this.crowd.ask("sit", { port: this.server.port, room, count });
  }

  openRooms(rooms: string[]): Promise<void> {
    return this.crowd.ask("open", { port: this.server.port, rooms });
  }

  fill(room: string, messages: number): Promise<void> {
    return this.crowd.ask("fill", { port: this.server.port, room, messages });
  }

  doing(what: string): void {
    this.options.progress.doing(what);
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.phone.close(), this.crowd.end(), this.#link?.end()]);
    await this.server.stop();
  }
}
