import { spawnSync } from 'node:child_process';
import { constants, existsSync } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Failure, type Release, type ServerConfiguration } from '@bailiff/contract';
import { Command } from 'commander';
import pc from 'picocolors';
import { configurationRow, type LoadedConfiguration, loadConfiguration } from '../../config.ts';
import { usableOpaVersion } from '../../distribution/opa-version.ts';
import { buildFolder } from '../bundle/build-folder.ts';
import { ownPlaces } from '../clients/client-formats.ts';
import { type ExamineOptions, examineClients } from '../clients/examine-clients.ts';
import { gatewayAddress } from '../clients/gateway-address.ts';
import { configuredServerFindings } from '../configured-servers.ts';
import { defaultConfigurationFile, opaPath } from '../places.ts';
import { runningGateway } from '../stdio/running-gateway.ts';
import { unsetVariables } from './unset-variables.ts';

/** What the doctor found about one thing: missing, or there and perhaps not as meant. `mend` says what to do and is absent when nothing is wrong. */
interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly mend?: string;
}

const NODE_MAJOR_MIN = 24;
const ANSWER_TIMEOUT_MS = 2_000;

interface DoctorOptions extends Pick<ExamineOptions, 'config' | 'json' | 'write' | 'only'> {
  readonly clients?: true;
}

/** `bailiff doctor`: what is found, what is missing, and how to mend it. Exit code 1 when something is missing. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('Say what is found, what is missing, and how to mend it.')
    .option('--config <file>', 'configuration to examine', defaultConfigurationFile())
    .option('--json', 'print findings as JSON')
    .option('--clients', 'list the MCP servers of the clients around, and what puts them behind the gateway')
    .option('--write', 'with --clients: put them behind the gateway; a project’s only when named')
    .option('--only <names...>', 'with --clients --write: just these')
    .action(async ({ config, json, clients, ...putting }: DoctorOptions, command: Command) => {
      if (clients) return examineClientsAround({ config, ...(json ? { json } : {}), ...putting }, command);
      if (putting.write || putting.only) command.error('--write and --only go with --clients.');
      const findings = await examine(config);
      process.stdout.write(json ? `${JSON.stringify(findings, null, 2)}\n` : findings.map(lineOf).join(''));
      process.exitCode = findings.every(({ ok }) => ok) ? 0 : 1;
    });
}

async function examineClientsAround(
  options: Omit<ExamineOptions, 'isOwnConfiguration'>,
  command: Command,
): Promise<void> {
  const isOwnConfiguration =
    command.getOptionValueSource('config') !== 'default' || existsSync('bailiff.yaml');
  const at = { places: ownPlaces(), now: new Date(), registeredServers };
  const { exitCode, out, error } = await examineClients({ ...options, isOwnConfiguration }, at);
  process.stdout.write(out);
  process.stderr.write(error);
  process.exitCode = exitCode;
}

/** Servers that the release of a configuration’s policy folder registers; undefined when there is none that builds. */
async function registeredServers(loaded: LoadedConfiguration): Promise<ReadonlySet<string> | undefined> {
  const { release } = await policy(loaded);
  return release === undefined ? undefined : new Set(Object.keys(release.data.servers));
}

/** What is found and missing for the configuration in a file, in the order in which it is best mended. */
export async function examine(config: string): Promise<Finding[]> {
  const findings = [node()];
  let loaded: LoadedConfiguration;
  try {
    loaded = await loadConfiguration(config);
    findings.push({ what: 'configuration', ok: true, detail: loaded.file });
  } catch (thrown) {
    findings.push({
      what: 'configuration',
      ok: false,
      detail: detailOf(thrown),
      mend: 'Mend the rows named above, or name another file with --config FILE.',
    });
    return [...findings, await opa(opaPath())];
  }
  findings.push(await opa(opaOf(loaded)));
  const { findings: policyFindings, release } = await policy(loaded);
  return [
    ...findings,
    ...policyFindings,
    await dataDirectory(loaded),
    ...(await servers(loaded, release)),
    ...(await variables(loaded)),
    ...(await gateway(loaded)),
  ];
}

function opaOf({ configuration }: LoadedConfiguration): string {
  return configuration.engine.opa ?? opaPath();
}

function node(): Finding {
  const ok = Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN;
  return {
    what: 'node',
    ok,
    detail: process.version,
    ...(ok ? {} : { mend: `Install Node ${NODE_MAJOR_MIN} or start through ./bailiff, which brings one.` }),
  };
}

async function opa(path: string): Promise<Finding> {
  const run = { opa: path, cwd: process.cwd(), signal: new AbortController().signal };
  try {
    return { what: 'opa', ok: true, detail: `${await usableOpaVersion(run)} at ${path}` };
  } catch (thrown) {
    return {
      what: 'opa',
      ok: false,
      detail: detailOf(thrown),
      mend: 'Start through ./bailiff, which finds or builds one, or name one in BAILIFF_OPA or engine.opa.',
    };
  }
}

