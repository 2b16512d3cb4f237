import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { buildOracle } from './build-oracle.ts';

/** Most requests on their way at once; more wait. */
const UNDER_WAY_MAX = 64;

/** A question to OPA's own evaluator. */
export interface OracleRequest {
  readonly modules?: Readonly<Record<string, string>>;
  readonly query?: string;
  /** JSON text. */
  readonly inputText?: string;
  /** JSON text of an object. */
  readonly dataText?: string;
  readonly strict?: boolean;
  readonly nowNs?: bigint;
  /** Hexadecimal; its bytes are repeated for ever. */
  readonly seed?: string;
  /** Without the shortcuts by which OPA does not evaluate all that a plan does. */
  readonly exhaustive?: boolean;
}

/** Why OPA gave no answer. */
export interface OpaFailure {
  readonly code: string;
  readonly message: string;
}

/** What OPA answered. Texts are JSON as OPA writes it. */
export interface OracleAnswer {
  readonly defined: boolean;
  /** The value of the query's expression, once for each of its results. */
  readonly results: readonly string[];
  readonly error?: OpaFailure;
  /** The policy does not compile. */
  readonly compile: boolean;
}

/** The plan of some modules, or why OPA makes none. */
export type PlanAnswer =
  | { readonly kind: 'plan'; readonly planText: string }
  | { readonly kind: 'failed'; readonly error: OpaFailure };

/** OPA's evaluator as a process. */
export interface Oracle extends AsyncDisposable {
  evaluate(request: OracleRequest): Promise<OracleAnswer>;
  plan(
    modules: Readonly<Record<string, string>>,
    dataText: string,
    entrypoints: readonly string[],
  ): Promise<PlanAnswer>;
  /** The declarations of OPA's built-ins, as `opa capabilities` has them. */
  builtins(): Promise<readonly BuiltinDeclaration[]>;
}

/** A built-in as OPA declares it. */
export interface BuiltinDeclaration {
  readonly name: string;
  readonly decl: { readonly args?: readonly TypeDeclaration[]; readonly result?: TypeDeclaration };
  readonly infix?: string;
  readonly nondeterministic?: boolean;
  readonly deprecated?: boolean;
  readonly relation?: boolean;
}

/** A type as OPA declares it. */
export interface TypeDeclaration {
  readonly type: string;
  readonly of?: TypeDeclaration | readonly TypeDeclaration[];
  readonly dynamic?: TypeDeclaration | { readonly key: TypeDeclaration; readonly value: TypeDeclaration };
  readonly static?: readonly unknown[];
}

/**
 * Starts the oracle, which is built where it is not there.
 * @throws {Error} when it cannot be built.
 */
export async function openOracle(): Promise<Oracle> {
  const child = spawn(await buildOracle(), ['serve'], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child, 'spawn');
  const waiting: PromiseWithResolvers<string>[] = [];
  const places: (() => void)[] = [];
  let underWay = 0;
  createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
    underWay--;
    waiting.shift()?.resolve(line);
    places.shift()?.();
  });
  const ended = once(child, 'exit');
  void ended.then(() => {
    for (const { reject } of waiting) reject(new Error('The oracle has ended.'));
  });
  child.stdin.on('error', () => {}); // Whoever waits learns it from the end of the process.

  async function ask(line: string): Promise<string> {
    if (underWay >= UNDER_WAY_MAX) await new Promise<void>((resolve) => places.push(resolve));
    underWay++;
    const answer = Promise.withResolvers<string>();
    waiting.push(answer);
    child.stdin.write(`${line}\n`);
    return answer.promise;
  }

  return {
    evaluate: async (request) => readAnswer(await ask(requestLine(request))),
    async plan(modules, dataText, entrypoints) {
      const rest = JSON.stringify({ op: 'plan', modules, entrypoints }).slice(1);
      const line = await ask(`{"id":0,"data":${oneLine(dataText)},${rest}`);
      const answer = JSON.parse(line) as { plan_text?: string; error?: OpaFailure };
      if (answer.error !== undefined) return { kind: 'failed', error: answer.error };
      return { kind: 'plan', planText: answer.plan_text ?? '' };
    },
    async builtins() {
      const answer = JSON.parse(await ask('{"id":0,"op":"builtins"}')) as { builtins: BuiltinDeclaration[] };
      return answer.builtins;
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}

function requestLine(request: OracleRequest): string {
  const {
    modules = {},
    query,
    inputText,
    dataText,
    strict = false,
    nowNs,
    seed,
    exhaustive = false,
  } = request;
  const rest = { modules, query, strict, now_ns: nowNs?.toString(), seed, input_text: inputText, exhaustive };
  const data = dataText === undefined ? '' : `"data":${oneLine(dataText)},`;
  return `{"id":0,${data}${JSON.stringify(rest).slice(1)}`;
}

/** JSON text without line ends between its tokens; within strings JSON has none. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]/g, ' ');
}

function readAnswer(line: string): OracleAnswer {
  // Results are cut out as text: parsing them would lose the text of numbers.
  const answer = JSON.parse(line) as {
    defined: boolean;
    texts?: string[];
    error?: OpaFailure;
    compile?: boolean;
  };
  return {
    defined: answer.defined,
    results: answer.texts ?? [],
    compile: answer.compile ?? false,
    ...(answer.error === undefined ? {} : { error: answer.error }),
  };
}
