/** `GET /session`: whom the token speaks for, and what it may do. The admin page asks for it before it shows anything. */
import { Controller, Get, Req } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import { VERSION } from '../config/version.ts';
import type { Actor } from '../model/actor.ts';
import { json, operation, problems } from '../rest/guarded-route.openapi.ts';
import type { SessionView } from './session.dto.ts';

@ApiTags('session')
@Controller('session')
export class SessionController {
  @Get()
  @operation(
    'readSession',
    'Whom the token speaks for, and its role',
    ApiResponse({ status: 200, description: 'The actor', content: json('Session') }),
    ...problems(),
  )
  read(@Req() { actor }: { readonly actor?: Actor }): SessionView {
    if (!actor || actor.kind === 'system' || actor.role === null)
      throw new Error('GET /session needs a route that asks for a token');
    return { actor: actor.name, actor_kind: actor.kind, role: actor.role, version: VERSION };
  }
}
