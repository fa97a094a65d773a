import { json, LocalServer, type Reply } from '../../test/local-server.js';
import { kari, readKari } from '../../test/kari.js';
import { PowerOfficeClient, type Call } from './poweroffice-client.js';

const call: Call = { token: 'a-token', subscriptionKey: 'a-key', timeoutMs: 20_000 };

let server: LocalServer;
let client: PowerOfficeClient;

beforeAll(async () => {
  server = await LocalServer.start();
  client = new PowerOfficeClient({ baseUrl: `${server.url}/Demo/v2/` });
});
afterAll(async () => {
  client.close();
  await server.stop();
});
beforeEach(() => {
  server.received.length = 0;
});

describe('writes', () => {
  it('create by JSON, with numbers as numbers', async () => {
    server.reply = json(201, kari);
    const body = { FirstName: 'Kari', LastName: 'Nordmann', Number: '9007199254740993', ExternalImportReference: 'u1' };
    expect(await client.createEmployee(body, call)).toEqual({ outcome: 'applied', body: readKari });
    expect(server.last).toMatchObject({
      method: 'POST',
      url: '/Demo/v2/Employees',
      body: '{"FirstName":"Kari","LastName":"Nordmann","Number":9007199254740993,"ExternalImportReference":"u1"}',
    });
    expect(server.last.headers['content-type']).toBe('application/json');
  });

  it('patch by JSON Patch', async () => {
    server.reply = json(200, kari);
    await client.patchEmployee(
      readKari.id,
      [
        { op: 'replace', path: '/Number', value: '12' },
        { op: 'remove', path: '/EndDate' },
      ],
      call,
    );
    expect(server.last).toMatchObject({
      method: 'PATCH',
      url: `/Demo/v2/Employees/${readKari.id}`,
      body: '[{"op":"replace","path":"/Number","value":12},{"op":"remove","path":"/EndDate"}]',
    });
    expect(server.last.headers['content-type']).toBe('application/json-patch+json');
    await client.patchEmployeeBankAccounts(
      readKari.id,
      [{ op: 'replace', path: '/SalaryBankAccountId', value: '77' }],
      call,
    );
    expect(server.last).toMatchObject({
      method: 'PATCH',
      url: `/Demo/v2/Employees/${readKari.id}/BankAccounts`,
      body: '[{"op":"replace","path":"/SalaryBankAccountId","value":77}]',
    });
  });

  it.each<[string, Reply, string]>([
    ['no body', (_, response) => response.writeHead(200).end(), 'unreadable-answer'],
    ['no content', (_, response) => response.writeHead(204).end(), 'unreadable-answer'],
    ['no JSON', json(200, 'OK'), 'unreadable-answer'],
    ['a page', (_, response) => response.writeHead(200).end('<!DOCTYPE html>Back soon.'), 'unreadable-answer'],
    ['a wrong type', json(200, { Id: 1, FirstName: 1 }), 'unreadable-answer'],
    ['half of it', json(200, '{"Id":1,"FirstName":"K'), 'unreadable-answer'],
    ['somebody else', json(200, { Id: 2 }), 'answer-does-not-fit'],
    ['too much', json(200, ' '.repeat(1_000_001)), 'answer-too-large'],
    [
      'a body whose end is lost',
      (_, response) => {
        response.writeHead(200, { 'Content-Length': 99 }).write('{', () => response.destroy());
      },
      'connection-lost',
    ],
  ])('are unknown when the answer is %s', async (_, reply, code) => {
    server.reply = reply;
    expect(await client.patchEmployee('1', [], call)).toMatchObject({
      outcome: 'unknown',
      failure: { kind: 'unknown', code },
    });
  });

  it('are unknown when the account that is answered is of another contact', async () => {
    server.reply = json(201, { Id: 77, ContactId: 2, BankAccountNumber: '12345678903' });
    expect(await client.createBankAccount('1', { BankAccountNumber: '12345678903' }, call)).toMatchObject({
      outcome: 'unknown',
      failure: { code: 'answer-does-not-fit', detail: 'ContactId' },
    });
  });

  it.each<[string, Reply, string, string]>([
    ["PowerOffice's 400", json(400, { Title: 'Wrong' }), 'refused', 'rejected'],
    [
      "PowerOffice's 401",
      (_, r) => r.writeHead(401, { 'WWW-Authenticate': 'Bearer' }).end(),
      'refused',
      'unauthorized',
    ],
    ["PowerOffice's 403", json(403, { title: 'Forbidden' }), 'refused', 'forbidden'],
    ["PowerOffice's 404", json(404, { title: 'Not Found' }), 'refused', 'not-found'],
    ["PowerOffice's 409", json(409, { title: 'Conflict' }), 'refused', 'rejected'],
    ["the gateway's 401", json(401, { statusCode: 401, message: 'No.' }), 'not-sent', 'unavailable'],
    ["the gateway's 404", json(404, { statusCode: 404, message: 'No.' }), 'not-sent', 'unavailable'],
    ["the gateway's 429", json(429, { statusCode: '429', message: 'No.' }), 'not-sent', 'unavailable'],
    ...[302, 400, 401, 403, 404, 409, 429, 500, 502, 503, 504].map((status): [string, Reply, string, string] => [
      `a page with ${String(status)}`,
      (_, response) => response.writeHead(status, { 'Content-Type': 'text/html' }).end('<html>'),
      'unknown',
      'unknown',
    ]),
  ])('that end in %s are %s', async (_, reply, outcome, kind) => {
    server.reply = reply;
    expect(await client.createBankAccount('1', { BankAccountNumber: '1' }, call)).toMatchObject({
      outcome,
      failure: { kind },
    });
  });

  it('are unknown without an answer, and not sent when it is too late', async () => {
    server.reply = (_, response) => response.destroy();
    expect(await client.patchEmployee('1', [], call)).toMatchObject({
      outcome: 'unknown',
      failure: { kind: 'unknown' },
    });
    expect(await client.patchEmployee('1', [], { ...call, beforeSend: () => false })).toEqual({
      outcome: 'not-sent',
      failure: { kind: 'unavailable', code: 'deadline-passed' },
    });
    expect(server.received).toHaveLength(1);
  });
});

it('keeps keys and values of people out of what it says of a failure', async () => {
  const secrets = ['a-token', 'a-key', 'kari@example.no', '30011679680', 'Nordmann'];
  const echo: Reply = (received, response) =>
    response
      .writeHead(400, { 'Content-Type': 'application/problem+json' })
      .end(JSON.stringify({ title: 'Wrong', detail: `'Nordmann' 300116 79680 kari@example.no ${received.body}` }));
  server.reply = echo;
  const outcome = await client.patchEmployee(
    '1',
    [{ op: 'replace', path: '/NationalIdNumber', value: '30011679680' }],
    call,
  );
  expect(outcome.outcome).toBe('refused');
  for (const secret of secrets) expect(JSON.stringify(outcome)).not.toContain(secret);
});
