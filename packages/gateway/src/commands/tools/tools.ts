import { createInterface } from 'node:readline/promises';
import { Failure, failureOf, type ServerConfiguration } from '@bailiff/contract';
import { Command } from 'commander';
import pc from 'picocolors';
import { type LoadedConfiguration, loadConfiguration } from '../../config.ts';
import { defaultConfigurationFile } from '../places.ts';
import { type Approved, approveTools } from './approve-tools.ts';
import { compareTools, digestOfChanges, type ToolChange } from './compare-tools.ts';
import { shown } from './hidden-characters.ts';
import { PinsFile } from './pins-file.ts';
import { type ListedTool, listTools } from './server-tools.ts';
import { type ToldServer, type ToldTool, tellDiff, tellList } from './tell-tools.ts';

interface Options {
  readonly config: string;
  readonly json?: true;
}

interface ApproveOptions extends Options {
  readonly all?: true;
  readonly digest?: string;
}

/** `bailiff tools`: which tools servers list, what changed since they were approved, and approving it. */
export function toolsCommand(): Command {
  const command = new Command('tools').description(
    'See what servers list as their tools, and approve it: a tool that is not as approved is not called.',
  );
  const config = [
    '--config <file>',
    'configuration that names servers and policy',
    defaultConfigurationFile(),
  ] as const;
  command
    .command('list')
    .description(
      'List the tools of servers, and whether each is as it was approved. Ends with 1 where one cannot be asked.',
    )
    .argument('[server]', 'one server; all by default')
    .option(...config)
    .option('--json', 'print JSON')
    .action(async (server: string | undefined, options: Options) => {
      const told = await tellServers(server, await loadConfiguration(options.config));
      print(told, options, (one) => tellList(one, pc));
      if (told.some(({ failure }) => failure !== undefined)) process.exitCode = 1;
    });
  command
    .command('diff')
    .description(
      'Show what differs from what was approved, hidden characters included. Ends with 1 where something does.',
    )
    .argument('[server]', 'one server; all by default')
    .option(...config)
    .option('--json', 'print JSON')
    .action(async (server: string | undefined, options: Options) => {
      const told = await tellServers(server, await loadConfiguration(options.config));
      print(told, options, (one) => tellDiff(one, pc));
      if (told.some(({ changes, failure }) => changes.length > 0 || failure !== undefined))
        process.exitCode = 1;
    });
  command
    .command('approve')
    .description('Approve tools as their server lists them now, and pin the server to that.')
    .argument('<server>', 'the server')
    .argument('[tools...]', 'tools to approve')
    .option('--all', 'approve everything that differs, and forget tools that are listed no more')
    .option(
      '--digest <digest>',
      'what `tools diff` showed. Without it, or with its first 12 digits or more, you are shown it and asked',
    )
    .option(...config)
    .option('--json', 'print JSON')
    .action(async (server: string, tools: string[], options: ApproveOptions, self: Command) => {
      const { digest } = options;
      const isNamed = tools.length > 0 || options.all === true;
      if (!isNamed && digest === undefined) self.error('Name tools, or their --digest, or approve --all.');
      if (tools.length > 0 && options.all) self.error('Name tools or approve --all, not both.');
      const loaded = await loadConfiguration(options.config);
      const ask = options.json !== true && process.stdin.isTTY ? askInTerminal : undefined;
      const approved = await approve({ server, tools: isNamed ? tools : undefined, digest, ask }, loaded);
      process.stdout.write(options.json ? jsonOf(approved) : tellApproved(approved));
      if (!approved.written) process.exitCode = 1;
    });
  return command;
}

/** Approves as the arguments say. @throws Failure as `approveTools`, or `upstream_*` when the server cannot be asked. */
export async function approve(
  { server, ...wanted }: Omit<Parameters<typeof approveTools>[0], never>,
  loaded: LoadedConfiguration,
): Promise<Approved> {
  const { file, listed } = await asked(server, loaded);
  return approveTools(
    { server, ...wanted },
    { file, listed, changes: compareTools(listed, file.of(server)) },
  );
}

