/**
 * Who makes a request, and from where. An actor is a token of the settings, a subject of the identity provider, or the
 * service itself.
 */
export const ROLES = ['admin', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

export const ACTOR_KINDS = ['token', 'oidc', 'system'] as const;

export interface Actor {
  readonly kind: (typeof ACTOR_KINDS)[number];
  /** The name of the token, the subject, or `system`. */
  readonly name: string;
  readonly role: Role | null;
}

/** An actor, and the request that it makes. Without a request, address and id are null. */
export interface Origin {
  readonly actor: Actor;
  readonly clientAddress: string | null;
  readonly requestId: string | null;
}

/** The origin of what the service does by itself. */
export const SYSTEM: Origin = {
  actor: { kind: 'system', name: 'system', role: null },
  clientAddress: null,
  requestId: null,
};
