import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createLogger, Database, Secret } from '@huma-poweroffice/platform';
import { createTestDatabase, eventually, type TestDatabase } from '@huma-poweroffice/testing';
import { migrations } from '../src/database/migrations.js';

const EMPLOYEES = 20_000;
const ACCOUNT_PAGES = 30;
const ACCOUNTS_PER_PAGE = 20_000;
/** The heap that a service has in production, in megabytes. */
const HEAP = 192;

let test: TestDatabase;
let database: Database;
let server: Server;
let child: ChildProcess | undefined;

beforeAll(async () => {
  test = await createTestDatabase();
  const logger = createLogger('test', 'fatal');
  database = await Database.connect({ url: new Secret(test.url), migrations, migrateOnStart: true, logger });
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const page = Number(url.searchParams.get('PageNumber') ?? 1);
    const size = Number(url.searchParams.get('PageSize') ?? ACCOUNTS_PER_PAGE);
    const isEmployees = url.pathname.endsWith('/Employees');
    const [rows, isLast] = isEmployees ? employees(page, size) : accounts(page);
    response.setHeader('content-type', 'application/json');
    response.setHeader('x-pagination', JSON.stringify({ NextPageLink: isLast ? null : 'more' }));
    response.end(JSON.stringify(rows));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
afterAll(async () => {
  child?.kill();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  await database.close();
  await test.drop();
});

const employees = (page: number, size: number): [object[], boolean] => {
  const first = (page - 1) * size + 1;
  const count = Math.max(0, Math.min(size, EMPLOYEES - first + 1));
  const rows = Array.from({ length: count }, (_, n) => ({
    ...{ Id: first + n, Number: first + n, FirstName: 'Kari', LastName: `Nordmann ${String(first + n)}` },
    ...{ EmailAddress: `kari${String(first + n)}@firma.no`, PhoneNumber: '+4790000000', DateOfBirth: '1980-01-01' },
    MailAddress: { Id: first + n, AddressLine1: 'Storgata 1', ZipCode: '0155', City: 'Oslo', CountryCode: 'NO' },
    ...{ SalaryBankAccountId: first + n, IsArchived: false, LastChangedDateTimeOffset: '2026-11-25T09:30:00.000Z' },
  }));
  return [rows, first + count > EMPLOYEES];
};

/** Most are customers' and suppliers'; the server takes no notice of the size of a page. */
const accounts = (page: number): [object[], boolean] => {
  const first = (page - 1) * ACCOUNTS_PER_PAGE + 1;
  const rows = Array.from({ length: page > ACCOUNT_PAGES ? 0 : ACCOUNTS_PER_PAGE }, (_, n) => ({
    ...{ Id: first + n, ContactId: first + n, BankAccountNumber: String(10_000_000_000 + first + n) },
    ...{ CountryCode: 'NO', IsActive: true, LastChangedDateTimeOffset: '2026-11-25T09:30:00.000Z' },
  }));
  return [rows, page >= ACCOUNT_PAGES];
};

it(`collects ${String(EMPLOYEES)} employees and 600,000 accounts in a heap of ${String(HEAP)} MB`, async () => {
  const [connectionId, organizationId, clientId, runId] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  await database.query(
    `INSERT INTO connection (connection_id, organization_id, version, name, state, client_id, client_name, create_users,
                             send_positions, abilities, mail)
     VALUES ($1, $2, 1, 'Norway', 'draft', $3, 'Company', false, false, '[]', '{}')`,
    [connectionId, organizationId, clientId],
  );
  await database.query(
    `INSERT INTO run (id, organization_id, connection_id, client_id, state, begun_by)
     VALUES ($1, $2, $3, $4, 'collecting', 'kari')`,
    [runId, organizationId, connectionId, clientId],
  );
  const program = fileURLToPath(new URL('small-heap-process.mjs', import.meta.url));
  let said = '';
  let exit: number | string | null = null;
  child = spawn(process.execPath, [`--max-old-space-size=${String(HEAP)}`, program], {
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: test.url,
      ENCRYPTION_KEYS: `k:${randomBytes(32).toString('base64')}`,
      API_URL: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
      CLIENT_ID: clientId,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const hear = (text: Buffer): void => void (said = `${said}${text.toString('utf8')}`.slice(-5000));
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  child.on('exit', (code, signal) => (exit = code ?? signal));
  await eventually(async () => {
    expect({ exit, said: exit === null ? '' : said }).toEqual({ exit: null, said: '' });
    const [run] = await database.query('SELECT state, failure FROM run WHERE id = $1', [runId]);
    expect(run).toEqual({ state: 'review', failure: null });
  }, 240_000);
  const [kept] = await database.query(
    'SELECT (SELECT count(*) FROM run_employee)::int AS employees, (SELECT count(*) FROM run_account)::int AS accounts',
  );
  expect(kept).toEqual({ employees: EMPLOYEES, accounts: EMPLOYEES });
}, 300_000);
