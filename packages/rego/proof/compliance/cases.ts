import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { canonicalText, type ExactJson, readExactJson } from '../exact-json.ts';
import { buildOracle } from '../oracle/build-oracle.ts';
import type { OpaFailure } from '../oracle/open-oracle.ts';

/** One of OPA's compliance cases, with the plan OPA makes of it and what OPA's evaluator answers. */
export interface ComplianceCase {
  /** Unique, with few exceptions, which end in `#2` and so on here. */
  readonly note: string;
  /** The folder of OPA's it is in: one topic. */
  readonly group: string;
  /** Of one query, named `eval`. */
  readonly planText: string;
  readonly dataText: string;
  /** Sets are `{"\u0000set": [member]}`. */
  readonly input: ExactJson | undefined;
  readonly strict: boolean;
  readonly nowNs: bigint;
  readonly seed: Uint8Array;
  readonly environment: Readonly<Record<string, string>>;
  readonly wants: Expectation;
  /** What OPA's evaluator gives: a result set, or a failure. */
  readonly opaResults: readonly ExactJson[];
  readonly opaError: OpaFailure | undefined;
}

/** What the case itself expects. */
export interface Expectation {
  readonly defined: boolean | undefined;
  readonly results: readonly ExactJson[] | undefined;
  /** Bindings are arrays whose order does not matter. */
  readonly anyOrder: boolean;
  readonly errorCode: string | undefined;
  /** Part of the failure's text. */
  readonly error: string | undefined;
}

/** All of OPA's cases, in its order. @throws {Error} when the oracle cannot be built or fails. */
export async function loadCases(): Promise<ComplianceCase[]> {
  const child = spawn(await buildOracle(), ['cases'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const seen = new Map<string, number>();
  const cases: ComplianceCase[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const read = readCase(line);
    const count = (seen.get(read.note) ?? 0) + 1;
    seen.set(read.note, count);
    cases.push(count === 1 ? read : { ...read, note: `${read.note}#${count}` });
  }
  const [code] = await ended;
  if (code !== 0) throw new Error(`The oracle ended with ${code}.`);
  return cases;
}

interface Dumped {
  readonly note: string;
  readonly group: string;
  readonly plan?: ExactJson;
  readonly plan_error?: string;
  readonly data?: ExactJson;
  readonly input?: ExactJson;
  readonly want_defined?: boolean;
  readonly want_result?: readonly ExactJson[];
  readonly want_error_code?: string;
  readonly want_error?: string;
  readonly sort_bindings?: boolean;
  readonly strict_error?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly now_ns: string;
  readonly seed: string;
  readonly opa_result?: readonly ExactJson[];
  readonly opa_error?: OpaFailure;
}

function readCase(line: string): ComplianceCase {
  const dumped = readExactJson(line) as unknown as Dumped;
  if (dumped.plan === undefined) throw new Error(`${dumped.note}: OPA makes no plan: ${dumped.plan_error}`);
  return {
    note: dumped.note,
    group: dumped.group,
    planText: canonicalText(dumped.plan),
    dataText: canonicalText(dumped.data ?? {}),
    input: dumped.input,
    strict: dumped.strict_error ?? false,
    nowNs: BigInt(dumped.now_ns),
    seed: Buffer.from(dumped.seed, 'hex'),
    environment: dumped.env ?? {},
    wants: {
      defined: dumped.want_defined,
      results: dumped.want_result,
      anyOrder: dumped.sort_bindings ?? false,
      errorCode: dumped.want_error_code,
      error: dumped.want_error,
    },
    opaResults: dumped.opa_result ?? [],
    opaError: dumped.opa_error,
  };
}
