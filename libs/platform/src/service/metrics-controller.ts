import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from './access.js';
import { metrics } from './metrics.js';

/** The text of a scrape; some figures are looked up in the database and at the brokers for it. */
export class Figures {
  constructor(readonly text: () => Promise<string>) {}
}

@Public()
@ApiTags('health')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly figures: Figures) {}

  @Get()
  @Header('Content-Type', metrics.registry.contentType)
  @ApiOperation({ summary: "The process's metrics, as Prometheus reads them; at most five seconds old." })
  @ApiOkResponse({ content: { 'text/plain': { schema: { type: 'string' } } } })
  async read(): Promise<string> {
    return this.figures.text();
  }
}
