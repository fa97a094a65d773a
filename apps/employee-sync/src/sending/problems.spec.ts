import { actorOf } from './problems.js';

it.each([
  ['invalid-phone', 'hr'],
  ['address-incomplete', 'hr'],
  ['number-leading-zeros', 'hr'],
  ['missing-bic', 'hr'],
  ['email-exists', 'hr'],
  ['validation', 'hr'],
  ['number-outside-series', 'accountant'],
  ['employee-archived', 'accountant'],
  ['not-permitted', 'poweroffice-administrator'],
  ['poweroffice-unavailable', 'us'],
  ['unexpected-status', 'us'],
  ['something-new', 'us'],
])('of %s, %s has to act', (code, actor) => {
  expect(actorOf(code)).toBe(actor);
});
