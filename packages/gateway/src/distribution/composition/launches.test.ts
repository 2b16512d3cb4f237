import { ServerConfiguration } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { floatingLaunch, launchOf } from './launches.ts';

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
  ['docker run --rm -i -e TOKEN --env KEY=hush --network=none crm', 'image', 'crm'],
  ['docker run --rm -i crm serve a/b', 'image', 'crm'],
  ['docker run --rm -i --env', 'command', 'docker'],
  ['docker run https://mara:hush@images.example/crm', 'command', 'docker'],
  ['docker exec hush/hush crm:1', 'command', 'docker'],
  ['/opt/hush/crm --key hush', 'command', 'crm'],
  ['https://mara:hush@code.example/bin/crm?key=hush', 'command', 'crm'],
])('%s is started from the %s %s', (line, kind, what) => {
  const [command = '', ...args] = line.split(' ');
  expect(startedBy(command, ...args)).toEqual({ kind, what });
});

test.each([
  ['npx -y weather-mcp', 'weather-mcp@1.2.3'],
  ['npx -y @acme/weather@latest', '@acme/weather@1.2.3'],
  ['npx @acme/weather@1', '@acme/weather@1.2.3'],
  ['npx weather-mcp@^1.4.0', 'weather-mcp@1.2.3'],
  ['bunx --package=weather-mcp@1.x weather', 'weather-mcp@1.2.3'],
  ['uvx weather-mcp', 'weather-mcp@1.2.3'],
  ['uvx --from weather-mcp[cli]==1.* weather', 'weather-mcp[cli]==1.2.3'],
  ['pipx run weather-mcp@latest', 'weather-mcp@1.2.3'],
  ['docker run -i weather', 'weather@sha256:…'],
  ['docker run -i weather:latest', 'weather@sha256:…'],
  ['podman run --rm registry.example:5000/acme/weather', 'registry.example:5000/acme/weather@sha256:…'],
])('%s may start something else tomorrow, and %s would not', (line, pinned) => {
  const [command = '', ...args] = line.split(' ');
  const settings = ServerConfiguration.parse({ transport: 'stdio', command, args });
  expect(floatingLaunch(settings)).toEqual({ ...startedBy(command, ...args), pinned });
});

test.each([
  'npx -y @acme/weather@1.4.0',
  'npx weather-mcp@2.0.0-beta.1',
  'npx --no-install weather-mcp',
  'uvx weather-mcp@1.2',
  'uvx --from weather-mcp==2026.10.24 weather',
  'docker run -i ghcr.io/acme/weather:v1.9.0',
  `docker run -i registry.example:5000/weather@sha256:${'a'.repeat(64)}`,
  'npx git+https://code.example/weather',
  'node weather.js latest',
])('%s starts the same again, as far as its settings tell', (line) => {
  const [command = '', ...args] = line.split(' ');
  expect(floatingLaunch(ServerConfiguration.parse({ transport: 'stdio', command, args }))).toBeUndefined();
});

test('an address is told without who signs in, and without its query', () => {
  const url = 'https://mara:hush@crm.example/mcp?key=hush#hush';
  const { what } = launchOf(ServerConfiguration.parse({ transport: 'http', url }));
  expect(what).toBe('https://crm.example/mcp');
});
