/** The REST routes of webhooks. Bodies and queries go to the service as they came; it checks them. */
import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Param,
  Patch,
  Post,
  Put,
  Query,
  Res,
} from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { RequestOrigin } from '../audit/origin.decorator.ts';
import type { Origin } from '../model/actor.ts';
import { entityTag } from './entity-tag.ts';
import {
  toView,
  type NewWebhookView,
  type SigningSecretView,
  type WebhookPage,
  type WebhookView,
} from './webhook.dto.ts';
import type { StatedWebhook } from './webhook-state.ts';
import { Describe } from './webhook.openapi.ts';
import { WebhooksService } from './webhooks.service.ts';

interface Reply {
  header(name: string, value: string): unknown;
}

@ApiTags('webhooks')
@Controller('webhooks')
export class WebhooksController {
  constructor(private readonly webhooks: WebhooksService) {}

  @Get()
  @Describe.list()
  list(@Query() query: unknown): Promise<WebhookPage> {
    return this.webhooks.list(query);
  }

  @Post()
  @Describe.create()
  async create(
    @RequestOrigin() by: Origin,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<NewWebhookView> {
    const { signingSecret, ...webhook } = await this.webhooks.create(by, body);
    reply.header('Location', `/api/v1/webhooks/${webhook.row.id}`);
    return { ...tagged(reply, webhook), signing_secret: signingSecret };
  }

  @Get(':id')
  @Describe.read()
  async read(@Param('id') id: string, @Res({ passthrough: true }) reply: Reply): Promise<WebhookView> {
    return tagged(reply, await this.webhooks.read(id));
  }

  @Put(':id')
  @Describe.replace()
  async replace(
    @RequestOrigin() by: Origin,
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<WebhookView> {
    return tagged(reply, await this.webhooks.replace(by, id, ifMatch, body));
  }

  @Patch(':id')
  @Describe.patch()
  async patch(
    @RequestOrigin() by: Origin,
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<WebhookView> {
    return tagged(reply, await this.webhooks.patch(by, id, ifMatch, body));
  }

  @Post(':id/rotate-signing-secret')
  @HttpCode(200)
  @Describe.rotateSigningSecret()
  async rotateSigningSecret(
    @RequestOrigin() by: Origin,
    @Param('id') id: string,
  ): Promise<SigningSecretView> {
    return { signing_secret: await this.webhooks.rotateSigningSecret(by, id) };
  }

  @Delete(':id')
  @HttpCode(204)
  @Describe.remove()
  remove(
    @RequestOrigin() by: Origin,
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<void> {
    return this.webhooks.remove(by, id, ifMatch);
  }
}

function tagged(reply: Reply, webhook: StatedWebhook): WebhookView {
  reply.header('ETag', entityTag(webhook.row.version));
  return toView(webhook);
}
