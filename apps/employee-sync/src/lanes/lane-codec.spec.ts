import { randomBytes } from 'node:crypto';
import { Keyring, Secret } from '@huma-poweroffice/platform';
import { waitingFor, withLooks } from '@huma-poweroffice/sync-rules';
import { openLane, type LaneRow } from './lane-codec.js';

const keyring = new Keyring(new Secret(`a:${randomBytes(32).toString('base64')}`));
const row: LaneRow = {
  ...{ connectionId: 'c', userId: 'u', class: 1, due: false, asked: null, isNew: false, judgeFirst: false },
  ...{ inScope: true, cause: null, trace: null, waitedMs: null, state: null },
};

it('a lane that the first version blocked waits for what its reason says', () => {
  const blocked = { reason: 'employee-archived', detail: '7' };
  const state = keyring.seal(JSON.stringify({ blocked }), 'lane:c:u');
  const { lane } = openLane({ ...row, state }, keyring);
  expect(waitingFor(lane)).toEqual(['employee-back']);
  expect(withLooks(lane, { now: 0, jitter: 0 }).looks).not.toBeNull();
});
