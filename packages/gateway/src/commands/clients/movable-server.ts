import { isAbsolute, resolve } from 'node:path';
import { NAME_PATTERN, type ServerConfiguration as ServerSchema } from '@bailiff/contract';
import type { z } from 'zod';
import { isHarmless, isSecretArgument, type Launch } from './client-entry.ts';
import type { FoundServer } from './find-clients.ts';

/** A server as `bailiff.yaml` has it, before defaults are filled in. */
export type WrittenServer = z.input<typeof ServerSchema>;

/** A variable that the gateway needs, and where its value is. The value itself is nowhere in here. */
export interface NeededVariable {
  readonly variable: string;
  /** The member of the client’s entry that holds it, as `env.GITHUB_TOKEN`. */
  readonly from: string;
}

/** Whether a client’s server can go behind the gateway as it is. `why` is a whole sentence. */
export type Move =
  | {
      readonly kind: 'movable';
      readonly server: WrittenServer;
      readonly needs: readonly NeededVariable[];
    }
  | { readonly kind: 'by_hand'; readonly why: string };

/** Keys of entries that say how a server gets credentials or files in ways that only the client knows. */
const CLIENT_ONLY = [
  'envFile',
  'oauth',
  'auth',
  'headersHelper',
  'sandbox',
  'bearer_token',
  'authProviderType',
];

const byHand = (why: string): Move => ({ kind: 'by_hand', why });

/**
 * The gateway’s configuration for a server of a client’s. References to variables stay references; what could be a secret
 * becomes one. `name` is what the gateway calls it.
 */
export function moveServer({ entry, launch, folder }: FoundServer, name: string): Move {
  const own = Object.keys(entry as object).find((key) => CLIENT_ONLY.includes(key));
  if (own !== undefined) return byHand(`Its ${own} is something that only the client knows.`);
  if (launch.kind === 'unknown') return byHand('Its entry cannot be read.');
  if (launch.kind === 'http') return moveHttp(launch, name);
  return moveStdio(launch, { ...settingsOf(Object.entries(launch.env), { name, from: 'env' }), folder });
}

type Settings = Record<string, string | { env: string }>;

/** Variables or headers as the gateway has them, and which of its variables somebody has to set. */
function settingsOf(
  values: readonly (readonly [string, string])[],
  { name, from }: { readonly name: string; readonly from: 'env' | 'headers' },
): { readonly settings: Settings; readonly needs: readonly NeededVariable[] } {
  const needs: NeededVariable[] = [];
  const settings = values.map(([key, value]): [string, string | { env: string }] => {
    const variable = referenceIn(value);
    if (variable !== undefined) return [key, { env: variable }];
    if (from === 'env' && !value.includes('$') && isHarmless(key, value)) return [key, value];
    const needed = variableOf(name, key);
    needs.push({ variable: needed, from: `${from}.${key}` });
    return [key, { env: needed }];
  });
  return { settings: Object.fromEntries(settings), needs };
}

/** `Authorization: Bearer` and a token: the gateway keeps the word and takes the token from a variable. */
const BEARER = /^Bearer\s+(\S+)$/i;

function moveHttp({ url, sse, headers }: Extract<Launch, { kind: 'http' }>, name: string): Move {
  const parsed = URL.parse(url);
  if (sse) return byHand('It speaks HTTP+SSE; find out whether it has an address for streamable HTTP.');
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || url.includes('${'))
    return byHand('Its address is not a whole one as it stands.');
  if (parsed.username !== '' || parsed.password !== '' || parsed.search !== '')
    return byHand('Its address has a part that may be a secret.');
  const entries = Object.entries(headers);
  const bearer = entries.find(([key, value]) => /^authorization$/i.test(key) && BEARER.test(value));
  const { settings, needs } = settingsOf(
    entries.filter((entry) => entry !== bearer),
    { name, from: 'headers' },
  );
  const token = bearer === undefined ? undefined : tokenOf(bearer, name);
  const server = {
    transport: 'http' as const,
    url,
    ...(Object.keys(settings).length === 0 ? {} : { headers: settings }),
    ...(token === undefined
      ? {}
      : { credential: { from: 'environment' as const, variable: token.variable } }),
  };
  return { kind: 'movable', server, needs: [...(token?.needs ?? []), ...needs] };
}

function tokenOf([key, value]: readonly [string, string], name: string) {
  const known = referenceIn(BEARER.exec(value)?.[1] ?? '');
  if (known !== undefined) return { variable: known, needs: [] };
  const variable = variableOf(name, 'token');
  return { variable, needs: [{ variable, from: `headers.${key} behind Bearer` }] };
}

interface Starting {
  readonly settings: Settings;
  readonly needs: readonly NeededVariable[];
  readonly folder: string;
}

function moveStdio(
  { command, args, cwd }: Extract<Launch, { kind: 'stdio' }>,
  { settings, needs, folder }: Starting,
): Move {
  const words = [command, ...args, cwd ?? ''];
  if (words.some((word) => word.includes('${') || word.startsWith('~')))
    return byHand('Its command has a variable in it that only the client fills in.');
  if (args.some((_arg, at) => isSecretArgument(args, at)))
    return byHand('One of its arguments looks like a secret; give it as a variable instead.');
  const isPath = command.startsWith('.') || (command.includes('/') && !isAbsolute(command));
  const server = {
    transport: 'stdio' as const,
    command: isPath ? resolve(cwd ?? folder, command) : command,
    ...(args.length === 0 ? {} : { args: [...args] }),
    ...(Object.keys(settings).length === 0 ? {} : { env: settings }),
    cwd: resolve(folder, cwd ?? '.'),
  };
  return { kind: 'movable', server, needs };
}

/** The variable that a value is, where it is nothing else. */
function referenceIn(value: string): string | undefined {
  const [, braces, bare] = /^(?:\$\{(?:env:)?([A-Za-z_]\w*)\}|\$([A-Za-z_]\w*))$/.exec(value) ?? [];
  return braces ?? bare;
}

/** Two servers may use one name for two secrets, and the gateway has one environment. */
function variableOf(name: string, key: string): string {
  const upper = key.toUpperCase().replace(/\W+/g, '_');
  const prefix = name.toUpperCase();
  return upper.startsWith(`${prefix}_`) ? upper : `${prefix}_${upper}`;
}

/** A name that the gateway accepts and nobody has yet. */
export function freeName(name: string, isTaken: (name: string) => boolean): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+|_+$/g, '')
    .slice(0, 60);
  const base = NAME_PATTERN.test(plain) ? plain : 'server';
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? base : `${base}_${number}`;
    if (!isTaken(candidate)) return candidate;
  }
}
