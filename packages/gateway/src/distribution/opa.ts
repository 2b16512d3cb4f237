import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { resolve as resolvePath } from 'node:path';
// What a child has anyhow: nothing is decided by it here.
import { env as inherited } from 'node:process';
import { Failure } from '@bailiff/contract';
import { LRUCache } from 'lru-cache';
import { compileMend } from './analysis/mistakes/compile-mends.ts';
import type { Finding } from './finding.ts';
import { runAside } from './runs/run-aside.ts';

/** How `opa` is run: which executable, in which folder, until when. */
export interface OpaRun {
  /** Path of the executable, or a name that PATH resolves. */
  readonly opa: string;
  readonly cwd: string;
  readonly signal: AbortSignal;
  /** Default: a minute. */
  readonly timeoutMs?: number;
}

/** What one run of `opa` left. */
export interface OpaResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A run that ends within seconds need not collect its garbage as often as Go does by itself: the tests of 500 rules take a seventh
 * less work than with 200, for a quarter more memory. What the environment says goes first.
 * @see https://go.dev/doc/gc-guide#GOGC
 */
const SHORT_RUN = { GOGC: '400' } as const;

const RUN_TIMEOUT_MS = 60_000;
const OUTPUT_BYTES_MAX = 134_217_728;

/**
 * Built-ins whose answer is not in the input: a recorded decision could not be decided again. OPA marks these itself;
 * the list holds them should a later OPA forget to.
 * @see https://www.openpolicyagent.org/docs/policy-reference/builtins
 */
const NON_DETERMINISTIC: readonly string[] = [
  'http.send',
  'io.jwt.decode_verify',
  'io.jwt.encode_sign',
  'io.jwt.encode_sign_raw',
  'json.match_schema',
  'json.verify_schema',
  'net.lookup_ip_addr',
  'opa.runtime',
  'rand.intn',
  'time.now_ns',
  'uuid.rfc4122',
];

/** What an OPA can do, less what bundles may not use: text of a capabilities file, and the names taken out. */
export interface AllowedCapabilities {
  readonly text: string;
  readonly refused: ReadonlySet<string>;
}

/**
 * Runs `opa` and waits for its end, of one that is stopped too: until then it may write into its folder. It gives way to what
 * decides calls.
 * @throws Failure `configuration_invalid` when it cannot be run, `policy_unavailable` when it takes too long or says too much;
 * the signal’s reason on abort.
 */
export async function runOpa(run: OpaRun, args: readonly string[]): Promise<OpaResult> {
  const { cwd, signal, timeoutMs = RUN_TIMEOUT_MS } = run;
  // A path is relative to this process, not to the folder that it runs in; a bare name is looked up in PATH.
  const file = run.opa.includes('/') ? resolvePath(run.opa) : run.opa;
  const env = { ...SHORT_RUN, ...inherited };
  const ended = await runAside({ file, args, cwd, env, timeoutMs, outputBytesMax: OUTPUT_BYTES_MAX }, signal);
  if (ended.kind === 'ended') return ended;
  const cause = new Error(ended.message);
  if (ended.code === 'ENOENT' || ended.code === 'EACCES') {
    const detail = 'The `opa` executable cannot be run. Name one in BAILIFF_OPA or `engine.opa`.';
    throw new Failure('configuration_invalid', detail, { cause });
  }
  throw new Failure('policy_unavailable', `\`opa ${args[0] ?? ''}\` did not end as it should.`, { cause });
}

/** What the OPA at hand can do, without the non-deterministic built-ins and without reaching the network. */
export function allowedCapabilities(run: OpaRun): Promise<AllowedCapabilities> {
  return ofExecutable(run, capabilities, async () => {
    const { stdout } = await succeeded(run, ['capabilities', '--current']);
    return allowedOf(stdout);
  });
}

