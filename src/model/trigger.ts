/**
 * The four triggers: the kinds of events that can happen to a user. Events, webhooks and the header `X-Defguard-Event` use
 * the same names. Each trigger has its meaning and a sample of the body that a receiver gets.
 */
export const TRIGGERS = ['user_created', 'user_modified', 'user_deleted', 'user_keys'] as const;
export type Trigger = (typeof TRIGGERS)[number];

export function isTrigger(text: string): text is Trigger {
  return (TRIGGERS as readonly string[]).includes(text);
}

const SAMPLE_USER = {
  username: 'jdoe',
  first_name: 'Jane',
  last_name: 'Doe',
  email: 'jane.doe@example.com',
  phone: '+48123456789',
  groups: ['admin', 'developers'],
  is_admin: true,
  ssh_key: null,
  pgp_key: null,
  pgp_cert_id: null,
};

/** The meaning and sample body of each trigger. `GET /triggers` shows both, and a test send delivers the sample. */
export const TRIGGER_CATALOGUE: Readonly<
  Record<Trigger, { description: string; sample: Record<string, unknown> & { username: string } }>
> = {
  user_created: {
    description: 'A user was created. The body is the user.',
    sample: SAMPLE_USER,
  },
  user_modified: {
    description: 'A user was changed. The body is the user after the change.',
    sample: { ...SAMPLE_USER, groups: ['developers'], is_admin: false },
  },
  user_deleted: {
    description: 'A user was deleted. The body holds the username only.',
    sample: { username: SAMPLE_USER.username },
  },
  user_keys: {
    description:
      'Keys were provisioned for a user, for example on a hardware key. The body is the user with the keys.',
    sample: {
      ...SAMPLE_USER,
      ssh_key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExampleExam jdoe',
      pgp_key: '-----BEGIN PGP PUBLIC KEY BLOCK-----\n...\n-----END PGP PUBLIC KEY BLOCK-----',
      pgp_cert_id: '0A1B2C3D4E5F6071',
    },
  },
};
