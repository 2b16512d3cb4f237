import { expect, test } from 'vitest';
import { includedZoneFile } from './included-zones.ts';
import { readZone } from './zone.ts';
import { periodOfRule } from './zone-rule.ts';
import { zoneOf } from './zones.ts';

const NAMES = [
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
];
/** Summer and winter of 2023, and of 2101, where rules have to be asked. */
const SECONDS = [1_673_000_000, 1_689_000_000, 4_135_000_000, 4_150_000_000];

test.each(NAMES)('%s has in the included database the offsets that ICU has', (name) => {
  const zone = readZone(includedZoneFile(name) as Buffer);
  const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  for (const second of SECONDS.slice(0, 2)) {
    const told =
      format.formatToParts(second * 1_000).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign = '+', hours = '0', minutes = '0'] = /GMT(?:([+-])(\d+):(\d+))?/.exec(told) ?? [];
    const seconds = (Number(hours) * 60 + Number(minutes)) * 60;
    expect(zone?.at(second).offset).toBe(sign === '-' ? -seconds : seconds);
  }
});

test('a period ends where the next one starts', () => {
  const zone = zoneOf('Europe/Berlin');
  for (const second of SECONDS) {
    const { start, end, offset } = zone.at(second);
    expect(second).toBeGreaterThanOrEqual(start);
    expect(second).toBeLessThan(end);
    expect(zone.at(start).offset).toBe(offset);
  }
});

test('what is cut short or of another kind is no zone', () => {
  const file = includedZoneFile('Europe/Berlin') as Buffer;
  expect(readZone(Buffer.alloc(0))).toBeUndefined();
  expect(readZone(Buffer.from('TZif'))).toBeUndefined();
  expect(readZone(file.subarray(0, file.length >> 1))).toBeUndefined();
  expect(includedZoneFile('europe/berlin')).toBeUndefined();
});

test('a rule that cannot be read says nothing', () => {
  for (const rule of ['X', 'CET', 'CET-1CEST,M3.5.0', 'CET-1CEST,M13.5.0,M10.5.0', 'CET-200']) {
    expect(periodOfRule(rule, 0, 1_689_000_000)).toBeUndefined();
  }
});

test('a rule without dates changes clocks as the United States do', () => {
  expect(periodOfRule('EST5EDT', 0, 1_689_000_000)).toMatchObject({ name: 'EDT', offset: -14_400 });
  expect(periodOfRule('EST5EDT', 0, 1_673_000_000)).toMatchObject({ name: 'EST', offset: -18_000 });
});
