import { readFile, writeFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { SUITES, type SuiteName, type SuiteResult, statusesOf } from './suite.ts';

const EXPECTED = new URL('expected-losses.yaml', import.meta.url);

const because = z.string().min(20);
const suiteName = z.enum(Object.keys(SUITES) as [SuiteName, ...SuiteName[]]);
const Expected = z.strictObject({
  suites: z.array(
    z.strictObject({
      because,
      suite: suiteName,
      upstreams: z.array(z.string()).min(1),
      /** A scenario, of which any check may be lost, or `scenario:check`. */
      lost: z.array(z.string()).min(1),
    }),
  ),
  /** What the gateway does not do towards servers, as the suites find out that play the server. */
  as_client: z.array(
    z.strictObject({
      because,
      suites: z.array(suiteName).min(1),
      faults: z.array(z.string()).min(1),
    }),
  ),
  clients: z.array(z.strictObject({ because, client: z.string() })),
});

const isOf = (loss: string, entry: string) => loss === entry || loss.startsWith(`${entry}:`);

async function readExpected(): Promise<z.infer<typeof Expected>> {
  return Expected.parse(parse(await readFile(EXPECTED, 'utf8')));
}

/** How what was lost differs from what was expected to be. Both lists are empty where it does not. */
export interface Surprises {
  readonly newlyLost: readonly string[];
  /** Entries of the file that have become untrue and must go: the file may only shrink. */
  readonly lostNoMore: readonly string[];
}

/** Checks that hold of a server reached directly and not of the same server behind the gateway, as `scenario:check`. */
export function lossesOf(direct: SuiteResult, through: SuiteResult): string[] {
  const found = statusesOf(through);
  return [...statusesOf(direct)]
    .filter(([check, status]) => status === 'SUCCESS' && found.get(check) !== 'SUCCESS')
    .map(([check]) => check);
}

/** Compares losses with `expected-losses.yaml`. */
export async function surprisesIn(
  losses: readonly string[],
  suite: SuiteName,
  upstream: string,
): Promise<Surprises> {
  const expected = (await readExpected()).suites
    .filter((entry) => entry.suite === suite && entry.upstreams.includes(upstream))
    .flatMap(({ lost }) => lost);
  return difference(losses, expected);
}

/** Compares what a suite found fault with in the gateway as a client with `expected-losses.yaml`. */
export async function surprisesAsClient(faults: readonly string[], suite: SuiteName): Promise<Surprises> {
  const entries = (await readExpected()).as_client.filter(({ suites }) => suites.includes(suite));
  return difference(
    faults,
    entries.flatMap((entry) => entry.faults),
  );
}

function difference(losses: readonly string[], expected: readonly string[]): Surprises {
  return {
    newlyLost: losses.filter((loss) => !expected.some((entry) => isOf(loss, entry))),
    lostNoMore: expected.filter((entry) => !losses.some((loss) => isOf(loss, entry))),
  };
}

/** Whether a client is listed as one that does not get through. */
export async function expectedToFail(client: string): Promise<boolean> {
  return (await readExpected()).clients.some((entry) => entry.client === client);
}

/** Losses by suite and server, for those that were compared. */
export type FoundLosses = ReadonlyMap<SuiteName, ReadonlyMap<string, readonly string[]>>;

/** Takes out of `expected-losses.yaml` what was found to be lost no more. It never adds to the file. */
export async function pruneExpected(found: FoundLosses): Promise<void> {
  const { suites, as_client, clients } = await readExpected();
  const pruned = suites.flatMap(({ because: reason, suite, upstreams, lost }) => {
    const kept = new Map<string, string[]>();
    for (const upstream of upstreams) {
      const losses = found.get(suite)?.get(upstream);
      const still = lost.filter((entry) => losses?.some((loss) => isOf(loss, entry)) ?? true);
      const key = still.join(' ');
      kept.set(key, [...(kept.get(key) ?? []), upstream]);
    }
    return [...kept]
      .filter(([still]) => still !== '')
      .map(([still, these]) => ({ because: reason, suite, upstreams: these, lost: still.split(' ') }));
  });
  const text = await readFile(EXPECTED, 'utf8');
  const preface = text.slice(0, text.indexOf('suites:'));
  await writeFile(EXPECTED, preface + stringify({ suites: pruned, as_client, clients }, { lineWidth: 120 }));
}
