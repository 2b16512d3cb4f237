import { setTimeout as delay } from 'node:timers/promises';
import type { Decided, DeliveringGateway } from './delivering-gateway.ts';
import { FIRST_LIMIT } from './generated-policy.ts';

/** Decisions that were asked for at a steady rate, until it was stopped. */
export interface SteadyLoad {
  /** Those since the last look. @throws what went wrong meanwhile. */
  taken(): Promise<readonly Decided[]>;
  stop(): Promise<void>;
}

/** Connections that take turns: one that waits for an answer holds up no other question. */
const CONNECTIONS = 8;

/** Asks so many times a second, whatever the answers take. */
export async function steadyLoad(gateway: DeliveringGateway, perSecond: number): Promise<SteadyLoad> {
  const pauseMs = (1_000 / perSecond) * CONNECTIONS;
  const began = performance.now();
  let isOver = false;
  let decisions: Decided[] = [];
  const asking = async (index: number) => {
    using connection = await gateway.connect();
    for (let turn = 0; !isOver; turn++) {
      const atMs = began + (turn + index / CONNECTIONS) * pauseMs;
      await delay(Math.max(0, atMs - performance.now()));
      decisions.push(await connection.ask(FIRST_LIMIT / 2));
    }
  };
  const all = Promise.all(Array.from({ length: CONNECTIONS }, (_, index) => asking(index)));
  all.catch(() => {}); // Thrown to whoever looks next.
  return {
    async taken() {
      await Promise.race([all, delay(0)]);
      const taken = decisions;
      decisions = [];
      return taken;
    },
    async stop() {
      isOver = true;
      await all;
    },
  };
}
