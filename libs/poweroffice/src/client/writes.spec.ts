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

  it.each<[string, Reply]>([
    ['no body', (_, response) => response.writeHead(200).end()],
    ['no content', (_, response) => response.writeHead(204).end()],
    ['no JSON', json(200, 'OK')],
    ['a wrong type', json(200, { Id: 1, FirstName: 1 })],
    ['somebody else', json(200, { Id: 2 })],
    ['too much', json(200, ' '.repeat(1_000_001))],
    [
      'a body whose end is lost',
      (_, response) => {
        response.writeHead(200, { 'Content-Length': 99 }).write('{', () => response.destroy());
      },
    ],
  ])('are applied all the same when the answer is %s', async (_, reply) => {
    server.reply = reply;
    expect(await client.patchEmployee('1', [], call)).toEqual({ outcome: 'applied', body: null });
  });

  it.each<[number, string, string]>([
    [400, 'refused', 'rejected'],
    [401, 'refused', 'unauthorized'],
    [403, 'refused', 'forbidden'],
    [404, 'refused', 'not-found'],
    [409, 'refused', 'rejected'],
    [429, 'refused', 'unavailable'],
    [302, 'unknown', 'unknown'],
    [500, 'unknown', 'unknown'],
    [502, 'unknown', 'unknown'],
    [503, 'unknown', 'unknown'],
    [504, 'unknown', 'unknown'],
  ])('that end in %i are %s', async (status, outcome, kind) => {
    server.reply = (_, response) => response.writeHead(status).end('<html>');
    expect(await client.createBankAccount('1', { BankAccountNumber: '1' }, call)).toMatchObject({
      outcome,
      failure: { kind, status },
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
      .writeHead(400)
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
