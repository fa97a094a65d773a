import { Body, Controller, Get, Inject, Module, Param, Post, Query, type DynamicModule } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';
import { notFound, type Principal } from '../src/index.js';
import {
  Caller,
  currentTraceparent,
  ForServices,
  IsEmailList,
  IsId,
  IsQueryInteger,
  IsText,
  Nested,
  NestedList,
  Organization,
  Problems,
  Public,
  uuidParam,
} from '../src/service/index.js';

class Mail {
  @IsEmailList({ most: 2 })
  recipients!: string[];
}
class Letter {
  @IsText({ max: 50 })
  to!: string;
}
class Settings {
  @ApiProperty()
  @IsBoolean()
  createUsers!: boolean;
  @Nested(() => Mail)
  mail!: Mail;
  @NestedList(() => Letter, 3)
  letters!: Letter[];
}
class ThingBody {
  @IsText({ max: 100 })
  name!: string;
  @Nested(() => Settings)
  settings!: Settings;
}
class PageQuery {
  @IsQueryInteger({ min: 1, max: 200, fallback: 50 })
  limit = 50;

  @IsText({ max: 50, optional: true })
  search?: string;

  @IsId({ optional: true })
  userId?: string;
}

/** What a test makes the service's parts do. */
export class Behaviour {
  failWith: unknown = null;
  hold: Promise<void> = Promise.resolve();
  began = 0;
  ended = 0;
}

@Controller('v1/things')
class ThingController {
  constructor(@Inject(Behaviour) private readonly behaviour: Behaviour) {}

  @Post()
  @Problems(409)
  create(@Body() body: ThingBody, @Organization() organizationId: string): object {
    return { organizationId, body };
  }
  @Get()
  list(@Query() { limit }: PageQuery, @Organization() organizationId: string): object {
    return { limit, organizationId, traceparent: currentTraceparent() };
  }
  @Get('failing')
  fail(): never {
    throw this.behaviour.failWith;
  }
  @Get('slow')
  async slow(): Promise<object> {
    this.behaviour.began += 1;
    await this.behaviour.hold;
    return { done: true };
  }
  @Get(':id')
  one(@Param('id', uuidParam) id: string): object {
    if (id.startsWith('0')) throw notFound('thing');
    return { id };
  }
}

@ForServices()
@Controller('internal/v1')
class InternalController {
  @Get('who')
  who(@Caller() caller: Principal): object {
    return caller;
  }
  @Get('organization')
  organization(@Organization() organizationId: string): object {
    return { organizationId };
  }
  @Public()
  @Get('open')
  open(): object {
    return { open: true };
  }
}

@Module({})
export class ExampleModule {
  static with(behaviour: Behaviour): DynamicModule {
    return {
      module: ExampleModule,
      controllers: [ThingController, InternalController],
      providers: [
        { provide: Behaviour, useValue: behaviour },
        { provide: 'ending', useValue: { onModuleDestroy: () => (behaviour.ended += 1) } },
      ],
    };
  }
}
