import { readFileSync } from 'node:fs';
import { reasons, type ReasonCode } from '@huma-poweroffice/sync-rules';
import { problemOf } from './problems.js';

describe('a reason', () => {
  const codes = Object.keys(reasons) as ReasonCode[];

  it.each(codes)('%s says who must act', (code) => {
    expect(problemOf(code, null, null)).toMatchObject({ code, actor: reasons[code].actor });
  });

  it('is explained in the operations document', () => {
    const operations = readFileSync('docs/operations.md', 'utf8');
    expect(codes.filter((code) => !operations.includes(`\`${code}\``))).toEqual([]);
  });
});
