import { FAILURES, Failure, type FailureCode } from '@bailiff/contract';
import { z } from 'zod';
import { type LoadedConfiguration, loadConfiguration } from '../../config.ts';
import { issueDevelopmentToken } from '../../context/development-issuer.ts';
import { presentAddress } from '../clients/gateway-address.ts';

/** How a command reaches the running gateway. */
export interface ApiOptions {
  readonly config: string;
  readonly url?: string;
  readonly token?: string;
}

/** Longest that an answer is waited for: bringing a large release into force tries it first. */
const ANSWER_TIMEOUT_MS = 180_000;
const TOKEN_SECONDS = 60;

const Problem = z.object({
  title: z.string(),
  detail: z.string(),
  code: z.string(),
  errors: z.array(z.object({ path: z.string(), problem: z.string() })).default([]),
});

/** The operators’ API of the gateway that runs on a configuration, asked by an operator. */
export class GatewayApi {
  readonly #base: string;
  readonly #token: string;

  constructor(base: string, token: string) {
    this.#base = base;
    this.#token = token;
  }

  /**
   * With the credential that is named, that of `BAILIFF_TOKEN`, or where the development issuer is on, one that it makes.
   * @throws Failure `unauthenticated` where there is none.
   */
  static async open({ config, url, token }: ApiOptions): Promise<GatewayApi> {
    const loaded = await loadConfiguration(config);
    const base = url ?? (await presentAddress(loaded)).url;
    const named = token || process.env.BAILIFF_TOKEN; // an empty variable is none
    return new GatewayApi(base, named || (await developmentToken(loaded)));
  }

  get(path: string): Promise<unknown> {
    return this.#ask('GET', path);
  }

  post(path: string, body: object): Promise<unknown> {
    return this.#ask('POST', path, JSON.stringify(body));
  }

  async #ask(method: string, path: string, body?: string): Promise<unknown> {
    let response: Response;
    try {
      response = await fetch(new URL(path, `${this.#base}/`), {
        method,
        headers: {
          authorization: `Bearer ${this.#token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body }),
        redirect: 'error', // the credential is for this gateway and no other
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      });
    } catch (cause) {
      const detail = `No gateway answers at ${this.#base}. Start it, or name another with --url or --config.`;
      throw new Failure('not_ready', detail, { cause });
    }
    const json: unknown = await response.json().catch(() => undefined);
    if (response.ok) return json;
    throw refusalOf(json, this.#base, response.status);
  }
}

function refusalOf(json: unknown, base: string, status: number): Failure {
  const problem = Problem.safeParse(json);
  if (!problem.success)
    return new Failure('not_ready', `What answers at ${base} is no bailiff gateway (status ${status}).`);
  const { code, detail, title, errors } = problem.data;
  const known: FailureCode = Object.hasOwn(FAILURES, code) ? (code as FailureCode) : 'internal';
  const faults = errors.map(({ path, problem: what }) => `${path || 'the body'}: ${what}`);
  const hint = code === 'unauthenticated' || code === 'forbidden' ? [OPERATOR_HINT] : [];
  return new Failure(known, [detail || title, ...faults, ...hint].join(' '));
}

const OPERATOR_HINT =
  'Give --token or BAILIFF_TOKEN a credential with the permission operator; `./bailiff token --agent A --permission operator` makes one where the development issuer is on.';

async function developmentToken({ configuration }: LoadedConfiguration): Promise<string> {
  if (!configuration.identity.development_issuer)
    throw new Failure('unauthenticated', `A credential is needed. ${OPERATOR_HINT}`);
  const claims = {
    agentId: 'bailiff-cli',
    userId: process.env.USER ?? '',
    agentVersion: '',
    chain: [],
    conversation: '',
    permissions: ['operator'] as const,
    lifetimeSeconds: TOKEN_SECONDS,
  };
  return issueDevelopmentToken(claims, configuration.data_dir, Date.now);
}
