import { inspect } from 'node:util';
import { flag, integer, list, oneOf, optional, parseConfig, secret, text, url } from './config.js';

const settings = {
  NAME: text(),
  COUNT: integer(1, 10, 3),
  ADDRESS: url(),
  ON: flag(false),
  BROKERS: list(),
  LEVEL: oneOf(['info', 'debug'], 'info'),
  KEY: secret(),
  MAYBE: optional(integer(0, 5)),
};
const right = { NAME: 'x', ADDRESS: 'https://a.no/v2/', BROKERS: 'a:1, b:2', KEY: 'topsecret' };

describe('parseConfig', () => {
  it('reads every setting, with defaults', () => {
    expect(parseConfig({ ...right, COUNT: '' }, settings)).toMatchObject({
      NAME: 'x',
      COUNT: 3,
      ADDRESS: 'https://a.no/v2',
      ON: false,
      BROKERS: ['a:1', 'b:2'],
      LEVEL: 'info',
      MAYBE: null,
    });
  });

  it('names all mistakes in one message, and no value', () => {
    const wrong = { COUNT: '11', ADDRESS: 'nowhere', ON: 'yes', LEVEL: 'loud', MAYBE: '6' };
    expect(() => parseConfig(wrong, settings)).toThrow(/NAME.*COUNT.*ADDRESS.*ON.*BROKERS.*LEVEL.*KEY.*MAYBE/);
    expect(() => parseConfig(wrong, settings)).not.toThrow(/nowhere|loud/);
  });

  it('takes no address with a password, and does not repeat it', () => {
    const wrong = { ...right, ADDRESS: 'https://someone:hunter2@a.no' };
    expect(() => parseConfig(wrong, settings)).toThrow('ADDRESS must not hold a user name or password');
    expect(() => parseConfig(wrong, settings)).not.toThrow(/hunter2/);
  });

  it('never shows a secret', () => {
    const config = parseConfig(right, settings);
    const shown = [String(config.KEY), JSON.stringify(config), inspect(config), `${config.KEY.toString()}`].join();
    expect(shown).not.toContain('topsecret');
    expect(config.KEY.reveal()).toBe('topsecret');
  });
});
