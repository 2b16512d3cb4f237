import { FAILURES, Failure, type FailureCode } from '@bailiff/contract';
import { z } from 'zod';
import { type LoadedConfiguration, loadConfiguration } from '../../config.ts';
import { issueDevelopmentToken } from '../../context/development-issuer.ts';
import { placeOf } from '../bundle/outcome.ts';
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

/** What the gateway is asked with, where it comes from, and the configuration that the command was given. */
interface Credential {
  readonly token: string;
  readonly from: 'option' | 'environment' | 'issuer';
  readonly file: string;
}

/** The operators’ API of the gateway that runs on a configuration, asked by an operator. */
export class GatewayApi {
  readonly #base: string;
  readonly #credential: Credential;

  constructor(base: string, credential: Credential) {
    this.#base = base;
    this.#credential = credential;
  }

  /**
   * With the credential that is named, that of `BAILIFF_TOKEN`, or where the development issuer is on, one that it makes.
   * @throws Failure `unauthenticated` where there is none.
   */
  static async open({ config, url, token }: ApiOptions): Promise<GatewayApi> {
    const loaded = await loadConfiguration(config);
    const base = url ?? (await presentAddress(loaded)).url;
    const { file } = loaded;
    const variable = process.env.BAILIFF_TOKEN;
    // Empty ones are none.
    if (token) return new GatewayApi(base, { token, from: 'option', file });
    if (variable) return new GatewayApi(base, { token: variable, from: 'environment', file });
    return new GatewayApi(base, { token: await developmentToken(loaded), from: 'issuer', file });
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
          authorization: `Bearer ${this.#credential.token}`,
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
    throw refusalOf(json, { base: this.#base, status: response.status, credential: this.#credential });
  }
}

function refusalOf(
  json: unknown,
  {
    base,
    status,
    credential,
  }: { readonly base: string; readonly status: number; readonly credential: Credential },
): Failure {
  const problem = Problem.safeParse(json);
  if (!problem.success)
    return new Failure('not_ready', `What answers at ${base} is no bailiff gateway (status ${status}).`);
  const { code, detail, title, errors } = problem.data;
  const known: FailureCode = Object.hasOwn(FAILURES, code) ? (code as FailureCode) : 'internal';
  const faults = errors.map(({ path, problem: what }) => `${path || 'the body'}: ${what}`);
  const isRefused = code === 'unauthenticated' || code === 'forbidden';
  const hint = isRefused ? [credentialHint(code, base, credential)] : [];
  return new Failure(known, [detail || title, ...faults, ...hint].join(' '));
}

/** What to do about a credential that the gateway does not take, or that may not do what is asked. */
function credentialHint(
  code: 'unauthenticated' | 'forbidden',
  base: string,
  { from, file }: Credential,
): string {
  const fault = code === 'forbidden' ? 'lacks the permission operator' : 'is not one that it takes';
  switch (from) {
    case 'option':
      return `The credential of --token ${fault}. ${operatorHint(file)}`;
    case 'environment':
      return `BAILIFF_TOKEN is set here, and its credential ${fault}. Unset it (\`unset BAILIFF_TOKEN\`), and this command makes one of its own where the development issuer is on; or give another. ${operatorHint(file)}`;
    case 'issuer':
      return `This command made its credential by ${placeOf('', file)}. If the gateway at ${base} runs on another configuration, name that with --config.`;
  }
}

function operatorHint(file: string): string {
  return `Give --token or BAILIFF_TOKEN a credential with the permission operator; \`./bailiff token --agent A --permission operator --config ${placeOf('', file)}\` makes one where the development issuer is on.`;
}

async function developmentToken({ configuration, file }: LoadedConfiguration): Promise<string> {
  if (!configuration.identity.development_issuer)
    throw new Failure('unauthenticated', `A credential is needed. ${operatorHint(file)}`);
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
