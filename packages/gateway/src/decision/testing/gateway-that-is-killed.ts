/** A process that opens a managed sidecar, says so, and never closes it: for tests that kill it. */
import { openSidecar } from '../sidecar/sidecar.ts';
import { opaExecutable } from './opa.ts';

const [url = '', token = '', directory = ''] = process.argv.slice(2);
const sidecar = await openSidecar({
  opa: {
    kind: 'managed',
    process: {
      executable: opaExecutable(),
      source: { url, token, polling: { kind: 'long', seconds: 5 } },
      directory,
    },
  },
  onLog: () => {},
});
await sidecar.whenReady(AbortSignal.timeout(20_000));
process.stdout.write(`${sidecar.pid}\n`);
setInterval(() => {}, 1_000);
