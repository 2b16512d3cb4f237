import { ServerConfiguration } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { launchOf } from './launches.ts';

const startedBy = (command: string, ...args: string[]) => {
  const { digest: _digest, ...start } = launchOf(
    ServerConfiguration.parse({ transport: 'stdio', command, args, env: { TOKEN: 'hush' } }),
  );
  return start;
};

test.each([
  ['npx -y @acme/crm-mcp@1.4.0 --verbose', 'package', '@acme/crm-mcp@1.4.0'],
  ['npx --package=@acme/crm@1 crm-mcp', 'package', '@acme/crm@1'],
  ['npx -p @acme/crm crm-mcp', 'package', '@acme/crm'],
  ['npx --registry https://mara:hush@npm.example/ -y crm-mcp', 'package', 'crm-mcp'],
  ['npx.cmd --cache hush crm-mcp@latest', 'package', 'crm-mcp@latest'],
  ['npx https://mara:hush@code.example/crm.tgz?key=hush', 'command', 'npx'],
  ['npx --unheard hush crm-mcp', 'command', 'npx'],
  ['npx git+ssh://hush@code.example/crm', 'command', 'npx'],
  ['uvx --from crm-mcp==1.2.0 serve', 'package', 'crm-mcp==1.2.0'],
  ['uvx --with hush crm-mcp[cli]@2.0', 'package', 'crm-mcp[cli]@2.0'],
  ['pipx run --spec git+https://hush@code.example/crm crm', 'command', 'pipx'],
  ['docker run --rm -i -e TOKEN=hush acme/crm:1.2', 'image', 'acme/crm:1.2'],
  ['docker run -it --unheard hush/hush ghcr.io/acme/crm', 'image', 'ghcr.io/acme/crm'],
  ['docker run --env TOKEN=a/hush --network=a/hush crm:1 serve a/b', 'image', 'crm:1'],
  ['docker run registry.example:5000/crm', 'image', 'registry.example:5000/crm'],
  [`podman run crm@sha256:${'a'.repeat(64)}`, 'image', `crm@sha256:${'a'.repeat(64)}`],
  ['docker run --unheard hush crm', 'command', 'docker'],
  ['docker run https://mara:hush@images.example/crm', 'command', 'docker'],
  ['docker exec hush/hush crm:1', 'command', 'docker'],
  ['/opt/hush/crm --key hush', 'command', 'crm'],
  ['https://mara:hush@code.example/bin/crm?key=hush', 'command', 'crm'],
])('%s is started from the %s %s', (line, kind, what) => {
  const [command = '', ...args] = line.split(' ');
  expect(startedBy(command, ...args)).toEqual({ kind, what });
});

test('an address is told without who signs in, and without its query', () => {
  const url = 'https://mara:hush@crm.example/mcp?key=hush#hush';
  const { what } = launchOf(ServerConfiguration.parse({ transport: 'http', url }));
  expect(what).toBe('https://crm.example/mcp');
});
