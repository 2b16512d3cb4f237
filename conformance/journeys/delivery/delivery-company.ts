import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Activation, Answer, ReleaseStatus } from '@bailiff/contract';
import type { CountingUpstream } from '../faults/counting-upstream.ts';
import { GatewayProcess, KEYS, POLICY, temporaryFolder } from '../faults/gateway-process.ts';
import { until } from '../faults/processes.ts';

const CLI = fileURLToPath(new URL('../../../packages/gateway/src/cli.ts', import.meta.url));

/** Text of a file below the policy folder, by its path. */
export type Texts = Readonly<Record<string, string>>;
export type Document = Readonly<Record<string, unknown>>;

/** `release.yaml` of the small company, with more in it. */
export interface Registry {
  readonly bundles?: Document;
  readonly keys?: Document;
  readonly servers?: Document;
  readonly servers_without_bundle?: readonly string[];
  readonly rollout?: Document;
  readonly tool_pins?: string;
}

/** A gateway as a process, on a policy folder of its own, and those who ask it. */
export interface DeliveryCompany extends AsyncDisposable {
  readonly gateway: GatewayProcess;
  /** Its policy folder. */
  readonly policy: string;
  write(texts: Texts): Promise<void>;
  register(registry: Registry): Promise<void>;
  status(): Promise<ReleaseStatus>;
  /** Has it look at every source, and waits for what comes of that. */
  pull(): Promise<ReleaseStatus>;
  post<Result = unknown>(path: string, body: object): Promise<Result>;
  /** `bailiff release …` at this gateway; what it prints. */
  release(...args: readonly string[]): Promise<string>;
  rollBack(reason?: string): Promise<Activation>;
  /** What the decision API says to the clerk, or to whoever has the key. */
  decide(args: object, asked?: { readonly tool?: string; readonly key?: string }): Promise<Answer>;
  /** Resolves once the engine decides by what is active. */
  follows(): Promise<void>;
  /** Samples of a metric, by their labels as text. */
  metric(name: string): Promise<ReadonlyMap<string, number>>;
  /** Ends this gateway, and starts another on the same folders. */
  restart(): Promise<DeliveryCompany>;
}

/** The small company’s registry, with more laid over it. */
export function registryOf({ bundles = {}, ...more }: Registry): string {
  const whole = {
    ...{ name: 'delivery', version: '1.0.0', catalogue: 'catalogue.yaml' },
    bundles: { identity: { path: 'identity' }, resource: { path: 'resource' }, ...bundles },
    servers_without_bundle: ['desk'],
    ...more,
  };
  return Object.entries(whole)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
    .join('');
}

export interface CompanyOptions {
  readonly upstream: CountingUpstream;
  readonly registry?: Registry;
  readonly texts?: Texts;
  /** Sections of the gateway’s configuration. */
  readonly configuration?: Document;
}

/** The resolution of what no engine decided. */
const UNDECIDED = 1;

/** Longer than a healthy OPA takes on a busy machine. */
const ENGINE = { deadline_ms: 10_000 };

export async function openDeliveryCompany(options: CompanyOptions): Promise<DeliveryCompany> {
  const { path: folder, ...rest } = await temporaryFolder();
  const remove = rest[Symbol.asyncDispose];
  try {
    const policy = join(folder, 'policy');
    await cp(POLICY, policy, { recursive: true });
    await writeTexts(policy, { 'release.yaml': registryOf(options.registry ?? {}), ...options.texts });
    return await companyIn(folder, options, remove);
  } catch (thrown) {
    await remove();
    throw thrown;
  }
}

async function companyIn(
  folder: string,
  options: CompanyOptions,
  remove: () => PromiseLike<void>,
): Promise<DeliveryCompany> {
  const policy = join(folder, 'policy');
  const { upstream, configuration = {} } = options;
  const gateway = await GatewayProcess.start({
    ...{ folder, upstream: upstream.url },
    configuration: { policy: { directory: policy }, engine: ENGINE, ...configuration },
  });
  await gateway.whenReady();
  const asked = async (key: string, path: string, body?: object): Promise<Response> =>
    fetch(`${gateway.url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const json = async <Result>(key: string, path: string, body?: object): Promise<Result> => {
    const response = await asked(key, path, body);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Result;
  };
  const company: DeliveryCompany = {
    gateway,
    policy,
    write: (texts) => writeTexts(policy, texts),
    register: (registry) => writeTexts(policy, { 'release.yaml': registryOf(registry) }),
    status: () => json(KEYS.operator, '/v1/releases/status'),
    pull: () => json(KEYS.operator, '/v1/releases/pull', {}),
    post: (path, body) => json(KEYS.operator, path, body),
    rollBack: (reason = 'a test') => json(KEYS.operator, '/v1/releases/rollback', { reason }),
    async release(...args) {
      const where = ['--url', gateway.url, '--config', join(folder, 'bailiff.yaml')];
      const env = { ...process.env, BAILIFF_TOKEN: KEYS.operator, NO_COLOR: '1' };
      const command = ['--disable-warning=ExperimentalWarning', CLI, 'release', ...args, ...where];
      return (await promisify(execFile)(process.execPath, command, { env })).stdout;
    },
    decide: (args, { tool = 'desk.lookup', key = KEYS.clerk } = {}) =>
      json(key, '/v1/decisions', { action: { type: 'tool_call', tool, args } }),
    follows: () =>
      until('the engine decides by the active release, and is ready', async () => {
        const [{ active }, { metadata }] = await Promise.all([company.status(), company.decide({})]);
        if (metadata.policy_version !== active || metadata.resolution === UNDECIDED) return false;
        // After a switch OPA is asked anew by itself: it may have decided before it counts as ready.
        return (await asked(KEYS.operator, '/readyz')).ok;
      }),
    async metric(name) {
      const text = await (await asked(KEYS.operator, '/metrics')).text();
      const samples = text
        .split('\n')
        .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
      return new Map(
        samples.map((line) => {
          const at = line.lastIndexOf(' ');
          return [line.slice(name.length, at), Number(line.slice(at + 1))] as const;
        }),
      );
    },
    async restart() {
      await gateway[Symbol.asyncDispose]();
      return companyIn(folder, options, remove);
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await remove();
    },
  };
  return company;
}

async function writeTexts(folder: string, texts: Texts): Promise<void> {
  for (const [path, text] of Object.entries(texts)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** Resolves once the log says something. */
export const logged = (gateway: GatewayProcess, what: string | RegExp): Promise<void> =>
  until(`the log says ${what}`, () =>
    typeof what === 'string' ? gateway.said.includes(what) : what.test(gateway.said),
  );

/** A file of the policy folder. */
export const policyFile = ({ policy }: DeliveryCompany, path: string): Promise<string> =>
  readFile(join(policy, path), 'utf8');
