import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../driver.ts';
import { median, printTable, ratio } from '../report.ts';
import { type Decided, type DeliveringGateway, prepareGateway } from './delivering-gateway.ts';
import { changeLimit, FIRST_LIMIT, TWENTY_BUNDLES } from './generated-policy.ts';
import { loadOfMachine } from './load-of-machine.ts';
import { steadyLoad } from './steady-load.ts';

const GOALS = { activationMs: 2_000, rollbackMs: 1_000, slowest: 5 } as const;
const PER_SECOND = 200;
/** How long a switch is waited for. */
const PATIENCE_MS = 60_000;
/** What follows a switch, such as what is compared in the background, belongs to it. */
const AFTERMATH_MS = 1_000;

interface Switched {
  readonly milliseconds: number;
  readonly cpuSeconds: number;
  readonly decisions: readonly Decided[];
  /** Of the gateway’s event loop, in milliseconds. */
  readonly longestTurnMs: number;
}

/** A change to one bundle among twenty, and going back from it, again and again: at rest and under load. */
export async function measureActivations(rounds: number): Promise<void> {
  const table: string[][] = [];
  for (const [title, load] of [
    ['at rest', 0],
    [`under ${PER_SECOND} decisions/s`, PER_SECOND],
  ] as const) {
    await using prepared = await prepareGateway(TWENTY_BUNDLES, 'auto');
    await using gateway = await prepared.start();
    await untilEmbedded(gateway);
    const { activations, rollbacks, quiet } = await switches(gateway, rounds, load);
    const times = activations.map(({ milliseconds }) => milliseconds);
    const back = rollbacks.map(({ milliseconds }) => milliseconds);
    const turns = activations.map(({ longestTurnMs }) => longestTurnMs);
    table.push(
      ['activation', title, ...figuresOf(activations)],
      ['rollback', title, ...figuresOf(rollbacks)],
    );
    const name = load === 0 ? 'at_rest' : 'under_load';
    ratio(`activation_vs_2s_${name}`, median(times) / GOALS.activationMs);
    ratio(`rollback_vs_1s_${name}`, median(back) / GOALS.rollbackMs);
    process.stdout.write(`event loop held up at most, median: ${median(turns).toFixed(0)} ms ${title}\n`);
    if (load === 0) continue;
    const usual = median(quiet.map(({ milliseconds }) => milliseconds));
    const kinds = { without: quiet, activation: spread(activations), rollback: spread(rollbacks) };
    for (const [kind, decisions] of Object.entries(kinds)) {
      const all = decisions.map(({ milliseconds }) => milliseconds);
      const undecided = decisions.filter(({ engine }) => engine !== 'embedded').length;
      table.push([
        'decisions meanwhile',
        kind,
        ...[0.5, 0.99, 0.999, 1].map((share) => percentile(all, share).toFixed(2)),
        `${all.length}, ${undecided} not embedded`,
      ]);
      ratio(`slowest_decision_vs_5_medians_${kind}`, Math.max(...all) / usual / GOALS.slowest);
      ratio(`p99_9_decision_vs_5_medians_${kind}`, percentile(all, 0.999) / usual / GOALS.slowest);
    }
  }
  printTable(['', '', 'p50 ms', 'p99', 'p99.9', 'max', 'CPU s (median) / decisions'], table);
}

const spread = (all: readonly Switched[]) => all.flatMap(({ decisions }) => decisions);

/** Says how a switch went, so that it is seen that something goes on. */
function told(what: string, switched: Switched): Switched {
  const { milliseconds, cpuSeconds, longestTurnMs } = switched;
  const figures = [
    `${milliseconds.toFixed(0)} ms`,
    `CPU ${cpuSeconds.toFixed(2)} s`,
    `event loop held up ${longestTurnMs.toFixed(0)} ms at most`,
  ];
  process.stdout.write(`  ${what}: ${figures.join(', ')}; ${loadOfMachine()}\n`);
  return switched;
}

function figuresOf(all: readonly Switched[]): string[] {
  const times = all.map(({ milliseconds }) => milliseconds);
  const shares = [0.5, 0.99, 0.999, 1].map((share) =>
    (share === 0.5 ? median(times) : percentile(times, share)).toFixed(0),
  );
  return [...shares, median(all.map(({ cpuSeconds: used }) => used)).toFixed(2)];
}

async function switches(gateway: DeliveringGateway, rounds: number, perSecond: number) {
  const load = perSecond === 0 ? undefined : await steadyLoad(gateway, perSecond);
  const activations: Switched[] = [];
  const rollbacks: Switched[] = [];
  const quiet: Decided[] = [];
  const timed = async (begin: () => Promise<unknown>, limit: number): Promise<Switched> => {
    await load?.taken();
    await gateway.loopDelay();
    const before = gateway.cpuSeconds();
    const began = performance.now();
    await begin();
    await decidedBy(gateway, limit);
    const milliseconds = performance.now() - began;
    const used = gateway.cpuSeconds() - before;
    await delay(AFTERMATH_MS);
    const { longest: longestTurnMs } = await gateway.loopDelay();
    const decisions = (await load?.taken()) ?? [];
    return { milliseconds, cpuSeconds: used, decisions, longestTurnMs };
  };
  for (let round = 1; round <= rounds; round++) {
    await load?.taken();
    await delay(3 * AFTERMATH_MS);
    quiet.push(...((await load?.taken()) ?? []));
    const limit = FIRST_LIMIT + round; // Another one each time: what was rolled back is not taken up again.
    const change = () => changeLimit(gateway.directory, TWENTY_BUNDLES, limit);
    activations.push(told('activation', await timed(change, limit)));
    const back = () => gateway.operate('/v1/releases/rollback', { reason: 'It is measured.' });
    rollbacks.push(told('rollback', await timed(back, FIRST_LIMIT)));
  }
  await load?.stop();
  return { activations, rollbacks, quiet };
}

/** Resolves once amounts up to this are allowed and larger ones are not. @throws when that takes too long. */
async function decidedBy(gateway: DeliveringGateway, limit: number): Promise<void> {
  using connection = await gateway.connect();
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const [below, above] = [await connection.ask(limit), await connection.ask(limit + 0.01)];
    const isBy = below.outcome === 'allow' && above.outcome === 'deny' && above.engine !== 'none';
    if (isBy) return;
    if (performance.now() > until)
      throw new Error(
        `No decision by ${limit}: ${JSON.stringify(await gateway.operate('/v1/releases/status'))}`,
      );
    await delay(5);
  }
}

/** Resolves once the embedded engine decides by the release that is active. */
export async function untilEmbedded(gateway: DeliveringGateway): Promise<void> {
  using connection = await gateway.connect();
  const until = performance.now() + PATIENCE_MS;
  while ((await connection.ask(1)).engine !== 'embedded') {
    if (performance.now() > until) throw new Error('The embedded engine does not decide.');
    await delay(50);
  }
}
