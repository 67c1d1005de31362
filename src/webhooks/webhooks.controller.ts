/** The REST routes of webhooks. The service checks bodies and queries; they are passed to it as received. */
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
    @RequestOrigin() origin: Origin,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<NewWebhookView> {
    const { signingSecret, ...webhook } = await this.webhooks.create(origin, body);
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
    @RequestOrigin() origin: Origin,
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<WebhookView> {
    return tagged(reply, await this.webhooks.replace(origin, id, ifMatch, body));
  }

  @Patch(':id')
  @Describe.patch()
  async patch(
    @RequestOrigin() origin: Origin,
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<WebhookView> {
    return tagged(reply, await this.webhooks.patch(origin, id, ifMatch, body));
  }

  @Post(':id/rotate-signing-secret')
  @HttpCode(200)
  @Describe.rotateSigningSecret()
  async rotateSigningSecret(
    @RequestOrigin() origin: Origin,
    @Param('id') id: string,
  ): Promise<SigningSecretView> {
    return { signing_secret: await this.webhooks.rotateSigningSecret(origin, id) };
  }

  @Delete(':id')
  @HttpCode(204)
  @Describe.remove()
  remove(
    @RequestOrigin() origin: Origin,
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<void> {
    return this.webhooks.remove(origin, id, ifMatch);
  }
}

function tagged(reply: Reply, webhook: StatedWebhook): WebhookView {
  reply.header('ETag', entityTag(webhook.row.version));
  return toView(webhook);
}
