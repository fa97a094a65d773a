import fc from 'fast-check';
import { bodyJson, parseJson, patchJson } from './json.js';

describe('parseJson', () => {
  it.each<[string, unknown]>([
    ['{"Id":9007199254740993}', { Id: 9007199254740993n }],
    ['{"Id":-9223372036854775808}', { Id: -9223372036854775808n }],
    ['{"Id":123,"Other":"1234567890123456"}', { Id: 123, Other: '1234567890123456' }],
    ['[1,1.5,1e3,1234567890.123456789]', [1, 1.5, 1000, 1234567890.123456789]],
    ['\ufeff{"a":null}', { a: null }],
    ['"text"', 'text'],
  ])('%s', (text, value) => expect(parseJson(text)).toEqual(value));

  it.each(['', '<html>', '{"a":', '{"a":12345678901234567', "{'a':1}"])('%j is none', (text) =>
    expect(() => parseJson(text)).toThrow(SyntaxError),
  );

  it('reads whatever the native parser reads, but every digit of a whole number', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        if (!/\d{16}/.test(text)) expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (number) => {
        expect(String((parseJson(`[${String(number)}]`) as unknown[])[0])).toBe(String(number));
      }),
    );
  });
});

describe('what is written', () => {
  it('carries 64-bit integers as numbers, and everything else as it is', () => {
    expect(bodyJson({ Number: '9223372036854775807', FirstName: '12', ZipCode: '0161', JobTitle: null })).toBe(
      '{"Number":9223372036854775807,"FirstName":"12","ZipCode":"0161","JobTitle":null}',
    );
    expect(
      patchJson([
        { path: '/Number', value: '9007199254740993' },
        { path: '/SalaryBankAccountId', value: '12' },
        { path: '/MailAddress/ZipCode', value: '0161' },
        { path: '/EndDate' },
      ]),
    ).toBe(
      '[{"path":"/Number","value":9007199254740993},{"path":"/SalaryBankAccountId","value":12},{"path":"/MailAddress/ZipCode","value":"0161"},{"path":"/EndDate"}]',
    );
  });

  it('reads back the same', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.boolean(), fc.constant(null))), (body) => {
        expect(parseJson(bodyJson(body))).toEqual(body);
      }),
    );
  });
});
