import { Configuration, ServerConfiguration } from '@bailiff/contract';
import pc from 'picocolors';
import { parse } from 'yaml';
import { configurationRow, type LoadedConfiguration, loadConfiguration } from '../../config.ts';
import { unsetVariables } from '../doctor/unset-variables.ts';
import { table, visible } from '../record/terminal.ts';
import { launchOf, tellLaunch } from './client-entry.ts';
import { type ClientPlaces, STDIO_CREDENTIAL } from './client-formats.ts';
import { editClient, memberAt, tellChanges } from './edit-client.ts';
import { type Place, readClientFile, writeClientFile } from './files/client-file.ts';
import { serversText, withServers } from './files/configuration-text.ts';
import { parseJsonText } from './files/json-text.ts';
import { type FoundClients, type FoundServer, findClients } from './find-clients.ts';
import { presentAddress } from './gateway-address.ts';
import type { WrittenServer } from './movable-server.ts';
import { type PlannedMove, planMoves } from './plan-moves.ts';

export interface ExamineOptions {
  readonly config: string;
  /** Whether the configuration is one that was meant, and not the example company’s for want of another. */
  readonly isOwnConfiguration: boolean;
  readonly write?: true;
  /** Names of the servers to move. A project’s servers are moved only when they are named. */
  readonly only?: readonly string[];
  readonly json?: true;
}

export interface ExamineOutcome {
  readonly exitCode: number;
  readonly out: string;
  readonly error: string;
}

type Planned = Extract<PlannedMove, { kind: 'planned' }>;

/** What the command finds around it. */
export interface ExamineSurroundings {
  /** `environment` is also what the gateway’s variables are looked for in. */
  readonly places: ClientPlaces;
  readonly now: Date;
  /** Servers that the release registers; undefined when there is no release that builds. */
  readonly registeredServers: (loaded: LoadedConfiguration) => Promise<ReadonlySet<string> | undefined>;
}

/**
 * Lists the MCP servers of the clients around, says which go around the gateway, and tells or does what puts those behind it.
 * Exit code 0 when none does, 1 when some do, 2 when something could not be written.
 * @throws Failure when the gateway’s configuration cannot be used.
 */
export async function examineClients(
  options: ExamineOptions,
  { places, now, registeredServers }: ExamineSurroundings,
): Promise<ExamineOutcome> {
  const loaded = await loadConfiguration(options.config);
  const { configuration, file } = loaded;
  const gateway = await presentAddress(loaded);
  const found = await findClients(places, gateway);
  const plans = await planMoves(found.servers, configuration.servers, gateway);
  const exitCode = plans.length + found.unread.length === 0 ? 0 : 1;
  if (options.json)
    return { exitCode, out: `${JSON.stringify(document(found, plans), null, 2)}\n`, error: '' };
  const listing = tellClients(found);
  const lacking = lackingVariables(plans, places.environment);
  const stepsAfter = (moved: readonly PlannedMove[]) => nextSteps(moved, () => registeredServers(loaded));
  if (options.write !== true) {
    const told = plans.map((plan) => `${tellPlan(plan, file)}${tellLacking(lacking.get(plan))}`);
    return { exitCode, out: `${listing}${told.join('')}`, error: await stepsAfter(plans) };
  }
  const objection = options.isOwnConfiguration
    ? await cannotStart(loaded, places.environment)
    : 'Say with --config which gateway’s configuration is to be written.\n';
  if (objection !== '') return { exitCode: 2, out: listing, error: objection };
  const movable = chosen(plans, options.only).filter((plan) => !lacking.has(plan));
  const done = await putBehind(movable, { file, now });
  const left = plans.filter((plan) => !done.moved.has(plan));
  const whys = left.map((plan) => whyLeft(plan, lacking.get(plan), options.only));
  return {
    exitCode: done.problems === '' ? Math.min(left.length, 1) : 2,
    out: `${listing}${done.told}`,
    error: `${done.problems}${whys.join('')}${await stepsAfter([...done.moved])}`,
  };
}

type Environment = ClientPlaces['environment'];

