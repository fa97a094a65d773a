import { ForServices, IsText, Problems, uuidParam } from '@huma-poweroffice/platform/service';
import { Body, Controller, HttpCode, Param, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { HumaCredentialsService } from './huma-credentials.service.js';

export class HumaCredentialsBody {
  @IsText({ max: 500 })
  clientId!: string;

  @IsText({ max: 500, writeOnly: true })
  clientSecret!: string;
}

@ForServices()
@ApiTags('internal')
@Controller('internal/v1/organizations')
export class HumaCredentialsController {
  constructor(private readonly credentials: HumaCredentialsService) {}

  @Put(':organizationId/huma-credentials')
  @HttpCode(204)
  @ApiOperation({ summary: 'The credentials of Huma’s Open API for an organisation; they are never shown again.' })
  @ApiNoContentResponse()
  @Problems(404)
  put(
    @Param('organizationId', uuidParam) organizationId: string,
    @Body() { clientId, clientSecret }: HumaCredentialsBody,
  ): Promise<void> {
    return this.credentials.put(organizationId, { clientId, clientSecret });
  }
}