async function policy(
  loaded: LoadedConfiguration,
): Promise<{ readonly findings: Finding[]; readonly release?: Release }> {
  const { directory } = loaded.configuration.policy;
  try {
    const { data_dir: dataDirectory } = loaded.configuration;
    const { release, alarms, warnings } = await buildFolder(directory, { dataDirectory, opa: opaOf(loaded) });
    const detail = `${release.policyVersion}: ${Object.keys(release.data.bundles).length} bundles, ${release.rules.size} rules, ${alarms.length} alarms`;
    const doubts = warnings.map(
      ({ file, row, code, detail, mend }): Finding => ({
        what: 'policy',
        ok: true,
        detail: `${join(directory, file)}:${row}: ${code}: ${detail}`,
        mend,
      }),
    );
    return { findings: [{ what: 'policy', ok: true, detail }, ...doubts], release };
  } catch (thrown) {
    const mend = `Mend what is named above; ./bailiff bundle build ${directory} checks again.`;
    return { findings: [{ what: 'policy', ok: false, detail: detailOf(thrown), mend }] };
  }
}

async function dataDirectory({ configuration }: LoadedConfiguration): Promise<Finding> {
  const folder = configuration.data_dir;
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    return { what: 'data folder', ok: true, detail: folder };
  } catch (thrown) {
    return {
      what: 'data folder',
      ok: false,
      detail: `${folder}: ${(thrown as Error).message}`,
      mend: 'Make it writable, or set data_dir to another folder.',
    };
  }
}

/** Whether each server can be started, and whether the release, where there is one, registers it. */
async function servers(loaded: LoadedConfiguration, release: Release | undefined): Promise<Finding[]> {
  const doubts = release === undefined ? [] : await configuredServerFindings(loaded, release);
  return Object.entries(loaded.configuration.servers).flatMap(([name, server]) => [
    serverFinding(name, server),
    ...doubts
      .filter((finding) => finding.server === name)
      .map(({ file, row, code, detail, mend }) => ({
        what: `server ${name}`,
        ok: code !== 'server_unregistered',
        detail: `${file}:${row}: ${code}: ${detail}`,
        mend,
      })),
  ]);
}

function serverFinding(name: string, server: ServerConfiguration): Finding {
  if (server.transport === 'http') return { what: `server ${name}`, ok: true, detail: server.url };
  const found =
    server.command === 'node' || spawnSync('sh', ['-c', 'command -v -- "$0"', server.command]).status === 0;
  const detail = [server.command, ...server.args].join(' ');
  return {
    what: `server ${name}`,
    ok: found,
    detail,
    ...(found ? {} : { mend: `Install ${server.command}, or correct servers.${name}.command.` }),
  };
}

/** Variables that this command’s environment lacks; whether a gateway’s own has them can only be told where that is this one. */
async function variables({ configuration, file }: LoadedConfiguration): Promise<Finding[]> {
  return Promise.all(
    unsetVariables(configuration, process.env).map(async ({ variable, path }) => ({
      what: `variable ${variable}`,
      ok: false,
      detail: `${file}:${await configurationRow(file, path)}: ${path.join('.')} takes its value from it, and it is not set here.`,
      mend: `Set ${variable} in the environment that the gateway is started in, and of this command to check it.`,
    })),
  );
}

/** The gateway that runs for the data folder, else whether one answers where it would listen, or whether the port is free. */
async function gateway({ configuration }: LoadedConfiguration): Promise<Finding[]> {
  const { url: configured } = gatewayAddress(configuration.listen);
  const running = await runningGateway(configuration.data_dir);
  if (running !== undefined) {
    const { url = configured, readiness } = running;
    const isElsewhere = configuration.listen.port !== 0 && url !== configured;
    const elsewhere = isElsewhere ? `; the configuration says ${configured}` : '';
    return [answering(`${url} answers ${readiness}${elsewhere}`, readiness)];
  }
  if (configuration.listen.port === 0)
    return [{ what: 'gateway', ok: true, detail: 'not running; it would take any free port' }];
  const ready = await fetch(`${configured}/readyz`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) }).catch(
    () => undefined,
  );
  if (ready !== undefined) return [answering(`${configured} answers ${ready.status}`, ready.status)];
  if (await isFree(configuration.listen))
    return [{ what: 'gateway', ok: true, detail: `not running; ${configured} is free` }];
  return [
    {
      what: 'gateway',
      ok: false,
      detail: `${configured} is taken by something that is no gateway`,
      mend: 'Stop it, or choose another listen.port or --port.',
    },
  ];
}

function answering(detail: string, readiness: number): Finding {
  if (readiness === 200) return { what: 'gateway', ok: true, detail };
  const mend = 'Its /readyz says why it is not ready; ask it with an operator’s credential.';
  return { what: 'gateway', ok: false, detail, mend };
}

function isFree({ host, port }: LoadedConfiguration['configuration']['listen']): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

const detailOf = (thrown: unknown): string =>
  thrown instanceof Failure ? thrown.detail : (thrown as Error).message;

function lineOf({ what, ok, detail, mend }: Finding): string {
  const mark = ok ? pc.green('✓ found  ') : pc.red('✗ missing');
  return `${mark} ${what.padEnd(20)} ${detail.replaceAll('\n', `\n${' '.repeat(31)}`)}\n${mend === undefined ? '' : `${' '.repeat(31)}→ ${mend}\n`}`;
}
