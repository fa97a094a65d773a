import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { selfSigned } from '@huma-poweroffice/testing';
import { credentials } from '@grpc/grpc-js';
import { GrpcClient } from './grpc-client.js';
import { Running, type ConnectionBody } from './running.js';

const [server, client, stranger] = [selfSigned(), selfSigned(), selfSigned()];
const running = new Running();
const opened: GrpcClient[] = [];
const heard: Buffer[] = [];
let connection: ConnectionBody;
let tap: Server;
let tapped: number;
const sockets: Socket[] = [];

beforeAll(async () => {
  await running.start();
  connection = await running.aConnection(await running.aClient());
  await running.replica({
    GRPC_TLS_CERT: server.cert,
    GRPC_TLS_KEY: server.key,
    GRPC_TLS_CA: client.cert,
    GRPC_TLS_CLIENT_AUTH: 'true',
  });
  // Whoever is on the way between the two services.
  tap = createServer((from) => {
    const to = connect(tapped, '127.0.0.1');
    sockets.push(from, to);
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      one.on('data', (data: Buffer) => {
        heard.push(data);
        other.write(data);
      });
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
    }
  });
  await new Promise<void>((done) => tap.listen(0, '127.0.0.1', done));
});
afterAll(async () => {
  for (const one of opened) one.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((done) => tap.close(done));
  await running.stop();
});

const secure = () => running.replicas[1]!;
const askToken = async (grpcPort: number, channel = credentials.createInsecure()) => {
  tapped = grpcPort;
  heard.length = 0;
  const token = await running.issuer.service();
  const caller = new GrpcClient((tap.address() as AddressInfo).port, token, channel);
  opened.push(caller);
  const answer = await caller.call('GetAccessToken', { connectionId: connection.id, refusedToken: '' });
  const secrets = [token, answer.reply?.accessToken, answer.reply?.subscriptionKey].filter((one) => one !== undefined);
  const wire = Buffer.concat(heard);
  return { status: answer.status, secrets: secrets.length, seen: secrets.filter((one) => wire.includes(one)).length };
};
const tls = (ca: string, own?: { key: string; cert: string }) =>
  credentials.createSsl(Buffer.from(ca), own ? Buffer.from(own.key) : null, own ? Buffer.from(own.cert) : null);

it('without TLS, whoever is on the way sees tokens and keys', async () => {
  expect(await askToken(running.first.grpcPort)).toMatchObject({ status: 'OK', secrets: 3 });
  // A header may be packed; the answer is not.
  expect((await askToken(running.first.grpcPort)).seen).toBeGreaterThanOrEqual(2);
});

it('with TLS, nothing is seen', async () => {
  expect(await askToken(secure().grpcPort, tls(server.cert, client))).toEqual({ status: 'OK', secrets: 3, seen: 0 });
});

it.each([
  ['a server that another authority vouches for', () => tls(stranger.cert, client)],
  ['a client without a certificate', () => tls(server.cert)],
  ['a client with a stranger’s certificate', () => tls(server.cert, stranger)],
  ['a client without TLS', () => credentials.createInsecure()],
])('%s is refused, and no token is sent', async (_, channel) => {
  expect(await askToken(secure().grpcPort, channel())).toMatchObject({ status: 'UNAVAILABLE', seen: 0 });
});