/** What one server lists, or each of them, beside what was approved. @throws Failure `not_found` for a server that is none. */
export async function tellServers(
  server: string | undefined,
  loaded: LoadedConfiguration,
): Promise<ToldServer[]> {
  const file = await PinsFile.read(loaded.configuration.policy.directory);
  const servers = serversOf(loaded, file);
  const names = server === undefined ? [...servers.keys()] : [server];
  return Promise.all(names.map((name) => tellServer(name, { file, servers, loaded })));
}

type Servers = ReadonlyMap<string, ServerConfiguration>;

interface Places {
  readonly file: PinsFile;
  readonly servers: Servers;
  readonly loaded: LoadedConfiguration;
}

async function tellServer(server: string, places: Places): Promise<ToldServer> {
  const approved = places.file.of(server);
  const pinned = approved.pins !== undefined;
  let listed: readonly ListedTool[];
  try {
    listed = await toolsOf(server, places);
  } catch (thrown) {
    const { code, detail } = failureOf(thrown);
    if (code === 'not_found' || code === 'internal') throw thrown;
    return { server, pinned, failure: detail, tools: [], changes: [], digest: '' };
  }
  const changes = compareTools(listed, approved);
  const kinds = new Map(changes.map(({ tool, kind }) => [tool, kind]));
  const tools = listed.map(({ name, digest = null }): ToldTool => {
    const kind = kinds.get(name);
    return { name, digest, state: pinned ? (kind ?? 'approved') : 'unpinned' };
  });
  const approvable = changes.filter(({ kind }: ToolChange) => kind !== 'ambiguous');
  return {
    server,
    pinned,
    tools,
    changes,
    digest: approvable.length === 0 ? '' : digestOfChanges(approvable),
  };
}

async function asked(server: string, loaded: LoadedConfiguration) {
  const file = await PinsFile.read(loaded.configuration.policy.directory);
  const listed = await toolsOf(server, { file, servers: serversOf(loaded, file), loaded });
  return { file, listed };
}

function toolsOf(
  server: string,
  { servers, loaded: { configuration, file } }: Places,
): Promise<ListedTool[]> {
  const settings = servers.get(server);
  if (settings === undefined)
    throw new Failure(
      'not_found',
      `There is no server ${shown(server)} in ${file} or in its policy’s release.yaml.`,
    );
  return listTools(server, settings, {
    dataDirectory: configuration.data_dir,
    policyDirectory: configuration.policy.directory,
  });
}

/** The configured ones, and those that are part of the release. */
function serversOf({ configuration }: LoadedConfiguration, file: PinsFile): Servers {
  return new Map([...Object.entries(file.servers), ...Object.entries(configuration.servers)]);
}

async function askInTerminal(text: string): Promise<boolean> {
  process.stdout.write(text);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await terminal.question('Approve this? Type yes: ')).trim().toLowerCase() === 'yes';
  } finally {
    terminal.close();
  }
}

function tellApproved({ server, approved, removed, file, written }: Approved): string {
  if (!written) return 'Nothing is approved.\n';
  if (approved.length + removed.length === 0) return `${server}: there is nothing to approve.\n`;
  const names = (tools: readonly string[]) => tools.map(shown).join(', ');
  return [
    approved.length > 0 ? `${pc.green('approved')} ${names(approved)}\n` : '',
    removed.length > 0 ? `forgotten ${names(removed)}\n` : '',
    `written to ${file}; it holds once the release with it is active\n`,
  ].join('');
}

function print(told: readonly ToldServer[], { json }: Options, tell: (one: ToldServer) => string): void {
  process.stdout.write(json ? jsonOf(told) : told.map(tell).join('\n'));
}

function jsonOf(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
