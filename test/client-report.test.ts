/** The headless client in a back room, and as it reports a message, against a real server. */
import { expect, test } from "vitest";
import { visitor } from "../bench/hostile/visitor.ts";
import { RoomState } from "../src/client/contract.ts";
import { Refusal } from "../src/wire/codes.ts";
import { PutOutWhy } from "../src/wire/frames.ts";
import { report } from "../src/wire/records/report.ts";
import { Role, role } from "../src/wire/records/role.ts";
import { runServer } from "./running-server.ts";

test("a report is answered when it is stored, stands in the back room, and is taken once", async () => {
  await using server = await runServer();
  const ada = visitor(server.port, "127.0.0.1", {});
  const bo = visitor(server.port, "127.0.0.1", {});
  ada.start();
  bo.start();
  const name = await ada.makeRoom("yard", false);
  const hers = ada.enter(name, { listener: {} });
  const his = bo.enter(name, { listener: {} });
  const reports: string[] = [];
  const back = ada.enter(`${name}/back`, {
    listener: {
      acted: (acts) => {
        for (const { kind, name, front, excerpt, text } of acts)
          if (kind === report.kind) reports.push(`${name} ${front} ${excerpt} ${text}`);
      },
    },
  });
  await expect.poll(() => [hers, his, back].map(({ state }) => state)).toEqual(Array(3).fill(RoomState.live));
  hers.send("rude");
  await expect.poll(() => his.position?.seq).toBe(2);
  await bo.report(his, 2, "it is");
  await expect.poll(() => reports).toEqual([`${bo.me!.name} 2 rude it is`]);
  await expect(bo.report(his, 2)).rejects.toMatchObject({ code: Refusal.alreadyReported });
  await expect(ada.report(hers, 2)).rejects.toMatchObject({ code: Refusal.notAllowed });
  await expect(bo.report(his, 9)).rejects.toMatchObject({ code: Refusal.noSuchMessage });

  // Whoever loses the role is put out, and told by whom.
  const give = async (to: Role) => {
    hers.act(role, { who: bo.me!.author, role: to });
    await expect.poll(() => hers.pending).toEqual([]);
  };
  await give(Role.moderator);
  const behind = bo.enter(`${name}/back`, { listener: {} });
  await expect.poll(() => behind.state).toBe(RoomState.live);
  await give(Role.none);
  await expect.poll(() => behind.state).toBe(RoomState.refused);
  const putOut = { what: PutOutWhy.roleLost, by: ada.me!.name };
  expect(behind.refusal).toMatchObject({ code: Refusal.notInRoom, putOut });
  ada.stop();
  bo.stop();
});
