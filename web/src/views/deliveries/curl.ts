/** A request as a command for a shell. What is masked in it stays masked: `***` must be filled in by whoever runs it. */
import type { DeliveryDetail } from '../../api/generated/types.gen';

export function curlOf({ method, url, headers, body }: NonNullable<DeliveryDetail['request']>): string {
  const lines = [
    `curl -X ${method} ${quoted(url)}`,
    ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    `--data-binary ${quoted(body)}`,
  ];
  return lines.join(' \\\n  ');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