/** Of each server that the gateway would not have already, the variables without which no gateway with it would start. */
function lackingVariables(
  plans: readonly PlannedMove[],
  environment: Environment,
): ReadonlyMap<PlannedMove, readonly string[]> {
  const planned = plans.filter((plan) => plan.kind === 'planned');
  const servers = planned.flatMap(({ name, server }) =>
    server === undefined ? [] : [[name, ServerConfiguration.parse(server)] as const],
  );
  const unset = unsetVariables({ servers: Object.fromEntries(servers) }, environment);
  const variablesOf = (name: string) => [
    ...new Set(unset.filter(({ path }) => path[1] === name).map(({ variable }) => variable)),
  ];
  // One server of the gateway may stand in for those of several clients.
  const lacking = planned.map((plan) => [plan, variablesOf(plan.name)] as const);
  return new Map(lacking.filter(([, variables]) => variables.length > 0));
}

/** Why a gateway with this configuration does not start as it is; empty where nothing is known. */
async function cannotStart(
  { configuration, file }: LoadedConfiguration,
  environment: Environment,
): Promise<string> {
  const lines = unsetVariables(configuration, environment).map(async ({ variable, path }) => {
    const row = await configurationRow(file, path);
    return `${file}:${row}: ${path.join('.')} takes its value from ${variable}, which is not set. Set it first. Nothing was written.\n`;
  });
  return (await Promise.all(lines)).join('');
}

function tellLacking(variables: readonly string[] | undefined): string {
  return variables === undefined
    ? ''
    : `Not set here: ${variables.join(', ')}. Set them first: without them the gateway would not start, and --write leaves this server.\n`;
}

/** What was found, for people. */
export function tellClients({ servers, unread }: FoundClients): string {
  const rows = servers.map(({ title, name, place, launch, isThrough }) => [
    isThrough ? '✓ through' : '✗ around',
    title,
    name,
    place.path,
    tellLaunch(launch),
  ]);
  const columns = ['gateway', 'client', 'server', 'file', 'runs'].map((heading) => ({ heading }));
  const paint = (text: string, row: number, column: number) =>
    row >= 0 && column === 0 ? (servers[row]?.isThrough ? pc.green(text) : pc.red(text)) : text;
  const list = rows.length === 0 ? 'No client around has an MCP server.\n' : table(columns, rows, paint);
  const failures = unread.map(
    ({ title, path, detail }) => `${pc.red('✗ unread')}  ${title}: ${visible(`${path} ${detail}`)}\n`,
  );
  return `${list}${failures.join('')}`;
}

function headline({ title, name, place }: FoundServer): string {
  return `\n${pc.bold(`${title}: ${visible(name)}`)} (${visible(place.path)})\n`;
}

function tellPlan(plan: PlannedMove, file: string): string {
  const head = headline(plan.found);
  if (plan.kind === 'by_hand') return `${head}To be moved by hand. ${visible(plan.why)}\n`;
  const { name, server, changes, found } = plan;
  const own =
    server === undefined
      ? `1. ${file} already has it as ${name}.\n`
      : `1. In ${file}:\n\nservers:\n${plainLines(serversText({ [name]: server }))}\n`;
  return `${head}${own}2. In the client’s file:\n\n${plainLines(tellChanges(found.place.path, changes))}${tellNeeds(plan)}`;
}

function tellNeeds({ needs, found }: Planned): string {
  return needs
    .map(
      ({ variable, from }) =>
        `The gateway takes ${variable} from its environment: it is what ${visible(`${found.name}.${from}`)} has.\n`,
    )
    .join('');
}

const plainLines = (text: string) => text.split('\n').map(visible).join('\n');

/** What is left to do when servers were moved, or would be. */
async function nextSteps(
  plans: readonly PlannedMove[],
  registeredServers: () => Promise<ReadonlySet<string> | undefined>,
): Promise<string> {
  const names = [...new Set(plans.flatMap((plan) => (plan.kind === 'planned' ? [plan.name] : [])))];
  if (names.length === 0) return '';
  return [
    '',
    ...refusedUntil(names, await registeredServers()),
    `Clients take their credential from ${STDIO_CREDENTIAL}: ./bailiff token or ./bailiff key makes one.`,
    '',
  ].join('\n');
}

function refusedUntil(names: readonly string[], registered: ReadonlySet<string> | undefined): string[] {
  const missing = names.filter((name) => registered?.has(name) !== true);
  if (missing.length === 0) return [];
  const doubt = registered === undefined ? ' No release builds at the moment.' : '';
  return [
    `Calls to ${missing.join(', ')} are refused until the release registers them: ./bailiff doctor says where.${doubt}`,
  ];
}

/** A project’s file is written by whoever wrote the project, and what it runs would run with the gateway’s rights. */
function chosen(plans: readonly PlannedMove[], only: readonly string[] | undefined): Planned[] {
  return plans.filter(
    (plan): plan is Planned =>
      plan.kind === 'planned' &&
      (only === undefined ? plan.found.place.scope === 'global' : only.includes(plan.found.name)),
  );
}

