import { aConnection } from '../../test/a-connection.js';
import { overlaps } from './overlaps.js';

const oslo = { type: 'company', id: '5d1f4b1a-7c7a-4c69-9df1-2a8e6b3c7f04' } as const;
const bergen = { type: 'company', id: '5d1f4b1a-7c7a-4c69-9df1-2a8e6b3c7f05' } as const;

it.each([
  ['the same group', oslo, { ...oslo }, ['same-group']],
  ['another group', oslo, bergen, []],
  ['the same id of another type', oslo, { ...oslo, type: 'team' as const }, []],
  ['everyone, beside a group', null, oslo, ['covers-everyone']],
  ['a group, beside everyone', oslo, null, ['covers-everyone']],
  ['everyone, twice', null, null, ['covers-everyone']],
])('%s', (_, group, other, reasons) => {
  expect(overlaps(aConnection({ group }), [aConnection({ group: other })]).map(({ reason }) => reason)).toEqual(
    reasons,
  );
});

it('a connection does not overlap with itself, nor with one that is disconnected', () => {
  const connection = aConnection();
  const gone = aConnection({ phase: 'disconnected' });
  expect(overlaps(connection, [connection, gone])).toEqual([]);
  expect(overlaps(gone, [connection])).toEqual([]);
});
