import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure, Name } from '@bailiff/contract';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { loadConfiguration } from '../../config.ts';
import { defaultConfigurationFile } from '../places.ts';
import { visible } from '../record/terminal.ts';
import { launchOf, tellLaunch } from './client-entry.ts';
import {
  type Client,
  type ClientPlaces,
  CONNECTABLE,
  clientOf,
  ownPlaces,
  type Reach,
  type Scope,
  STDIO_CREDENTIAL,
} from './client-formats.ts';
import { credentialReference, editClient, type GatewayEntry, memberAt, tellChanges } from './edit-client.ts';
import { type Place, readClientFile, writeClientFile } from './files/client-file.ts';
import { parseJsonText } from './files/json-text.ts';
import {
  type GatewayAddress,
  gatewayAddress,
  goesThrough,
  mcpUrl,
  presentAddress,
} from './gateway-address.ts';

export interface ConnectOptions {
  readonly server?: string;
  readonly name?: string;
  readonly agent?: string;
  readonly user?: string;
  readonly keyEnv?: string;
  readonly stdio?: true;
  readonly project?: true;
  readonly global?: true;
  readonly write?: true;
  readonly url?: string;
  readonly config: string;
}

/** What the command prints and exits with. */
export interface ConnectOutcome {
  readonly exitCode: number;
  /** The configuration, or the diff of what was written. */
  readonly out: string;
  /** What to do besides. */
  readonly error: string;
}

/** What the command finds around it. */
export interface Surroundings {
  readonly places: ClientPlaces;
  readonly now: Date;
}

/** `bailiff connect`: prints or writes the configuration with which a client reaches the gateway. */
export function connectCommand(): Command {
  return new Command('connect')
    .description('Print or write the configuration with which an MCP client reaches the gateway.')
    .addArgument(new Argument('<client>', 'the client').choices(CONNECTABLE))
    .option('--server <name>', 'one server of the gateway (default: all that the caller may use)')
    .option('--name <name>', 'what the client calls it (default: the server, or bailiff)', entryName)
    .option('--agent <id>', 'the agent, for a token of the development issuer')
    .option('--user <id>', 'the user on whose behalf it acts')
    .addOption(
      new Option('--key-env <variable>', 'environment variable that holds an API key or token')
        .argParser(variableName)
        .conflicts(['agent', 'user']),
    )
    .option('--stdio', 'start `bailiff stdio` instead of using HTTP')
    .addOption(
      new Option('--project', 'the file of this project (default where there is one)').conflicts('global'),
    )
    .option('--global', 'the file of this user')
    .option('--write', 'write the file, keeping a backup, instead of printing')
    .option('--url <url>', 'the gateway, where it is not the one of the configuration', gatewayUrl)
    .option('--config <file>', 'configuration of the gateway', defaultConfigurationFile())
    .action(async (client: string, options: ConnectOptions) => {
      const { exitCode, out, error } = await connect(client, options, {
        places: ownPlaces(),
        now: new Date(),
      });
      process.stdout.write(out);
      process.stderr.write(error);
      process.exitCode = exitCode;
    });
}

function entryName(text: string): string {
  if (!/^[A-Za-z][\w-]{0,63}$/.test(text))
    throw new InvalidArgumentError('Use letters, digits, - and _, a letter first, 64 characters at most.');
  return text;
}

function variableName(text: string): string {
  if (!/^[A-Za-z_]\w{0,127}$/.test(text))
    throw new InvalidArgumentError('Name the variable, as MY_KEY; never write the key itself.');
  return text;
}

function gatewayUrl(text: string): string {
  const url = URL.parse(text);
  const isPlain = url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '';
  if (!isPlain || url.hash !== '') throw new InvalidArgumentError('Write it as http://127.0.0.1:7070.');
  return text.replace(/\/+$/, '');
}

const LAUNCHER = fileURLToPath(new URL('../../../../../bailiff', import.meta.url));

/** The gateway that is meant, checked against its configuration unless an address says that it is another one. */
async function gatewayOf({ url, server, config, stdio }: ConnectOptions): Promise<GatewayAddress> {
  if (url !== undefined && stdio === undefined) {
    if (server !== undefined && !Name.safeParse(server).success)
      throw new Failure('configuration_invalid', `${visible(server)} is no name of a server.`);
    return { url };
  }
  const loaded = await loadConfiguration(config);
  const { configuration, file } = loaded;
  if (server !== undefined && !Object.hasOwn(configuration.servers, server)) {
    const known = Object.keys(configuration.servers).join(', ');
    throw new Failure(
      'configuration_invalid',
      `${file} has no server ${visible(server)}. It has: ${known === '' ? 'none' : known}.`,
    );
  }
  if (url !== undefined) return { url };
  return stdio === undefined ? presentAddress(loaded) : gatewayAddress(configuration.listen);
}

/** How an option set makes a client reach the gateway. */
export function reachOf(gateway: GatewayAddress, options: ConnectOptions): Reach {
  const variable = options.keyEnv ?? STDIO_CREDENTIAL;
  if (options.stdio === undefined) return { kind: 'http', url: mcpUrl(gateway, options.server), variable };
  const server = options.server === undefined ? [] : ['--server', options.server];
  const args = ['stdio', ...server, '--config', resolve(options.config)];
  return { kind: 'stdio', command: LAUNCHER, args, variable };
}