function allowedOf(text: string): AllowedCapabilities {
  const whole = JSON.parse(text) as { builtins: { name: string; nondeterministic?: boolean }[] };
  const isRefused = ({ name, nondeterministic }: (typeof whole.builtins)[number]) =>
    nondeterministic === true || NON_DETERMINISTIC.includes(name);
  const allowed = {
    ...whole,
    builtins: whole.builtins.filter((builtin) => !isRefused(builtin)),
    allow_net: [],
  };
  const refused = new Set(whole.builtins.filter(isRefused).map(({ name }) => name));
  return { text: JSON.stringify(allowed), refused };
}

/** What was found out of executables, the latest few. */
export type FactsOfExecutables<Fact> = LRUCache<string, { readonly fact: Fact }>;

const EXECUTABLES_MAX = 4;

export function factsOfExecutables<Fact>(): FactsOfExecutables<Fact> {
  return new LRUCache({ max: EXECUTABLES_MAX });
}

const capabilities = factsOfExecutables<AllowedCapabilities>();

/**
 * What `find` finds out of an executable, once as long as it is the same file. One that PATH resolves is asked each time.
 * @throws what `find` throws; nothing of that is kept.
 */
export async function ofExecutable<Fact>(
  { opa }: OpaRun,
  known: FactsOfExecutables<Fact>,
  find: () => Promise<Fact>,
): Promise<Fact> {
  const file = opa.includes('/') ? await stat(opa, { bigint: true }).catch(() => undefined) : undefined;
  if (file === undefined) return find();
  const key = [resolvePath(opa), file.dev, file.ino, file.size, file.mtimeNs, file.ctimeNs].join();
  const kept = known.get(key);
  if (kept !== undefined) return kept.fact;
  const fact = await find();
  known.set(key, { fact });
  return fact;
}

/** Runs `opa` where anything but success is a defect of ours or of the machine. */
export async function succeeded(run: OpaRun, args: readonly string[]): Promise<OpaResult> {
  const result = await runOpa(run, args);
  if (result.status === 0) return result;
  const cause = new Error(result.stderr || result.stdout);
  throw new Failure('policy_unavailable', `\`opa ${args[0] ?? ''}\` failed.`, { cause });
}

/** An error as OPA prints it with `--format json`. */
export interface OpaError {
  readonly message: string;
  readonly code?: string;
  readonly location?: { readonly file: string; readonly row: number };
}

/** The errors in what OPA printed; one made of its text when it printed no JSON. */
export function errorsOf({ stdout, stderr }: OpaResult): readonly OpaError[] {
  for (const text of [stdout, stderr]) {
    try {
      const { errors } = JSON.parse(text) as { errors?: OpaError[] };
      if (Array.isArray(errors) && errors.length > 0) return errors;
    } catch {
      // Not JSON: some failures come as plain text, which is used below as it is.
    }
  }
  return [{ message: (stderr || stdout).trim().slice(0, 2_000) || 'opa failed and said nothing' }];
}

/** OPA’s errors as findings. `fileOf` gives the source of a path that OPA names, or undefined. */
export function findingsOfErrors(
  errors: readonly OpaError[],
  fileOf: (path: string) => string | undefined,
  refusedBuiltins: ReadonlySet<string>,
): Finding[] {
  return errors.map(({ message, code, location }) => {
    const name = /^undefined function (\S+)$/.exec(message)?.[1] ?? '';
    const at = { file: fileOf(location?.file ?? '') ?? 'release.yaml', row: Math.max(1, location?.row ?? 1) };
    if (refusedBuiltins.has(name)) {
      const detail = `The built-in \`${name}\` is not allowed: its answer could not be found again from the record.`;
      return { ...at, code: 'builtin_refused', detail, mend: 'Take the fact from `input` or `data`.' };
    }
    const mend = compileMend(message) ?? 'Correct the Rego.';
    return { ...at, code: code ?? 'opa_refused', detail: `${message}.`, mend };
  });
}

/** Does `work` for every item, `atOnce` at a time, and gives the results in the items’ order. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
  atOnce: number = Math.min(PARALLEL_MAX, availableParallelism()),
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let position = next++; position < items.length; position = next++) {
      const item = items[position];
      if (item !== undefined) results[position] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return results;
}

const PARALLEL_MAX = 8;
