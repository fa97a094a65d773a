import { parseRestoredFrom, refusalOf } from './declare-restore.js';

const bounds = new Map([0, 1].map((partition) => [partition, { low: '5', high: '9', topicId: null }]));

describe('what an operator says of a restore', () => {
  it('is read as partitions and offsets', () => {
    expect(parseRestoredFrom('0:120, 1:088')).toEqual(
      new Map([
        [0, '120'],
        [1, '88'],
      ]),
    );
  });

  it.each(['', '0', '0:1,0:2', '0:-1', 'a:1', '0:1;1:2'])('%j is refused', (text) => {
    expect(() => parseRestoredFrom(text)).toThrow('--restored-from');
  });

  it('must name every partition, inside of what it holds', () => {
    expect(refusalOf(parseRestoredFrom('0:5,1:9'), bounds)).toBeNull();
    for (const text of ['0:5', '0:5,1:10', '0:4,1:9', '0:5,1:9,2:1'])
      expect(refusalOf(parseRestoredFrom(text), bounds)).toContain('0:5 to 0:9, 1:5 to 1:9');
  });
});
