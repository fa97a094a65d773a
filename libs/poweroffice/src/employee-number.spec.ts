import fc from 'fast-check';
import { employeeSeries, toEmployeeNumber, type NumberSeries } from './employee-number.js';
import { sameNumber } from './int64.js';

const series: NumberSeries[] = [
  { from: '1', to: '999' },
  { from: '30000', to: '39999' },
];
const read = (text: string | null, within: NumberSeries[] | null = series) => {
  const number = toEmployeeNumber(text, within);
  return number.ok ? number.number : number.reason;
};

describe('toEmployeeNumber', () => {
  it.each([
    ['1', '1'],
    ['999', '999'],
    [' 30000 ', '30000'],
    ['39999', '39999'],
    ['', 'empty'],
    [null, 'empty'],
    ['A12', 'not-a-number'],
    ['12-3', 'not-a-number'],
    ['-5', 'not-a-number'],
    ['+5', 'not-a-number'],
    ['1.0', 'not-a-number'],
    ['1e3', 'not-a-number'],
    ['12 345', 'not-a-number'],
    ['١٢', 'not-a-number'],
    ['00123', 'leading-zeros'],
    ['00', 'leading-zeros'],
    ['0', 'outside-series'],
    ['1000', 'outside-series'],
    ['29999', 'outside-series'],
    ['40000', 'outside-series'],
    ['9223372036854775807', 'outside-series'],
    ['9223372036854775808', 'too-big'],
    ['1'.repeat(255), 'too-big'],
  ])('%j is %s', (text, expected) => expect(read(text)).toBe(expected));

  it.each([
    ['4711', '4711'],
    ['9223372036854775807', '9223372036854775807'],
    ['9223372036854775808', 'too-big'],
  ])('takes %s as %s where the series are not known', (text, expected) => expect(read(text, null)).toBe(expected));

  it.each([
    ['4711', 'taken'],
    [' 4711 ', 'taken'],
    ['4712', '4712'],
    ['04711', 'leading-zeros'],
    ['999999', 'outside-series'],
  ])('%j is %s where 4711 is somebody else’s', (text, expected) => {
    const number = toEmployeeNumber(text, [{ from: '1', to: '9999' }], (n) => n === '4711');
    expect(number.ok ? number.number : number.reason).toBe(expected);
  });

  it('takes nothing where a client has no series of employees', () => expect(read('1', [])).toBe('outside-series'));

  it('reads back as it was sent, and lies in a series', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat({ max: 50_000 }).map(String), fc.string()), (text) => {
        const number = toEmployeeNumber(text, series);
        if (!number.ok) return;
        expect(number.number).toBe(text.trim());
        expect(sameNumber(number.number, text)).toBe(true);
        expect(series.some(({ from, to }) => Number(from) <= Number(text) && Number(text) <= Number(to))).toBe(true);
      }),
    );
  });
});

describe('employeeSeries', () => {
  it('takes those of employees only', () => {
    const one = { id: 'a', name: null, isDefault: true, from: '1', to: '9' };
    const all = ['Customer', 'Employee', 'Supplier', null].map((type) => ({ ...one, type }));
    expect(employeeSeries(all)).toEqual([{ from: '1', to: '9' }]);
  });
});
