import { median, printTable, ratio } from '../report.ts';
import { untilEmbedded } from './activations.ts';
import {
  type Asking,
  type DeliveringGateway,
  type EngineKind,
  prepareGateway,
} from './delivering-gateway.ts';
import { loadOfMachine } from './load-of-machine.ts';

const FEW = 3;
const MANY = 200;
const RULES_EACH = 5;
const WARM_UP = 150;
const BLOCK = 60;

/** A block of calls: their median, and the processor time of all the gateway’s processes for one. */
interface Block {
  readonly milliseconds: number;
  readonly cpuMs: number;
}

interface Asked {
  readonly gateway: DeliveringGateway;
  readonly asking: Asking;
}

/** The same call by the same bundles, where three servers ship policy and where two hundred do: block by block, in turns. */
export async function measureServers(rounds: number): Promise<void> {
  const table: string[][] = [];
  for (const kind of ['auto', 'sidecar'] as const) {
    const pairs = await compared(kind, rounds);
    const name = kind === 'auto' ? 'embedded' : kind;
    for (const [what, of] of [
      ['median ms', ({ milliseconds }: Block) => milliseconds],
      ['CPU ms', ({ cpuMs }: Block) => cpuMs],
    ] as const) {
      const share = median(pairs.map(([few, many]) => of(many) / of(few)));
      const [few, many] = [
        median(pairs.map(([one]) => of(one))),
        median(pairs.map(([, other]) => of(other))),
      ];
      const added = `${((share - 1) * 100).toFixed(1)} %`;
      table.push([`${name}, ${what}`, few.toFixed(3), many.toFixed(3), added]);
      ratio(`${MANY}_servers_vs_${FEW}_${name}_${what === 'CPU ms' ? 'cpu' : 'median'}`, share);
    }
  }
  printTable(['one decision', `${FEW} servers`, `${MANY} servers`, 'added'], table);
}

async function compared(kind: EngineKind, rounds: number): Promise<[few: Block, many: Block][]> {
  await using opened = new AsyncDisposableStack();
  const open = async (servers: number): Promise<Asked> => {
    const prepared = opened.use(await prepareGateway({ servers, rulesEach: RULES_EACH }, kind));
    const gateway = opened.use(await prepared.start());
    if (kind === 'auto') await untilEmbedded(gateway);
    const asking = opened.use(await gateway.connect());
    await blockOf({ gateway, asking }, WARM_UP);
    const started = `started in ${gateway.startMs.toFixed(0)} ms`;
    process.stdout.write(`  ${kind}, ${servers} servers: ${started}; ${loadOfMachine()}\n`);
    return { gateway, asking };
  };
  const [few, many] = [await open(FEW), await open(MANY)];
  const pairs: [few: Block, many: Block][] = [];
  for (let round = 0; round < rounds; round++)
    pairs.push([await blockOf(few, BLOCK), await blockOf(many, BLOCK)]);
  return pairs;
}

async function blockOf({ gateway, asking }: Asked, count: number): Promise<Block> {
  const times: number[] = [];
  const before = gateway.cpuSeconds();
  for (let call = 0; call < count; call++) {
    const { outcome, milliseconds } = await asking.ask(7);
    if (outcome !== 'allow') throw new Error(`not an allow: ${outcome}`);
    times.push(milliseconds);
  }
  return { milliseconds: median(times), cpuMs: ((gateway.cpuSeconds() - before) * 1_000) / count };
}
