import { hash } from 'node:crypto';
import type { Launch, ServerConfiguration } from '@bailiff/contract';
import canonicalize from 'canonicalize';

interface FoundStart extends Omit<Launch, 'digest'> {
  /** How it would be named so that it stays the same; absent where it does. */
  readonly pinned?: string;
}

interface PackageRunner {
  /** Words before the package, as `run` in `pipx run`. */
  readonly verbs: ReadonlySet<string>;
  /** Options whose value is the package. */
  readonly names: ReadonlySet<string>;
  /** Options that take the next argument with them. */
  readonly withValue: ReadonlySet<string>;
  /** Options that do not. Of any other nobody knows, so that no word behind it is told. */
  readonly bare: ReadonlySet<string>;
  /** A version that only one package has. */
  readonly exact: RegExp;
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
  exact: /^\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/, // `1` and `1.2` are ranges, `latest` a tag.
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
  exact: /^\d[\w.+-]*$/, // `1.2` is that version; `1.*` is any that begins so.
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

/** Those that servers are commonly given, and that take the next word with them. */
const IMAGE_OPTIONS_WITH_VALUE =
  /^(?:-[evpuwhlm]|--(?:env|env-file|volume|mount|publish|user|workdir|hostname|label|memory|name|network|platform|pull|entrypoint|cpus))$/;

/** `name`, `@scope/name`, with an optional version or tag behind `@` or `==`, as registries have them. */
const PACKAGE = /^(?:@[\w.~-]+\/)?[A-Za-z0-9][\w.~-]*(?:\[[\w.,-]+\])?(?:(?:@|==)[\w^~<>=*][\w.+*^~<>=-]*)?$/;
/** A reference of an image, with at least a slash, a tag or a digest. */
const IMAGE =
  /^(?=.*[/:@])[a-z0-9][a-z0-9.-]*(?::\d+(?=\/))?(?:[/][a-z0-9][a-z0-9._-]*)*(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;

/** An image by its name alone. Any word looks like one, so that only its place among the others tells it. */
const IMAGE_NAME = /^[a-z0-9][a-z0-9._-]*$/;

/** What a server is started from or reached at, for people, and a digest of all its settings. Holds no value of `env`. */
export function launchOf(settings: ServerConfiguration): Launch {
  const { kind, what } = startOf(settings);
  return { kind, what, digest: hash('sha256', canonicalize(settings) ?? '') };
}

/**
 * What a server is started from where the same settings may start something else tomorrow, and how it is named for good. Undefined
 * also where that cannot be told of its settings.
 */
export function floatingLaunch(settings: ServerConfiguration): Required<FoundStart> | undefined {
  const { kind, what, pinned } = startOf(settings);
  return pinned === undefined ? undefined : { kind, what, pinned };
}

function startOf(settings: ServerConfiguration): FoundStart {
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
  { verbs, names, withValue, bare, exact }: PackageRunner,
  args: readonly string[],
): FoundStart | undefined {
  // What is never fetched is the one that is installed, whichever that is.
  const versions = args.includes('--no-install') ? undefined : exact;
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] ?? '';
    const [option = '', ...value] = word.split('=');
    if (names.has(option)) return packageOf(value.length > 0 ? value.join('=') : args[index + 1], versions);
    if (withValue.has(word)) index += 1;
    else if (word.startsWith('-')) {
      if (value.length === 0 && !bare.has(word)) return undefined;
    } else if (!verbs.has(word)) return packageOf(word, versions); // What follows is for the package.
  }
  return undefined;
}

function packageOf(word: string | undefined, versions: RegExp | undefined): FoundStart | undefined {
  if (word === undefined || !PACKAGE.test(word)) return undefined;
  const found = { kind: 'package', what: word } as const;
  // The first `@` of a scoped name begins no version.
  const [, name = word, between = '@', version = ''] = /^(.[^@=]*)(?:(@|==)(.*))?$/.exec(word) ?? [];
  if (versions === undefined || versions.test(version)) return found;
  return { ...found, pinned: `${name}${between}1.2.3` };
}

/** The first word behind `run` that is a reference; one behind an option may be its value. */
function imageIn(program: string, args: readonly string[]): FoundStart | undefined {
  const [verb, ...words] = args;
  if (!IMAGE_RUNNERS.has(program) || verb !== 'run') return undefined;
  const reference = words.find((word, index) => {
    const before = words[index - 1];
    const isValue =
      before?.startsWith('-') === true && !before.includes('=') && !BARE_IMAGE_OPTIONS.test(before);
    return !isValue && IMAGE.test(word);
  });
  const image = imageNameIn(words) ?? reference;
  if (image === undefined) return undefined;
  const [, name = image, tag = '', digest = ''] =
    /^(.*?)(?::([^:@/]*))?(@sha256:[0-9a-f]{64})?$/.exec(image) ?? [];
  // Tags can be moved; one with a number in it is meant to stay.
  const isFloating = digest === '' && !/\d/.test(tag);
  return { kind: 'image', what: image, ...(isFloating && { pinned: `${name}@sha256:…` }) };
}

/** The first word that belongs to no option, if every option before it is known. */
function imageNameIn(words: readonly string[]): string | undefined {
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (IMAGE_OPTIONS_WITH_VALUE.test(word)) index += 1;
    else if (!word.startsWith('-')) return IMAGE_NAME.test(word) ? word : undefined;
    else if (!BARE_IMAGE_OPTIONS.test(word) && !/^--[a-z-]+=/.test(word)) return undefined;
  }
  return undefined;
}