function whyLeft(
  plan: PlannedMove,
  lacking: readonly string[] | undefined,
  only: readonly string[] | undefined,
): string {
  const { title, name, place } = plan.found;
  const who = `${title}: ${visible(name)}`;
  if (plan.kind === 'by_hand') return `${who} is to be moved by hand. ${visible(plan.why)}\n`;
  if (only !== undefined && !only.includes(name)) return '';
  if (lacking !== undefined && (only !== undefined || place.scope === 'global')) {
    const needed = tellNeeds(plan);
    return `${who} is left: the gateway would not start without ${lacking.join(', ')}, set here and where it is started.\n${needed}`;
  }
  if (only !== undefined) return '';
  return `${who} is the project’s: look at what it runs, then name it with --only ${visible(name)}.\n`;
}

interface Done {
  readonly moved: ReadonlySet<PlannedMove>;
  readonly told: string;
  readonly problems: string;
}

/** The gateway first: a client that is sent to a server which is not there has none. */
async function putBehind(
  plans: readonly Planned[],
  { file, now }: { readonly file: string; readonly now: Date },
): Promise<Done> {
  if (plans.length === 0) return { moved: new Set(), told: '', problems: '' };
  const servers = Object.fromEntries(
    plans.flatMap(({ name, server }) => (server === undefined ? [] : [[name, server] as const])),
  );
  const told: string[] = [];
  const moved = new Set<PlannedMove>();
  try {
    if (Object.keys(servers).length > 0) told.push(await writeConfiguration(file, servers, now));
  } catch (thrown) {
    return { moved, told: '', problems: `${file}: ${(thrown as Error).message} Nothing was written.\n` };
  }
  const problems: string[] = [];
  for (const plan of plans) {
    try {
      told.push(await writeEntry(plan, now));
      moved.add(plan);
    } catch (thrown) {
      problems.push(`${visible(plan.found.place.path)} ${(thrown as Error).message}. It was not written.\n`);
    }
  }
  return { moved, told: told.join(''), problems: problems.join('') };
}

async function writeConfiguration(
  file: string,
  servers: Readonly<Record<string, WrittenServer>>,
  now: Date,
): Promise<string> {
  const place: Place = { path: file, scope: 'global', project: '' };
  const content = await readClientFile(place);
  if (content.kind !== 'text') throw new Error('It cannot be read.');
  const text = withServers(content.text, servers);
  if (!Configuration.safeParse(parse(text)).success) throw new Error('It would not be valid afterwards.');
  const backup = await writeClientFile(place, content, { text, now });
  return `\n+++ ${file}\nservers:\n${plainLines(serversText(servers))}The file as it was: ${backup}\n`;
}

async function writeEntry({ found, entry, needs, ...plan }: Planned, now: Date): Promise<string> {
  const content = await readClientFile(found.place);
  if (content.kind !== 'text') throw new Error('cannot be read any more');
  const parsed = parseJsonText(content.text);
  const current = parsed.kind === 'parsed' ? memberAt(parsed.value, [...found.keys, found.name]) : undefined;
  if (JSON.stringify(launchOf(current)) !== JSON.stringify(launchOf(found.entry)))
    throw new Error('was changed meanwhile');
  const { text, changes } = editClient(content, entry);
  const backup = await writeClientFile(found.place, content, { text, now });
  const needed = tellNeeds({ ...plan, found, entry, needs });
  return `\n${plainLines(tellChanges(found.place.path, changes))}${needed}The file as it was: ${backup}\n`;
}

function document({ servers, unread }: FoundClients, plans: readonly PlannedMove[]): object {
  const plannedFor = (found: FoundServer) => plans.find((plan) => plan.found === found);
  return {
    servers: servers.map((found) => {
      const plan = plannedFor(found);
      return {
        client: found.client,
        file: found.place.path,
        scope: found.place.scope,
        name: found.name,
        runs: tellLaunch(found.launch),
        through_gateway: found.isThrough,
        ...(plan?.kind === 'by_hand' ? { by_hand: plan.why } : {}),
        ...(plan?.kind === 'planned'
          ? { gateway_server: plan.name, configuration: plan.server ?? null }
          : {}),
      };
    }),
    unread: unread.map(({ path, detail }) => ({ file: path, detail })),
  };
}
