/** A parameter of a controller's method: who makes the request, and from where, for the audit trail. */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Actor, Origin } from '../model/actor.ts';
import { clientAddress } from '../rest/client-address.ts';

interface Request {
  /** Put there when its token was asked for. */
  readonly actor?: Actor;
  readonly ip: string;
  readonly id: string;
}

export const RequestOrigin = createParamDecorator((_data: unknown, context: ExecutionContext): Origin => {
  const { actor, ip, id } = context.switchToHttp().getRequest<Request>();
  if (actor === undefined) throw new Error('Only a route that asks for a token knows who asks');
  return { actor, clientAddress: clientAddress(ip), requestId: id };
});
