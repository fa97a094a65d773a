import 'reflect-metadata';
import { createServer } from 'node:http';
import type { UserChanged } from '@huma-poweroffice/contracts';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, Payload, Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { PowerOffice } from './poweroffice.js';

@Controller()
class UsersController {
  constructor(private readonly powerOffice: PowerOffice) {}

  @EventPattern<string>('huma.users.v1')
  async changed(@Payload() change: UserChanged): Promise<void> {
    if (change.user) await this.powerOffice.patch(change.organizationId, change.userId, change.user);
  }
}

const clientKeys = JSON.parse(process.env['CLIENT_KEYS'] ?? '{}') as Record<string, string>;
const powerOffice = new PowerOffice(process.env, clientKeys);

@Module({ controllers: [UsersController], providers: [{ provide: PowerOffice, useValue: powerOffice }] })
class NaiveModule {}

for (const organizationId of Object.keys(clientKeys)) await powerOffice.clientOf(organizationId);
const app = await NestFactory.createMicroservice<MicroserviceOptions>(NaiveModule, {
  transport: Transport.KAFKA,
  options: {
    client: { clientId: 'naive', brokers: (process.env['KAFKA_BROKERS'] ?? '').split(',') },
    // Only what changes from now on: who is there already has been linked.
    consumer: { groupId: 'naive' },
    subscribe: { fromBeginning: false },
  },
  logger: ['error', 'warn'],
});
await app.listen();
const server = createServer((_request, response) => response.end('ready'));
server.listen(Number(process.env['PORT']), '127.0.0.1');
process.once('SIGTERM', () => {
  server.close();
  void app.close().finally(() => process.exit(0));
});
