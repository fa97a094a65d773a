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

describe('listEmployees', () => {
  const filtered = (url: string) => Object.fromEntries(new URL(url, server.url).searchParams);

  it('asks for the largest page, and by the filters given', async () => {
    server.reply = json(200, []);
    await client.listEmployees({}, call);
    expect(filtered(server.last.url)).toEqual({ PageNumber: '1', PageSize: '20000' });
    await client.listEmployees(
      {
        employeeNos: ['1', '22'],
        changedAfter: '2026-11-24T12:00:00+01:00',
        fields: ['id', 'emailAddress'],
        page: 3,
        pageSize: 50,
      },
      call,
    );
    expect(filtered(server.last.url)).toEqual({
      employeeNos: '1,22',
      lastChangedDateTimeOffsetGreaterThan: '2026-11-24T12:00:00+01:00',
      Fields: 'Id,EmailAddress',
      PageNumber: '3',
      PageSize: '50',
    });
    await client.listEmployees({ externalImportReference: 'a b&c=ø' }, call);
    expect(filtered(server.last.url)).toMatchObject({ externalImportReference: 'a b&c=ø' });
  });

  it('refuses an empty filter, which would mean everybody', async () => {
    await expect(client.listEmployees({ employeeNos: [] }, call)).rejects.toThrow(RangeError);
    await expect(client.listEmployees({ externalImportReference: '' }, call)).rejects.toThrow(RangeError);
    await expect(client.listBankAccounts({ contactIds: [] }, call)).rejects.toThrow(RangeError);
    expect(server.received).toEqual([]);
  });

  it('reads only what was asked for', async () => {
    server.reply = json(200, [kari]);
    expect(await client.listEmployees({ fields: ['emailAddress'] }, call)).toEqual({
      outcome: 'found',
      value: { items: [{ id: readKari.id, emailAddress: readKari.emailAddress }], unreadable: [], more: false },
    });
  });

  it('takes 204 for an empty list', async () => {
    server.reply = (_, response) => response.writeHead(204).end();
    expect(await client.listEmployees({}, call)).toEqual({
      outcome: 'found',
      value: { items: [], unreadable: [], more: false },
    });
  });

  it.each<[string, number, Record<string, string>, boolean]>([
    ['a page that is not full', 1, {}, false],
    ['a full page', 2, {}, true],
    ['a link to the next page', 1, { 'X-Pagination': '{"nextPageLink":"https://x/?PageNumber=2"}' }, true],
    ['a link in another letter case', 1, { 'X-Pagination': '{"NextPageLink":"https://x"}' }, true],
    ['no link', 1, { 'X-Pagination': '{"nextPageLink":null,"totalCount":1}' }, false],
    ['a header that is no JSON', 1, { 'X-Pagination': 'page 1' }, false],
  ])('%s (%i of 2, %j): more is %s', async (_, count, headers, more) => {
    server.reply = json(200, Array<unknown>(count).fill(kari), headers);
    expect(await client.listEmployees({ pageSize: 2 }, call)).toMatchObject({ outcome: 'found', value: { more } });
  });

  it('names who cannot be read, and reads the others', async () => {
    server.reply = json(200, [kari, { Id: 8, FirstName: [] }, null, { FirstName: 'Nobody' }]);
    expect(await client.listEmployees({}, call)).toEqual({
      outcome: 'found',
      value: {
        items: [readKari],
        unreadable: [
          { id: '8', field: 'FirstName' },
          { id: null, field: 'item' },
          { id: null, field: 'Id' },
        ],
        more: false,
      },
    });
  });

  it('fails when it is no list, or nowhere', async () => {
    server.reply = json(200, { data: [] });
    expect(await client.listEmployees({}, call)).toMatchObject({ outcome: 'failed', failure: { detail: 'list' } });
    server.reply = json(404, { title: 'Not Found' });
    expect(await client.listEmployees({}, call)).toMatchObject({ outcome: 'failed', failure: { kind: 'not-found' } });
  });

  it('is not asked with a URL that PowerOffice would misread', async () => {
    const employeeNos = Array.from({ length: 400 }, (_, i) => String(10_000 + i));
    expect(await client.listEmployees({ employeeNos }, call)).toEqual({
      outcome: 'failed',
      failure: { kind: 'bug', code: 'url-too-long' },
    });
    expect(server.received).toEqual([]);
  });
});
