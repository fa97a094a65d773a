import { judgeToken } from './judge-token.js';

const margins = { renewBeforeMs: 120_000, useBeforeMs: 30_000 };
const kept = (leftMs: number) => ({ accessToken: 'a', leftMs });

it.each([
  ['there is none', null, null, 'renew'],
  ['it is fresh', kept(600_000), null, 'use'],
  ['another one was refused', kept(600_000), 'b', 'use'],
  ['it was refused', kept(600_000), 'a', 'renew'],
  ['it ends soon', kept(119_999), null, 'use-and-renew'],
  ['it is just not soon', kept(120_000), null, 'use'],
  ['it ends too soon', kept(29_999), null, 'renew'],
  ['it has ended', kept(-5), null, 'renew'],
] as const)('when %s', (_, token, refused, verdict) => {
  expect(judgeToken(token, refused, margins)).toBe(verdict);
});