/** @throws Failure when the gateway’s configuration cannot be used or has no such server. */
export async function connect(
  id: string,
  options: ConnectOptions,
  { places, now }: Surroundings,
): Promise<ConnectOutcome> {
  const client = clientOf(id);
  const gateway = await gatewayOf(options);
  const reach = reachOf(gateway, options);
  const reference = credentialReference(client, reach, options.keyEnv !== undefined);
  const name = options.name ?? options.server ?? 'bailiff';
  const wanted: GatewayEntry = {
    keys: [client.key],
    name,
    entry: client.entry(reach, reference),
    asks: reference.startsWith('${input:'),
  };
  const place = placeOf(client, options, places);
  if ('problem' in place) return failed(place.problem);
  const advice = tellAdvice({ client, options, reach, wanted, asks: wanted.asks });
  const isNameless = reach.kind === 'stdio' && client.reference === undefined;
  if (options.write === true && isNameless)
    return failed(
      `The file of ${client.title} cannot name an environment variable, and no credential is written into it.\n${advice}`.trimEnd(),
    );
  if (options.write !== true) {
    const snippet = editClient({ kind: 'absent' }, wanted).text;
    return {
      exitCode: 0,
      out: snippet,
      error: `This goes into ${place.path}; --write puts it there.\n${advice}`,
    };
  }
  return write({ place, wanted, gateway, now, advice });
}

const failed = (problem: string): ConnectOutcome => ({ exitCode: 2, out: '', error: `${problem}\n` });

function placeOf(
  client: Client,
  { project, global }: ConnectOptions,
  places: ClientPlaces,
): Place | { readonly problem: string } {
  const files = client.files(places);
  const scope: Scope | undefined = project ? 'project' : global ? 'global' : files[0]?.scope;
  const file = files.find((one) => one.scope === scope);
  if (file === undefined)
    return {
      problem: `${client.title} has no file of a ${scope}; it keeps everything in ${files[0]?.path}.`,
    };
  return { ...file, project: places.project };
}

interface Writing {
  readonly place: Place;
  readonly wanted: GatewayEntry;
  readonly gateway: GatewayAddress;
  readonly now: Date;
  readonly advice: string;
}

async function write({ place, wanted, gateway, now, advice }: Writing): Promise<ConnectOutcome> {
  const content = await readClientFile(place);
  if (content.kind === 'unreadable') return failed(`${place.path} ${content.detail}. Nothing was written.`);
  const parsed = parseJsonText(content.kind === 'text' ? content.text : '');
  const existing =
    parsed.kind === 'parsed' ? memberAt(parsed.value, [...wanted.keys, wanted.name]) : undefined;
  const launch = launchOf(existing);
  if (existing !== undefined && !goesThrough(launch, gateway)) {
    const what = visible(tellLaunch(launch));
    return failed(
      `${place.path} already has ${wanted.name}, which is not the gateway: ${what}.\nNothing was written. Choose another --name, or put that server behind the gateway: ./bailiff doctor --clients.`,
    );
  }
  try {
    const { text, changes } = editClient(content, wanted);
    if (changes.length === 0)
      return {
        exitCode: 0,
        out: '',
        error: `${place.path} already says so. Nothing was written.\n${advice}`,
      };
    const backup = await writeClientFile(place, content, { text, now });
    const kept = backup === undefined ? '' : `The file as it was: ${backup}\n`;
    return { exitCode: 0, out: tellChanges(place.path, changes), error: `${kept}${advice}` };
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    return failed(
      `${place.path} ${code === undefined ? message : `cannot be written (${code})`}. Nothing was written.`,
    );
  }
}

interface Advised {
  readonly client: Client;
  readonly options: ConnectOptions;
  readonly reach: Reach;
  readonly wanted: GatewayEntry;
  readonly asks: boolean;
}

/** Where the credential comes from, and what else the client needs. */
function tellAdvice({ client, options, reach, wanted, asks }: Advised): string {
  const { agent = 'AGENT', user = 'USER', config } = options;
  const token = `./bailiff token --agent ${quoted(agent)} --user ${quoted(user)} --ttl 12h --config ${quoted(resolve(config))}`;
  const lines: string[] = [];
  if (asks) {
    lines.push(
      `${client.title} asks for the credential once and keeps it: an API key, or what this prints:`,
      `  ${token}`,
    );
  } else if (options.keyEnv !== undefined) {
    lines.push(`Set ${reach.variable}, which holds the credential, where ${client.title} is started.`);
  } else {
    lines.push(
      `Start ${client.title} where its credential is set:`,
      `  export ${reach.variable}="$(${token})"`,
    );
  }
  if (client.id === 'claude-code')
    lines.push('Or let it write its own file:', `  ${claudeAdd(options, wanted)}`);
  if (client.id === 'inspector') lines.push(...inspectorLines(reach, wanted.name));
  return `${lines.join('\n')}\n`;
}

function claudeAdd({ global }: ConnectOptions, { name, entry }: GatewayEntry): string {
  return `claude mcp add-json --scope ${global ? 'user' : 'project'} ${name} ${quoted(JSON.stringify(entry))}`;
}

/** Its file holds values and no references, so the credential is given when it is started. */
function inspectorLines(reach: Reach, name: string): string[] {
  const inspector = 'npx @modelcontextprotocol/inspector';
  const value = `"$${reach.variable}"`;
  if (reach.kind === 'stdio') {
    const command = [reach.command, ...reach.args].map(quoted).join(' ');
    return ['Without a file:', `  ${inspector} -e ${STDIO_CREDENTIAL}=${value} -- ${command}`];
  }
  const header = `--header "Authorization: Bearer $${reach.variable}"`;
  return [
    'Its file holds no credential, so give it on the command line:',
    `  ${inspector} --cli --server ${name} ${header} --method tools/list`,
    'Without a file:',
    `  ${inspector} --cli ${quoted(reach.url)} --transport http ${header} --method tools/list`,
  ];
}

const quoted = (text: string): string =>
  /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
