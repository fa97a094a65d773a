import { readFileSync } from 'node:fs';
import { laneStatuses, statusEnds } from './people-queries.js';

it.each(laneStatuses)('the status %s has an end, and is explained in the operations document', (status) => {
  expect(statusEnds[status]).not.toBe('');
  expect(readFileSync('docs/operations.md', 'utf8')).toContain(`\`${status}\``);
});
