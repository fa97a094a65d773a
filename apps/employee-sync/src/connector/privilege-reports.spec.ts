import { PrivilegeReports } from './privilege-reports.js';

it('reports a connection that waits for a privilege once in five minutes, however many lanes say so', () => {
  const reported: string[] = [];
  let now = 0;
  const reports = new PrivilegeReports({ reportWaitingForPrivilege: (id) => reported.push(id) }, () => now);
  for (let lanes = 0; lanes < 100; lanes += 1) reports.report('a');
  reports.report('b');
  expect(reported).toEqual(['a', 'b']);
  now = 5 * 60_000;
  reports.report('a');
  expect(reported).toEqual(['a', 'b', 'a']);
});
