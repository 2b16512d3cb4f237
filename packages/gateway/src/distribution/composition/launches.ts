import { hash } from 'node:crypto';
import type { Launch, ServerConfiguration } from '@bailiff/contract';
import canonicalize from 'canonicalize';

type Start = Omit<Launch, 'digest'>;

interface PackageRunner {
  /** Words before the package, as `run` in `pipx run`. */
  readonly verbs: ReadonlySet<string>;
  /** Options whose value is the package. */
  readonly names: ReadonlySet<string>;
  /** Options that take the next argument with them. */
  readonly withValue: ReadonlySet<string>;
  /** Options that do not. Of any other nobody knows, so that no word behind it is told. */
  readonly bare: ReadonlySet<string>;
}

const NODE_RUNNER: PackageRunner = {
  verbs: new Set(),
  names: new Set(['-p', '--package']),
  withValue: new Set(['-c', '--call', '-w', '--workspace', '--registry', '--cache', '--prefix']),
  bare: new Set([
    '-y',
    '--yes',
    '-q',
    '--quiet',
    '--silent',
    '--offline',
    '--prefer-offline',
    '--bun',
    '--no-install',
  ]),
};
const PYTHON_RUNNER: PackageRunner = {
  verbs: new Set(['run']),
  names: new Set(['--from', '--spec']),
  withValue: new Set(['--with', '-p', '--python', '--index', '--index-url', '-i', '--pip-args']),
  bare: new Set([
    '-q',
    '--quiet',
    '-v',
    '--verbose',
    '--offline',
    '--isolated',
    '--no-cache',
    '--refresh',
    '--no-config',
  ]),
};
/** Programs that start a package of a registry. */
const PACKAGE_RUNNERS: ReadonlyMap<string, PackageRunner> = new Map([
  ['npx', NODE_RUNNER],
  ['bunx', NODE_RUNNER],
  ['pnpx', NODE_RUNNER],
  ['uvx', PYTHON_RUNNER],
  ['pipx', PYTHON_RUNNER],
]);
const IMAGE_RUNNERS: ReadonlySet<string> = new Set(['docker', 'podman', 'nerdctl']);
/** Options of those that take no value: the word after one is the image, or another option. */
const BARE_IMAGE_OPTIONS =
  /^(?:-[itdP]+|--(?:rm|interactive|tty|init|detach|privileged|read-only|publish-all))$/;

/** `name`, `@scope/name`, with an optional version or tag behind `@` or `==`, as registries have them. */
const PACKAGE = /^(?:@[\w.~-]+\/)?[A-Za-z0-9][\w.~-]*(?:\[[\w.,-]+\])?(?:(?:@|==)[\w^~<>=*][\w.+*^~<>=-]*)?$/;
/** A reference of an image, with at least a slash, a tag or a digest. */
const IMAGE =
  /^(?=.*[/:@])[a-z0-9][a-z0-9.-]*(?::\d+(?=\/))?(?:[/][a-z0-9][a-z0-9._-]*)*(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;

/** What a server is started from or reached at, for people, and a digest of all its settings. Holds no value of `env`. */
export function launchOf(settings: ServerConfiguration): Launch {
  return { ...startOf(settings), digest: hash('sha256', canonicalize(settings) ?? '') };
}

function startOf(settings: ServerConfiguration): Start {
  if (settings.transport === 'http') {
    const { origin, pathname } = new URL(settings.url); // its query may hold a secret
    return { kind: 'url', what: `${origin}${pathname}` };
  }
  const { command, args } = settings;
  const program = programOf(command);
  const runner = PACKAGE_RUNNERS.get(program);
  const started = runner === undefined ? imageIn(program, args) : packageIn(runner, args);
  return started ?? { kind: 'command', what: program };
}

/** The last part of a path, or of a URL without its query: what stands before it may hold a secret. */
function programOf(command: string): string {
  const path = URL.canParse(command) && command.includes('://') ? new URL(command).pathname : command;
  const last = path
    .split(/[\\/]/)
    .findLast((part) => part !== '')
    ?.replace(/\.(?:exe|cmd)$/i, '');
  return last ?? 'command';
}

function packageIn(
  { verbs, names, withValue, bare }: PackageRunner,
  args: readonly string[],
): Start | undefined {
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] ?? '';
    const [option = '', ...value] = word.split('=');
    if (names.has(option)) return packageOf(value.length > 0 ? value.join('=') : args[index + 1]);
    if (withValue.has(word)) index += 1;
    else if (word.startsWith('-')) {
      if (value.length === 0 && !bare.has(word)) return undefined;
    } else if (!verbs.has(word)) return packageOf(word); // What follows is for the package.
  }
  return undefined;
}

function packageOf(word: string | undefined): Start | undefined {
  return word !== undefined && PACKAGE.test(word) ? { kind: 'package', what: word } : undefined;
}

/** The first word behind `run` that is a reference; one behind an option may be its value. */
function imageIn(program: string, args: readonly string[]): Start | undefined {
  const [verb, ...words] = args;
  if (!IMAGE_RUNNERS.has(program) || verb !== 'run') return undefined;
  const image = words.find((word, index) => {
    const before = words[index - 1];
    const isValue =
      before?.startsWith('-') === true && !before.includes('=') && !BARE_IMAGE_OPTIONS.test(before);
    return !isValue && IMAGE.test(word);
  });
  return image === undefined ? undefined : { kind: 'image', what: image };
}
