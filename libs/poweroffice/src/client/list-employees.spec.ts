import { json, LocalServer } from '../../test/local-server.js';
import { kari, readKari } from '../../test/kari.js';
import { PowerOfficeClient, type Call, type EmployeeQuery } from './poweroffice-client.js';

const lastPage = { 'X-Pagination': '{"nextPageLink":null}' };
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

  it('asks for pages that fit in memory, in order, and by the filters given', async () => {
    server.reply = json(200, []);
    await client.listEmployees({}, call);
    expect(filtered(server.last.url)).toEqual({ OrderBy: 'Id asc', PageNumber: '1', PageSize: '2500' });
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
      Fields: 'Id,Number,EmailAddress',
      OrderBy: 'Id asc',
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
    server.reply = json(200, [kari], lastPage);
    expect(await client.listEmployees({ fields: ['emailAddress'] }, call)).toEqual({
      outcome: 'found',
      value: {
        items: [{ id: readKari.id, emailAddress: readKari.emailAddress }],
        unreadable: [],
        incomplete: false,
        more: false,
        isCertain: true,
      },
    });
  });

  it('takes 204 for an empty list', async () => {
    server.reply = (_, response) => response.writeHead(204).end();
    expect(await client.listEmployees({}, call)).toEqual({
      outcome: 'found',
      value: { items: [], unreadable: [], incomplete: false, more: false, isCertain: true },
    });
  });

  it.each<[string, number, Record<string, string>, boolean]>([
    ['a page that is not full, which may be the last one', 1, {}, true],
    ['a full page', 2, {}, true],
    ['an empty page', 0, {}, false],
    ['a link to the next page', 1, { 'X-Pagination': '{"nextPageLink":"https://x/?PageNumber=2"}' }, true],
    ['a link in another letter case', 1, { 'X-Pagination': '{"NextPageLink":"https://x"}' }, true],
    ['no link', 1, { 'X-Pagination': '{"nextPageLink":null,"totalCount":1}' }, false],
    ['a header that is no JSON', 1, { 'X-Pagination': 'page 1' }, true],
  ])('%s (%i of 2, %j): more is %s', async (_, count, headers, more) => {
    server.reply = json(
      200,
      Array.from({ length: count }, (_, i) => ({ ...kari, Id: i + 1 })),
      headers,
    );
    expect(await client.listEmployees({ pageSize: 2 }, call)).toMatchObject({ outcome: 'found', value: { more } });
  });

  it('names who cannot be read, and reads the others', async () => {
    server.reply = json(200, [kari, { Id: 8, FirstName: [] }], lastPage);
    expect(await client.listEmployees({}, call)).toEqual({
      outcome: 'found',
      value: {
        items: [readKari],
        unreadable: [{ id: '8', field: 'FirstName' }],
        incomplete: false,
        more: false,
        isCertain: true,
      },
    });
  });

  it.each([null, { FirstName: 'Nobody' }, { Id: 1.5 }, 'Kari'])('is incomplete with the row %j', async (row) => {
    server.reply = json(200, [kari, row], lastPage);
    expect(await client.listEmployees({}, call)).toMatchObject({
      outcome: 'found',
      value: { items: [readKari], unreadable: [], incomplete: true },
    });
  });

  it('takes who is shown twice for one', async () => {
    server.reply = json(200, [{ ...kari, FirstName: 'Before' }, kari], lastPage);
    expect(await client.listEmployees({}, call)).toMatchObject({ outcome: 'found', value: { items: [readKari] } });
  });

  it.each<[string, EmployeeQuery, object, string]>([
    [
      'another reference',
      { externalImportReference: 'u1' },
      { ExternalImportReference: 'u2' },
      'ExternalImportReference',
    ],
    ['no reference', { externalImportReference: 'u1', fields: ['emailAddress'] }, {}, 'ExternalImportReference'],
    ['another number', { employeeNos: ['7', '8'] }, { Number: 9 }, 'Number'],
    ['no number', { employeeNos: ['7'], fields: ['firstName'] }, { Number: null }, 'Number'],
  ])('learns nothing from an answer with %s', async (_, query, row, detail) => {
    server.reply = json(200, [
      { ...kari, ExternalImportReference: 'u1', Number: 7 },
      { ...kari, Id: 5, ...row },
    ]);
    if ('externalImportReference' in query && !('ExternalImportReference' in row))
      server.reply = json(200, [{ ...kari, Id: 5, ...row }]);
    expect(await client.listEmployees(query, call)).toMatchObject({
      outcome: 'failed',
      failure: { kind: 'unavailable', code: 'answer-does-not-fit', detail },
    });
  });

  it('checks by what was not asked for, and does not answer it', async () => {
    server.reply = json(200, [{ Id: 5, ExternalImportReference: 'U1', EmailAddress: 'kari@example.no' }], lastPage);
    const query = { externalImportReference: 'u1', fields: ['emailAddress'] } as const;
    expect(await client.listEmployees(query, call)).toMatchObject({
      value: { items: [{ id: '5', emailAddress: 'kari@example.no' }] },
    });
    expect(filtered(server.last.url)['Fields']).toBe('Id,ExternalImportReference,EmailAddress');
  });

  it('takes a list that is too large or too deep for a failure of its own', async () => {
    server.reply = json(200, `[${' '.repeat(16_000_001)}]`);
    expect(await client.listEmployees({}, call)).toMatchObject({ failure: { code: 'answer-too-large' } });
    server.reply = json(200, '['.repeat(4_000_000));
    expect(await client.listEmployees({}, call)).toMatchObject({ failure: { code: 'unreadable-answer' } });
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
