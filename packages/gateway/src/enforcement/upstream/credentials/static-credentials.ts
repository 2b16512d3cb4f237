import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CredentialConfiguration, Failure } from '@bailiff/contract';
import { untilAborted } from '../wait.ts';
import {
  type CredentialedServer,
  type CredentialHeaders,
  isOwn,
  type OnBehalfOf,
  type UpstreamCredentials,
} from './credentials.ts';

type FromEnvironment = Extract<CredentialConfiguration, { from: 'environment' }>;
type FromFile = Extract<CredentialConfiguration, { from: 'file' }>;

/** Longest credential, in bytes. */
const CREDENTIAL_BYTES_MAX = 65_536;

/** File of the gateway’s own credential where each user has one. No user’s file has a dot in its name. */
const OWN_FILE = 'gateway.own';

/** What a header may hold: no control characters, and nothing outside ASCII. */
const SENDABLE = /^[\x20-\x7e]+$/;

/**
 * Credentials that stand in environment variables, which are looked up at once.
 * @throws Failure `configuration_invalid` naming the variable that is not set.
 */
export function environmentCredentials(
  { name }: CredentialedServer,
  configuration: FromEnvironment,
  environment: Readonly<Record<string, string | undefined>>,
): UpstreamCredentials {
  const found = (variable: string): string => {
    const value = environment[variable] ?? '';
    if (value !== '' && SENDABLE.test(value)) return value;
    const problem = value === '' ? 'is not set' : 'holds something that no header can carry';
    throw new Failure(
      'configuration_invalid',
      `servers.${name}.credential: The environment variable ${variable} ${problem}.`,
    );
  };
  const { per, variable, variables = {} } = configuration;
  const everybodys = variable === undefined ? undefined : headersWith(found(variable), configuration);
  const byUser = new Map(
    Object.entries(variables).map(([user, one]) => [user, headersWith(found(one), configuration)]),
  );
  return fixed(name, async (onBehalfOf) =>
    per === 'server' || isOwn(onBehalfOf) ? everybodys : byUser.get(onBehalfOf.user),
  );
}

/** Credentials that stand in files, which are read for each request, so that a new one counts at once. */
export function fileCredentials({ name }: CredentialedServer, configuration: FromFile): UpstreamCredentials {
  const { per, path } = configuration;
  return fixed(name, async (onBehalfOf) => {
    const file = per === 'server' ? path : await fileOf(onBehalfOf, path);
    const text = file === undefined ? undefined : await contentsOf(file);
    const value = text?.replace(/\r?\n$/, '');
    return value !== undefined && SENDABLE.test(value) ? headersWith(value, configuration) : undefined;
  });
}

/** The user’s file, if the folder lists one of exactly that name: some file systems would take another one’s. */
async function fileOf(onBehalfOf: OnBehalfOf, folder: string): Promise<string | undefined> {
  if (onBehalfOf.user === '' && !isOwn(onBehalfOf)) return undefined;
  const file = isOwn(onBehalfOf) ? OWN_FILE : encodeURIComponent(onBehalfOf.user).replaceAll('.', '%2E');
  const names = await readdir(folder).catch((): string[] => []);
  return names.includes(file) ? join(folder, file) : undefined;
}

async function contentsOf(path: string): Promise<string | undefined> {
  const handle = await open(path, 'r').catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const buffer = Buffer.alloc(CREDENTIAL_BYTES_MAX + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    return bytesRead > CREDENTIAL_BYTES_MAX ? undefined : buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

function headersWith(
  value: string,
  { header, scheme }: { readonly header: string; readonly scheme: string },
): CredentialHeaders {
  return { [header]: scheme === '' ? value : `${scheme} ${value}` };
}

/** Credentials that nobody here can renew. */
function fixed(
  name: string,
  find: (onBehalfOf: OnBehalfOf) => Promise<CredentialHeaders | undefined>,
): UpstreamCredentials {
  return {
    async headersFor(onBehalfOf, signal) {
      const headers = await untilAborted(find(onBehalfOf), signal);
      if (headers !== undefined) return headers;
      throw new Failure('upstream_unavailable', `The gateway has no credential for the server ${name} here.`);
    },
    rejected() {
      // What is wrong stands outside of the gateway; the repeated request shows whether it was mended.
    },
  };
}
