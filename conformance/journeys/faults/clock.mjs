/** Preloaded: the wall clock of the process is as many milliseconds off as the file says; monotonic clocks go on as ever. */
import { readFileSync } from 'node:fs';

const file = process.env.CLOCK_FILE;
const now = Date.now;
const RealDate = Date;
const offsetMs = () => {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
};
globalThis.Date = class extends RealDate {
  constructor(...parts) {
    super(...(parts.length === 0 ? [globalThis.Date.now()] : parts));
  }

  static now() {
    return now() + offsetMs();
  }
};
