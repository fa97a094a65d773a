import { json, LocalServer } from '../../test/local-server.js';
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

describe('every request', () => {
  it('says who asks, for whom, and in which trace', async () => {
    server.reply = json(200, kari);
    await client.getEmployee(readKari.id, {
      ...call,
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    });
    expect(server.last).toMatchObject({ method: 'GET', url: '/Demo/v2/Employees/9007199254740993', body: '' });
    expect(server.last.headers).toMatchObject({
      accept: 'application/json',
      authorization: 'Bearer a-token',
      'ocp-apim-subscription-key': 'a-key',
      'user-agent': 'huma-poweroffice',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    });
  });

  it('is one request, whatever comes back', async () => {
    for (const status of [200, 204, 302, 400, 401, 429, 500]) {
      server.received.length = 0;
      server.reply = (_, response) => response.writeHead(status, { 'Retry-After': '1', Location: '/' }).end();
      await client.getEmployee('1', call);
      expect(server.received).toHaveLength(1);
    }
  });

  it('is not made for an id that is none', async () => {
    for (const id of ['', '../Employees', '1/BankAccounts', '9223372036854775808', '1?x'])
      await expect(client.patchEmployee(id, [], call)).rejects.toThrow(RangeError);
    expect(server.received).toEqual([]);
  });
});

describe('getEmployee', () => {
  it('reads every digit, tolerates what is new, and takes what is missing for empty', async () => {
    server.reply = json(200, kari);
    expect(await client.getEmployee(readKari.id, call)).toEqual({ outcome: 'found', value: readKari });
  });

  it('takes a gender to come for a hidden one', async () => {
    server.reply = json(200, { Id: 1, Gender: 'Other' });
    expect(await client.getEmployee('1', call)).toMatchObject({ value: { gender: 'Hidden' } });
  });

  it.each<[string, unknown, string, string?]>([
    ['no JSON', '<html>Maintenance</html>', 'not JSON'],
    ['nothing', '', 'not JSON'],
    ['a list', [kari], 'employee'],
    ['nobody in particular', { FirstName: 'Kari' }, 'Id'],
    ['somebody else', { Id: 2 }, 'Id', 'answer-does-not-fit'],
    ['a wrong type', { Id: 1, FirstName: 7 }, 'FirstName'],
    ['a fraction for a number', { Id: 1, Number: 1.5 }, 'Number'],
    ['a text for an address', { Id: 1, MailAddress: 'Storgata 1' }, 'MailAddress'],
    ['a wrong type in an address', { Id: 1, MailAddress: { City: 1 } }, 'City'],
  ])('cannot read %s', async (_, body, detail, code = 'unreadable-answer') => {
    server.reply = json(200, body);
    expect(await client.getEmployee('1', call)).toMatchObject({
      outcome: 'failed',
      failure: { kind: 'unavailable', code, status: 200, detail },
    });
  });

  it('tells nobody from a failure', async () => {
    server.reply = json(404, { title: 'Object(s) not found', detail: 'Employee not found.' });
    expect(await client.getEmployee('1', call)).toMatchObject({ outcome: 'not-found', failure: { kind: 'not-found' } });
    server.reply = json(429, { statusCode: '429', message: 'Rate limit is exceeded.' }, { 'Retry-After': '7' });
    expect(await client.getEmployee('1', call)).toMatchObject({
      outcome: 'failed',
      failure: { kind: 'unavailable', code: 'rate-limited', retryAfterMs: 7000 },
    });
    server.reply = json(401, { statusCode: 401, message: 'Access denied.' });
    expect(await client.getEmployee('1', call)).toMatchObject({ failure: { code: 'subscription-key-refused' } });
  });

  it('may come whole the next time when its end was lost', async () => {
    server.reply = (_, response) => {
      response.writeHead(200, { 'Content-Length': 99 }).write('{', () => response.destroy());
    };
    expect(await client.getEmployee('1', call)).toEqual({
      outcome: 'failed',
      failure: { kind: 'unavailable', code: 'connection-lost' },
    });
  });

  it('does not read an answer without end', async () => {
    server.reply = json(200, ' '.repeat(1_000_001));
    expect(await client.getEmployee('1', call)).toMatchObject({
      failure: { kind: 'unavailable', code: 'answer-too-large' },
    });
  });
});

describe('the rest', () => {
  it('reads and adds bank accounts', async () => {
    const account = { Id: 77, ContactId: 1, BankAccountNumber: '1234 56 78903', CountryCode: 'NO', IsActive: true };
    const shown = {
      id: '77',
      contactId: '1',
      bankAccountNumber: '1234 56 78903',
      bicSwift: null,
      countryCode: 'NO',
      isActive: true,
      lastChangedDateTimeOffset: null,
    };
    server.reply = json(200, [account]);
    expect(await client.listBankAccounts({ contactIds: ['1', '2'] }, call)).toMatchObject({
      value: { items: [shown] },
    });
    expect(server.last.url).toBe('/Demo/v2/ContactBankAccounts?contactIds=1,2&PageNumber=1&PageSize=20000');
    server.reply = json(201, account);
    expect(await client.createBankAccount('1', { BankAccountNumber: '12345678903' }, call)).toEqual({
      outcome: 'applied',
      body: shown,
    });
    expect(server.last).toMatchObject({
      method: 'POST',
      url: '/Demo/v2/ContactBankAccounts/1',
      body: '{"BankAccountNumber":"12345678903"}',
    });
  });

  it('reads whose data a token opens', async () => {
    server.reply = json(200, {
      ClientId: 'c1',
      ClientName: 'Fjord AS',
      ValidPrivileges: ['Employee_Full'],
      InvalidPrivileges: null,
      AllowSendInvoice: true,
    });
    expect(await client.getClientIntegrationInformation(call)).toEqual({
      outcome: 'found',
      value: {
        clientId: 'c1',
        clientName: 'Fjord AS',
        activeClientSubscriptions: [],
        validPrivileges: ['Employee_Full'],
        invalidPrivileges: [],
      },
    });
    server.reply = json(200, { ClientName: 'Fjord AS' });
    expect(await client.getClientIntegrationInformation(call)).toMatchObject({
      outcome: 'failed',
      failure: { detail: 'ClientId' },
    });
  });

  it('reads number series', async () => {
    server.reply = json(200, [
      {
        Id: 's1',
        Name: 'Ansatte',
        SubLedgerNumberSeriesType: 'Employee',
        FromInclusive: 1,
        ToInclusive: 9223372036854775807n,
        IsDefault: true,
      },
    ]);
    expect(await client.listNumberSeries(call)).toMatchObject({
      value: {
        items: [{ id: 's1', name: 'Ansatte', type: 'Employee', from: '1', to: '9223372036854775807', isDefault: true }],
      },
    });
  });
});
