import { Outages } from './outages.js';

const fail = (outages: Outages, times: number, connection: (n: number) => string): void => {
  for (let n = 0; n < times; n += 1) expect(outages.observe(connection(n), false)).toBeNull();
};

describe('the end of an outage', () => {
  it('is noticed for a connection whose requests had failed in a row', () => {
    const outages = new Outages();
    fail(outages, 5, () => 'a');
    expect(outages.observe('a', true)).toBe('connection');
    expect(outages.observe('a', true)).toBeNull();
  });

  it('is noticed for everybody when the requests of all had failed', () => {
    const outages = new Outages();
    fail(outages, 20, (n) => `connection ${String(n)}`);
    expect(outages.observe('another', true)).toBe('everybody');
  });

  it('is noticed for everybody once a minute at most, however often PowerOffice answers between failures', () => {
    let now = 0;
    const outages = new Outages(() => now);
    const backs: unknown[] = [];
    for (let n = 0; n < 10; n += 1) {
      fail(outages, 20, (i) => `connection ${String(i)}`);
      backs.push(outages.observe('another', true));
      now += 20_000;
    }
    expect(backs.filter((back) => back === 'everybody')).toHaveLength(4);
  });

  it('is not seen in one person whose requests fail beside others that succeed', () => {
    const outages = new Outages();
    for (let n = 0; n < 100; n += 1) {
      expect(outages.observe('a', false)).toBeNull();
      expect(outages.observe('a', true)).toBeNull();
    }
  });
});
