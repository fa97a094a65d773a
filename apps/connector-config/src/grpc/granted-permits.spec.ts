import { GrantedPermits } from './granted-permits.js';

describe('GrantedPermits', () => {
  it('answers a permit by its reference, once', () => {
    const granted = new GrantedPermits();
    granted.remember('r', 'p');
    granted.remember('', 'q');
    expect([granted.take('r'), granted.take('r'), granted.take('')]).toEqual(['p', null, null]);
  });

  it('forgets what was sent a while ago', () => {
    let now = 0;
    const granted = new GrantedPermits(() => now);
    granted.remember('old', 'p');
    now = 10_001;
    granted.remember('new', 'q');
    expect([granted.take('old'), granted.take('new')]).toEqual([null, 'q']);
  });
});
