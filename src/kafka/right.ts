/** A right in Kafka that this client needs, and what to say when it is denied. Pure. */

/** Operations and resources as Kafka's ACLs name them. */
export interface Right {
  readonly operation: 'READ' | 'WRITE' | 'CREATE';
  readonly resource: 'topic' | 'group';
  readonly name: string;
}

/** Which rights are missing, and the ACL for each. @param rights one at least. */
export function denial(rights: readonly Right[]): string {
  const denied = rights.map(({ operation, resource, name }) => `${operation} on ${resource} ${name}`);
  const [first] = rights;
  if (!first) throw new Error('a denial names a right');
  const example = `--operation ${first.operation} --${first.resource} ${first.name}`;
  const each = rights.length === 1 ? 'an ACL that allows it' : 'an ACL for each';
  return `Kafka denies this client ${denied.join(', ')}: add ${each}, as with kafka-acls --add --allow-principal User:… ${example}`;
}
