import { type RecordedAnswer, testAnswers } from '../../testing/test-answers.ts';
import { unitsBuiltins } from './units.ts';

const ANSWERS: readonly RecordedAnswer[] = [
  ['reads an amount without a unit', 'units.parse', '["10"]', '10'],
  ['tells milli from mega', 'units.parse', '["100m"]', '0.1000000000'],
  ['reads mega', 'units.parse', '["1M"]', '1000000'],
  ['reads binary units in any case but of the first letter', 'units.parse', '["1.5KI"]', '1536'],
  ['reads an exponent in front of a unit', 'units.parse', '["1e3Mi"]', '1048576000'],
  ['reads exa where no digit follows', 'units.parse', '["2E"]', '2000000000000000000'],
  ['drops quotes', 'units.parse', '["\\"10K\\""]', '10000'],
  ['keeps ten digits of a fraction', 'units.parse', '["0.12345678905"]', '0.1234567891'],
  [
    'computes a thousandth as the double next to it',
    'units.parse',
    '["1000000000000000000000000m"]',
    '1000000000000000020816.6817117217',
  ],
  [
    'says that a unit is unknown',
    'units.parse',
    '["1xyz"]',
    'units.parse: units.parse: unit xyz not recognized',
  ],
  [
    'says that a unit of several bytes is unknown',
    'units.parse',
    '["1éA"]',
    'units.parse: units.parse: unit ��a not recognized',
  ],
  ['says that there is no amount', 'units.parse', '["Mi"]', 'units.parse: units.parse: no amount provided'],
  [
    'says that an amount is no number',
    'units.parse',
    '["1.2.3M"]',
    'units.parse: units.parse: could not parse amount to a number',
  ],
  [
    'refuses spaces',
    'units.parse',
    '["1 M"]',
    'units.parse: units.parse: spaces not allowed in resource strings',
  ],
  ['refuses large exponents', 'units.parse', '["1e1234567"]', 'units.parse: units.parse: exponent too large'],
  ['refuses a number', 'units.parse', '[1]', 'units.parse: operand 1 must be string but got number'],
  ['reads bytes in any case', 'units.parse_bytes', '["1.5GiB"]', '1610612736'],
  ['cuts fractions of bytes', 'units.parse_bytes', '["1.9"]', '1'],
  ['reads the Kelvin sign as a k', 'units.parse_bytes', '["1K"]', '1000'],
  [
    'computes bytes with 64 bits',
    'units.parse_bytes',
    '["123456789012345678901234.5kb"]',
    '123456789012345678899183616',
  ],
  [
    'says that a byte unit is unknown',
    'units.parse_bytes',
    '["1xb"]',
    'units.parse_bytes: units.parse_bytes: byte unit xb not recognized',
  ],
  [
    'says that there is no byte amount',
    'units.parse_bytes',
    '["gb"]',
    'units.parse_bytes: units.parse_bytes: no byte amount provided',
  ],
  [
    'says that a byte amount is no number',
    'units.parse_bytes',
    '["5-3"]',
    'units.parse_bytes: units.parse_bytes: could not parse byte amount to a number',
  ],
  [
    'refuses spaces in bytes',
    'units.parse_bytes',
    '["1 b"]',
    'units.parse_bytes: units.parse_bytes: spaces not allowed in resource strings',
  ],
  [
    'refuses large exponents of bytes',
    'units.parse_bytes',
    '["1e1234567"]',
    'units.parse_bytes: units.parse_bytes: exponent too large',
  ],
];

testAnswers('quantities with units', unitsBuiltins, ANSWERS);
