/** Every benchmark, one after the other: `npm run bench`, or `npm run bench -- proxy` for one. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const PEER = { folder: `${HERE}peers`, name: 'mcp-proxy', version: '6.7.19' };
const ALL = [
  'proxy',
  'large-results',
  'decisions',
  'decision-cache',
  'record-writes',
  'record-queries',
  'delivery',
  'authoring',
];
/** Those that stand in a folder of their own. */
const FILES: Readonly<Record<string, string>> = { delivery: 'delivery/run.ts' };

const asked = process.argv.slice(2).filter((argument) => ALL.includes(argument));
const options = process.argv.slice(2).filter((argument) => !ALL.includes(argument));
// The peer is no dependency of the product, so it is fetched only to be measured.
if (!existsSync(`${PEER.folder}/node_modules/${PEER.name}`)) {
  spawnSync(
    'npm',
    [
      'install',
      '--no-save',
      '--ignore-scripts',
      '--loglevel=error',
      '--prefix',
      PEER.folder,
      `${PEER.name}@${PEER.version}`,
    ],
    { stdio: 'inherit' },
  );
}
for (const name of asked.length > 0 ? asked : ALL) {
  process.stdout.write(`\n${name}\n`);
  const { status } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', `${HERE}${FILES[name] ?? `${name}.ts`}`, ...options],
    { stdio: 'inherit' },
  );
  if (status !== 0) process.exitCode = 1;
}
