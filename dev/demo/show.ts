/** Prints what the demo has sent, received and read back. */
import type { Attempt } from '../../src/model/attempt.ts';
import type { DemoEvent } from './events.ts';
import type { ReceivedRequest } from './receiver.ts';

export function showEvents(topic: string, events: readonly DemoEvent[]): void {
  heading(`Produced to ${topic}, key ${events[0]?.data.username ?? ''}`);
  for (const event of events) console.log(`  ${JSON.stringify(event)}`);
}

export function showRequests(requests: readonly ReceivedRequest[]): void {
  for (const [index, request] of requests.entries()) {
    heading(`Request ${index + 1} as received: ${request.event}`);
    console.log(`  ${request.method} ${request.path}`);
    for (let at = 0; at < request.rawHeaders.length; at += 2) {
      console.log(`  ${request.rawHeaders[at] ?? ''}: ${request.rawHeaders[at + 1] ?? ''}`);
    }
    console.log(`\n  ${request.body}`);
  }
}

export function showAttempts(topic: string, attempts: readonly Attempt[]): void {
  for (const [index, attempt] of attempts.entries()) {
    heading(`Record ${index + 1} from ${topic}: ${attempt.event_type} ${attempt.outcome}`);
    for (const [name, value] of Object.entries(attempt)) {
      console.log(`  ${name.padEnd(17)} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
    }
  }
}

function heading(text: string): void {
  console.log(`\n── ${text}`);
}
