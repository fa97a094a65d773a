import { parseConfig } from '@huma-poweroffice/platform';
import { runService, startTracing } from '@huma-poweroffice/platform/service';
import { settings } from './config.js';
import { createEmployeeSync } from './service.js';

await runService('employee-sync', async (env) => {
  const config = parseConfig(env, settings);
  const tracing = startTracing({ service: 'employee-sync', endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT });
  const service = await createEmployeeSync(config);
  await service.listen();
  return {
    stop: async () => {
      await service.stop();
      await tracing.stop();
    },
  };
});
