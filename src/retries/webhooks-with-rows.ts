/**
 * The ids of all webhooks that have rows in the table `retries`, as a part of a statement (`WITH RECURSIVE`). It jumps through
 * a partial index from webhook to webhook. So its cost grows with the webhooks, and not with the rows.
 */
export function webhooksWith(rows: 'live' | 'dead'): string {
  const not = rows === 'live' ? 'NOT ' : '';
  return `${rows} AS (
    (SELECT webhook_id FROM retries WHERE ${not}dead ORDER BY webhook_id LIMIT 1)
    UNION ALL
    SELECT next.webhook_id
    FROM ${rows} CROSS JOIN LATERAL (
      SELECT r.webhook_id FROM retries r
      WHERE ${not}r.dead AND r.webhook_id > ${rows}.webhook_id
      ORDER BY r.webhook_id LIMIT 1
    ) next
  )`;
}
