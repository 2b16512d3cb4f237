import { type RecordedAnswer, testAnswers } from '../../testing/test-answers.ts';
import { uuidBuiltins } from './uuid.ts';

const ANSWERS: readonly RecordedAnswer[] = [
  [
    'describes an id of version 1',
    'uuid.parse',
    '["00000000-0000-1000-8000-0123456789ab"]',
    '{"clocksequence":0,"macvariables":"global:multicast","nodeid":"01-23-45-67-89-ab","time":6227451273709551616,"variant":"RFC4122","version":1}',
  ],
  [
    'describes an id of version 2 and its domain',
    'uuid.parse',
    '["000003e8-48b9-21ee-b200-325096b39f47"]',
    '{"clocksequence":12800,"domain":"Person","id":1000,"macvariables":"local:unicast","nodeid":"32-50-96-b3-9f-47","time":1693566990121469600,"variant":"RFC4122","version":2}',
  ],
  [
    'describes the variant of others',
    'uuid.parse',
    '["urn:uuid:F47AC10B-58CC-4372-C567-0E02B2C3D479"]',
    '{"variant":"Microsoft","version":4}',
  ],
  [
    'takes whatever stands around 36 characters',
    'uuid.parse',
    '["xf47ac10b-58cc-4372-a567-0e02b2c3d479y"]',
    '{"variant":"RFC4122","version":4}',
  ],
  [
    'takes digits without hyphens',
    'uuid.parse',
    '["f47ac10b58cc4372a5670e02b2c3d479"]',
    '{"variant":"RFC4122","version":4}',
  ],
  ['has nothing for what is no id', 'uuid.parse', '["f47ac10b-58cc-4372-a567-0e02b2c3d47g"]', 'undefined'],
  ['refuses what is no string', 'uuid.parse', '[1]', 'uuid.parse: operand 1 must be string but got number'],
  ['makes an id of the seed', 'uuid.rfc4122', '["k"]', '"00010203-0405-4607-8809-0a0b0c0d0e0f"'],
];

testAnswers('uuid.* as OPA', uuidBuiltins, ANSWERS);
