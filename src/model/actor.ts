/** Who asks: a token or a subject of the identity provider with its role, or the service itself; and from where. */
export const ROLES = ['admin', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

export const ACTOR_KINDS = ['token', 'oidc', 'system'] as const;

export interface Actor {
  readonly kind: (typeof ACTOR_KINDS)[number];
  /** The name of the token, or the subject. */
  readonly name: string;
  readonly role: Role | null;
}

/** An actor with the request it makes. */
export interface Origin {
  readonly actor: Actor;
  readonly clientAddress: string | null;
  readonly requestId: string | null;
}

/** What the service does by itself. */
export const SYSTEM: Origin = {
  actor: { kind: 'system', name: 'system', role: null },
  clientAddress: null,
  requestId: null,
};
