import { hash } from 'node:crypto';
import type { Launch, ServerConfiguration } from '@bailiff/contract';
import canonicalize from 'canonicalize';

/** Programs that start a package of a registry, which is their first argument that is no option. */
const PACKAGE_RUNNERS: ReadonlySet<string> = new Set(['npx', 'bunx', 'pnpx', 'uvx', 'pipx']);
const IMAGE_RUNNERS: ReadonlySet<string> = new Set(['docker', 'podman', 'nerdctl']);

/** Options of those programs that take the next argument with them. */
const WITH_VALUE: ReadonlySet<string> = new Set([
  ...[
    '-e',
    '--env',
    '-v',
    '--volume',
    '--mount',
    '--name',
    '--network',
    '-p',
    '--publish',
    '-w',
    '--workdir',
  ],
  ...[
    '-u',
    '--user',
    '--env-file',
    '--entrypoint',
    '--add-host',
    '--from',
    '--with',
    '--python',
    '--platform',
  ],
]);

/** What a server is started from or reached at, for people, and a digest of all its settings. Holds no value of `env`. */
export function launchOf(settings: ServerConfiguration): Launch {
  return { ...startOf(settings), digest: hash('sha256', canonicalize(settings) ?? '') };
}

function startOf(settings: ServerConfiguration): Omit<Launch, 'digest'> {
  if (settings.transport === 'http') {
    const { origin, pathname } = new URL(settings.url); // its query may hold a secret
    return { kind: 'url', what: `${origin}${pathname}` };
  }
  const { command, args } = settings;
  const program =
    command
      .split(/[\\/]/)
      .at(-1)
      ?.replace(/\.(?:exe|cmd)$/i, '') ?? command;
  const words = operandsOf(args);
  const first = PACKAGE_RUNNERS.has(program) ? words.filter((word) => word !== 'run')[0] : undefined;
  if (first !== undefined) return { kind: 'package', what: first };
  const [verb, image] = words;
  if (IMAGE_RUNNERS.has(program) && verb === 'run' && image !== undefined)
    return { kind: 'image', what: image };
  return { kind: 'command', what: program };
}

function operandsOf(args: readonly string[]): string[] {
  return args.filter((arg, index) => !arg.startsWith('-') && !WITH_VALUE.has(args[index - 1] ?? ''));
}
