import { Controller, Get, Header } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from './access.js';
import { metrics } from './metrics.js';

@Public()
@ApiTags('health')
@Controller('metrics')
export class MetricsController {
  @Get()
  @Header('Content-Type', metrics.registry.contentType)
  @ApiOperation({ summary: "The process's metrics, as Prometheus reads them." })
  async read(): Promise<string> {
    return metrics.registry.metrics();
  }
}
