/** Parameter decorator of controllers: who makes the request, and from where. The audit trail records it. */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Actor, Origin } from '../model/actor.ts';
import { clientAddress } from '../rest/client-address.ts';

interface Request {
  /** Set by `auth`, once the token was checked. */
  readonly actor?: Actor;
  readonly ip: string;
  readonly id: string;
}

export const RequestOrigin = createParamDecorator((_data: unknown, context: ExecutionContext): Origin => {
  const { actor, ip, id } = context.switchToHttp().getRequest<Request>();
  if (actor === undefined) throw new Error('@RequestOrigin() needs a route that asks for a token');
  return { actor, clientAddress: clientAddress(ip), requestId: id };
});
