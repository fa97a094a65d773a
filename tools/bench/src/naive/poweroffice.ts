import type { HumaUserMessage } from '@huma-poweroffice/contracts';

interface Client {
  readonly token: string;
  readonly employees: ReadonlyMap<string, number>;
}

/** PowerOffice as a first version would call it: no budget, no comparison; whatever fails is thrown. */
export class PowerOffice {
  private readonly clients = new Map<string, Promise<Client>>();

  constructor(
    private readonly env: Readonly<Record<string, string | undefined>>,
    private readonly clientKeys: Readonly<Record<string, string>>,
  ) {}

  async patch(organizationId: string, userId: string, user: HumaUserMessage): Promise<void> {
    const { token, employees } = await this.clientOf(organizationId);
    const id = employees.get(userId);
    if (id === undefined) return;
    const values = {
      FirstName: user.givenName,
      LastName: user.familyName,
      EmailAddress: user.email,
      PhoneNumber: user.phone,
      DateOfBirth: user.birthDate,
    };
    const body = Object.entries(values).map(([name, value]) => ({ op: 'replace', path: `/${name}`, value }));
    const headers = { 'content-type': 'application/json-patch+json' };
    await this.call(`/Employees/${String(id)}`, token, { method: 'PATCH', headers, body: JSON.stringify(body) });
  }

  /** Signs in and reads who is who, once per organisation. */
  async clientOf(organizationId: string): Promise<Client> {
    let client = this.clients.get(organizationId);
    if (!client) this.clients.set(organizationId, (client = this.open(this.clientKeys[organizationId] ?? '')));
    return client;
  }

  private async open(clientKey: string): Promise<Client> {
    const basic = Buffer.from(`${String(this.env['POWEROFFICE_APPLICATION_KEY'])}:${clientKey}`).toString('base64');
    const answer = await fetch(String(this.env['POWEROFFICE_TOKEN_URL']), {
      method: 'POST',
      headers: {
        ...this.subscription(),
        authorization: `Basic ${basic}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'grant_type=client_credentials',
    });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    const list = await this.call('/Employees?pageSize=20000', token, {});
    const employees = (await list.json()) as { Id: number; ExternalImportReference: string }[];
    return { token, employees: new Map(employees.map((e) => [e.ExternalImportReference, e.Id])) };
  }

  private async call(path: string, token: string, init: RequestInit): Promise<Response> {
    const headers = { ...init.headers, ...this.subscription(), authorization: `Bearer ${token}` };
    const answer = await fetch(`${String(this.env['POWEROFFICE_API_URL'])}${path}`, { ...init, headers });
    if (!answer.ok) throw new Error(`PowerOffice answered ${String(answer.status)}`);
    return answer;
  }

  private subscription(): Record<string, string> {
    return { 'Ocp-Apim-Subscription-Key': String(this.env['POWEROFFICE_SUBSCRIPTION_KEY']) };
  }
}
