import { isDeepStrictEqual } from 'node:util';
import { type Configuration, ServerConfiguration } from '@bailiff/contract';
import { clientOf, STDIO_CREDENTIAL } from './client-formats.ts';
import { type Change, credentialReference, editClient, type GatewayEntry } from './edit-client.ts';
import { readClientFile } from './files/client-file.ts';
import type { FoundServer } from './find-clients.ts';
import { type GatewayAddress, mcpUrl } from './gateway-address.ts';
import {
  freeName,
  type Move,
  moveServer,
  type NeededVariable,
  type WrittenServer,
} from './movable-server.ts';

/** How a server that goes around the gateway would be put behind it. */
export type PlannedMove =
  | {
      readonly kind: 'planned';
      readonly found: FoundServer;
      /** What the gateway calls it. */
      readonly name: string;
      /** Undefined where the gateway already has just this server. */
      readonly server: WrittenServer | undefined;
      readonly needs: readonly NeededVariable[];
      readonly entry: GatewayEntry;
      readonly changes: readonly Change[];
    }
  | { readonly kind: 'by_hand'; readonly found: FoundServer; readonly why: string };

/** Clients whose files this never edits, and why. */
const UNEDITED: Readonly<Record<string, string>> = {
  'claude-desktop':
    'Claude Desktop gives servers what its file says and little else, so the file would have to hold a credential.',
  codex: 'Its file is TOML, which is not edited here.',
  inspector: 'The Inspector’s file cannot name a variable, so it would have to hold a credential.',
};

/** Plans the move of every server that goes around. Reads the clients’ files; changes nothing. */
export async function planMoves(
  servers: readonly FoundServer[],
  configured: Configuration['servers'],
  gateway: GatewayAddress,
): Promise<PlannedMove[]> {
  const taken = new Map<string, ServerConfiguration>(Object.entries(configured));
  const plans: PlannedMove[] = [];
  for (const found of servers.filter(({ isThrough }) => !isThrough)) {
    const base = freeName(found.name, () => false);
    const move = moveOf(found, base);
    if (move.kind === 'by_hand') {
      plans.push({ kind: 'by_hand', found, why: move.why });
      continue;
    }
    const parsed = ServerConfiguration.parse(move.server);
    const same = [...taken].find(([, server]) => isSameServer(server, parsed))?.[0];
    const name = same ?? freeName(found.name, (candidate) => taken.has(candidate));
    const renamed = name === base ? move : moveServer(found, name);
    if (renamed.kind === 'by_hand') continue; // the name alone never makes the difference
    if (same === undefined) taken.set(name, ServerConfiguration.parse(renamed.server));
    plans.push(await planOf({ found, name, move: renamed, isNew: same === undefined, gateway }));
  }
  return plans;
}

function moveOf(found: FoundServer, name: string): Move {
  const reason = Object.hasOwn(UNEDITED, found.client) ? UNEDITED[found.client] : undefined;
  if (reason !== undefined) return { kind: 'by_hand', why: reason };
  if (found.name === '__proto__')
    return { kind: 'by_hand', why: 'Its name is one that programs stumble over.' };
  return moveServer(found, name);
}

/** Who runs it and where is known to the gateway alone. */
function isSameServer(configured: ServerConfiguration, found: ServerConfiguration): boolean {
  const { provider, region } = configured;
  return isDeepStrictEqual(configured, { ...found, provider, region });
}

interface Planning {
  readonly found: FoundServer;
  readonly name: string;
  readonly move: Extract<Move, { kind: 'movable' }>;
  readonly isNew: boolean;
  readonly gateway: GatewayAddress;
}

async function planOf({ found, name, move, isNew, gateway }: Planning): Promise<PlannedMove> {
  const client = clientOf(found.client);
  const reach = { kind: 'http' as const, url: mcpUrl(gateway, name), variable: STDIO_CREDENTIAL };
  const reference = credentialReference(client, reach, false);
  const asks = reference.startsWith('${input:');
  const entry = { keys: found.keys, name: found.name, entry: client.entry(reach, reference), asks };
  try {
    const { changes } = editClient(await readClientFile(found.place), entry);
    const server = isNew ? move.server : undefined;
    return { kind: 'planned', found, name, server, needs: move.needs, entry, changes };
  } catch (thrown) {
    return { kind: 'by_hand', found, why: `${found.place.path} ${(thrown as Error).message}.` };
  }
}
