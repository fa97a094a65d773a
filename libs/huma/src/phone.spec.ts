import fc from 'fast-check';
import { parsePhone } from './phone.js';

const read = (text: string | null) => {
  const phone = parsePhone(text);
  return phone.ok ? phone.e164 : phone.reason;
};

describe('parsePhone', () => {
  it.each([
    ['40000001', '+4740000001'],
    ['400 00 001', '+4740000001'],
    ['400\u00a000\u200b001', '+4740000001'],
    ['+47 40 00 00 01', '+4740000001'],
    ['(+47) 400 00 001', '+4740000001'],
    ['0047 40000001', '+4740000001'],
    ['4740000001', '+4740000001'],
    ['tel:+4740000001', '+4740000001'],
    ['+47(0)41234567', '+4741234567'],
    ['+47 (0) 412 34 567', '+4741234567'],
    ['(+47) (0)41234567', '+4741234567'],
    ['0047(0)41234567', '+4741234567'],
    ['+39 (0)6 1234 5678', '+390612345678'],
    ['47144752', '+4747144752'],
    ['4747144752', '+4747144752'],
    ['+4747144752', '+4747144752'],
    ['４００００００１', '+4740000001'],
    ['22 22 55 55', '+4722225555'],
    ['+4712345678', '+4712345678'],
    ['02800', '+4702800'],
    ['+46 70 123 45 67', '+46701234567'],
    ['0046701234567', '+46701234567'],
    ['+44 (0)20 7946 0958', '+442079460958'],
    ['+1 202 555 0123', '+12025550123'],
    ['+354 611 2345', '+3546112345'],
  ])('%j is %s', (text, e164) => expect(read(text)).toBe(e164));

  it.each([
    ['', 'empty'],
    [null, 'empty'],
    [' \u200b', 'empty'],
    ['ingen', 'not-a-number'],
    ['mob 40000001', 'not-a-number'],
    ['40000001 (jobb)', 'not-a-number'],
    ['kari@example.no', 'not-a-number'],
    ['+', 'not-a-number'],
    ['()', 'not-a-number'],
    ['1', 'impossible'],
    ['12345', 'impossible'],
    ['400 00 00', 'impossible'],
    ['04740000001', 'impossible'],
    ['40000001 / 40000002', 'impossible'],
    ['123456789012345678', 'impossible'],
    ['00810000000000', 'impossible'],
    ['40000001 ext. 5', 'extension'],
    ['40000001x5', 'extension'],
  ])('%j is no number: %s', (text, reason) => expect(read(text)).toBe(reason));

  const norwegian = fc.stringMatching(/^[2-9][0-9]{7}$/);

  it('reads its own result as itself', () => {
    fc.assert(
      fc.property(fc.oneof(norwegian, fc.stringMatching(/^(00|\+)[1-9][0-9]{6,13}$/), fc.string()), (text) => {
        const phone = parsePhone(text);
        if (phone.ok) expect(read(phone.e164)).toBe(phone.e164);
      }),
    );
  });

  it('reads every spelling of a Norwegian number as one', () => {
    fc.assert(
      fc.property(norwegian, fc.constantFrom('', '+47', '0047', '+47 ', '(+47) '), (digits, prefix) => {
        const spaced = `${digits.slice(0, 3)} ${digits.slice(3, 5)} ${digits.slice(5)}`;
        expect([read(prefix + digits), read(prefix + spaced)]).toEqual([`+47${digits}`, `+47${digits}`]);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => typeof parsePhone(text).ok === 'boolean'));
  });
});
