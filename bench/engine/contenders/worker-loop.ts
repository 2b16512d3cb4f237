import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { FILES } from '../sets/policy-set.ts';
import type { Request } from './contender.ts';

/** What a worker of one engine is asked to do: to decide the input of a number. */
export interface Decider {
  /** The answer as JSON text, for comparison. */
  readonly answer: (index: number) => string | Promise<string>;
  /** The measured way, whatever it gives. An engine that answers at once gives no promise. */
  readonly decide: (index: number) => unknown;
  /** Whether `decide` gives promises. */
  readonly isConcurrent?: boolean;
  /** What else this engine can be asked. */
  readonly others?: Readonly<Record<string, (request: Request) => unknown>>;
}

/** Most latencies kept of one slice. */
const SAMPLES_MAX = 1 << 20;
/** Decisions between two looks at the clock where only their number counts. */
const BATCH = 32;

const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: '' },
    set: { type: 'string', default: '' },
    form: { type: 'string', default: 'text' },
    peers: { type: 'string', default: '' },
  },
});
/** What the worker was started with. */
export const started = values;

/** A file of the policy set. */
export function readSetFile(name: keyof typeof FILES): Buffer {
  return readFileSync(join(values.folder, FILES[name]));
}

/** The set’s inputs as text. */
export const inputTexts: readonly string[] = JSON.parse(readSetFile('inputs').toString('utf8'));

/** Answers requests, a line each, until standard input ends. */
export async function serve(decider: Decider): Promise<void> {
  process.stdout.write('{"kind":"ready"}\n');
  const samples = new Float64Array(SAMPLES_MAX);
  let next = 0;
  const draw = () => {
    next = next + 1 === inputTexts.length ? 0 : next + 1;
    return next;
  };
  for await (const line of createInterface({ input: process.stdin })) {
    const request: Request = JSON.parse(line);
    process.stdout.write(`${JSON.stringify(await answerTo(request, decider, { samples, draw }))}\n`);
  }
}

interface Tools {
  readonly samples: Float64Array;
  readonly draw: () => number;
}

async function answerTo(request: Request, decider: Decider, tools: Tools): Promise<unknown> {
  switch (request.kind) {
    case 'answers': {
      const answers: string[] = [];
      for (const index of inputTexts.keys()) answers.push(await decider.answer(index));
      return { kind: 'answers', answers };
    }
    case 'latencies':
      return decider.isConcurrent === true
        ? laterLatencies(decider, request.milliseconds, tools)
        : latencies(decider, request.milliseconds, tools);
    case 'load':
      return decider.isConcurrent === true
        ? laterLoad(decider, request, tools)
        : load(decider, request.milliseconds, tools);
    default:
      return decider.others?.[request.kind]?.(request) ?? { kind: 'unknown' };
  }
}

/** One clock look per decision: where one ends the next begins. */
function latencies({ decide }: Decider, milliseconds: number, { samples, draw }: Tools): unknown {
  let count = 0;
  let before = performance.now();
  const end = before + milliseconds;
  while (before < end && count < SAMPLES_MAX) {
    decide(draw());
    const after = performance.now();
    samples[count] = after - before;
    count += 1;
    before = after;
  }
  return percentiles(samples, count);
}

async function laterLatencies(
  { decide }: Decider,
  milliseconds: number,
  { samples, draw }: Tools,
): Promise<unknown> {
  let count = 0;
  let before = performance.now();
  const end = before + milliseconds;
  while (before < end && count < SAMPLES_MAX) {
    await decide(draw());
    const after = performance.now();
    samples[count] = after - before;
    count += 1;
    before = after;
  }
  return percentiles(samples, count);
}

function percentiles(samples: Float64Array, count: number): unknown {
  const sorted = samples.subarray(0, count).toSorted();
  const at = (share: number) =>
    (sorted[Math.min(count - 1, Math.floor(count * share))] ?? Number.NaN) * 1_000;
  return { kind: 'latencies', count, p50: at(0.5), p99: at(0.99) };
}

function load({ decide }: Decider, milliseconds: number, { draw }: Tools): unknown {
  const end = performance.now() + milliseconds;
  let count = 0;
  while (performance.now() < end) {
    for (let one = 0; one < BATCH; one += 1) decide(draw());
    count += BATCH;
  }
  return { kind: 'load', count };
}

async function laterLoad(
  { decide }: Decider,
  { milliseconds, concurrency }: Request,
  { draw }: Tools,
): Promise<unknown> {
  const end = performance.now() + milliseconds;
  let count = 0;
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (performance.now() < end) {
        await decide(draw());
        count += 1;
      }
    }),
  );
  return { kind: 'load', count };
}
